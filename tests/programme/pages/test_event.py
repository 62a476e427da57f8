"""The page of one event, in a browser that runs no scripts."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import time_machine
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.programme.actions import create_event
from events.programme.forms import read_event
from events.registration.actions.moving import cancel_event, change_event
from tests.make import a_published_event, a_registration, an_event
from tests.programme.reading import TITLES, a_conference, an_event_at, at, given, link, read, text, texts


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
        outlook = parse_qs(urlsplit(link(tree, "Outlook.com")).query)
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
