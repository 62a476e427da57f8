"""What a registration form asks, and which of it is shown to whom."""

from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from events.kernel.errors import Invalid, NotFound
from events.kernel.words import N_, Text

MODE = "mode"
"""What conditions call the way to attend; no question has this name."""

YES, NO = "yes", "no"
MOST_QUESTIONS = 100
MOST_FILES = 6
MOST_CHOICES = 100
PURGE_DAYS = 14  # unless the organiser says otherwise
LARGEST_FILE = 5 * 1024 * 1024


class Kind(StrEnum):
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    YES_NO = "yes_no"
    COUNTRY = "country"
    ORGANISATION = "organisation"
    PHONE = "phone"
    EMAIL = "email"
    FILE = "file"
    CONSENT = "consent"
    NOTE = "note"


class Asked(StrEnum):
    """Of whom and when: by whoever registers, at the door, or noted by the organisers, never seen by the person."""

    REGISTERING = "registering"
    DOOR = "door"
    ORGANISERS = "organisers"


CHOICES = frozenset({Kind.SINGLE_CHOICE, Kind.MULTIPLE_CHOICE})
LISTED = CHOICES | {Kind.YES_NO, Kind.COUNTRY}
"""What is answered from a list that is given, so that answers can be counted and filtered by."""

CONDITIONAL = CHOICES | {Kind.YES_NO}
"""What another question may depend on."""

BOUNDED = frozenset({Kind.NUMBER, Kind.DATE})


class Choice(Struct, frozen=True, omit_defaults=True):
    """One of a list; `capacity` None is no limit."""

    key: str
    label: Text
    capacity: int | None = None


class Condition(Struct, frozen=True):
    """That the question of this name, or the mode, was answered with one of these."""

    question: str
    values: tuple[str, ...]


class Question(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`version` is the wording; `least` and `most` bound numbers and dates; `show_if` holds when all of it does."""

    id: int
    version: int
    name: str
    kind: Kind
    label: Text
    help: Text = {}
    required: bool = False
    asked: Asked = Asked.REGISTERING
    sensitive: bool = False
    purge_days: int | None = None
    choices: tuple[Choice, ...] = ()
    least: str | None = None
    most: str | None = None
    show_if: tuple[Condition, ...] = ()

    @property
    def is_listed(self) -> bool:
        return self.kind in LISTED

    @property
    def is_answered(self) -> bool:
        """Whether there is something to answer at all."""
        return self.kind is not Kind.NOTE

    @property
    def is_selective(self) -> bool:
        """Whether its answers make groups of people: a choice or a yes or no."""
        return self.kind in CONDITIONAL

    @property
    def limits(self) -> dict[str, int]:
        """The choices that so many people may make."""
        return {choice.key: choice.capacity for choice in self.choices if choice.capacity is not None}

    @property
    def wording(self) -> tuple[object, ...]:
        """What an answer is an answer to: when this changes, what was answered before keeps what it was."""
        return (self.label, self.help, tuple((choice.key, choice.label) for choice in self.choices))

    def is_shown(self, known: Mapping[str, Collection[str]]) -> bool:
        return not self.show_if or all(
            any(value in known.get(condition.question, ()) for value in condition.values) for condition in self.show_if
        )


def check_promise(was: Question, now: Question, *, draft: bool) -> None:
    """Raises Invalid where more could read, or for longer, what was answered to a sensitive question.

    The days of a `draft` may become more: nobody has read its form.
    """
    if was.purge_days is None:
        return
    if now.purge_days is None:
        raise Invalid.of(
            "sensitive",
            N_("“{name}” stays sensitive: answers were given to be read by few. Remove it and ask another question."),
            name=was.name,
        )
    if now.purge_days > was.purge_days and not draft:
        raise Invalid.of(
            "purge_days",
            N_("Who reads the form is promised that “{name}” is erased after {days} days. You can only choose fewer."),
            name=was.name,
            days=was.purge_days,
        )


class Section(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: int
    title: Text = {}
    about: Text = {}
    questions: tuple[Question, ...] = ()


class Form(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`retired` questions are asked no more; what was answered to them stays in lists and exports."""

    sections: tuple[Section, ...] = ()
    retired: tuple[Question, ...] = ()

    @property
    def questions(self) -> Iterator[Question]:
        return (question for section in self.sections for question in section.questions)

    @property
    def files(self) -> int:
        """How many are asked for."""
        return sum(question.kind is Kind.FILE for question in self.questions)

    @property
    def ever_asked(self) -> list[Question]:
        """In their order, those that were taken away last."""
        return [question for question in (*self.questions, *self.retired) if question.is_answered]

    def asking(self, *asked: Asked, sensitive: bool = True) -> "Form":
        """The form as those see it who are asked so, without sections that have nothing for them."""
        sections = []
        for section in self.sections:
            for_them = [it for it in section.questions if it.asked in asked and (sensitive or not it.sensitive)]
            if for_them:
                sections.append(replace(section, questions=tuple(for_them)))
        return Form(sections=tuple(sections))

    def asking_later(self, known: Mapping[str, Collection[str]], *asked: Asked) -> "Form":
        """What is asked so of somebody and is not sensitive. Conditions speak of what is `known` from registering."""
        form = self.asking(*asked, sensitive=False)
        sections = (
            replace(one, questions=tuple(replace(it, show_if=()) for it in one.questions if it.is_shown(known)))
            for one in form.sections
        )
        return Form(sections=tuple(section for section in sections if section.questions))

    def get(self, question: int) -> Question:
        return self._first(lambda one: one.id == question)

    def named(self, name: str) -> Question:
        return self._first(lambda one: one.name == name)

    def _first(self, is_it: Callable[[Question], bool]) -> Question:
        found = next(filter(is_it, (*self.questions, *self.retired)), None)
        if found is None:
            raise QuestionNotFound
        return found


NOTHING = Form()


class Template(Struct, frozen=True):
    """A form to begin from; `id` None when it comes with Sideline."""

    id: int | None
    key: str
    name: Text


class QuestionNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such question."))


class TemplateNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such template."))
