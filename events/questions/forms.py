"""What may be posted of a form, whole or a question of it, by a program, a template or the workspace alike."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from events.kernel.errors import Invalid, Problem
from events.kernel.ids import slug_of
from events.kernel.words import N_
from events.programme.forms.contents import LinesText, LineText
from events.programme.rules import Mode
from events.questions.rules import (
    BOUNDED,
    CHOICES,
    CONDITIONAL,
    MODE,
    MOST_CHOICES,
    MOST_FILES,
    MOST_QUESTIONS,
    NO,
    PURGE_DAYS,
    YES,
    Asked,
    Choice,
    Condition,
    Form,
    Kind,
    Question,
    Section,
)
from events.questions.values import NotThat, read_date, read_number
from events.web.posted import LINES, MISSING, parse

Name = Annotated[str, Meta(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Bound = Annotated[str, Meta(max_length=20)]
ShortKey = Annotated[str, Meta(max_length=60)]
LongLabel = dict[Annotated[str, Meta(max_length=35)], Annotated[str, Meta(max_length=2000), LINES]]
LONGEST_NAME = 40


class ChoiceForm(Struct):
    """Without a `key` one is made of its label."""

    label: LineText
    key: ShortKey | None = None
    capacity: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class ConditionForm(Struct):
    """`question` is the name of one further up, or `mode`."""

    question: Annotated[str, Meta(max_length=40)]
    values: list[ShortKey]


class QuestionForm(Struct):
    """Without a `name` one is made of its label. A number's or a date's bounds are texts, as `18` or `2027-02-05`."""

    kind: Kind
    label: LongLabel
    name: Name | None = None
    help: LinesText = {}
    required: bool = False
    asked: Asked = Asked.REGISTERING
    sensitive: bool = False
    purge_days: Annotated[int, Meta(ge=0, le=3650)] | None = None
    choices: list[ChoiceForm] = []
    least: Bound | None = None
    most: Bound | None = None
    show_if: list[ConditionForm] = []


class SectionForm(Struct):
    title: LineText = {}
    about: LinesText = {}
    questions: list[QuestionForm] = []


class FormForm(Struct):
    """A registration form whole."""

    sections: list[SectionForm] = []


def read_form(posted: object) -> Form:
    """A form whose questions have no ids yet; raises Invalid with every problem."""
    typed = parse(FormForm, posted)
    problems: list[Problem] = []
    sections: list[Section] = []
    before: list[Question] = []
    for number, section in enumerate(typed.sections):
        questions = []
        for position, question in enumerate(section.questions):
            path = f"sections.{number}.questions.{position}."
            made = _question(question, before, taken={one.name for one in before}, path=path, problems=problems)
            if made:
                questions.append(made)
                before.append(made)
        sections.append(
            Section(
                id=number + 1, title=written(section.title), about=written(section.about), questions=tuple(questions)
            )
        )
    form = Form(sections=tuple(sections))
    if problems := [*problems, *too_much(form)]:
        raise Invalid(problems)
    return form


def too_much(form: Form) -> list[Problem]:
    """What it asks more of than can be answered, or sent at once."""
    problems = []
    if sum(1 for _ in form.questions) > MOST_QUESTIONS:
        problems.append(Problem("", N_("Ask at most {limit} questions."), {"limit": MOST_QUESTIONS}))
    if form.files > MOST_FILES:
        problems.append(Problem("", N_("Ask for at most {limit} files."), {"limit": MOST_FILES}))
    return problems


def read_question(posted: object, before: Sequence[Question], *, taken: Iterable[str]) -> Question:
    """One question without an id; `before` are those above it, `taken` every other name of the form. Raises Invalid."""
    problems: list[Problem] = []
    made = _question(parse(QuestionForm, posted), before, taken=taken, path="", problems=problems)
    if made is None or problems:
        raise Invalid(problems)
    return made


def read_section(posted: object) -> Section:
    typed = parse(SectionForm, posted)
    return Section(id=0, title=written(typed.title), about=written(typed.about))


def document_of(form: Form) -> dict[str, Any]:
    """The form as `read_form` reads it: without ids and without what is retired."""
    return {"sections": [_plain(section) for section in form.sections]}


def _plain(section: Section) -> dict[str, Any]:
    questions = [without_id(question) for question in section.questions]
    return {"title": dict(section.title), "about": dict(section.about), "questions": questions}


def without_id(question: Question) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(question))
    return {name: value for name, value in plain.items() if name not in {"id", "version"}}


def written(text: Mapping[str, str]) -> dict[str, str]:
    """Without the languages in which nothing is said."""
    return {tag: words for tag, words in text.items() if words}


def free_name(label: Mapping[str, str], kind: Kind, taken: Iterable[str]) -> str:
    """A name made of the label, else of the kind; with a number when another question has it."""
    first = written(label).get("en") or next(iter(written(label).values()), "")
    stem = slug_of(first).replace("-", "_")[: LONGEST_NAME - 3].strip("_")
    if not stem or not stem[0].isalpha():
        stem = kind.value
    return _free(stem, {*taken, MODE})


def _free(stem: str, taken: Iterable[str]) -> str:
    found, number = stem, 2
    while found in taken:
        found, number = f"{stem}_{number}", number + 1
    return found


def _question(
    typed: QuestionForm, before: Sequence[Question], *, taken: Iterable[str], path: str, problems: list[Problem]
) -> Question | None:
    found: list[Problem] = []
    label, taken = written(typed.label), set(taken)
    if not label:
        found.append(Problem("label", MISSING))
    name = typed.name or free_name(label, typed.kind, taken)
    if name in taken or name == MODE:
        found.append(Problem("name", N_("Another question of this form has this name, or had it. Choose another one.")))
    choices = _choices(typed, found)
    least, most = _bounds(typed, found)
    show_if = _conditions(typed, before, found)
    sensitive = typed.sensitive and typed.kind is not Kind.NOTE
    problems += [msgspec.structs.replace(problem, field=f"{path}{problem.field}") for problem in found]
    if found:
        return None
    return Question(
        id=0,
        version=0,
        name=name,
        kind=typed.kind,
        label=label,
        help=written(typed.help),
        required=typed.kind is Kind.CONSENT or (typed.required and typed.kind is not Kind.NOTE),
        asked=typed.asked,
        sensitive=sensitive,
        purge_days=(PURGE_DAYS if typed.purge_days is None else typed.purge_days) if sensitive else None,
        choices=choices,
        least=least,
        most=most,
        show_if=show_if,
    )


def _choices(typed: QuestionForm, problems: list[Problem]) -> tuple[Choice, ...]:
    if typed.kind not in CHOICES:
        return ()
    made: list[Choice] = []
    keys: set[str] = {choice.key for choice in typed.choices if choice.key}
    if len(keys) < sum(1 for choice in typed.choices if choice.key):
        problems.append(Problem("choices", N_("Two choices have the same key.")))
    for number, choice in enumerate(typed.choices):
        label = written(choice.label)
        if not label:
            problems.append(Problem(f"choices.{number}.label", MISSING))
            continue
        key = choice.key or _free(slug_of(label.get("en") or next(iter(label.values())))[:50] or "choice", keys)
        keys.add(key)
        made.append(Choice(key, label, choice.capacity))
    if not made:
        problems.append(Problem("choices", N_("Offer at least one choice.")))
    if len(made) > MOST_CHOICES:
        problems.append(Problem("choices", N_("Offer at most {limit} choices."), {"limit": MOST_CHOICES}))
    return tuple(made)


def _bounds(typed: QuestionForm, problems: list[Problem]) -> tuple[str | None, str | None]:
    if typed.kind not in BOUNDED:
        return None, None
    read = read_date if typed.kind is Kind.DATE else read_number
    found: list[str | None] = []
    for name in ("least", "most"):
        try:
            text = (getattr(typed, name) or "").strip()
            found.append(read(text) if text else None)
        except NotThat as wrong:
            problems.append(Problem(name, wrong.message, wrong.params))
            found.append(None)
    least, most = found
    if least and most and (Decimal(least) > Decimal(most) if typed.kind is Kind.NUMBER else least > most):
        problems.append(Problem("most", N_("This must not be less than the least.")))
    return least, most


def _conditions(typed: QuestionForm, before: Sequence[Question], problems: list[Problem]) -> tuple[Condition, ...]:
    """Each question once; only what stands further up can decide, so that no chain ever bites its tail."""
    offered = {name: set(values) for name, values in possible_values(before).items()}
    made = {}
    for condition in typed.show_if:
        if not condition.values:
            continue
        if condition.question not in offered:
            problems.append(
                Problem("show_if", N_("“{name}” is no question above this one that it could depend on."),
                        {"name": condition.question})
            )  # fmt: skip
        elif not offered[condition.question].issuperset(condition.values):
            problems.append(
                Problem("show_if", N_("“{name}” has no such choice any more."), {"name": condition.question})
            )
        else:
            made[condition.question] = Condition(condition.question, tuple(condition.values))
    return tuple(made.values())


def possible_values(before: Iterable[Question]) -> dict[str, tuple[str, ...]]:
    """What a question may depend on: the mode, and what those above it can be answered with."""
    found: dict[str, tuple[str, ...]] = {MODE: tuple(Mode)}
    for question in before:
        if question.kind in CONDITIONAL and question.asked is Asked.REGISTERING:
            found[question.name] = (
                (YES, NO) if question.kind is Kind.YES_NO else tuple(choice.key for choice in question.choices)
            )
    return found
