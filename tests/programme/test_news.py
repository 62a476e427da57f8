"""The feed for news readers: read by feedparser, and held against the rules of RFC 4287."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import httpx
import pytest

from events.accounts.rules import Actor
from events.programme.actions import create_event
from events.programme.forms import read_event
from events.registration.actions.moving import cancel_event, change_event, postpone_event
from events.registration.actions.withdrawing import unpublish_event
from tests.make import a_published_event, an_event, an_organisation

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SLUG = "care-skills-count"


@pytest.fixture
async def by(database: Any) -> Actor:  # noqa: ARG001 - it must be open
    return await an_organisation()


async def read(client: httpx.AsyncClient, address: str = "/en/feed.atom") -> Any:
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    check_rules(answer.content)
    found = feedparser.parse(answer.content, response_headers={"content-type": answer.headers["content-type"]})
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def check_rules(content: bytes) -> None:
    """What RFC 4287 says must or must not be (sections 4.1 and 4.2), whatever is in the feed."""
    feed = ET.fromstring(content)  # noqa: S314 - ours
    assert feed.tag == f"{ATOM}feed"
    ids = []
    for parent in (feed, *feed.findall(f"{ATOM}entry")):
        count = Counter(child.tag.removeprefix(ATOM) for child in parent)
        assert (count["id"], count["title"], count["updated"]) == (1, 1, 1)
        ids.append(parent.findtext(f"{ATOM}id") or "")
        for name in ("updated", "published"):
            for stamp in parent.findall(f"{ATOM}{name}"):
                datetime.strptime(stamp.text or "", "%Y-%m-%dT%H:%M:%S%z")  # raises for others
        links = [link.attrib for link in parent.findall(f"{ATOM}link")]
        assert all(link["href"].startswith("http") for link in links)
        alternates = [(link["type"], link["hreflang"]) for link in links if link["rel"] == "alternate"]
        assert alternates
        assert len(set(alternates)) == len(alternates)
        if parent is not feed:
            assert count["author"] == 1
            assert (count["summary"], count["content"], count["published"]) == (1, 1, 1)
            assert (parent.findtext(f"{ATOM}author/{ATOM}name") or "").strip()
            kinds = {name: [child.get("type") for child in parent.findall(ATOM + name)] for name in _TEXTS}
            assert kinds == {"summary": ["text"], "content": ["html"]}
            assert all(not list(child) for name in _TEXTS for child in parent.findall(ATOM + name))
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("urn:uuid:") for one in ids)
    stamps = [entry.findtext(f"{ATOM}updated") for entry in feed.findall(f"{ATOM}entry")]
    assert stamps == sorted(stamps, key=str, reverse=True)
    assert [link.get("href") for link in feed.findall(f"{ATOM}link[@rel='self']")]


_TEXTS = ("summary", "content")


async def test_an_event_is_announced_in_the_readers_language(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by, tags=["care"], description={"en": "Bring <papers> & questions.\n\nAll are welcome."})
    found = await read(client, "/fr/feed.atom")
    assert found.feed.language == "fr"
    assert found.feed.title == "Événements\u00a0: testserver"
    links = {(link.rel, link.type, link.hreflang): link.href for link in found.feed.links}
    assert links == {
        ("self", "application/atom+xml", "fr"): "http://testserver/fr/feed.atom",
        ("alternate", "text/html", "fr"): "http://testserver/fr/",
        ("alternate", "application/atom+xml", "en"): "http://testserver/en/feed.atom",
    }
    [entry] = found.entries
    assert entry.title == "Les compétences du soin comptent"
    assert entry.link == f"http://testserver/fr/events/{SLUG}"
    assert (entry.author_detail.name, entry.author_detail.href) == (
        "Make Mothers Matter",
        "http://testserver/fr/organisations/make-mothers-matter",
    )
    assert [tag.term for tag in entry.tags] == ["care"]
    assert entry.summary.split("\n") == [
        "vendredi 5 février 2027, 13:15–14:30 (New York, UTC−5)",
        "CR-12, UN Headquarters, New York, NY 10017",
        "Ce que le soin non rémunéré enseigne.",
    ]
    [content] = entry.content
    assert content.type == "text/html"
    assert "Bring &lt;papers&gt; &amp; questions." in content.value
    assert "All are welcome." in content.value


async def test_the_latest_change_comes_first(client: httpx.AsyncClient, by: Actor) -> None:
    for slug in ("first", "second", "third"):
        await a_published_event(by, slug=slug, title={"en": slug})
    await change_event("first", {"starts": {"wall": "2027-02-05T13:00"}}, by=by)
    await change_event("second", {"hold_hours": 12}, by=by)  # nothing that readers are told of
    found = await read(client)
    assert [entry.title for entry in found.entries] == ["first", "third", "second"]


async def test_what_became_of_an_event_is_told_in_words_under_the_same_id(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by)
    before = (await read(client)).entries[0]
    reason = {"en": "The room is being <repaired>."}
    await change_event(SLUG, {"starts": {"wall": "2027-02-05T13:00"}}, by=by, reason=reason)
    moved = (await read(client)).entries[0]
    assert moved.summary.startswith("This event was moved.\nFriday 5 February 2027, 13:00–14:30")
    assert "It was:" in moved.content[0].value
    assert "13:15" in moved.content[0].value
    assert "The room is being &lt;repaired&gt;." in moved.content[0].value
    await postpone_event(SLUG, reason={}, by=by)
    postponed = (await read(client)).entries[0]
    assert postponed.title == "Postponed: Care skills count"
    assert postponed.summary.startswith("This event is postponed.")
    await cancel_event(SLUG, reason={}, by=by)
    cancelled = (await read(client)).entries[0]
    assert cancelled.title == "Cancelled: Care skills count"
    assert cancelled.summary.startswith("This event was cancelled.")
    assert {before.id, moved.id, postponed.id} == {cancelled.id}
    assert {before.published, moved.published, postponed.published} == {cancelled.published}


async def test_going_online_is_told(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by, modes={"in_person": {"capacity": 80}})
    await change_event(SLUG, {"modes": {"in_person": None, "online": {}}, "venue": None}, by=by)
    [entry] = (await read(client)).entries
    assert entry.summary.split("\n")[0] == "This event takes place online now."
    assert "Online" in entry.summary


async def test_each_language_has_entries_of_its_own(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by)
    english, french = await read(client, "/en/feed.atom"), await read(client, "/fr/feed.atom")
    assert english.feed.id != french.feed.id
    assert english.entries[0].id != french.entries[0].id


async def test_a_title_says_which_language_it_is_in_where_it_is_another(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by, title={"fr": "Un titre & <rien> d’autre"})
    answer = await client.get("/en/feed.atom")
    title = ET.fromstring(answer.content).find(f"{ATOM}entry/{ATOM}title")  # noqa: S314 - ours
    assert title is not None
    assert (title.get(LANG), title.text) == ("fr", "Un titre & <rien> d’autre")
    assert title.get("type", "text") == "text"


async def test_a_feed_takes_the_lists_filters(client: httpx.AsyncClient, by: Actor) -> None:
    other = await an_organisation("lse", "LSE")
    days = {name: {"wall": f"2027-05-0{day}T09:00", "zone": "Africa/Casablanca"}
            for name, day in (("starts", 4), ("ends", 6))}  # fmt: skip
    await a_published_event(by, kind="conference", slug="mothers4peace", **days)
    await a_published_event(by, kind="session", slug="opening", part_of="mothers4peace", title={"en": "Opening"})
    await a_published_event(other, slug="lecture", tags=["care"], kind="meeting")
    await create_event(read_event(an_event(slug="draft")), by=by, domain="testserver")

    async def slugs(address: str) -> set[str]:
        return {entry.link.rpartition("/")[2] for entry in (await read(client, address)).entries}

    assert await slugs("/en/feed.atom") == {"mothers4peace", "lecture"}
    assert await slugs("/en/feed.atom?q=opening") == {"opening"}
    assert await slugs("/en/feed.atom?tag=care") == {"lecture"}
    assert await slugs("/en/feed.atom?organisation=lse") == {"lecture"}
    assert await slugs("/en/feed.atom?from=2027-03-01") == {"mothers4peace"}
    assert await slugs("/en/organisations/lse/feed.atom") == {"lecture"}
    assert await slugs("/en/events/mothers4peace/feed.atom") == {"mothers4peace", "opening"}
    assert (await client.get("/en/feed.atom?from=soon")).status_code == 422
    assert (await client.get("/en/events/draft/feed.atom")).status_code == 404
    assert (await client.get("/xx/feed.atom")).status_code == 404


async def test_the_fifty_latest_are_in_it(client: httpx.AsyncClient, by: Actor) -> None:
    for number in range(52):
        await a_published_event(by, slug=f"event-{number}")
    found = await read(client)
    assert [entry.link.rpartition("-")[2] for entry in found.entries] == [str(number) for number in range(51, 1, -1)]


async def test_an_empty_feed_is_one(client: httpx.AsyncClient) -> None:
    found = await read(client)
    assert (found.entries, found.feed.updated) == ([], "1970-01-01T00:00:00Z")


async def test_it_is_answered_as_feeds_are(client: httpx.AsyncClient, by: Actor) -> None:
    event = await a_published_event(by)
    answer = await client.get("/en/feed.atom", headers={"Accept-Encoding": "identity"})
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in answer.headers
    etag = answer.headers["etag"]
    assert not etag.startswith("W/")
    changed = datetime.strptime(answer.headers["last-modified"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert changed == event.calendar_changed_at.replace(microsecond=0)
    zipped = await client.get("/en/feed.atom", headers={"Accept-Encoding": "gzip"})
    assert (zipped.headers["content-encoding"], zipped.content) == ("gzip", answer.content)
    assert zipped.headers["etag"] == f'{etag[:-1]}-gzip"'
    for known in ({"If-None-Match": etag}, {"If-Modified-Since": answer.headers["last-modified"]}):
        again = await client.get("/en/feed.atom", headers=known)
        assert (again.status_code, again.content) == (304, b"")
    head = await client.head("/en/feed.atom", headers={"Accept-Encoding": "identity"})
    assert (head.headers["etag"], head.content) == (etag, b"")
    await unpublish_event(SLUG, by=by)
    gone = await client.get("/en/feed.atom", headers={"If-None-Match": etag})
    assert gone.status_code == 200
    assert gone.headers["last-modified"] >= answer.headers["last-modified"]


async def test_pages_lead_to_their_feed(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by, kind="conference")
    pages = {
        "/en/": "/en/feed.atom",
        "/fr/?tag=care": "/fr/feed.atom?tag=care",
        "/en/organisations/make-mothers-matter": "/en/organisations/make-mothers-matter/feed.atom",
        f"/en/events/{SLUG}": f"/en/events/{SLUG}/feed.atom",
    }
    for address, feed in pages.items():
        page = (await client.get(address)).text
        assert 'type="application/atom+xml" title="' in page
        assert page.count(f'href="http://testserver{feed}"') == 2, address
        assert (await client.get(feed)).status_code == 200
