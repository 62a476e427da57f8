"""What happens to how people stand with the house inside an action that is open."""

from events.infra import db
from events.kernel.clock import utc_now
from events.registration.admission.rules import Admission
from events.registration.admission.tables import AdmissionRow

_SET = db.prepared_insert(
    AdmissionRow,
    conflict="ON CONFLICT (registration) DO UPDATE SET state = excluded.state, by_organiser = excluded.by_organiser,"
    " changed_at = excluded.changed_at",
)
_NOT_SAID = db.Prepared("DELETE FROM admission WHERE registration = :registration")
_ANEW = db.Prepared(
    "DELETE FROM admission WHERE registration = :registration OR registration IN"
    " (SELECT id FROM registration WHERE event = :event AND assists = :registration)"
)
_NOT_REMINDED = db.Prepared("DELETE FROM admission_reminder WHERE registration = :registration")


async def set_state(registration: int, state: Admission, *, by_organiser: bool) -> None:
    if state is Admission.NOT_APPLIED:
        await _NOT_SAID.rows(registration=registration)
    else:
        await _SET.rows(registration=registration, state=state.value, by_organiser=by_organiser, changed_at=utc_now())


async def ask_anew(event: int, registration: int) -> None:
    """They attend another way, and who assists them with them: what was said before holds no more."""
    await _ANEW.rows(event=event, registration=registration)


async def forget_admission(registration: int) -> None:
    """With the dates on which they were reminded."""
    await _NOT_SAID.rows(registration=registration)
    await _NOT_REMINDED.rows(registration=registration)
