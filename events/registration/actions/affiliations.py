from collections.abc import Sequence

from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.errors import NotFound
from events.kernel.words import N_
from events.registration.forms.people import NamedAffiliation
from events.registration.steps import people


@db.write
async def import_affiliations(named: Sequence[NamedAffiliation], *, by: Actor) -> int:
    """Add to the list of who people come from; a name that is known already gets this spelling. Tells how many."""
    await people.list_affiliations(by.organisation, named)
    await record(by.name, "listed", f"organisation:{by.organisation}", organisation=by.organisation, number=len(named))
    return len(named)


@db.write
async def unlist_affiliation(known: int, *, by: Actor) -> None:
    """Off the list; registrations that name it keep it. Raises NotFound for another organisation's."""
    if not await people.unlist_affiliation(by.organisation, known):
        raise NotFound(N_("There is no such organisation on the list."))
    await record(by.name, "unlisted", f"organisation:{by.organisation}", organisation=by.organisation)
