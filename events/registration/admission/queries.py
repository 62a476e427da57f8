from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from piccolo.columns import And, Or

from events.infra import db
from events.programme.queries.contents import span_of
from events.programme.queries.rows import admission_step_of
from events.programme.rules import Mode
from events.programme.rules.admission import Reminder
from events.registration.admission.rules import Admission
from events.registration.admission.tables import AdmissionRow
from events.registration.tables import Registration

_KNOWN = db.Prepared("SELECT state, by_organiser FROM admission WHERE registration = :registration")
_COUNTS = db.Prepared(
    "SELECT a.state, COUNT(*) AS number FROM registration r LEFT JOIN admission a ON a.registration = r.id"
    " WHERE r.event = :event AND r.mode = 'in_person' AND r.standing NOT IN ('declined', 'cancelled')"
    " AND r.erased_at IS NULL GROUP BY a.state"
)
_REMINDING = db.Prepared(
    "SELECT id, admission_step, admission_link, admission_by_wall, admission_by_zone, admission_by_fold,"
    " admission_remind, admission_days, starts_wall, starts_zone, starts_fold, ends_wall, ends_zone, ends_fold, all_day"
    " FROM event WHERE admission_remind <> 'off' AND starts_at > :now AND status = 'published' ORDER BY id"
)
_TO_REMIND = db.Prepared(
    "SELECT r.id, r.email FROM registration r WHERE r.event = :event AND r.mode = 'in_person'"
    " AND r.standing = 'confirmed' AND r.erased_at IS NULL AND r.registered_at < :at"
    " AND NOT EXISTS (SELECT 1 FROM admission a WHERE a.registration = r.id)"
    " AND NOT EXISTS (SELECT 1 FROM admission_reminder d WHERE d.registration = r.id AND d.day = :day)"
    " ORDER BY r.id LIMIT :limit"
)


class Known(Struct, frozen=True):
    """What is stored of one person."""

    state: Admission
    by_organiser: bool

    @property
    def is_settled(self) -> bool:
        """Whether only organisers may say otherwise."""
        return self.by_organiser and self.state is not Admission.APPLIED


class Due(Struct, frozen=True):
    """An event whose people are to be reminded, for which date."""

    event: int
    reminder: Reminder


class Person(Struct, frozen=True):
    """Somebody named in a list of the host, as far as the list may change how they stand."""

    id: int
    code: str
    email_folded: str
    mode: Mode
    standing: str


async def find_known(registration: int) -> Known | None:
    row = await _KNOWN.row(registration=registration)
    return Known(Admission(row["state"]), row["by_organiser"]) if row else None


async def find_stored(registration: int) -> Admission | None:
    known = await find_known(registration)
    return known.state if known else None


async def list_stored(registrations: Sequence[int]) -> dict[int, Admission]:
    rows = await AdmissionRow.select(AdmissionRow.registration, AdmissionRow.state).where(
        AdmissionRow.registration.is_in(list(registrations))
    )
    return {row["registration"]: Admission(row["state"]) for row in rows}


async def count_states(event: int) -> dict[Admission, int]:
    """Of those who come, or may come, in person."""
    rows = await _COUNTS.rows(event=event)
    counts = {Admission(row["state"] or Admission.NOT_APPLIED): row["number"] for row in rows}
    return {state: counts[state] for state in Admission if state in counts}


async def list_due(now: datetime) -> list[Due]:
    """The events at which a reminder's time has come; pausing with what is postponed or cancelled."""
    found = []
    for row in await _REMINDING.rows(now=now):
        step = admission_step_of(row)
        if step and (reminder := step.reminder_at(span_of(row).starts, now)):
            found.append(Due(row["id"], reminder))
    return found


async def list_to_remind(event: int, day: date, at: datetime, limit: int) -> list[tuple[int, str]]:
    """Some of those who have a place, have not applied and were not reminded for this date: id and address."""
    rows = await _TO_REMIND.rows(event=event, day=day, at=at, limit=limit)
    return [(row["id"], row["email"]) for row in rows]


async def list_named(event: int, codes: Collection[str], addresses: Collection[str]) -> list[Person]:
    """Whom these codes and folded addresses name; of an address the registration that stands comes last."""
    named: Any = Or(Registration.code.is_in([*codes, ""]), Registration.email_folded.is_in([*addresses, ""]))
    rows: Sequence[Mapping[str, Any]] = (
        await Registration.select(
            Registration.id, Registration.code, Registration.email_folded, Registration.mode, Registration.standing
        )
        .where(And(And(Registration.event == event, Registration.erased_at.is_null()), named))
        .order_by(Registration.id)
    )
    people = [Person(**{**row, "mode": Mode(row["mode"])}) for row in rows]
    return sorted(people, key=lambda one: one.standing not in {"declined", "cancelled"})


def is_admitted_as(wanted: Admission) -> Any:
    """The condition of a list that is narrowed to those who stand so; nobody does where there is no such step."""
    event: Any = Registration.event
    asked = event.admission_step.eq(True)
    stored = AdmissionRow.select(AdmissionRow.registration)
    in_person = Registration.mode == Mode.IN_PERSON.value
    if wanted is Admission.NOT_APPLIED:
        return And(asked, And(in_person, Registration.id.not_in(stored)))
    here = And(in_person, Registration.id.is_in(stored.where(AdmissionRow.state == wanted.value)))
    if wanted is Admission.NOT_NEEDED:
        return And(asked, Or(Registration.mode == Mode.ONLINE.value, here))
    return And(asked, here)
