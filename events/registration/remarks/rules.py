"""Short words and notes that organisers put to a registration, for themselves."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from events.kernel.errors import Invalid, NotFound, Problem
from events.kernel.ids import folded
from events.kernel.words import N_, one_line

LONGEST_TAG = 40
MOST_TAGS = 20
MOST_SUGGESTED = 30
LONGEST_NOTE = 5000


class TagCount(Struct, frozen=True):
    """A tag as it is spelled, by which key it is known, and how many registrations of an event have it."""

    tag: str
    key: str
    number: int


class Note(Struct, frozen=True):
    id: int
    text: str
    written_by: str
    written_at: datetime


class Tagged(Struct, frozen=True):
    """How many got or lost a tag, and how many would have had more than there may be."""

    changed: int
    full: int = 0


class NoteNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such note."))


def key_of(tag: str) -> str:
    """As tags are compared: without regard to case and accents."""
    return folded(tag)[:80]


def read_tags(typed: Iterable[str], *, field: str = "tags") -> list[str]:
    """Each one once, in its first spelling; commas part them. Raises Invalid with every problem."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for part in (part for text in typed for part in text.split(",")):
        try:
            tag = one_line(part)
        except ValueError:
            problems.append(Problem(field, N_("This contains a character that cannot be used.")))
            continue
        if len(tag) > LONGEST_TAG:
            words = N_("“{tag}…” is too long: a tag has at most {limit} characters.")
            problems.append(Problem(field, words, {"tag": tag[:LONGEST_TAG], "limit": LONGEST_TAG}))
        elif tag:
            found.setdefault(key_of(tag), tag)
    if len(found) > MOST_TAGS:
        problems.append(Problem(field, N_("Give at most {limit} tags."), {"limit": MOST_TAGS}))
    if problems:
        raise Invalid(problems)
    return list(found.values())
