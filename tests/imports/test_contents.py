"""Speakers and tracks in the columns of a table."""

from typing import Any

import pytest
from msgspec import structs

from events.accounts.rules import Actor
from events.imports.actions import carry_out, keep_upload
from events.imports.columns import guessed
from events.imports.contents import people_in
from events.imports.planning import get_overview
from events.imports.rules import Act, Choices, Outcome, Overview
from events.imports.sources import read_file
from events.imports.uploads import Upload
from events.programme.queries import get_own_event
from events.programme.queries.contents import list_speakers
from events.registration.actions.moving import change_event
from tests.make import a_published_event, an_organisation

DAYS = {
    name: {"wall": f"2027-05-0{day}T09:00", "zone": "Africa/Casablanca"} for name, day in (("starts", 4), ("ends", 6))
}
TABLE = """Nr;Titre;Date;Début;Fin;Thème;Description;Intervenants;Piste
1;Ouverture;2027-05-04;09:30;11:00;Le soin;Bienvenue.;"Modératrice : Amina Diallo (UNICEF); Ben Okri";Travail
2;Clôture;2027-05-05;09:30;11:00;Le soin;Merci.;Ben Okri et Chen Li;{track}
"""


@pytest.fixture
async def by(database: Any) -> Actor:  # noqa: ARG001 - it must be open
    made = await an_organisation()
    tracks = [{"name": {"en": "Work", "fr": "Travail"}}]
    await a_published_event(made, kind="conference", slug="congress", tracks=tracks, **DAYS)
    return made


async def uploaded(by: Actor, text: str, **choices: Any) -> Upload:
    upload = await read_file(text.encode(), "programme.csv", organisation=by.organisation, part_of="congress")
    upload = structs.replace(upload, choices=structs.replace(upload.choices, language="fr", **choices))
    return structs.replace(upload, id=await keep_upload(upload, digest="0" * 64, by=by))


async def imported(by: Actor, text: str, **choices: Any) -> tuple[Overview, Outcome]:
    upload = await uploaded(by, text, **choices)
    overview, ready = await get_overview(upload)
    return overview, await carry_out(upload, ready, {}, by=by, domain="testserver")


def test_a_french_tables_headings_are_french() -> None:
    headings = TABLE.splitlines()[0].split(";")
    assert list(guessed(headings, {}).values()) == [
        "key", "title.fr", "date", "starts", "ends", "theme.fr", "description.fr", "speakers", "track",
    ]  # fmt: skip
    assert guessed(["Title", "Theme", "Description", "Speakers", "Stream"], {}) == {
        "0": "title.en", "1": "theme.en", "2": "description.en", "3": "speakers", "4": "track",
    }  # fmt: skip
    assert guessed(["Titre", "Thème"], {"theme": "theme.en"})["1"] == "theme.en"  # as it was chosen before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Amina Diallo", [("speaker", "Amina Diallo", None)]),
        ("Amina Diallo, Ben Okri and Chen Li",
         [("speaker", "Amina Diallo", None), ("speaker", "Ben Okri", None), ("speaker", "Chen Li", None)]),
        ("Amina Diallo (Make Mothers Matter, Paris), Ben Okri",
         [("speaker", "Amina Diallo", "Make Mothers Matter, Paris"), ("speaker", "Ben Okri", None)]),
        ("Moderator: Amina Diallo (UNICEF)\nKeynote: Okri, Ben",
         [("moderator", "Amina Diallo", "UNICEF"), ("keynote", "Okri, Ben", None)]),
        ("Rapporteuse : Ana", [("rapporteur", "Ana", None)]),
        ("", []),
    ],
)  # fmt: skip
def test_speakers_are_read_with_role_and_organisation(text: str, expected: list[Any]) -> None:
    told: list[str] = []
    people = people_in(text, lambda message, *_, **__: told.append(message))
    assert [(one["role"], one["name"], one.get("affiliation")) for one in people] == expected
    assert not told


def test_what_is_no_role_is_told() -> None:
    told: list[str] = []
    assert people_in("Coffee: Amina", lambda message, *_, **__: told.append(message)) == []
    assert len(told) == 1


async def test_speakers_come_into_the_address_book_and_sessions_into_their_track(by: Actor) -> None:
    overview, outcome = await imported(by, TABLE.format(track="work"))
    assert [plan.problems for plan in overview.plans] == [(), ()]
    first, second = [await get_own_event(line.slug, by.organisation) for line in outcome.lines]
    assert [(one.role, one.name, one.affiliation) for one in first.speakers] == [
        ("moderator", "Amina Diallo", "UNICEF"),
        ("speaker", "Ben Okri", None),
    ]
    assert [one.name for one in second.speakers] == ["Ben Okri", "Chen Li"]
    assert (first.track and first.track.key, second.track and second.track.key) == ("work", "work")
    assert (first.theme, first.description) == ({"fr": "Le soin"}, {"fr": "Bienvenue."})
    assert len(await list_speakers(by.organisation)) == 3
    again, outcome = await imported(by, TABLE.format(track="work"))
    assert outcome.count(Act.LEAVE) == 2
    changed = TABLE.format(track="work").replace(" et Chen Li", "")
    _, outcome = await imported(by, changed)
    assert (outcome.count(Act.UPDATE), outcome.count(Act.LEAVE)) == (1, 1)
    assert [one.name for one in (await get_own_event(second.slug, by.organisation)).speakers] == ["Ben Okri"]
    assert again.count(Act.LEAVE) == 2


async def test_an_unknown_track_is_told_by_its_row_or_made(by: Actor) -> None:
    overview, outcome = await imported(by, TABLE.format(track="Santé"))
    [problem] = overview.plans[1].problems
    assert (problem.message, problem.params) == ("The conference has no track “{key}”.", {"key": "Santé"})
    assert (outcome.count(Act.MAKE), outcome.count(Act.REFUSE)) == (1, 1)
    overview, outcome = await imported(by, TABLE.format(track="Santé"), make_tracks=True)
    assert [note.params for note in overview.plans[1].remarks] == [{"track": "Santé"}]
    assert outcome.count(Act.MAKE) == 1
    congress = await get_own_event("congress", by.organisation)
    assert [(track.key, track.name) for track in congress.tracks] == [
        ("work", {"en": "Work", "fr": "Travail"}),
        ("sante", {"fr": "Santé"}),
    ]
    session = await get_own_event(outcome.lines[1].slug, by.organisation)
    assert session.track
    assert session.track.key == "sante"


async def test_one_row_that_fails_leaves_the_others(by: Actor) -> None:
    for slug, affiliation in (("one", "UNICEF"), ("two", "WHO")):
        await a_published_event(by, slug=slug, speakers=[{"name": "Amina Diallo", "affiliation": affiliation}])
    text = TABLE.format(track="Work").replace(" et Chen Li", ", Amina Diallo")
    _, outcome = await imported(by, text)
    assert [line.act for line in outcome.lines] == ["make", "refuse"]
    assert outcome.lines[1].message.startswith("Your address book has several people of this name.")


async def test_what_was_put_right_here_stays_when_the_file_comes_again(by: Actor) -> None:
    _, outcome = await imported(by, TABLE.format(track="Work"))
    slug = outcome.lines[1].slug
    await change_event(slug, {"speakers": [{"name": "Zoë Adams"}]}, by=by)
    _, outcome = await imported(by, TABLE.format(track="Work"))
    assert outcome.count(Act.LEAVE) == 2
    assert [one.name for one in (await get_own_event(slug, by.organisation)).speakers] == ["Zoë Adams"]


async def test_a_speakers_new_organisation_is_followed_and_one_that_is_not_said_changes_nothing(by: Actor) -> None:
    first = TABLE.format(track="Work")
    _, outcome = await imported(by, first)
    slug = outcome.lines[0].slug

    async def speakers() -> list[tuple[str, str | None]]:
        return [(one.name, one.affiliation) for one in (await get_own_event(slug, by.organisation)).speakers]

    moved = first.replace("(UNICEF)", "(WHO)")
    _, outcome = await imported(by, moved)
    assert [line.act for line in outcome.lines] == ["update", "leave"]
    assert await speakers() == [("Amina Diallo", "WHO"), ("Ben Okri", None)]
    _, outcome = await imported(by, moved.replace("(WHO)", "(who)"))
    assert outcome.count(Act.LEAVE) == 2
    _, outcome = await imported(by, moved.replace(" (WHO)", ""))
    assert outcome.count(Act.LEAVE) == 2, "the row does not say it any more"
    await change_event(slug, {"speakers": [{"name": "Amina Diallo", "affiliation": "UNESCO", "role": "moderator"},
                                           {"name": "Ben Okri"}]}, by=by)  # fmt: skip
    _, outcome = await imported(by, first)
    assert [line.act for line in outcome.lines] == ["choose", "leave"]
    assert await speakers() == [("Amina Diallo", "UNESCO"), ("Ben Okri", None)]


async def test_another_speaker_comes_along_although_an_organisation_was_filled_in_here(by: Actor) -> None:
    text = TABLE.format(track="Work").replace(" (UNICEF)", "")
    _, outcome = await imported(by, text)
    slug = outcome.lines[0].slug
    entry = next(one for one in await list_speakers(by.organisation) if one.name == "Amina Diallo")
    named = {"id": entry.id, "name": "Amina Diallo", "affiliation": "UNICEF", "role": "moderator"}
    await change_event(slug, {"speakers": [named, {"name": "Ben Okri"}]}, by=by)
    _, outcome = await imported(by, text)
    assert outcome.count(Act.LEAVE) == 2
    _, outcome = await imported(by, text.replace("; Ben Okri", "; Ben Okri; Chen Li"))
    assert [line.act for line in outcome.lines] == ["update", "leave"]
    found = [(one.name, one.affiliation) for one in (await get_own_event(slug, by.organisation)).speakers]
    assert found == [("Amina Diallo", "UNICEF"), ("Ben Okri", None), ("Chen Li", None)]


async def test_a_thousand_rows_are_taken_a_few_at_a_time(by: Actor) -> None:
    rows = "".join(f"Session {n},2027-05-0{4 + n % 3},09:{n % 60:02},11:00,Room {n % 40}\n" for n in range(1000))
    upload = await uploaded(by, f"Title,Date,Start,End,Room\n{rows}", publish=True, zone="Africa/Casablanca")
    _, ready = await get_overview(upload)
    steps: list[int] = []
    outcome = await carry_out(upload, ready, {}, by=by, domain="testserver", progress=steps.append)
    assert outcome.count(Act.MAKE) == 1000
    assert max(steps) <= 25  # so many in one transaction
    assert (await get_own_event(outcome.lines[999].slug, by.organisation)).status == "published"


def test_choices_of_earlier_uploads_are_read() -> None:
    assert not Choices().make_tracks
