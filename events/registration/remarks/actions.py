from collections.abc import Mapping, Sequence
from typing import Any

from piccolo.columns import And

from events.accounts.rules import Actor
from events.activity.steps import record, record_all
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import read_code
from events.programme.queries import get_own_id
from events.registration.queries import get_own_by_code
from events.registration.remarks.queries import list_tags, spell_tag
from events.registration.remarks.rules import MOST_TAGS, NoteNotFound, Tagged, key_of, read_tags
from events.registration.remarks.tables import RegistrationNote, RegistrationTag
from events.registration.rules import Ticket, TicketNotFound
from events.registration.tables import Registration

AT_ONCE = 500
# Locked, so that nobody erases the person or hands the place on meanwhile.
_LOCK = db.Prepared("UPDATE registration SET code = code WHERE code = :code AND erased_at IS NULL RETURNING id")
_NOTE = db.prepared_insert(RegistrationNote)
_REMOVE_NOTE = db.Prepared("DELETE FROM registration_note WHERE registration = :registration AND id = :id RETURNING id")


@db.write
async def set_tags(code: str, tags: Sequence[str], *, by: Actor) -> Ticket:
    """These and no others. Raises TicketNotFound, Invalid."""
    ticket = await _locked(code, by)
    wanted = {key_of(tag): tag for tag in read_tags(tags)}
    had = {key_of(tag) for tag in (await list_tags([ticket.id])).get(ticket.id, ())}
    if had != wanted.keys():
        spelled = {key: await spell_tag(wanted[key], by.organisation) for key in wanted.keys() - had}
        await _change(ticket.event, {ticket.id: spelled}, had - wanted.keys())
        await record(by.name, "tagged", f"registration:{ticket.id}", organisation=by.organisation)
    return ticket


@db.write
async def tag_registrations(
    slug: str, codes: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = (), by: Actor
) -> Tagged:
    """Give these tags to each and take those away; who would have too many keeps what they have."""
    event = await get_own_id(slug, by.organisation)
    read = [code for typed in codes if (code := read_code(typed))]
    if not read:
        return Tagged(0)
    here: Any = And(Registration.event == event, Registration.erased_at.is_null())
    chosen: Any = And(here, Registration.code.is_in(read))
    locking = Registration.update({Registration.token_counter: Registration.token_counter + 0}).where(chosen)
    registrations = [row["id"] for row in await locking.returning(Registration.id)]
    given = {key_of(tag): await spell_tag(tag, by.organisation) for tag in read_tags(add)}
    gone = {key_of(tag) for tag in remove} - given.keys()
    had = {one: {key_of(tag) for tag in tags} for one, tags in (await list_tags(registrations)).items()}
    new: dict[int, dict[str, str]] = {}
    full = 0
    for registration in registrations:
        keys = had.get(registration, set())
        if len((keys - gone) | given.keys()) > MOST_TAGS:
            full += 1
        elif given.keys() - keys or gone & keys:
            new[registration] = {key: tag for key, tag in given.items() if key not in keys}
    await _change(event, new, gone)
    subjects = [f"registration:{registration}" for registration in new]
    if subjects:
        await record_all(by.name, "tagged", subjects, organisation=by.organisation)
    return Tagged(len(new), full)


async def tag_chosen(
    slug: str, codes: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = (), by: Actor
) -> Tagged:
    """The same for any number, in batches of which each is a transaction of its own."""
    changed = full = 0
    for first in range(0, len(codes), AT_ONCE):
        done = await tag_registrations(slug, codes[first : first + AT_ONCE], add=add, remove=remove, by=by)
        changed, full = changed + done.changed, full + done.full
    return Tagged(changed, full)


@db.write
async def write_note(code: str, text: str, *, by: Actor) -> None:
    """One more. Raises TicketNotFound."""
    ticket = await _locked(code, by)
    await _NOTE.rows(registration=ticket.id, text=text, written_by=by.name, written_at=utc_now())
    await record(by.name, "noted", f"registration:{ticket.id}", organisation=by.organisation)


@db.write
async def remove_note(code: str, note: int, *, by: Actor) -> None:
    """Raises TicketNotFound, NoteNotFound."""
    ticket = await _locked(code, by)
    if await _REMOVE_NOTE.row(registration=ticket.id, id=note) is None:
        raise NoteNotFound
    await record(by.name, "removed_note", f"registration:{ticket.id}", organisation=by.organisation)


async def _locked(code: str, by: Actor) -> Ticket:
    ticket = await get_own_by_code(code, by.organisation)
    if await _LOCK.row(code=ticket.code) is None:
        raise TicketNotFound
    return ticket


async def _change(event: int, new: Mapping[int, Mapping[str, str]], gone: set[str]) -> None:
    """New tags by key for each registration, and the keys of those that all of them lose."""
    if gone and new:
        losing: Any = And(RegistrationTag.registration.is_in(list(new)), RegistrationTag.tag_folded.is_in(sorted(gone)))
        await RegistrationTag.delete().where(losing)
    rows = [
        RegistrationTag(event=event, registration=registration, tag=tag, tag_folded=key)
        for registration, tags in new.items()
        for key, tag in tags.items()
    ]
    for first in range(0, len(rows), AT_ONCE):
        await RegistrationTag.insert(*rows[first : first + AT_ONCE])
