"""Reading what strangers made costs a process of its own, never the server."""

from collections.abc import Callable

import pytest

from events.infra.confined import confined
from events.infra.unreadable import Unreadable
from tests.infra.readers import Counted, breaks, counts, never_ends, refuses, takes_all_memory


async def test_what_was_read_comes_back() -> None:
    assert await confined(counts, b"abc", Counted, more=4) == Counted(7)


async def test_a_refusal_keeps_its_words() -> None:
    with pytest.raises(Unreadable) as refused:
        await confined(refuses, b"abc", Counted)
    assert [(one.message, one.params) for one in refused.value.problems] == [
        ("This table has more than {limit} columns.", {"limit": 3})
    ]


@pytest.mark.parametrize("reader", [never_ends, takes_all_memory, breaks])
async def test_what_takes_too_much_or_breaks_is_refused(reader: Callable[..., Counted]) -> None:
    with pytest.raises(Unreadable, match="must be corrected") as refused:
        await confined(reader, b"", Counted, seconds=1)
    assert "more time or memory" in refused.value.problems[0].message
