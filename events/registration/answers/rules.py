"""What was answered, and whether a file is what it says it is."""

import io
import re
import zipfile
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from events.kernel.errors import Conflict, NotFound, Problem
from events.kernel.words import N_, Text, refuse_unprintable
from events.questions.rules import LARGEST_FILE, MODE, Form, Kind, Question
from events.questions.rules.answers import Given, read_answers, shown
from events.questions.values import NotThat

UPLOADS_PER_NETWORK = {"limit": 60, "window_seconds": 600}
UNCLAIMED_LASTS = timedelta(days=1)
LONGEST_FILE_NAME = 120


class Answered(Struct, frozen=True):
    """One question's answer; `wording` is the question as it was when this was answered."""

    question: Question
    wording: Question
    values: tuple[str, ...]
    purged_at: datetime | None


class Told(Struct, frozen=True):
    """An answer as its giver reads it."""

    question: Question
    label: Text
    text: str
    purged_at: datetime | None


class File(Struct, frozen=True):
    """What somebody sent along; `name` is cleaned, and is what they called it."""

    name: str
    media_type: str
    content: bytes


class FileNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such file, or no longer."))


class AnswersClosed(Conflict):
    kind = "answers-closed"


NOT_YOURS = N_("Sensitive answers are for those whom an owner allows to read them.")
TAKEN_UP = N_("“{choice}” is taken up. Choose something else.")
FILE_GONE = N_("This file is not here any more. Choose it once more.")
_WRONG_FILE = N_("This is none of the files that can be sent: PDF, JPEG or PNG. What its name says does not count.")
_DOUBLE_FILE = N_("There is something else inside this file. Save it once more as PDF, JPEG or PNG and send that.")


def missing_of(form: Form, given: Mapping[str, Sequence[str]], *, modes: Sequence[str]) -> list[Question]:
    """What must be answered and was not, for somebody was registered by another or took over a place."""
    visible = shown(form.questions, {**given, MODE: modes})
    needed = (one for one in visible if one.is_answered and (one.required or one.kind is Kind.CONSENT))
    return [one for one in needed if not given.get(one.name)]


def once_offered(question: Question, wordings: Iterable[Question], made: Container[str]) -> Question:
    """With its former choices that somebody has `made`, in the words in which each stood last."""
    former = {choice.key: choice for one in wordings if one.id == question.id for choice in one.choices}
    offered = {choice.key for choice in question.choices}
    gone = (choice for key, choice in former.items() if key not in offered and key in made)
    return replace(question, choices=(*question.choices, *gone))


class Anew(Struct, frozen=True):
    """What differs from what somebody answered before: the `questions` whose answers go, and those that come."""

    questions: tuple[Question, ...]
    answers: tuple[Given, ...]
    problems: tuple[Problem, ...]


def answered_anew(
    form: Form,
    before: Mapping[str, Answered],
    given: Mapping[str, Any],
    *,
    modes: Collection[str],
    lenient: bool = False,
) -> Anew:
    """`form` has the questions that may be answered now. What is not `given` at all stays as it is, unless its
    question is hidden now, and what did not change keeps the words that it was given to.

    `lenient`: nothing is required, as where organisers fill in.
    """
    asked = [question for question in form.questions if question.is_answered]
    stays = {one.name: before[one.name].values for one in asked if one.name not in given and one.name in before}
    merged = {name: list(values) for name, values in stays.items()} | dict(given)
    kept = [one.id for one in asked if lenient or one.name in stays]
    answers, problems = read_answers(asked, merged, modes=modes, kept=kept)
    now = {one.question.name: one for one in answers}
    known = {MODE: modes} | stays | {name: one.values for name, one in now.items()}
    visible = {question.id for question in shown(asked, known)}
    changed = [one for one in asked if one.name not in stays and _values(before, one) != _values(now, one)]
    gone = [one for one in asked if one.name in stays and one.id not in visible]
    return Anew(
        questions=(*changed, *gone),
        answers=tuple(now[one.name] for one in changed if one.name in now),
        problems=tuple(one for one in problems if one.field.partition(".")[2] not in stays),
    )


def _values(answers: Mapping[str, Answered] | Mapping[str, Given], question: Question) -> tuple[str, ...]:
    return answers[question.name].values if question.name in answers else ()


def read_file(name: str, content: bytes) -> File:
    """The file if it is a whole PDF, JPEG or PNG and nothing else at once; raises NotThat."""
    if len(content) > LARGEST_FILE:
        raise NotThat(N_("This file is larger than {limit} MB. Choose a smaller one."), limit=LARGEST_FILE // 1024**2)
    if not content:
        raise NotThat(N_("This file is empty."))
    found = next((kind for kind in _FILES if content.startswith(kind.begins)), None)
    if found is None:
        raise NotThat(_WRONG_FILE)
    if not found.is_whole(content):
        raise NotThat(N_("This file is not whole. Save it once more and send that."))
    if _is_something_else(content, found):
        raise NotThat(_DOUBLE_FILE)
    return File(file_name(name, found.suffix), found.media_type, content)


def file_name(name: str, suffix: str) -> str:
    """Without folders and without what a disk or a header could take amiss; with the suffix of what it really is."""
    last = re.split(r"[/\\]", name)[-1]
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", last)
    try:
        refuse_unprintable(stem)
    except ValueError:
        stem = ""
    stem = " ".join(re.sub(r"[^\w\s.()-]", " ", stem).split()).strip(". ")
    return f"{stem[:LONGEST_FILE_NAME] or 'file'}{suffix}"


class _FileKind(Struct, frozen=True):
    media_type: str
    suffix: str
    begins: bytes
    is_whole: Callable[[bytes], bool]


def _whole_png(content: bytes) -> bool:
    """Chunk after chunk, up to the last byte."""
    at = 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4])
        kind, at = content[at + 4 : at + 8], at + 12 + length
        if kind == b"IEND":
            return at == len(content)
    return False


_FILES = (
    _FileKind("application/pdf", ".pdf", b"%PDF-", lambda content: b"%%EOF" in content[-1024:]),
    _FileKind("image/jpeg", ".jpg", b"\xff\xd8\xff", lambda content: b"\xff\xd9" in content[-65_536:]),
    _FileKind("image/png", ".png", b"\x89PNG\r\n\x1a\n", _whole_png),
)
FILE_TYPES = tuple(kind.media_type for kind in _FILES)
_MARKUP = re.compile(rb"<\s*(!doctype|html|head|body|script|svg|iframe|\?php)", re.IGNORECASE)


def _is_something_else(content: bytes, kind: _FileKind) -> bool:
    """Whether another program would open it as another thing: an archive, a page, a document in a picture."""
    head = content[:1024]
    if kind.media_type != "application/pdf" and b"%PDF-" in head:
        return True
    if _MARKUP.search(head) or _MARKUP.search(content[-1024:]):
        return True
    return zipfile.is_zipfile(io.BytesIO(content))


def names_to_values(answers: Mapping[str, Answered]) -> dict[str, str | list[str]]:
    """As programs are told: a text, or a list where several choices may be made."""
    return {
        name: list(answered.values) if answered.question.kind == "multiple_choice" else answered.values[0]
        for name, answered in answers.items()
        if answered.values and not answered.purged_at
    }
