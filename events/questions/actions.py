from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.kernel.words import N_
from events.programme import actions as programme
from events.programme.queries import get_own_event, get_own_id
from events.programme.rules import EventFacts
from events.questions import editing, queries, steps
from events.questions.forms import document_of, read_form, read_question, read_section, too_much
from events.questions.rules import Form, Question, Section
from events.questions.tables import QuestionTemplate

_NEW_TEMPLATE = db.prepared_insert(
    QuestionTemplate, conflict="ON CONFLICT (organisation, name) DO UPDATE SET document = excluded.document"
)
_FORGET_TEMPLATE = db.Prepared("DELETE FROM question_template WHERE organisation = :organisation AND id = :id")

Change = Callable[[Form], Form]


@db.write
async def change_form(slug: str, change: Change, *, by: Actor) -> Form:
    """Save the form with what `change`, one of `editing`, makes of it. Raises EventNotFound, and what that raises."""
    event = await get_own_id(slug, by.organisation)
    return await _change(event, change, by)


@db.write
async def put_question(slug: str, posted: object, *, section: int, by: Actor) -> Question:
    """Ask one thing more, at the end of a section; 0 is the last one, or the first of all. Raises Invalid."""
    event = await get_own_id(slug, by.organisation)
    form = await steps.lock_form(event)
    if not form.sections:
        form = editing.with_section(form, Section(id=0))
    section = section or form.sections[-1].id
    question = read_question(posted, editing.above(form, None, section=section), taken=_names(form, 0))
    asking = editing.with_question(form, question, section=section)
    saved = await _change(event, lambda _: asking, by)
    return next(one for one in saved.questions if one.name == question.name)


@db.write
async def change_question(slug: str, question: int, posted: object, *, by: Actor) -> Question:
    """Other words or rules for a question; answers given so far keep the words they were given to. Raises Invalid."""
    event = await get_own_id(slug, by.organisation)
    form = await steps.lock_form(event)
    was = form.get(question)
    made = read_question(posted, editing.above(form, question), taken=_names(form, question))
    if made.kind is not was.kind:
        raise Invalid.of("kind", N_("A question stays of its kind. Remove it and ask another one."))
    made = replace(made, id=was.id, version=was.version)
    return (await _change(event, lambda form: editing.changed(form, made), by)).get(question)


@db.write
async def put_section(slug: str, section: int | None, posted: object, *, by: Actor) -> Form:
    """One more section, or another heading for one. Raises Invalid."""
    event = await get_own_id(slug, by.organisation)
    made = replace(read_section(posted), id=section or 0)
    return await _change(event, lambda form: editing.with_section(form, made), by)


@db.write
async def put_form(slug: str, posted: object, *, by: Actor) -> Form:
    """The whole form at once: questions of the same name and kind stay the same, those left out are retired."""
    event = await get_own_id(slug, by.organisation)
    wanted = read_form(posted)
    return await _change(event, lambda form: _merged(form, wanted), by)


@db.write
async def use_template(slug: str, key: str, *, by: Actor) -> Form:
    """Ask what the template asks, in further sections of the form. Raises TemplateNotFound."""
    event = await get_own_id(slug, by.organisation)
    template = read_form(await queries.get_template(by.organisation, key))
    return await _change(event, lambda form: editing.joined(form, template), by)


@db.write
async def save_template(slug: str, name: str, *, by: Actor) -> None:
    """Keep the event's form to begin others from; one of the same name is replaced."""
    form = await queries.find_whole_form(await get_own_id(slug, by.organisation))
    document = msgspec.json.encode(document_of(form)).decode()
    await _NEW_TEMPLATE.rows(organisation=by.organisation, name=name, document=document, created_at=utc_now())


@db.write
async def forget_template(template: int, *, by: Actor) -> None:
    await _FORGET_TEMPLATE.rows(organisation=by.organisation, id=template)


@db.write
async def copy_event(slug: str, *, by: Actor, domain: str) -> EventFacts:
    """A new draft with everything of the event, and its form."""
    event = await get_own_event(slug, by.organisation)
    copied = await programme.copy_event.step(slug, by=by, domain=domain)
    await steps.copy_form(event.id, copied.id)
    return copied


async def _change(event: int, change: Change, by: Actor) -> Form:
    before = await steps.lock_form(event)
    after = change(before)
    if after == before:
        return before
    if problems := too_much(after):
        raise Invalid(problems)
    await record(by.name, "changed_form", f"event:{event}", organisation=by.organisation)
    return await steps.save_form(event, after, before=before)


def _names(form: Form, itself: int) -> set[str]:
    return {one.name for one in (*form.questions, *form.retired) if one.id != itself}


def _merged(form: Form, wanted: Form) -> Form:
    known = {(one.name, one.kind): one for one in (*form.questions, *form.retired)}
    taken = {one.name for one in (*form.questions, *form.retired)}

    def found(question: Question) -> Question:
        same = known.pop((question.name, question.kind), None)
        if same:
            return replace(question, id=same.id, version=same.version)
        if question.name in taken:
            raise Invalid.of(
                "", N_("“{name}” was a question of another kind. Choose another name."), name=question.name
            )
        return question

    sections = tuple(
        replace(section, questions=tuple(found(one) for one in section.questions)) for section in wanted.sections
    )
    return Form(sections=sections, retired=tuple(one for one in known.values()))
