"""Whether what was answered can be taken, and in which form it is kept."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from msgspec import Struct

from events.kernel.errors import Problem
from events.kernel.words import N_
from events.questions.rules import MODE, NO, YES, Kind, Question
from events.questions.values import NOT_A_CHOICE, READERS, NotThat

MISSING = N_("This must be answered.")
NOT_TICKED = N_("Tick this to go on.")
UNKNOWN = N_("There is no question of this name.")
ONE_ONLY = N_("Give one answer here.")

_NOTE = Kind.NOTE  # it takes a while to look this up
_TICKED = frozenset({Kind.CONSENT, Kind.MULTIPLE_CHOICE})


class Given(Struct, frozen=True):
    """What was answered to a question, in the form in which it is kept."""

    question: Question
    values: tuple[str, ...]


def field_of(question: Question) -> str:
    """What forms and problems call the question."""
    return f"answers.{question.name}"


def shown(questions: Iterable[Question], given: Mapping[str, Collection[str]]) -> list[Question]:
    """Those that their conditions let be seen, in one pass: a condition speaks of what comes earlier alone.

    `given` holds the mode, too. What a hidden question was answered counts for nothing, so chains close behind it.
    """
    known: dict[str, Collection[str]] = {MODE: given.get(MODE, ())}
    found = []
    for question in questions:
        if question.is_shown(known):
            found.append(question)
            known[question.name] = given.get(question.name, ())
    return found


def read_answers(
    questions: Iterable[Question], given: Mapping[str, Any], *, modes: Collection[str], kept: Collection[int] = ()
) -> tuple[list[Given], list[Problem]]:
    """What was answered as it is kept, and every problem; what is hidden is neither asked for nor kept.

    `modes`: how they attend, and how they will when it is their turn. `kept`: questions that have an answer already,
    which may be left as it is. Theirs is not among the given then.
    """
    known: dict[str, Collection[str]] = {MODE: modes}
    answers: list[Given] = []
    problems: list[Problem] = []
    names = set()
    for question in questions:
        name = question.name
        names.add(name)
        if question.kind is _NOTE or (question.show_if and not question.is_shown(known)):
            continue
        try:
            values = _values(question, given.get(name))
        except NotThat as wrong:
            problems.append(Problem(field_of(question), wrong.message, wrong.params))
            continue
        if values:
            known[name] = values
            answers.append(Given(question, values))
        elif question.id not in kept and (question.required or question.kind is Kind.CONSENT):
            problems.append(Problem(field_of(question), NOT_TICKED if question.kind is Kind.CONSENT else MISSING))
    problems += [Problem(f"answers.{name}"[:200], UNKNOWN) for name in given if name not in names]
    return answers, problems


def _values(question: Question, given: object) -> tuple[str, ...]:
    """Raises NotThat. A program may send numbers and booleans, a page sends a list of texts."""
    if isinstance(given, str) and question.kind not in _TICKED:  # most are: there is no list to go through
        text = given.strip()
        return (_value(question, text),) if text else ()
    raw = given if isinstance(given, list | tuple) else (given,)
    texts = [text for one in raw if one is not None and (text := _text(one))]
    if question.kind is Kind.CONSENT:
        return (YES,) if YES in texts else ()
    if question.kind is Kind.MULTIPLE_CHOICE:
        chosen = dict.fromkeys(texts)
        if not chosen.keys() <= {choice.key for choice in question.choices}:
            raise NotThat(NOT_A_CHOICE)
        return tuple(choice.key for choice in question.choices if choice.key in chosen)
    if len(texts) > 1:
        raise NotThat(ONE_ONLY)
    return (_value(question, texts[0]),) if texts else ()


def _text(given: object) -> str:
    if isinstance(given, str):
        return given.strip()
    if isinstance(given, bool):
        return YES if given else NO
    return str(given)


def _value(question: Question, text: str) -> str:
    if read := READERS.get(question.kind):
        return read(text, question.least, question.most)
    if question.kind is Kind.SINGLE_CHOICE and text not in {choice.key for choice in question.choices}:
        raise NotThat(NOT_A_CHOICE)
    return text
