"""What comes of a row, beside what the file said before and what the event says now."""

import pytest

from events.imports.rules import compared, remembered

SAME, OTHER, THIRD = "same", "other", "third"


@pytest.mark.parametrize(
    ("then", "now", "new", "expected"),
    [
        (SAME, SAME, SAME, ((), ())),  # nothing happened
        (SAME, SAME, OTHER, (("title.en",), ())),  # the file changed it
        (SAME, OTHER, SAME, ((), ())),  # it was changed here
        (SAME, OTHER, OTHER, ((), ())),  # both to the same
        (SAME, OTHER, THIRD, ((), ("title.en",))),  # both, each otherwise
        (SAME, SAME, None, (("title.en",), ())),  # the file took it away
        (None, OTHER, THIRD, ((), ("title.en",))),  # written here, then in the file too
        (None, None, OTHER, (("title.en",), ())),  # new in the file
    ],
)
def test_a_value_follows_the_file_unless_it_was_changed_here_too(
    then: str | None, now: str | None, new: str | None, expected: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    assert compared({"title.en": then}, {"title.en": now}, {"title.en": new}) == expected


def test_what_nobody_decided_about_stays_to_be_asked() -> None:
    assert remembered({"a": 1, "b": 1}, {"a": 2, "b": 2}, ["b"]) == {"a": 2, "b": 1}
