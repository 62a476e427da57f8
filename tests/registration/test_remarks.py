"""Tags and notes of organisers: set one by one and together, found, exported, and forgotten with the person."""

import asyncio
import csv
import io
from pathlib import Path

import httpx
import msgspec
import pytest
from litestar import Litestar

from events.accounts.rules import Actor
from events.activity.tables import Activity
from events.kernel.errors import Invalid
from events.outbox.tables import Message
from events.registration.actions.erasing import erase_own
from events.registration.forms import HandOver
from events.registration.handing_over.actions import hand_over
from events.registration.queries.listing import list_registrations
from events.registration.remarks.actions import remove_note, set_tags, tag_registrations, write_note
from events.registration.remarks.queries import count_tags, list_notes, list_tags, suggest_tags
from events.registration.remarks.rules import NoteNotFound, TagCount, Tagged
from events.registration.remarks.tables import RegistrationNote, RegistrationTag
from events.registration.rules import Listed, TicketNotFound
from events.reports.exports import export
from tests.make import SECRET, a_program, a_published_event, a_registration, an_organisation

SLUG = "care-skills-count"
LIST = f"/api/v1/events/{SLUG}/registrations"


async def tags_of(registration: int) -> tuple[str, ...]:
    return (await list_tags([registration])).get(registration, ())


async def test_tags_are_spelled_as_they_were_first_and_counted(by: Actor) -> None:
    event = await a_published_event(by)
    ana, bo = await a_registration(), await a_registration(email="bo@example.org")
    await set_tags(ana.code, ["Invité", "VIP, press"], by=by)
    await set_tags(bo.code, ["vip", "INVITE", "Vip"], by=by)
    assert await tags_of(ana.id) == ("Invité", "press", "VIP")
    assert await tags_of(bo.id) == ("Invité", "VIP")
    assert await count_tags(event.id) == [
        TagCount("Invité", "invite", 2),
        TagCount("press", "press", 1),
        TagCount("VIP", "vip", 2),
    ]
    await set_tags(ana.code, [" "], by=by)
    assert await tags_of(ana.id) == ()


async def test_tags_are_suggested_from_the_event_first_then_from_the_organisation(by: Actor) -> None:
    here = await a_published_event(by)
    there = await a_published_event(by, slug="there")
    for number in range(2):
        made = await a_registration("there", email=f"p{number}@example.org")
        await set_tags(made.code, ["often"] if number else ["often", "once"], by=by)
    await set_tags((await a_registration()).code, ["here"], by=by)
    assert await suggest_tags(here.id, by.organisation) == ["here", "often", "once"]
    assert await suggest_tags(there.id, by.organisation) == ["often", "once", "here"]
    other = await an_organisation("other", "Other")
    assert await suggest_tags((await a_published_event(other, slug="theirs")).id, other.organisation) == []


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["x" * 41], "is too long: a tag has at most 40 characters."),
        (["a\x00b"], "contains a character that cannot be used"),
        ([",".join(str(number) for number in range(21))], "Give at most 20 tags."),
    ],
)
async def test_what_is_no_tag_is_refused_and_nothing_changes(by: Actor, typed: list[str], message: str) -> None:
    await a_published_event(by)
    ana = await a_registration()
    await set_tags(ana.code, ["kept"], by=by)
    with pytest.raises(Invalid) as refused:
        await set_tags(ana.code, typed, by=by)
    [problem] = refused.value.problems
    assert message in problem.message.format_map(problem.params)
    assert await tags_of(ana.id) == ("kept",)


async def test_many_are_tagged_at_once_and_only_what_changes_is_written_down(by: Actor) -> None:
    event = await a_published_event(by)
    people = [await a_registration(email=f"p{number}@example.org") for number in range(4)]
    await set_tags(people[0].code, ["speaker"], by=by)
    await set_tags(people[1].code, [f"t{number}" for number in range(20)], by=by)
    elsewhere = await a_published_event(by, slug="elsewhere")
    stranger = await a_registration("elsewhere")
    codes = [one.code for one in people] + [stranger.code, "nonsense"]
    before = await Activity.count().where(Activity.verb == "tagged")
    assert await tag_registrations(event.slug, codes, add=["Speaker"], by=by) == Tagged(2, 1)
    assert await Activity.count().where(Activity.verb == "tagged") == before + 2
    assert [await tags_of(one.id) for one in (*people[2:], stranger)] == [("speaker",), ("speaker",), ()]
    assert await tag_registrations(event.slug, codes, add=["press"], remove=["SPEAKER", "t3"], by=by) == Tagged(4, 0)
    assert await tags_of(people[0].id) == ("press",)
    assert await count_tags(elsewhere.id) == []


async def test_two_who_tag_at_once_lose_nothing(by: Actor) -> None:
    event = await a_published_event(by)
    people = [await a_registration(email=f"p{number}@example.org", mode="online") for number in range(10)]
    codes = [one.code for one in people]
    await asyncio.gather(
        *(
            tag_registrations(event.slug, codes[:: 1 if number % 2 else -1], add=[f"tag {number}", "same"], by=by)
            for number in range(6)
        )
    )
    expected = tuple(sorted([*(f"tag {number}" for number in range(6)), "same"]))
    assert [await tags_of(one.id) for one in people] == [expected] * 10


async def test_the_list_is_narrowed_by_a_tag_however_it_is_spelled(by: Actor) -> None:
    event = await a_published_event(by)
    ana, bo = await a_registration(), await a_registration(email="bo@example.org")
    await set_tags(bo.code, ["Invité"], by=by)
    found, _ = await list_registrations(event.slug, by.organisation, Listed(tag="INVITE"))
    assert [(one.code, one.tags) for one in found] == [(bo.code, ("Invité",))]
    everybody, _ = await list_registrations(event.slug, by.organisation, Listed())
    assert [one.tags for one in everybody] == [(), ("Invité",)]
    assert ana.code == everybody[0].code


async def test_programs_set_and_read_tags_and_files_have_them_last(app: Litestar, tmp_path: Path) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    ana = await a_registration(answers={"tags": "an answer of this name"})
    await a_registration(email="bo@example.org")
    program = await a_program(app, organisation)
    answer = await program.put(f"/api/v1/registrations/{ana.code}/tags", json={"tags": ["VIP", "press"]})
    assert (answer.status_code, answer.json()["tags"]) == (200, ["press", "VIP"])
    assert answer.json()["answers"] == {"tags": "an answer of this name"}
    listed = (await program.get(LIST, params={"tag": "vip"})).json()["items"]
    assert [(one["code"], one["tags"]) for one in listed] == [(ana.code, ["press", "VIP"])]
    assert [one["tags"] for one in (await program.get(LIST)).json()["items"]] == [["press", "VIP"], []]
    rows = list(csv.reader(io.StringIO((await program.get(f"{LIST}.csv")).text)))
    assert rows[0][-2:] == ["tags (answer)", "tags"]
    assert [row[-2:] for row in rows[1:]] == [["an answer of this name", "press; VIP"], ["", ""]]
    assert len((await program.get(f"{LIST}.csv", params={"tag": "VIP"})).text.splitlines()) == 2
    await export(SLUG, "json", tmp_path / "list.json", int)
    assert [one["tags"] for one in msgspec.json.decode((tmp_path / "list.json").read_bytes())] == [["press", "VIP"], []]
    wrong = await program.put(f"/api/v1/registrations/{ana.code}/tags", json={"tags": "VIP"})
    assert wrong.status_code == 422


async def test_notes_are_kept_with_who_and_when_and_removed_one_by_one(by: Actor) -> None:
    await a_published_event(by)
    ana, bo = await a_registration(), await a_registration(email="bo@example.org")
    await write_note(ana.code, "Called on Monday.\nWill bring two people.", by=by)
    await write_note(ana.code, "Second.", by=by)
    first, second = await list_notes(ana.id)
    assert (first.text, first.written_by) == ("Called on Monday.\nWill bring two people.", "system")
    with pytest.raises(NoteNotFound):
        await remove_note(bo.code, first.id, by=by)
    await remove_note(ana.code, first.id, by=by)
    assert await list_notes(ana.id) == [second]
    log = await Activity.select(Activity.verb, Activity.facts).where(Activity.verb.like("%note%"))
    assert [row["verb"] for row in log] == ["noted", "noted", "removed_note"]
    assert "Monday" not in str(log)


async def test_another_organisation_tags_and_notes_nobody_of_ours(by: Actor) -> None:
    await a_published_event(by)
    ana = await a_registration()
    other = await an_organisation("other", "Other")
    for act in (set_tags(ana.code, ["x"], by=other), write_note(ana.code, "x", by=other)):
        with pytest.raises(TicketNotFound):
            await act
    event = await a_published_event(other, slug="theirs")
    assert await tag_registrations(event.slug, [ana.code], add=["x"], by=other) == Tagged(0)
    assert await RegistrationTag.count() == await RegistrationNote.count() == 0


async def test_the_person_finds_both_in_their_download_and_nowhere_else(by: Actor, client: httpx.AsyncClient) -> None:
    await a_published_event(by)
    ana = await a_registration()
    await set_tags(ana.code, ["troublemaker"], by=by)
    await write_note(ana.code, "Asked three times for a window seat.", by=by)
    page = (await client.get(f"/t/{ana.token}")).text
    assert "troublemaker" not in page
    assert "window seat" not in page
    assert "window seat" not in str(await Message.select())
    document = (await client.get(f"/t/{ana.token}/data.json")).json()
    assert document["tags"] == ["troublemaker"]
    assert [one["text"] for one in document["notes"]] == ["Asked three times for a window seat."]
    assert document["notes"][0].keys() == {"text", "written_at"}, "not who wrote it: that is somebody else's data"


async def test_both_go_with_the_person_and_with_the_place(by: Actor) -> None:
    await a_published_event(by)
    ana, bo = await a_registration(), await a_registration(email="bo@example.org")
    for one in (ana, bo):
        await set_tags(one.code, ["VIP"], by=by)
        await write_note(one.code, "A note.", by=by)
    await erase_own(ana.token)
    assert await RegistrationTag.count() == await RegistrationNote.count() == 1
    await hand_over(bo.token, HandOver(name="Cleo", email="cleo@example.org"), secret=SECRET)
    assert await RegistrationTag.count() == await RegistrationNote.count() == 0
    for code in (ana.code, bo.code):
        with pytest.raises(TicketNotFound):
            await write_note(code, "Too late.", by=by)
