"""What an action does with a form inside its transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import digest
from events.programme.queries import get_event_by_id
from events.programme.rules import Status
from events.programme.steps import set_form
from events.questions import queries
from events.questions.rules import Form, Question, check_promise
from events.questions.tables import Question as QuestionRow
from events.questions.tables import QuestionVersion

_LOCK_FORM = db.Prepared(
    "INSERT INTO question_form (event, document, changed_at) VALUES (:event, '{}', :now)"
    " ON CONFLICT (event) DO UPDATE SET changed_at = excluded.changed_at RETURNING document"
)
_SAVE = db.Prepared("UPDATE question_form SET document = :document WHERE event = :event")
_NEW_QUESTION = db.prepared_insert(QuestionRow)
_CHANGED_QUESTION = db.Prepared(
    "UPDATE question SET name = :name, sensitive = :sensitive, purge_days = :purge_days WHERE id = :id"
)
_NEW_VERSION = db.prepared_insert(QuestionVersion)
_LOCK_QUESTION = db.Prepared("UPDATE question SET name = name WHERE id = :id RETURNING id")


async def lock_form(event: int) -> Form:
    """The form as it is now, if only an empty one; who else would change it waits until the action ends."""
    [row] = await _LOCK_FORM.rows(event=event, now=utc_now())
    return msgspec.json.decode(row["document"], type=Form)


async def lock_questions(questions: Iterable[int]) -> None:
    """Nobody else takes one of their choices meanwhile; always in the same order, so that none waits for another."""
    for question in sorted(questions):
        await _LOCK_QUESTION.rows(id=question)


async def save_form(event: int, form: Form, *, before: Form) -> Form:
    """Keep the form, which is locked; what is new in it gets its id, what is worded anew its version.

    Raises Invalid where a sensitive question promised more.
    """
    draft = (await get_event_by_id(event)).status is Status.DRAFT
    known = {question.id: question for question in (*before.questions, *before.retired)}
    sections = []
    for section in form.sections:
        questions = [await _saved(event, question, known, draft=draft) for question in section.questions]
        sections.append(replace(section, questions=tuple(questions)))
    saved = replace(form, sections=tuple(sections))
    document = msgspec.json.encode(saved).decode()
    await _SAVE.rows(event=event, document=document)
    await set_form(event, digest(document) if next(saved.questions, None) else "")
    return saved


async def copy_form(source: int, target: int) -> None:
    """Another event asks the same; questions that are asked no more stay behind."""
    form = await queries.find_whole_form(source)
    if form.sections:
        await save_form(target, as_new(form), before=await lock_form(target))


def as_new(form: Form) -> Form:
    """Without the ids that its questions have elsewhere."""
    sections = (
        replace(section, questions=tuple(replace(one, id=0, version=0) for one in section.questions))
        for section in form.sections
    )
    return Form(sections=tuple(sections))


async def _saved(event: int, question: Question, known: Mapping[int, Question], *, draft: bool) -> Question:
    before = known.get(question.id)
    if before == question:
        return question
    facts = {"name": question.name, "sensitive": question.sensitive, "purge_days": question.purge_days}
    if before is None:
        question = replace(question, id=_id(await _NEW_QUESTION.row(event=event, listed=question.is_listed, **facts)))
    else:
        check_promise(before, question, draft=draft)
        await _CHANGED_QUESTION.rows(id=question.id, **facts)
    if before is None or before.wording != question.wording:
        wording = msgspec.json.encode(question).decode()
        version = _id(await _NEW_VERSION.row(question=question.id, wording=wording, made_at=utc_now()))
        question = replace(question, version=version)
    return question


def _id(row: Any) -> int:
    return int(row["id"])
