"""Values as columns have them."""

from typing import Any

import msgspec

from events.kernel.spans import TimeSpan, WallTime
from events.programme.rules.admission import AdmissionStep, Remind


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


def columns_of_admission(step: AdmissionStep | None) -> dict[str, Any]:
    return {
        "admission_step": step is not None,
        "admission_link": step and step.link,
        **columns_of_wall("admission_by", step.deadline if step else None),
        "admission_remind": (step.remind if step else Remind.OFF).value,
        "admission_days": json_of(step.remind_days if step else []),
    }
