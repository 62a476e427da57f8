"""The programme of a conference on a page of its own."""

from typing import Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.programme.actions import create_event
from events.programme.forms import read_event
from tests.make import a_published_event, an_event, an_organisation
from tests.programme.reading import link, read, texts
from tests.programme.test_contents import CONFERENCE, ZONE

HERE = "/en/events/early-childhood/programme"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def organisation(database: Any) -> Actor:  # noqa: ARG001 - it must be open
    organisation = await an_organisation()
    await a_published_event(organisation, **CONFERENCE, languages=["en"])
    return organisation


async def a_session(by: Actor, slug: str, starts: str, ends: str, **changes: Any) -> None:
    facts = {
        "kind": "session",
        "slug": slug,
        "part_of": "early-childhood",
        "title": {"en": slug.capitalize(), "fr": f"Séance {slug}"},
        "summary": {},
        "starts": {"wall": f"2027-11-{starts}", "zone": ZONE},
        "ends": {"wall": f"2027-11-{ends}", "zone": ZONE},
        "venue": {"name": "Uzexpocentre", "room": "Hall A"},
        "modes": {},
        "languages": ["en"],
    }
    await a_published_event(by, **facts | changes)


async def three_sessions(by: Actor) -> None:
    ana = {"name": "Ana Reyes", "role": "moderator"}
    await a_session(by, "opening", "15T10:00", "15T11:00", track="policy", speakers=[ana, {"name": "Wei"}])
    await a_session(by, "workshop", "15T10:00", "15T12:00", venue={"name": "Uzexpocentre", "room": "Hall B"})
    await a_session(by, "closing", "16T10:00", "16T11:00", track="policy", interpretation=["ru"])


def cells(tree: LexborHTMLParser) -> list[list[list[str]]]:
    return [
        [[" ".join(cell.text(separator=" ").split()) for cell in row.css("th, td")] for row in table.css("tr")]
        for table in tree.css("table.programme")
    ]


async def test_it_shows_each_day_with_its_rooms_its_plenary_and_who_speaks(
    client: httpx.AsyncClient, organisation: Actor
) -> None:
    await three_sessions(organisation)
    tree = await read(client, HERE)
    assert texts(tree, ".programme-date") == ["Monday 15 November 2027", "Tuesday 16 November 2027"]
    assert cells(tree) == [
        [
            ["Time Mon 15 Nov", "Plenary", "Hall A", "Hall B"],
            ["09:00", "09:00–10:00 Plenary", "", ""],
            [
                "10:00",
                "",
                "10:00–11:00 Hall A Opening Policy Ana Reyes Moderator Wei",
                "10:00–12:00 Hall B Workshop",
            ],
            ["11:00", ""],
            ["12:00", "Break until 14:00"],
            ["14:00", "14:00–16:00 General debate", "", ""],
        ],
        [
            ["Time Tue 16 Nov", "Hall A"],
            ["10:00", "10:00–11:00 Hall A Closing Policy Interpretation into Russian"],
        ],
    ]
    assert tree.css("td#s-opening.track-policy")
    assert link(tree, "Opening") == "/en/events/opening"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?track=policy", ["Opening", "Closing"]),
        ("?day=2027-11-15", ["Opening", "Workshop"]),
        ("?language=ru", ["Closing"]),
        ("?track=policy&day=2027-11-15", ["Opening"]),
        ("?track=peace", []),
        ("?day=yesterday", []),
    ],
)
async def test_filters_are_links_that_can_be_shared(
    client: httpx.AsyncClient, organisation: Actor, query: str, found: list[str]
) -> None:
    await three_sessions(organisation)
    tree = await read(client, f"{HERE}{query}")
    assert texts(tree, ".session .session-title") == found
    assert link(tree, "Show everything again") == HERE
    assert tree.css("meta[name=robots]")


async def test_each_filter_keeps_the_others(client: httpx.AsyncClient, organisation: Actor) -> None:
    await three_sessions(organisation)
    tree = await read(client, f"{HERE}?track=policy")
    assert link(tree, "Russian") == f"{HERE}?track=policy&language=ru"
    assert link(tree, "Tue 16 Nov") == f"{HERE}?track=policy&day=2027-11-16"
    assert link(tree, "Français") == "/fr/events/early-childhood/programme?track=policy"
    assert texts(tree, ".filters [aria-current]") == ["All", "Policy", "All", "By room and time"]


async def test_a_list_by_time_is_a_layout_that_filters_keep(client: httpx.AsyncClient, organisation: Actor) -> None:
    assert "By time" not in texts(await read(client, HERE), ".filters a"), "nothing to lay out yet"
    await three_sessions(organisation)
    address = link(await read(client, f"{HERE}?track=policy"), "By time")
    assert address == f"{HERE}?track=policy&view=time"
    tree = await read(client, address)
    assert len(tree.css(".by-time table.programme")) == 2
    assert link(tree, "Tue 16 Nov") == f"{HERE}?track=policy&view=time&day=2027-11-16"
    assert link(tree, "By room and time") == f"{HERE}?track=policy"


async def test_drafts_are_not_in_it_and_what_is_cancelled_says_so(
    client: httpx.AsyncClient, organisation: Actor
) -> None:
    await three_sessions(organisation)
    draft = an_event(**CONFERENCE) | {"slug": "secret", "kind": "session", "part_of": "early-childhood"}
    for name in ("tracks", "rooms", "plenary"):
        del draft[name]
    await create_event(read_event(draft), by=organisation, domain="testserver")
    assert "secret" not in (await client.get(HERE)).text


async def test_side_events_stand_by_what_they_are_to_the_conference(
    client: httpx.AsyncClient, organisation: Actor
) -> None:
    for slug, standing in (("ours", "own"), ("theirs", "parallel"), ("listed", "official"), ("plain", None)):
        facts = {"slug": slug, "title": {"en": slug.capitalize()}, "standing_in_parent": standing}
        await a_published_event(organisation, part_of="early-childhood", **facts)
    for address in (HERE, "/en/events/early-childhood"):
        tree = await read(client, address)
        assert texts(tree, "section:has(#side-events) h3, section:has(#side-events) h4") == [
            "Official side events", "Listed", "Parallel events", "Theirs", "Our own events", "Ours",
            "Further events", "Plain",
        ]  # fmt: skip


async def test_only_a_conference_has_one(client: httpx.AsyncClient, organisation: Actor) -> None:
    await a_published_event(organisation)
    assert (await client.get("/en/events/care-skills-count/programme")).status_code == 404
    assert "The programme is not there yet." not in (await client.get(HERE)).text, "there is a plenary"


async def test_it_is_kept_until_something_public_changes(client: httpx.AsyncClient, organisation: Actor) -> None:
    first = await client.get(HERE)
    tag = {"If-None-Match": first.headers["etag"]}
    assert (await client.get(HERE, headers=tag)).status_code == 304
    await three_sessions(organisation)
    assert (await client.get(HERE, headers=tag)).status_code == 200


@pytest.mark.usefixtures("organisation")
async def test_tracks_have_their_colours_in_a_stylesheet(client: httpx.AsyncClient) -> None:
    answer = await client.get("/events/early-childhood/tracks.css")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert ".track-policy { --own-track: #0b5c7a; }" in answer.text
    assert '<link rel="stylesheet" href="/events/early-childhood/tracks.css">' in (await client.get(HERE)).text


async def test_it_takes_as_many_queries_for_thirty_sessions_as_for_one(
    client: httpx.AsyncClient, organisation: Actor, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    statement = database.statement

    async def counted(sql: str, args: Any) -> Any:
        asked.append(sql)
        return await statement(sql, args)

    numbers = []
    for number in range(30):
        who = [{"name": f"Speaker {number}"}]
        await a_session(organisation, f"talk-{number}", "15T10:00", "15T11:00", track="policy", speakers=who)
        if number in {0, 29}:
            with monkeypatch.context() as watched:
                watched.setattr(database, "statement", counted)
                asked.clear()
                await read(client, HERE)
                numbers.append(len(asked))
    assert numbers[0] == numbers[1]
    assert numbers[0] > 5
