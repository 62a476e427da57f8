from collections.abc import Sequence
from typing import Any

import msgspec

from events.activity.tables import Activity
from events.infra import db
from events.kernel.clock import utc_now

_INSERT = db.prepared_insert(Activity)


async def record(actor: str, verb: str, subject: str, *, organisation: int | None = None, **facts: Any) -> None:
    """Write down who did what to what; `facts` hold no personal data."""
    await _INSERT.rows(
        at=utc_now(),
        organisation=organisation,
        actor=actor,
        verb=verb,
        subject=subject,
        facts=msgspec.json.encode(facts).decode(),
    )


async def record_all(
    actor: str, verb: str, subjects: Sequence[str], *, organisation: int | None = None, **facts: Any
) -> None:
    """Write down the same of many, in their order."""
    at, told = utc_now(), msgspec.json.encode(facts).decode()
    await Activity.insert(
        *(
            Activity(at=at, organisation=organisation, actor=actor, verb=verb, subject=subject, facts=told)
            for subject in subjects
        )
    )
