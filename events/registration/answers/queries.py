from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from piccolo.columns import And

from events.infra import db
from events.kernel.ids import digest
from events.questions.queries import find_whole_form, list_wordings
from events.questions.rules import Form, Question
from events.registration.answers.rules import Answered, File, FileNotFound, once_offered
from events.registration.answers.tables import Answer

Answers = Mapping[str, Answered]
"""Of one registration, by the names of the questions and in their order."""

_COUNTS = db.Prepared(
    "SELECT a.question, a.value, COUNT(*) AS number FROM question q JOIN registration r ON r.event = q.event"
    " JOIN answer a ON a.registration = r.id AND a.question = q.id"
    " WHERE q.event = :event AND q.listed AND a.purged_at IS NULL AND r.standing NOT IN ('declined', 'cancelled')"
    " GROUP BY a.question, a.value"
)
_CHOICES = db.Prepared(
    "SELECT a.question, a.value, COUNT(*) AS number FROM question q JOIN answer a ON a.question = q.id"
    " JOIN registration r ON r.id = a.registration"
    " WHERE q.event = :event AND a.chosen AND r.standing NOT IN ('declined', 'cancelled')"
    " GROUP BY a.question, a.value"
)
_CHOSEN = db.Prepared(
    "SELECT COUNT(*) AS number FROM answer a JOIN registration r ON r.id = a.registration"
    " WHERE a.question = :question AND a.value = :value AND a.chosen"
    " AND r.standing NOT IN ('declined', 'cancelled')"
)
_WAITING_FILE = db.Prepared(
    "SELECT id, name FROM upload"
    " WHERE token_digest = :digest AND event = :event AND question = :question AND registration IS NULL"
)
_FILE = db.Prepared(
    "SELECT name, media_type, content FROM upload WHERE registration = :registration AND question = :question"
)


class Counted(Struct, frozen=True):
    """How many gave which answer; `question` has besides its choices those offered no more that somebody has made."""

    question: Question
    made: Mapping[str, int]


class Waiting(Struct, frozen=True):
    """A file that was sent with a form which is not accepted yet."""

    id: int
    name: str


@db.read
async def list_answers(
    event: int, registrations: Sequence[int], *, sensitive: bool = False
) -> tuple[Form, dict[int, Answers]]:
    """What each of these answered, and the whole form; sensitive answers only where they are asked for."""
    form = await find_whole_form(event)
    asked = {question.id: question for question in form.ever_asked if sensitive or not question.sensitive}
    if not asked or not registrations:
        return form, {}
    wordings = await list_wordings(event)
    wanted = And(Answer.registration.is_in(list(registrations)), Answer.question.is_in(list(asked)))
    values: dict[tuple[int, int], list[Mapping[str, Any]]] = {}
    for row in await Answer.select().where(wanted).order_by(Answer.id):
        values.setdefault((row["registration"], row["question"]), []).append(row)
    found: dict[int, dict[str, Answered]] = {}
    order = {question: place for place, question in enumerate(asked)}
    for registration, question in sorted(values, key=lambda pair: order[pair[1]]):
        rows = values[registration, question]
        answered = Answered(
            question=asked[question],
            wording=wordings[rows[0]["version"]],
            values=tuple(row["value"] for row in rows if row["purged_at"] is None),
            purged_at=rows[0]["purged_at"],
        )
        found.setdefault(registration, {})[asked[question].name] = answered
    return form, dict(found)


async def count_choices(event: int) -> dict[tuple[int, str], int]:
    """How many of those who come or may come made which of a question's own choices."""
    return {(row["question"], row["value"]): row["number"] for row in await _CHOICES.rows(event=event)}


@db.read
async def count_answers(event: int) -> list[Counted]:
    """The ordinary questions that are answered from a list, in their order, and what was answered."""
    listed = [one for one in (await find_whole_form(event)).ever_asked if one.is_listed and not one.sensitive]
    if not listed:
        return []
    rows, wordings = await _COUNTS.rows(event=event), (await list_wordings(event)).values()
    made = {one.id: {row["value"]: row["number"] for row in rows if row["question"] == one.id} for one in listed}
    return [Counted(once_offered(one, wordings, made[one.id]), made[one.id]) for one in listed]


async def count_chosen(question: int, value: str) -> int:
    """How many have made this choice."""
    row = await _CHOSEN.row(question=question, value=value)
    return int(row["number"]) if row else 0


async def find_waiting(event: int, question: int, token: str) -> Waiting | None:
    row = await _WAITING_FILE.row(digest=digest(token), event=event, question=question)
    return Waiting(row["id"], row["name"]) if row else None


async def get_file(registration: int, question: int) -> File:
    """Raises FileNotFound."""
    row = await _FILE.row(registration=registration, question=question)
    if row is None:
        raise FileNotFound
    return File(row["name"], row["media_type"], bytes(row["content"]))
