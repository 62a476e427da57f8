from collections.abc import Mapping
from datetime import datetime
from typing import Any

from events.accounts.rules import SENSITIVE, Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, Problem
from events.kernel.ids import digest, new_token
from events.kernel.words import N_
from events.programme.queries import get_event_by_id
from events.questions.queries import find_whole_form, get_form
from events.questions.rules import Asked, Kind
from events.questions.rules.answers import field_of
from events.registration.answers import queries, steps
from events.registration.answers.rules import NOT_YOURS, UNCLAIMED_LASTS, Answered, AnswersClosed, File, FileNotFound
from events.registration.answers.tables import Upload
from events.registration.queries import get_by_token, get_own_by_code
from events.registration.retention.queries import find_due_question, list_due
from events.registration.retention.rules import What
from events.registration.retention.steps import record_erasure
from events.registration.rules import Ticket
from events.registration.rules.opening import check_takes_place

_KEEP_FILE = db.prepared_insert(Upload)
_FORGET_UNCLAIMED = db.Prepared("DELETE FROM upload WHERE registration IS NULL AND created_at < :before RETURNING id")
_PURGE = db.Prepared(
    "UPDATE answer SET value = '', chosen = FALSE, purged_at = :now WHERE purged_at IS NULL AND question = :question"
    " RETURNING registration"
)
_PURGE_FILES = db.Prepared("DELETE FROM upload WHERE question = :question")


@db.write
async def keep_file(event: int, question: int, file: File) -> str:
    """Keep a file until the form that it came with is accepted; gives the token that the form carries from now on."""
    token = new_token()
    await _KEEP_FILE.rows(
        event=event,
        question=question,
        registration=None,
        token_digest=digest(token),
        name=file.name,
        media_type=file.media_type,
        content=file.content,
        created_at=utc_now(),
    )
    return token


@db.write
async def change_own_answers(token: str, given: Mapping[str, Any]) -> Ticket:
    """Who holds the private link answers anew; what is not given at all stays. Raises Invalid, AnswersClosed."""
    ticket = await get_by_token(token)
    event = await get_event_by_id(ticket.event)
    check_takes_place(event.status, event.ends_at, utc_now())
    if ticket.is_over:
        raise AnswersClosed(N_("This registration does not count any more, so nothing is asked."))
    form = (await get_form(event.id, event.form)).asking(Asked.REGISTERING)
    if await steps.replace(ticket.id, event.id, form, given, modes=ticket.modes):
        await record("attendee", "changed_answers", f"registration:{ticket.id}", organisation=event.organisation)
    return ticket


@db.write
async def set_answers(code: str, given: Mapping[str, Any], *, by: Actor) -> Ticket:
    """An organiser notes or corrects answers, also those asked at the door; sensitive ones with that right.

    What is not given stays as it is. Raises TicketNotFound, Invalid.
    """
    ticket = await get_own_by_code(code, by.organisation)
    event = await get_event_by_id(ticket.event)
    form = await get_form(event.id, event.form)
    locked = [] if by.may(SENSITIVE) else [one for one in form.questions if one.sensitive and one.name in given]
    given = {name: value for name, value in given.items() if name not in {one.name for one in locked}}
    refused = [Problem(field_of(one), NOT_YOURS) for one in locked]
    changed = await steps.replace(ticket.id, event.id, form, given, modes=ticket.modes, lenient=True, refused=refused)
    if changed:
        subject = f"registration:{ticket.id}"
        await record(by.name, "changed_answers", subject, organisation=by.organisation, questions=changed)
    return ticket


@db.write
async def set_file(code: str, question: str, file: File, *, by: Actor) -> Ticket:
    """An organiser puts a file in the place of the one that was sent. Raises as `set_answers`, and QuestionNotFound."""
    ticket = await get_own_by_code(code, by.organisation)
    asked = (await find_whole_form(ticket.event)).named(question)
    if asked.kind is not Kind.FILE:
        raise Invalid.of(field_of(asked), N_("This question is not answered with a file."))
    token = await keep_file.step(ticket.event, asked.id, file)
    return await set_answers.step(code, {question: token}, by=by)


@db.write
async def read_sensitive(code: str, *, by: Actor) -> list[Answered]:
    """The sensitive answers of one person. Who looked at them, and when, is written down with the event."""
    ticket = await get_own_by_code(code, by.organisation)
    _, found = await queries.list_answers(ticket.event, [ticket.id], sensitive=True)
    await record(
        by.name, "read_sensitive", f"event:{ticket.event}", organisation=by.organisation, registration=ticket.id
    )
    return [answered for answered in found.get(ticket.id, {}).values() if answered.question.sensitive]


@db.write
async def open_file(code: str, question: int, *, by: Actor) -> File:
    """A file that somebody sent along; who opened a sensitive one is written down. Raises FileNotFound."""
    ticket = await get_own_by_code(code, by.organisation)
    if (await find_whole_form(ticket.event)).get(question).sensitive:
        if not by.may(SENSITIVE):
            raise FileNotFound
        await record(
            by.name, "read_sensitive", f"event:{ticket.event}", organisation=by.organisation, registration=ticket.id
        )
    return await queries.get_file(ticket.id, question)


@db.write
async def forget_unclaimed() -> int:
    """Throw away the files of forms that were never accepted."""
    return len(await _FORGET_UNCLAIMED.rows(before=utc_now() - UNCLAIMED_LASTS))


async def purge_sensitive(now: datetime | None = None) -> int:
    """Keep the promise of how long sensitive answers are kept; each question in its own action."""
    now = now or utc_now()
    purged = 0
    for due in await list_due(now):
        if due.what is What.ANSWERS:
            purged += await _purge(due.event, due.organisation, due.question, now)
    return purged


@db.write
async def _purge(event: int, organisation: int, name: str, now: datetime) -> int:
    question = await find_due_question(event, name, now)
    if question is None:  # somebody gave it a longer time since
        return 0
    gone = await _PURGE.rows(now=utc_now(), question=question)
    await _PURGE_FILES.rows(question=question)
    await record_erasure(now, event, What.ANSWERS, len({row["registration"] for row in gone}), question=name)
    await record("system", "purged_sensitive", f"event:{event}", organisation=organisation, answers=len(gone))
    return len(gone)
