"""What readers find: the home page and its archive, an event, an organisation."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import time_machine
from litestar import Litestar
from piccolo.engine.base import Engine
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.programme.actions import create_event
from events.programme.forms import read_event
from events.programme.rules import EventFacts
from events.registration.actions.moving import cancel_event, change_event
from tests.conftest import browser
from tests.make import a_published_event, a_registration, an_event, an_organisation

PAGE = "text/html; charset=utf-8"


def at(wall: str, zone: str = "America/New_York") -> dict[str, str]:
    return {"wall": wall, "zone": zone}


@pytest.fixture(autouse=True)
def clock() -> Any:
    """The day before everything: 1 January 2027."""
    with time_machine.travel(datetime(2027, 1, 1, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
async def organisation(database: Engine[Any]) -> Actor:  # noqa: ARG001 - it must be open
    return await an_organisation()


async def an_event_at(organisation: Actor, slug: str, wall: str, **changes: Any) -> EventFacts:
    """One hour, with its address as its title."""
    ends = datetime.fromisoformat(wall).replace(minute=59).isoformat(timespec="minutes")
    title = {"en": slug.replace("-", " ").capitalize()}
    return await a_published_event(
        organisation, **{"slug": slug, "title": title, "starts": at(wall), "ends": at(ends)} | changes
    )


async def a_conference(organisation: Actor, slug: str = "csocd65", **changes: Any) -> EventFacts:
    days = {"starts": at("2027-02-01"), "ends": at("2027-02-10"), "all_day": True, "kind": "conference"}
    return await a_published_event(organisation, **{"slug": slug, "title": {"en": "CSocD65"}} | days | changes)


async def read(client: httpx.AsyncClient, address: str, status: int = 200) -> LexborHTMLParser:
    answer = await client.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PAGE
    return LexborHTMLParser(answer.text)


def texts(tree: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text(separator=" ").split()) for node in tree.css(selector)]


def text(tree: LexborHTMLParser, selector: str) -> str:
    (found,) = texts(tree, selector)
    return found


def link(tree: LexborHTMLParser, words: str) -> str:
    """Where the link of these words leads."""
    return next(str(node.attributes["href"]) for node in tree.css("a") if " ".join(node.text().split()) == words)


def given(tree: LexborHTMLParser, selector: str) -> dict[str, str | None]:
    """The attributes of the one element there is."""
    (node,) = tree.css(selector)
    return dict(node.attributes)


TITLES = ".event-title"


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


class TestEvent:
    async def test_its_own_time_comes_first_then_the_zones_that_its_organisers_chose(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        await a_published_event(organisation, also_show=["Europe/Paris", "Pacific/Auckland"])
        tree = await read(client, "/en/events/care-skills-count")
        assert text(tree, ".when-date") == "Friday 5 February 2027"
        assert text(tree, ".when-time") == "13:15–14:30 New York, UTC−5"
        assert texts(tree, ".when-also dt") == ["Paris UTC+1", "Auckland UTC+13"]
        assert texts(tree, ".when-also dd") == ["19:15–20:30", "07:15–08:30 +1 day"]
        assert given(tree, ".when")["data-starts"] == "2027-02-05T13:15-05:00"

    async def test_it_says_where_with_whom_and_in_which_languages(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        partners = [
            {"name": "UN Women", "role": "host_body"},
            {"name": "Care Alliance", "role": "co_sponsor"},
            {"name": "Make Mothers Matter", "role": "lead_organiser"},
        ]
        offers: dict[str, list[str]] = {
            "languages": ["en"],
            "interpretation": ["fr", "es"],
            "accessibility": ["Step-free access", "Tea"],
        }
        offers["tags"] = ["care", "unpaid work"]
        admission = {"en": "A UN grounds pass is needed as well.", "fr": "Un badge est nécessaire."}
        await a_published_event(organisation, partners=partners, admission=admission, **offers)
        tree = await read(client, "/fr/events/care-skills-count")
        assert text(tree, "h1") == "Les compétences du soin comptent"
        facts = texts(tree, ".event-aside .facts > div")
        assert facts == [
            "Lieu UN Headquarters CR-12 New York, NY 10017 Voir sur une carte Ce qui a lieu aussi ici",
            "Langues anglais",
            "Interprétation vers français et espagnol",
            "Sujets care , unpaid work",
            "Accessibilité Accès de plain-pied Tea",
        ]
        assert texts(tree, ".event-main .facts dd") == ["Make Mothers Matter", "Care Alliance", "UN Women"]
        assert "Un badge est nécessaire." in text(tree, ".event-aside .notice")
        assert link(tree, "Voir sur une carte").startswith("https://www.openstreetmap.org/search?query=New%20York")

    async def test_a_draft_is_nowhere(self, client: httpx.AsyncClient, organisation: Actor) -> None:
        await create_event(read_event(an_event()), by=organisation, domain="testserver")
        await read(client, "/en/events/care-skills-count", status=404)
        assert texts(await read(client, "/en/"), TITLES) == []

    async def test_a_cancelled_one_stays_and_says_why(self, client: httpx.AsyncClient, organisation: Actor) -> None:
        await a_published_event(organisation)
        await read(client, "/fr/events/care-skills-count")
        reason = {"en": "The room was flooded.", "fr": "La salle a été inondée."}
        await cancel_event("care-skills-count", reason=reason, by=organisation)
        tree = await read(client, "/fr/events/care-skills-count")
        assert "La salle a été inondée." in text(tree, ".notice.refused")
        assert not tree.css("a[href$='/register'], .calendar-add")
        assert tree.css(".event-item.is-cancelled") == []
        assert len((await read(client, "/en/")).css(".event-item.is-cancelled")) == 1

    async def test_a_past_one_stays_with_its_recording(
        self, client: httpx.AsyncClient, organisation: Actor, clock: time_machine.Traveller
    ) -> None:
        await a_published_event(organisation, recording_url="https://example.org/recording")
        coming = await read(client, "/en/events/care-skills-count")
        assert link(coming, "Register") == "/en/events/care-skills-count/register"
        clock.move_to(datetime(2027, 2, 5, 19, 30, tzinfo=UTC))
        over = await read(client, "/en/events/care-skills-count")
        assert link(over, "Watch the recording") == "https://example.org/recording"
        assert not over.css("a[href$='/register'], .calendar-add, #attend")

    async def test_only_a_broadcast_shows_its_joining_link_and_only_until_it_is_over(
        self, client: httpx.AsyncClient, organisation: Actor, clock: time_machine.Traveller
    ) -> None:
        joining = {"joining_link": "https://example.org/live", "modes": {"online": {}}}
        await an_event_at(organisation, "meeting", "2027-02-04T08:00", kind="meeting", **joining)
        await an_event_at(organisation, "broadcast", "2027-02-04T08:00", kind="broadcast", **joining)
        assert "example.org/live" not in (await client.get("/en/events/meeting")).text
        assert link(await read(client, "/en/events/broadcast"), "Watch it live") == "https://example.org/live"
        clock.move_to(datetime(2027, 2, 5, tzinfo=UTC))
        assert "example.org/live" not in (await client.get("/en/events/broadcast")).text

    async def test_places_are_said_for_each_mode_until_when_and_if_they_are_taken(
        self, client: httpx.AsyncClient, organisation: Actor, clock: time_machine.Traveller
    ) -> None:
        modes: dict[str, Any] = {"in_person": {"capacity": 1, "closes": at("2027-02-03T18:00")}, "online": {}}
        await a_published_event(organisation, modes=modes)
        before = await read(client, "/en/events/care-skills-count")
        until = "Register until Wednesday 3 February 2027, 18:00 (New York, UTC−5)"
        online = "Online As many places as are needed Register until it begins"
        assert texts(before, ".places li") == [f"In person 1 place {until}", online]
        await a_registration()
        full = await read(client, "/en/events/care-skills-count")
        assert texts(full, ".places li")[0] == f"In person Full: waiting list 1 place {until}"
        clock.move_to(datetime(2027, 2, 3, 23, tzinfo=UTC))
        closed = await read(client, "/en/events/care-skills-count")
        assert texts(closed, ".places li") == ["In person Registration is closed 1 place", online]
        clock.move_to(datetime(2027, 2, 5, 18, 15, tzinfo=UTC))
        assert not (await read(client, "/en/events/care-skills-count")).css("a[href$='/register']")

    async def test_who_cannot_even_wait_is_not_asked_to_register(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        await a_published_event(organisation, modes={"in_person": {"capacity": 0}}, waiting_list=False)
        tree = await read(client, "/en/events/care-skills-count")
        assert texts(tree, ".places li") == ["In person Full 0 places"]
        assert not tree.css("a[href$='/register']")

    async def test_a_conference_shows_its_sessions_by_day_time_and_room_and_its_side_events(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        await a_conference(organisation)

        async def session(slug: str, wall: str, room: str) -> None:
            venue = {"name": "Headquarters", "room": room}
            facts = {"kind": "session", "part_of": "csocd65", "venue": venue, "modes": {}}
            await an_event_at(organisation, slug, wall, **facts)

        await session("closing", "2027-02-02T10:00", "A")
        await session("talk", "2027-02-01T11:00", "B")
        await session("opening", "2027-02-01T09:00", "A")
        await session("lecture", "2027-02-01T11:00", "A")
        await an_event_at(organisation, "beside-it", "2027-02-04T08:00", part_of="csocd65")
        tree = await read(client, "/en/events/csocd65")
        days = tree.css(".programme")
        grid = [
            [[" ".join(cell.text().split()) for cell in row.css("th, td")] for row in day.css("tr")] for day in days
        ]
        what = "What unpaid care teaches."
        assert grid == [
            [
                ["TimeMon 1 Feb", "A", "B"],
                ["09:00", f"09:00–09:59 A Opening {what}", ""],
                ["09:59", "Break until 11:00"],
                ["11:00", f"11:00–11:59 A Lecture {what}", f"11:00–11:59 B Talk {what}"],
            ],
            [["TimeTue 2 Feb", "A"], ["10:00", f"10:00–10:59 A Closing {what}"]],
        ]
        assert texts(tree, TITLES) == ["Beside it"]
        part = await read(client, "/en/events/opening")
        assert link(part, "CSocD65") == "/en/events/csocd65"

    async def test_what_is_sample_data_says_so(self, client: httpx.AsyncClient, organisation: Actor) -> None:
        await a_published_event(organisation, sample={"en": "Sample data: the time."})
        tree = await read(client, "/en/events/care-skills-count")
        assert texts(tree, ".notice.information p") == ["Sample data: the time."]

    async def test_what_organisers_write_is_text(self, client: httpx.AsyncClient, organisation: Actor) -> None:
        wicked = {"en": "<script>alert(1)</script>\nnext\n\nhttps://example.org/x is a link"}
        await a_published_event(organisation, description=wicked, title={"en": "<b>Care</b>"}, slug="care")
        answer = await client.get("/en/events/care")
        assert "<script>alert" not in answer.text
        assert "<b>Care" not in answer.text
        tree = LexborHTMLParser(answer.text)
        assert texts(tree, ".prose p") == ["<script>alert(1)</script> next", "https://example.org/x is a link"]
        assert link(tree, "https://example.org/x") == "https://example.org/x"

    async def test_a_change_is_on_the_page_at_once(self, client: httpx.AsyncClient, organisation: Actor) -> None:
        await a_published_event(organisation)
        await read(client, "/en/events/care-skills-count")
        await change_event("care-skills-count", {"title": {"en": "Care counts"}}, by=organisation)
        assert text(await read(client, "/en/events/care-skills-count"), "h1") == "Care counts"

    async def test_it_goes_into_calendars_elsewhere(self, client: httpx.AsyncClient, organisation: Actor) -> None:
        await a_published_event(organisation)
        tree = await read(client, "/en/events/care-skills-count")
        assert link(tree, "Calendar file (.ics)") == "/en/events/care-skills-count.ics"
        google = urlsplit(link(tree, "Google"))
        assert (google.netloc, google.path) == ("calendar.google.com", "/calendar/render")
        assert parse_qs(google.query)["dates"] == ["20270205T181500Z/20270205T193000Z"]
        outlook = parse_qs(urlsplit(link(tree, "Outlook")).query)
        assert (outlook["startdt"], outlook["enddt"]) == (["2027-02-05T18:15:00Z"], ["2027-02-05T19:30:00Z"])
        assert outlook["allday"] == ["false"]
        yahoo = parse_qs(urlsplit(link(tree, "Yahoo")).query)
        assert (yahoo["st"], yahoo["et"], yahoo["v"]) == (["20270205T181500Z"], ["20270205T193000Z"], ["60"])

    async def test_whole_days_go_into_calendars_with_the_day_after_the_last(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        await a_conference(organisation)
        tree = await read(client, "/en/events/csocd65")
        assert parse_qs(urlsplit(link(tree, "Google")).query)["dates"] == ["20270201/20270211"]
        yahoo = parse_qs(urlsplit(link(tree, "Yahoo")).query)
        assert (yahoo["st"], yahoo["et"], yahoo["dur"]) == (["20270201"], ["20270211"], ["allday"])

    async def test_its_subjects_and_its_place_lead_to_lists_with_feeds_of_their_own(
        self, client: httpx.AsyncClient, organisation: Actor
    ) -> None:
        await a_published_event(organisation, tags=["Soin & santé"])
        await an_event_at(organisation, "apart", "2027-02-05T08:00")
        tree = await read(client, "/en/events/care-skills-count")
        for words, query in (
            ("Soin & santé", "tag=Soin+%26+sant%C3%A9"),
            ("What else is on here", "venue=UN+Headquarters"),
        ):
            assert link(tree, words) == f"/en/?{query}"
            there = await read(client, f"/en/?{query}")
            assert "Care skills count" in texts(there, TITLES)
            assert given(there, ".copyable input")["value"] == f"http://testserver/en/calendar.ics?{query}"
            assert link(there, "Apple, Thunderbird and others") == f"webcal://testserver/en/calendar.ics?{query}"
        assert texts(await read(client, "/en/?tag=soin+%26+SANTE"), TITLES) == ["Care skills count"]

    async def test_a_conference_offers_its_own_feed(self, client: httpx.AsyncClient, organisation: Actor) -> None:
        await a_conference(organisation)
        tree = await read(client, "/fr/events/csocd65")
        assert given(tree, ".copyable input")["value"] == "http://testserver/fr/events/csocd65/calendar.ics"


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
