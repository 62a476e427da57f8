import pytest
from msgspec import structs

from events.calendar.feeds import feed_of
from events.calendar.rules import window_at
from events.infra.ics.writer import FeedFacts
from events.kernel.clock import utc_now
from events.programme.rules.filters import Filters
from events.registration.actions.moving import change_event
from tests.make import a_published_event, an_organisation

BASE = "https://counted.example.org"
FACTS = FeedFacts(uid="all@x", name="All", description="", language="en", url=BASE, source=None, changed=None)


@pytest.mark.usefixtures("database")
async def test_only_what_changed_is_written_anew() -> None:
    by = await an_organisation()
    slugs = ["one", "two", "three"]
    for slug in slugs:
        await a_published_event(by, slug=slug)
    window = window_at(utc_now())

    async def written(language: str = "en", **narrowed: str) -> int:
        where = Filters(since=window, q=narrowed.get("q", ""))
        feed = await feed_of(where, window, structs.replace(FACTS, language=language), BASE)
        assert feed.content.count(b"BEGIN:VEVENT") == len(slugs)
        return feed.written

    assert [await written(), await written(), await written(q="care")] == [3, 0, 0]
    assert [await written("fr"), await written("fr")] == [3, 0]
    await change_event("two", {"tags": ["care"]}, by=by)
    assert [await written(), await written()] == [1, 0]
    await a_published_event(by, slug="four")
    slugs.append("four")
    assert [await written(), await written("fr")] == [1, 2]
