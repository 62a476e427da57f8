"""Values as columns have them."""

from typing import Any

import msgspec

from events.kernel.spans import TimeSpan, WallTime


def json_of(value: object) -> str:
    return msgspec.json.encode(value).decode()


def columns_of_span(span: TimeSpan) -> dict[str, Any]:
    return {
        **columns_of_wall("starts", span.starts),
        **columns_of_wall("ends", span.ends),
        "starts_at": span.starts_at,
        "ends_at": span.ends_at,
    }


def columns_of_wall(name: str, time: WallTime | None) -> dict[str, Any]:
    return {
        f"{name}_wall": time and time.wall.isoformat(timespec="minutes"),
        f"{name}_zone": time and time.zone,
        f"{name}_fold": time.fold if time else 0,
    }
