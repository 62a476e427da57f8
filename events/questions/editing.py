"""A form with one thing changed. Pure; raises Conflict where a question would lose what it depends on."""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain, count

from msgspec.structs import replace

from events.kernel.errors import Conflict
from events.kernel.words import N_, Text
from events.questions.forms import LONGEST_NAME, possible_values
from events.questions.rules import Form, Question, QuestionNotFound, Section


class Depends(Conflict):
    """`name` is what the question says that the `other` one depends on."""

    kind = "depends"

    def __init__(self, name: Text, other: Text) -> None:
        super().__init__(
            N_("“{other}” is shown depending on an answer to “{name}”, further up. Change that condition first."),
            name=name,
            other=other,
        )


def above(form: Form, question: int | None, *, section: int | None = None) -> list[Question]:
    """The questions before this one, or before what would be added at the end of a section."""
    found: list[Question] = []
    for one in form.sections:
        for asked in one.questions:
            if asked.id == question:
                return found
            found.append(asked)
        if question is None and one.id == section:
            return found
    return found


def with_section(form: Form, section: Section) -> Form:
    """One more at the end, or another wording of the one with this id."""
    if section.id:
        return _each(
            form, lambda one: replace(one, title=section.title, about=section.about) if one.id == section.id else one
        )
    number = max((one.id for one in form.sections), default=0) + 1
    return replace(form, sections=(*form.sections, replace(section, id=number)))


def without_section(form: Form, section: int) -> Form:
    """Its questions are retired; raises Depends."""
    gone = _section(form, section)
    left = tuple(one for one in form.sections if one.id != section)
    return _checked(replace(form, sections=left, retired=(*form.retired, *gone.questions)))


def with_question(form: Form, question: Question, *, section: int) -> Form:
    """At the end of the section; moved there when it stands elsewhere or was retired."""
    _section(form, section)
    bare = _without(form, question.id) if question.id else form
    return _checked(
        _each(bare, lambda one: replace(one, questions=(*one.questions, question)) if one.id == section else one)
    )


def changed(form: Form, question: Question) -> Form:
    """The question of this id in other words, where it stands."""
    form.get(question.id)

    def inside(section: Section) -> Section:
        return replace(
            section, questions=tuple(question if one.id == question.id else one for one in section.questions)
        )

    return _checked(_each(form, inside))


def retired(form: Form, question: int) -> Form:
    found = form.get(question)
    return _checked(replace(_without(form, question), retired=(*_others(form.retired, question), found)))


def moved(form: Form, question: int, step: int) -> Form:
    """One place up (-1) or down (1), over into the next section at its end."""
    places = [(one.id, asked) for one in form.sections for asked in one.questions]
    at = next((number for number, (_, asked) in enumerate(places) if asked.id == question), None)
    if at is None:
        raise QuestionNotFound
    section = places[at][0]
    ids = [one.id for one in form.sections]
    inside = list(_section(form, section).questions)
    place = next(number for number, asked in enumerate(inside) if asked.id == question)
    if 0 <= place + step < len(inside):
        inside.insert(place + step, inside.pop(place))
        return _checked(_each(form, lambda one: replace(one, questions=tuple(inside)) if one.id == section else one))
    neighbour = ids.index(section) + step
    if not 0 <= neighbour < len(ids):
        return form
    asked = inside[place]

    def beside(one: Section) -> Section:
        if one.id != ids[neighbour]:
            return one
        return replace(one, questions=(asked, *one.questions) if step > 0 else (*one.questions, asked))

    return _checked(_each(_without(form, question), beside))


def moved_section(form: Form, section: int, step: int) -> Form:
    sections = list(form.sections)
    place = sections.index(_section(form, section))
    if 0 <= place + step < len(sections):
        sections.insert(place + step, sections.pop(place))
    return _checked(replace(form, sections=tuple(sections)))


def joined(form: Form, template: Form) -> Form:
    """The template's sections after the form's own. What is asked already is not asked twice.

    What was asked before is asked again, under its id; what only has the name of something else gets another name.
    """
    known = {one.name: one for one in (*form.retired, *form.questions)}
    asked = {one.name for one in form.questions}
    taken = {one.name for one in template.questions}
    called: dict[str, str] = {}
    for section in template.sections:
        fresh = []
        for question in section.questions:
            name = called[question.name] = _name_for(question, known, taken)
            if name in asked:
                continue
            earlier = known.get(name, question)
            conditions = (replace(one, question=called.get(one.question, one.question)) for one in question.show_if)
            again = {"id": earlier.id, "version": earlier.version}
            fresh.append(replace(question, name=name, show_if=tuple(conditions), **again))
        if fresh:
            form = with_section(form, replace(section, id=0, questions=tuple(fresh)))
    back = {one.id for one in form.questions}
    return _checked(replace(form, retired=tuple(one for one in form.retired if one.id not in back)))


def _name_for(question: Question, known: Mapping[str, Question], taken: Collection[str]) -> str:
    """Its own, or the next like it that nothing else has; `taken` are those of the questions that come with it."""
    names = (f"{question.name[: LONGEST_NAME - 4]}_{number}" for number in count(2))
    for name in chain([question.name], names):
        if name in known:
            if _asks_the_same(known[name], question):
                return name
        elif name == question.name or name not in taken:
            return name
    raise AssertionError("unreachable")


def _asks_the_same(known: Question, question: Question) -> bool:
    """So that what depends on its answers can depend on those to the one that is known."""
    offered = {choice.key for choice in known.choices}
    alike = (known.kind, known.asked) == (question.kind, question.asked)
    return alike and offered.issuperset(choice.key for choice in question.choices)


def _checked(form: Form) -> Form:
    before: list[Question] = []
    for question in form.questions:
        offered = possible_values(before)
        for condition in question.show_if:
            if not set(condition.values) <= set(offered.get(condition.question, ())):
                raise Depends(_label(form, condition.question), question.label)
        before.append(question)
    return form


def _label(form: Form, name: str) -> Text:
    """What a question says, or just its name where it goes by another one now."""
    return next((one.label for one in (*form.questions, *form.retired) if one.name == name), {"": name})


def _section(form: Form, section: int) -> Section:
    found = next((one for one in form.sections if one.id == section), None)
    if found is None:
        raise QuestionNotFound
    return found


def _each(form: Form, change: Callable[[Section], Section]) -> Form:
    return replace(form, sections=tuple(change(section) for section in form.sections))


def _without(form: Form, question: int) -> Form:
    bare = _each(form, lambda one: replace(one, questions=tuple(_others(one.questions, question))))
    return replace(bare, retired=tuple(_others(form.retired, question)))


def _others(questions: tuple[Question, ...], question: int) -> Iterator[Question]:
    return (one for one in questions if one.id != question)
