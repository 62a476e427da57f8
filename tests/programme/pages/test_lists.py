"""What readers find: the home page and its archive, an organisation."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import time_machine
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from tests.conftest import browser
from tests.make import a_published_event, an_organisation
from tests.programme.reading import TITLES, a_conference, an_event_at, at, given, link, read, text, texts


class TestFrontDoor:
    @pytest.mark.parametrize(
        ("headers", "language"),
        [
            ({"Accept-Language": "fr-CH, fr;q=0.9, en;q=0.5"}, "fr"),
            ({"Accept-Language": "de, en;q=0.7"}, "en"),
            ({"Accept-Language": "fr", "Cookie": "lang=en"}, "en"),
            ({}, "en"),
        ],
    )
    async def test_it_leads_to_the_readers_language(
        self, client: httpx.AsyncClient, headers: dict[str, str], language: str
    ) -> None:
        answer = await client.get("/", headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (302, f"/{language}/")
        assert answer.headers["vary"] == "Accept-Language, Cookie"

    @pytest.mark.parametrize("address", ["/de/", "/xx/events/care-skills-count", "/en/nothing/here", "/fr/events/none"])
    async def test_what_does_not_exist_says_so_on_a_page(self, client: httpx.AsyncClient, address: str) -> None:
        tree = await read(client, address, status=404)
        assert given(tree, "html")["lang"] == ("fr" if address.startswith("/fr/") else "en")
        assert tree.css_first("h1")


class TestHome:
    async def test_what_is_coming_stands_under_its_month_the_next_first(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        await an_event_at(organisation, "in-march", "2027-03-08T13:00")
        await an_event_at(organisation, "long-ago", "2026-03-08T13:00")
        await an_event_at(organisation, "in-february", "2027-02-04T08:30")
        tree = await read(client, "/en/")
        assert texts(tree, ".month-name") == ["February 2027", "March 2027"]
        assert texts(tree, TITLES) == ["In february", "In march"]

    async def test_what_is_on_now_is_still_there(self, client: httpx.AsyncClient, organisation: Actor) -> None:
        await a_conference(organisation, starts=at("2026-12-30"), ends=at("2027-01-02"))
        assert texts(await read(client, "/en/"), TITLES) == ["CSocD65"]

    async def test_side_events_stand_beneath_their_conference_and_sessions_are_counted(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        await a_conference(organisation)
        await an_event_at(organisation, "before-it", "2027-02-02T08:00")
        await an_event_at(organisation, "beside-it", "2027-02-04T08:00", part_of="csocd65")
        await an_event_at(organisation, "in-it", "2027-02-03T08:00", part_of="csocd65", kind="session", modes={})
        tree = await read(client, "/en/")
        assert texts(tree, TITLES) == ["CSocD65", "Beside it", "Before it"]
        assert texts(tree, ".event-parts .event-title") == ["Beside it"]
        assert texts(tree, ".event-sessions") == ["Programme: 1 session"]

    async def test_a_side_event_alone_brings_its_conference_along(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        await a_conference(organisation)
        await an_event_at(organisation, "beside-it", "2027-02-04T08:00", part_of="csocd65")
        tree = await read(client, "/en/?q=beside")
        assert texts(tree, ".event-list > .event-item > article .event-title") == ["CSocD65"]
        assert texts(tree, ".event-parts .event-title") == ["Beside it"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("q=ACCORD", ["Peace accord"]),
            ("q=Unesco", ["Broadcast"]),
            ("kind=broadcast", ["Broadcast"]),
            ("mode=in_person", ["Peace accord"]),
            ("language=fr", ["Peace accord"]),
            ("from=2027-03-01", ["Broadcast"]),
            ("to=2027-02-05", ["Peace accord"]),
            ("organisation=make-mothers-matter&kind=side_event", ["Peace accord"]),
            ("part_of=csocd65", []),
            ("organisation=nobody", []),
            ("q=50%25", []),
        ],
    )
    async def test_filters_are_in_the_address(
        self, client: httpx.AsyncClient, organisation: Actor, query: str, found: list[str]
    ) -> None:
        await an_event_at(organisation, "peace-accord", "2027-02-04T08:00", modes={"in_person": {}}, languages=["fr"])
        venue, modes = {"name": "UNESCO"}, dict[str, Any](online={})
        await an_event_at(organisation, "broadcast", "2027-03-04T08:00", kind="broadcast", venue=venue, modes=modes)
        tree = await read(client, f"/en/?{query}")
        assert texts(tree, TITLES) == found
        feed = urlsplit(given(tree, ".copyable input")["value"] or "")
        assert feed.path == "/en/calendar.ics"
        assert parse_qs(feed.query) == parse_qs(query)

    async def test_each_filter_keeps_the_others_and_so_does_the_other_language(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        await an_event_at(organisation, "care", "2027-02-04T08:00")
        tree = await read(client, "/en/?q=care&mode=online")
        assert link(tree, "Side event") == "/en/?q=care&mode=online&kind=side_event"
        assert link(tree, "Archive") == "/en/?q=care&mode=online&past=1"
        assert parse_qs(link(tree, "Français").removeprefix("/fr/?")) == {"q": ["care"], "mode": ["online"]}
        assert given(tree, "input[name=mode]")["value"] == "online"
        assert texts(tree, ".filters [aria-current]") == ["Online", "All"]

    async def test_a_filter_that_means_nothing_is_told_beside_what_there_is(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        await an_event_at(organisation, "care", "2027-02-04T08:00")
        await an_event_at(organisation, "peace", "2027-02-05T08:00")
        tree = await read(client, "/en/?from=yesterday&q=peace", status=422)
        assert "Write a date as 2027-02-05." in text(tree, "[role=alert]")
        assert texts(tree, TITLES) == ["Peace"]

    async def test_the_archive_is_by_year_the_newest_first(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        for slug, wall in (
            ("first", "2018-05-03T09:00"),
            ("third", "2026-02-05T08:00"),
            ("second", "2026-01-28T15:00"),
        ):
            await an_event_at(organisation, slug, wall)
        await an_event_at(organisation, "coming", "2027-02-05T08:00")
        tree = await read(client, "/en/?past=1")
        assert texts(tree, ".month-name") == ["2026", "2018"]
        assert texts(tree, TITLES) == ["Third", "Second", "First"]

    @pytest.mark.parametrize(
        ("address", "said"),
        [
            ("/en/", "Nothing is announced just now."),
            ("/en/?q=nothing", "Nothing that is coming matches. Look in the archive"),
            ("/en/?past=1", "Nothing has taken place yet."),
            ("/en/?past=1&q=nothing", "Nothing in the archive matches. Look among what is coming"),
        ],
    )
    @pytest.mark.usefixtures("organisation")
    async def test_where_there_is_nothing_it_says_where_to_look(
        self, client: httpx.AsyncClient, address: str, said: str
    ) -> None:
        assert said in text(await read(client, address), ".empty")

    async def test_a_long_list_goes_on_overleaf(self, client: httpx.AsyncClient, organisation: Actor) -> None:
        for number in range(32):
            await an_event_at(
                organisation, f"event-{number:02}", f"2027-{2 + number // 20:02}-{1 + number % 20:02}T09:00"
            )
        first = await read(client, "/en/?kind=side_event")
        overleaf = link(first, "More")
        second = await read(client, overleaf)
        assert texts(first, TITLES) + texts(second, TITLES) == [f"Event {number:02}" for number in range(32)]
        assert len(texts(second, TITLES)) == 2
        assert link(second, "Back") == "/en/?kind=side_event"

    async def test_an_event_moves_to_the_archive_when_it_ends(
        self, client: httpx.AsyncClient, organisation: Actor, clock: time_machine.Traveller
    ) -> None:
        await an_event_at(organisation, "care", "2027-02-04T08:00")
        for moment, coming, past in ((58, ["Care"], []), (59, [], ["Care"])):
            clock.move_to(datetime(2027, 2, 4, 13, moment, tzinfo=UTC))
            assert texts(await read(client, "/en/"), TITLES) == coming
            assert texts(await read(client, "/en/?past=1"), TITLES) == past

    async def test_one_organisation_has_the_home_page_to_itself(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        await an_event_at(organisation, "care", "2027-02-04T08:00")
        assert text(await read(client, "/en/"), "h1") == "Make Mothers Matter"
        await an_organisation("another", "Another")
        tree = await read(client, "/en/")
        assert text(tree, "h1") == "What is on"
        assert link(tree, "Another") == "/en/?organisation=another"

    async def test_it_takes_as_many_queries_for_thirty_events_as_for_one(
        self, client: httpx.AsyncClient, organisation: Actor, database: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []
        statement = database.statement

        async def counted(sql: str, args: Any) -> Any:
            asked.append(sql)
            return await statement(sql, args)

        monkeypatch.setattr(database, "statement", counted)
        numbers = []
        for number in range(30):
            if number in {1, 29}:
                for address in ("/en/", "/en/organisations/make-mothers-matter"):
                    asked.clear()
                    await read(client, address)
                    numbers.append(len(asked))
            if number % 10 == 0:
                await a_conference(organisation, f"conference-{number}")
            await an_event_at(
                organisation, f"event-{number}", "2027-02-04T08:00", part_of=f"conference-{number - number % 10}"
            )
        assert numbers[:2] == numbers[2:]
        assert max(numbers) <= 10


class TestOrganisation:
    async def test_it_shows_what_it_has_coming_and_its_feed(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        await an_event_at(organisation, "care", "2027-02-04T08:00")
        other = await an_organisation("another", "Another")
        await an_event_at(other, "peace", "2027-02-05T08:00")
        tree = await read(client, "/en/organisations/make-mothers-matter")
        assert text(tree, "h1") == "Make Mothers Matter"
        assert texts(tree, TITLES) == ["Care"]
        feed = "testserver/en/organisations/make-mothers-matter/calendar.ics"
        assert given(tree, ".copyable input")["value"] == f"http://{feed}"
        assert link(tree, "Apple, Thunderbird and others") == f"webcal://{feed}"
        google = parse_qs(urlsplit(link(tree, "Google")).query)
        assert google["cid"] == [f"webcal://{feed}"]
        assert link(tree, "Past events") == "/en/?organisation=make-mothers-matter&past=1"

    async def test_an_unknown_one_is_not_found(self, client: httpx.AsyncClient) -> None:
        await read(client, "/en/organisations/nobody", status=404)


ADDRESSES = ["/fr/", "/fr/?past=1", "/fr/events/care-skills-count", "/fr/organisations/make-mothers-matter"]


class TestEveryPage:
    @pytest.mark.parametrize("address", ADDRESSES)
    async def test_search_engines_and_screen_readers_are_told_what_it_is(
        self, client: httpx.AsyncClient, organisation: Actor, address: str
    ) -> None:
        await a_published_event(organisation)
        tree = await read(client, address)
        root = given(tree, "html")
        assert (root["lang"], root["dir"]) == ("fr", "ltr")
        others = tree.css("link[rel=alternate][hreflang]")
        named = {node.attributes["hreflang"]: node.attributes["href"] for node in others}
        here = f"http://testserver{address}"
        assert named["fr"] == here
        assert named["en"] == named["x-default"] == here.replace("/fr/", "/en/")
        assert given(tree, "link[rel=canonical]")["href"] == here
        meta = {
            node.attributes.get("name") or node.attributes.get("property"): node.attributes["content"]
            for node in tree.css("meta[content]")
        }
        assert meta["og:url"] == here
        assert meta["og:description"] == meta["description"]
        assert meta["description"]
        assert str(meta["og:title"]) + " · Sideline" == text(tree, "title")
        assert meta["og:locale"] == "fr_FR"
        assert len(tree.css("h1")) == 1

    @pytest.mark.parametrize("address", ADDRESSES)
    async def test_it_is_kept_without_a_cookie_and_told_again_by_its_tag(
        self, client: httpx.AsyncClient, organisation: Actor, address: str
    ) -> None:
        await a_published_event(organisation)
        first = await client.get(address)
        assert "set-cookie" not in first.headers
        assert first.headers["cache-control"] == "no-cache"
        again = await client.get(address, headers={"If-None-Match": first.headers["etag"], "Cookie": "lang=en"})
        assert (again.status_code, again.content) == (304, b"")
        head = await client.head(address)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["etag"] == first.headers["etag"]

    async def test_a_first_view_is_under_100_kilobytes(self, app: Litestar, organisation: Actor) -> None:
        for number in range(30):
            await an_event_at(organisation, f"event-{number}", "2027-02-04T08:00")
        async with browser(app, **{"Accept-Encoding": "gzip"}) as phone:
            page = await phone.get("/en/")
            tree = LexborHTMLParser(page.text)
            needed = [node.attributes["href"] for node in tree.css("link[rel=stylesheet], link[rel=preload]")]
            needed += [node.attributes["src"] for node in tree.css("script")] + ["/static/x/js/local-time.js"]
            sizes = [int((await phone.get(str(address))).headers["content-length"]) for address in needed]
        assert int(page.headers["content-length"]) + sum(sizes) < 100_000
