from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.programme.rules import EventFacts
from events.reports.rules import Format


@db.write
async def record_export(event: EventFacts, file: Format, *, by: Actor) -> None:
    """Write down who took the list with them."""
    await record(by.name, "exported", f"event:{event.id}", organisation=event.organisation, format=file.value)
