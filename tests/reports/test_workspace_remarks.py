"""Tags and notes as an organiser keeps them in a browser without JavaScript."""

from litestar import Litestar

from events.accounts.rules import Role
from events.registration.remarks.actions import set_tags, write_note
from events.registration.remarks.queries import list_tags
from tests.make import a_published_event, a_registration
from tests.people import ORIGIN, fields, node, send, words
from tests.reports.olga import olga
from tests.reports.test_workspace_deciding import EVENT, LIST
from tests.reports.test_workspace_people import link, people

TAGS = f"{EVENT}/tags"


async def test_those_who_are_ticked_are_tagged_and_found_by_the_tag(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    made = [await a_registration(email=f"{name}@example.org", name=name.title()) for name in ("ana", "bo", "cleo")]
    await set_tags(made[0].code, ["Press"], by=organisation)
    asked = await browser.get(TAGS, params={"code": [made[0].code, made[1].code]})
    assert "Tags of 2 people" in words(asked)
    assert "Press (1)" in words(asked)
    answer = await send(browser, asked, TAGS, tags="Speaker, press", remove="Press")
    assert answer.headers["location"] == f"{LIST}?done=tagged&changed=2"
    page = await browser.get(answer.headers["location"])
    assert "The tags of 2 people were changed." in words(page)
    assert people(await browser.get(link(page, "Speaker (2)"))) == ["Ana", "Bo"]
    tags = await list_tags([one.id for one in made])
    assert tags == {one.id: ("Press", "Speaker") for one in made[:2]}, "what is added is not taken away"


async def test_everybody_whom_a_filter_shows_is_tagged(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    online = await a_registration(email="bo@example.org", mode="online")
    await a_registration()
    page = await browser.get(f"{LIST}?mode=online")
    asked = await browser.get(TAGS, params=fields(page, f"{EVENT}/decisions") | {"all": "1"})
    answer = await send(browser, asked, TAGS, tags="remote")
    assert answer.headers["location"] == f"{LIST}?mode=online&done=tagged&changed=1"
    assert await list_tags([1, 2]) == {online.id: ("remote",)}


async def test_what_is_no_tag_is_said_and_what_was_ticked_and_typed_stays(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    ana = await a_registration()
    await set_tags(ana.code, ["kept", "gone"], by=organisation)
    asked = await browser.get(TAGS, params={"code": ana.code})
    refused = await send(browser, asked, TAGS, tags="x" * 41, add="kept", remove="gone")
    assert refused.status_code == 422
    assert "is too long" in words(refused)
    stays = fields(refused, TAGS)
    assert (stays["tags"], stays["add"], stays["remove"], stays["codes"]) == ("x" * 41, "kept", "gone", ana.code)
    page = await browser.get(f"{LIST}/{ana.code}")
    refused = await send(browser, page, f"{LIST}/{ana.code}/tags", tag="kept", tags="y" * 41)
    assert refused.status_code == 422
    stays = fields(refused, f"{LIST}/{ana.code}/tags")
    assert (stays["tag"], stays["tags"]) == ("kept", "y" * 41)
    long = await send(browser, page, f"{LIST}/{ana.code}/notes", note="z" * 5001)
    assert (long.status_code, "Write at most 5000 characters." in words(long)) == (422, True)
    assert "z" * 5001 in long.text
    nobody = await browser.get(TAGS)
    assert (nobody.status_code, "Nobody is chosen." in words(nobody)) == (422, True)


async def test_a_note_is_written_read_and_removed(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    ana = await a_registration()
    here = f"{LIST}/{ana.code}"
    answer = await send(browser, await browser.get(here), f"{here}/notes", note="Called.\r\n<b>Twice</b>.")
    page = await browser.get(answer.headers["location"])
    assert "Called. <b>Twice</b>." in words(page)
    assert ", Ana" in words(page), "who wrote it"
    answer = await send(browser, page, f"{here}/notes/1/remove")
    assert answer.headers["location"] == f"{here}?done=note_removed#notes"
    assert "Called." not in words(await browser.get(here))
    await send(browser, page, f"{here}/tags", tags="VIP")
    assert node(await browser.get(here), ".tag").text() == "VIP"


async def test_who_may_only_look_sees_tags_and_no_notes(app: Litestar) -> None:
    organisation, browser = await olga(app, Role.VIEWER)
    await a_published_event(organisation)
    ana = await a_registration()
    await set_tags(ana.code, ["VIP"], by=organisation)
    await write_note(ana.code, "Between us.", by=organisation)
    assert "VIP" in words(await browser.get(LIST))
    page = await browser.get(f"{LIST}/{ana.code}")
    assert "VIP" in words(page)
    assert "Between us." not in page.text
    csrf = fields(await browser.get("/organise/account"), "/organise/account")["csrf"]
    for path in (TAGS, f"{LIST}/{ana.code}/tags", f"{LIST}/{ana.code}/notes", f"{LIST}/{ana.code}/notes/1/remove"):
        assert (await browser.post(path, data={"csrf": csrf}, headers=ORIGIN)).status_code == 403
