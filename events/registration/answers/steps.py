"""What happens to answers inside an action that is open; places are locked by whoever calls."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, Problem
from events.questions.queries import get_form
from events.questions.rules import Asked, Form, Kind, Question
from events.questions.rules.answers import Given, field_of, read_answers
from events.questions.steps import lock_questions
from events.registration.answers import queries
from events.registration.answers.rules import FILE_GONE, TAKEN_UP, answered_anew, missing_of
from events.registration.answers.tables import Answer
from events.registration.rules import TicketNotFound

_LOCK = db.Prepared("UPDATE registration SET changed_at = :now WHERE id = :id AND erased_at IS NULL RETURNING id")
_CLAIM = db.Prepared("UPDATE upload SET registration = :registration WHERE id = :id")
_FORGET_FILE = db.Prepared("DELETE FROM upload WHERE registration = :registration AND question = :question")
_FORGET_FILES = db.Prepared("DELETE FROM upload WHERE registration = :registration")
_FORGET_ANSWER = db.Prepared("DELETE FROM answer WHERE registration = :registration AND question = :question")
_FORGET_CHOICE = db.Prepared(
    "DELETE FROM answer WHERE registration = :registration AND question = :question AND value = :value"
)
_FORGET_ALL = db.Prepared("DELETE FROM answer WHERE registration = :registration")
_FORGET_WORDS = db.Prepared(
    "DELETE FROM answer WHERE registration = :registration"
    " AND question IN (SELECT id FROM question WHERE sensitive OR NOT listed)"
)
NOTHING_YET: Mapping[str, Collection[str]] = {}


class Accepted(Struct, frozen=True):
    """What may be written, and the files that are claimed by it."""

    answers: tuple[Given, ...] = ()
    files: tuple[int, ...] = ()


async def accept(event: int, form: str, given: Mapping[str, Any], *, mode: str) -> Accepted:
    """What somebody who registers answered; raises Invalid with every problem, a choice that is taken up among them."""
    asking = (await get_form(event, form)).asking(Asked.REGISTERING)
    answers, problems = read_answers(asking.questions, given, modes=[mode])
    return await _accepted(event, answers, problems)


async def count_required(event: int, form: str, *, mode: str) -> int:
    """How many questions somebody must answer who has answered none."""
    return len(missing_of((await get_form(event, form)).asking(Asked.REGISTERING), {}, modes=[mode]))


async def write(registration: int, accepted: Accepted) -> None:
    await db.insert_all(
        Answer,
        ("question", "version", "value", "chosen"),
        [
            (given.question.id, given.question.version, value, bool(given.question.choices))
            for given in accepted.answers
            for value in given.values
        ],
        same={"registration": registration},
    )
    for file in accepted.files:
        await _CLAIM.rows(registration=registration, id=file)


async def replace(
    registration: int,
    event: int,
    form: Form,
    given: Mapping[str, Any],
    *,
    modes: Collection[str],
    lenient: bool = False,
    refused: Sequence[Problem] = (),
) -> list[str]:
    """What somebody answers now in the place of what they did; tells the names of what changed.

    Raises TicketNotFound for who was erased, Invalid with every problem, those `refused` before among them. What
    stays is decided by `answered_anew`.
    """
    if await _LOCK.row(id=registration, now=utc_now()) is None:
        raise TicketNotFound
    _, found = await queries.list_answers(event, [registration], sensitive=True)
    before = found.get(registration, {})
    anew = answered_anew(form, before, given, modes=modes, lenient=lenient)
    had = {name: one.values for name, one in before.items()}
    accepted = await _accepted(event, anew.answers, [*refused, *anew.problems], had=had)
    for question in anew.questions:
        await _FORGET_ANSWER.rows(registration=registration, question=question.id)
        await _FORGET_FILE.rows(registration=registration, question=question.id)
    await write(registration, accepted)
    return [question.name for question in anew.questions]


async def forget_taken_up(registration: int, event: int, form: str) -> None:
    """Of somebody who counts again: what others have chosen since until it was taken up is for them to choose anew."""
    limited = [one for one in (await get_form(event, form)).questions if one.limits] if form else []
    _, found = await queries.list_answers(event, [registration], sensitive=True) if limited else (None, {})
    answers = found.get(registration, {})
    await lock_questions({one.id for one in limited if one.name in answers})
    for question in limited:
        for value in answers[question.name].values if question.name in answers else ():
            most = question.limits.get(value)
            if most is not None and await queries.count_chosen(question.id, value) > most:
                await _FORGET_CHOICE.rows(registration=registration, question=question.id, value=value)


async def forget_answers(registration: int, *, keep_counts: bool) -> None:
    """Forget what somebody said and sent; with `keep_counts` ordinary choices stay, which tell nothing of anybody."""
    await (_FORGET_WORDS if keep_counts else _FORGET_ALL).rows(registration=registration)
    await _FORGET_FILES.rows(registration=registration)


async def _accepted(
    event: int, answers: Iterable[Given], problems: list[Problem], *, had: Mapping[str, Collection[str]] = NOTHING_YET
) -> Accepted:
    answers = list(answers)
    problems = [*problems, *await _taken_up(answers, had)]
    files = []
    for place, given in enumerate(answers):
        if given.question.kind is Kind.FILE:
            waiting = await queries.find_waiting(event, given.question.id, given.values[0])
            if waiting is None:
                problems.append(Problem(field_of(given.question), FILE_GONE))
            else:
                files.append(waiting.id)
                answers[place] = Given(given.question, (waiting.name,))
    if problems:
        raise Invalid(problems)
    return Accepted(tuple(answers), tuple(files))


async def _taken_up(answers: Collection[Given], had: Mapping[str, Collection[str]]) -> list[Problem]:
    """The choices that cannot be made any more. Whoever looks has locked them until the action ends.

    Who `had` one keeps it, though there may be more of them than places since these became fewer.
    """
    chosen = [(given.question, value) for given in answers if given.question.choices for value in given.values]
    limited = [
        (question, value)
        for question, value in chosen
        if value in question.limits and value not in had.get(question.name, ())
    ]
    if not limited:
        return []
    await lock_questions({question.id for question, _ in limited})
    return [
        Problem(field_of(question), TAKEN_UP, {"choice": label_of(question, value)})
        for question, value in limited
        if await queries.count_chosen(question.id, value) >= question.limits[value]
    ]


def label_of(question: Question, value: str) -> Any:
    return next((choice.label for choice in question.choices if choice.key == value), value)
