"""What an event asks, as a form: filled in, read from what was posted, and shown again with what was wrong."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar.datastructures import UploadFile
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import BaseRouteHandler
from msgspec import Struct

from events.accounts.actions.attempts import count_attempt
from events.accounts.guards import Connection, Guard
from events.kernel.clock import utc_now
from events.kernel.errors import Problem, TooMany
from events.kernel.words import N_, in_language
from events.programme.rules import EventFacts
from events.questions.queries import get_form
from events.questions.rules import LARGEST_FILE, MODE, MOST_FILES, Asked, Condition, Form, Kind, Question
from events.questions.rules.answers import field_of
from events.questions.values import NotThat
from events.questions.words import answer_text, condition_text, countries
from events.registration.answers.actions import keep_file
from events.registration.answers.queries import Answers, count_choices, find_waiting, list_answers
from events.registration.answers.rules import UPLOADS_PER_NETWORK, Told, read_file
from events.registration.delegations.queries import count_missing
from events.registration.queries.held import Held
from events.web.locale import language_of_request
from events.web.requests import AnyRequest
from events.web.security import LARGEST_BODY, client_network

READ = "read"
"""The field that says which form it was that somebody read."""

_OTHER_FORM = N_("The organisers have changed the form since you opened it. Look through it and send it again.")
LARGEST_FORM = LARGEST_BODY + (MOST_FILES + 1) * LARGEST_FILE
"""With room for a file that is too large, which is refused in words."""


class Asking(Struct, frozen=True, kw_only=True):
    """`given` is what was answered so far, `taken` what cannot be chosen any more, `files` what was sent already.

    `kept` are questions whose answer is not shown but stays when they are left empty. `version` is what the event's
    row calls its form.
    """

    language: str
    form: Form
    version: str
    given: Mapping[str, Sequence[str]] = {}
    taken: Collection[tuple[int, str]] = ()
    files: Mapping[str, str] = {}
    kept: Collection[str] = ()

    @property
    def has_files(self) -> bool:
        return self.form.files > 0

    @property
    def names(self) -> dict[str, str]:
        """What a list of problems calls each field."""
        return {field_of(one): in_language(one.label, self.language) for one in self.form.questions}

    def sensitive_until(self, ends_at: datetime, kept_until: datetime) -> list[tuple[Question, datetime]]:
        """Which answers are erased sooner, and when."""
        return [
            (one, min(kept_until, ends_at + timedelta(days=one.purge_days or 0)))
            for one in self.form.questions
            if one.sensitive
        ]

    @property
    def countries(self) -> Sequence[tuple[str, str]]:
        return countries(self.language)

    @property
    def largest_file(self) -> int:
        return LARGEST_FILE

    def values(self, question: Question) -> Sequence[str]:
        return self.given.get(question.name, ())

    def value(self, question: Question) -> str:
        return next(iter(self.values(question)), "")

    def is_taken(self, question: Question, choice: str) -> bool:
        return (question.id, choice) in self.taken and choice not in self.values(question)

    def conditions(self, question: Question) -> str:
        """For the browser, which shows and hides by the same rule, as far as it sees what was answered."""
        seen = [one for one in question.show_if if self._is_seen(one)]
        return msgspec.json.encode([[one.question, one.values] for one in seen]).decode()

    def condition_texts(self, question: Question) -> list[tuple[str, bool]]:
        """When the question counts, and whether the browser can tell: if not, or without a script, its reader must."""
        questions = list(self.form.questions)
        known = {one.name for one in questions} | {MODE}
        return [
            (condition_text(self.language, condition, questions), self._is_seen(condition))
            for condition in question.show_if
            if condition.question in known
        ]

    def _is_seen(self, condition: Condition) -> bool:
        """Not where its answer stays as it is without being shown, or is for others to read."""
        shown = {one.name for one in self.form.questions}.difference(self.kept)
        return condition.question in shown | {MODE}


def up_to_its_files(event_of: Callable[[Connection], Awaitable[EventFacts]]) -> Guard:
    """A guard, before any that reads: of a form is read what the files may have that the event asks for, no more."""

    async def count_what_comes(connection: Connection, _: BaseRouteHandler) -> None:
        receive, came, most = connection.receive, 0, LARGEST_BODY

        async def counted() -> Any:
            nonlocal came, most
            message: Any = await receive()
            came += len(message.get("body", b""))
            size = max(came, int(connection.headers.get("content-length", 0)))
            if size > most == LARGEST_BODY:
                event = await event_of(connection)
                files = (await get_form(event.id, event.form)).files
                most += (files + 1) * LARGEST_FILE if files else 0
            if size > most:
                raise RequestEntityTooLarge
            return message

        connection.receive = counted

    return count_what_comes


async def asking_of(
    language: str, event: EventFacts, given: Mapping[str, Any] | None = None, *, form: Form | None = None
) -> Asking | None:
    """None when the event asks nothing."""
    if form is None:
        form = (await get_form(event.id, event.form)).asking(Asked.REGISTERING)
    if not form.sections:
        return None
    values = {name: _texts(value) for name, value in (given or {}).items()}
    counts = await count_choices(event.id) if any(one.limits for one in form.questions) else {}
    files = {}
    for question in form.questions:
        token = next(iter(values.get(question.name, ())), "")
        if question.kind is Kind.FILE and token and (waiting := await find_waiting(event.id, question.id, token)):
            files[question.name] = waiting.name
    return Asking(
        language=language,
        form=form,
        version=event.form,
        given=values,
        taken={
            (one.id, choice)
            for one in form.questions
            for choice, most in one.limits.items()
            if counts.get((one.id, choice), 0) >= most
        },
        files=files,
    )


async def read_posted(
    request: AnyRequest, event: EventFacts, posted: Any, *, form: Form | None = None
) -> tuple[dict[str, Any], list[Problem]]:
    """What was answered, and what is wrong with the files; those that are right are kept from now on.

    An answer is to the words that were read: where they have changed since, nothing is taken before they are read.
    """
    if form is None:
        form = (await get_form(event.id, event.form)).asking(Asked.REGISTERING)
    given: dict[str, Any] = {}
    problems = [Problem("", _OTHER_FORM)] if posted.get(READ, event.form) != event.form else []
    for question in form.questions:
        values = posted.getall(field_of(question), [])
        texts = [value for value in values if isinstance(value, str) and value.strip()]
        if texts:
            given[question.name] = texts if question.kind is Kind.MULTIPLE_CHOICE else texts[0]
        sent = [value for value in values if isinstance(value, UploadFile) and value.filename]
        if question.kind is not Kind.FILE or not sent:
            continue
        try:
            file = read_file(sent[-1].filename, await sent[-1].read())
            await count_attempt("upload", client_network(request), **UPLOADS_PER_NETWORK)
        except (NotThat, TooMany) as wrong:
            problems.append(Problem(field_of(question), wrong.message, wrong.params))
        else:
            given[question.name] = await keep_file(event.id, question.id, file)
    return given, problems


def told(language: str, answers: Answers) -> list[Told]:
    """In the words that it was asked in."""
    return [
        Told(one.question, one.wording.label, answer_text(language, one.wording, one.values), one.purged_at)
        for one in answers.values()
    ]


async def own_answers(request: AnyRequest, held: Held) -> dict[str, Any]:
    """What the private page says of answers, and whether they can be changed."""
    _, found = await list_answers(held.event.id, [held.ticket.id], sensitive=True)
    over = held.ticket.is_over or held.event.is_over(utc_now())
    return {
        "answered": told(language_of_request(request, held.ticket.language), _theirs(found.get(held.ticket.id, {}))),
        "may_answer": bool(held.event.form) and not over,
        "missing": 0 if over else (await count_missing(held.event, [held.ticket])).get(held.ticket.id, 0),
    }


def values_of(answers: Answers) -> dict[str, Sequence[str]]:
    """What a form begins from; a file is not in a form."""
    return {name: one.values for name, one in answers.items() if one.question.kind is not Kind.FILE}


def kept_unseen(form: Form, answers: Answers) -> set[str]:
    """The questions whose answers a form does not show, and which stay when they are left empty."""
    return {one.name for one in form.questions if one.name in answers and (one.sensitive or one.kind is Kind.FILE)}


def _theirs(answers: Answers) -> Answers:
    """Without what the organisers noted for themselves, or asked at the door."""
    return {name: one for name, one in answers.items() if one.question.asked is not Asked.ORGANISERS}


def _texts(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list | tuple) else [value])]
