"""What organisers post and programs send of tags and notes."""

from typing import Annotated

from msgspec import Meta, Struct

from events.registration.remarks.rules import LONGEST_NOTE
from events.web.posted import LINES, Line


class TagsForm(Struct):
    """All that the registration is to have; an empty list takes them away."""

    tags: list[Line]


class NoteForm(Struct):
    note: Annotated[str, Meta(min_length=1, max_length=LONGEST_NOTE), LINES]
