"""Inviting people in the workspace, and what a guest meets behind the link in the mail."""

import io
from typing import Any

import httpx
import openpyxl
import pytest
from litestar import Litestar

from events.accounts.rules import Actor
from events.infra import db
from events.outbox.rules import Queued
from events.outbox.tables import Message
from events.programme.rules import Mode
from events.registration.guests import actions
from events.registration.guests.rules import GUEST_KINDS
from events.registration.guests.tables import Guest
from events.registration.mails.guests import render_invitation
from events.registration.rules import Standing
from events.registration.tables import Registration
from events.settings import Settings
from tests.make import a_program, a_published_event, a_registration
from tests.people import ORIGIN, a_member, fields, node, send, sign_in, words
from tests.registration.guests import ONE_PLACE, SLUG, a_guest, invite, taken

HERE = f"/organise/events/{SLUG}/guests"
NEW = f"{HERE}/new"


@pytest.fixture
async def organiser(app: Litestar, by: Actor) -> httpx.AsyncClient:
    await a_member(by, "org@example.org")
    return await sign_in(app, "org@example.org")


async def look(organiser: httpx.AsyncClient, text: str, act: str = "check", **typed: str) -> httpx.Response:
    page = await organiser.get(NEW)
    return await send(organiser, page, NEW, list=text, act=act, **{"expires.wall": "2027-02-01T18:00", **typed})


async def mail_to(settings: Settings, guest: int = 1) -> Any:
    message = await Message.select().where(Message.subject_id == guest, Message.kind.is_in(list(GUEST_KINDS))).first()
    assert message
    queued = Queued(message["id"], message["kind"], guest, message["to_address"], {}, 1, message["created_at"])
    mail = await render_invitation(settings, queued)
    assert mail
    return mail


class TestInviting:
    async def test_every_mistake_is_shown_by_line_and_nothing_is_lost(
        self, organiser: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by)
        text = "Ana Reyes; ana@example.org; fr\nBen; ben@\nCleo; CLEO@example.org\nCleo; cleo@example.org"
        page = await look(organiser, text, **{"note.en": "We would be glad."})
        assert page.status_code == 422
        said = words(page)
        assert "2 lines are not right yet" in said
        assert "This is not an e-mail address. Write it as name@example.org." in said
        assert "The same address stands in row 3." in said
        kept = fields(page, NEW)
        assert (kept["list"], kept["note.en"]) == (text, "We would be glad.")
        assert await Guest.count() == 0

    async def test_those_who_are_right_are_invited_and_the_others_stay_in_the_list(
        self, organiser: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by)
        page = await look(organiser, "Ana; ana@example.org; fr; ; UNESCO\nBen; ben@", act="invite")
        assert "1 person is invited. What is left is below." in words(page)
        assert fields(page, NEW)["list"] == "name;email;language;mode;organisation\nBen;ben@;;;"
        [row] = await Guest.select()
        assert (row["name"], row["language"], row["affiliation"], row["state"]) == ("Ana", "fr", "UNESCO", "invited")
        mended = await look(organiser, "Ben; ben@example.org", act="invite")
        assert (mended.status_code, mended.headers["location"]) == (303, f"{HERE}?done=invited")
        listed = words(await organiser.get(HERE))
        assert "ana@example.org" in listed
        assert "No answer yet (2)" in listed

    async def test_what_is_wrong_with_the_terms_is_told_with_what_is_wrong_in_the_list(
        self, organiser: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by)
        page = await look(organiser, "Ben; ben@", act="invite", **{"expires.wall": "2020-01-01T12:00"})
        assert page.status_code == 422
        assert "This is over already." in words(page)
        assert "This is not an e-mail address." in words(page)

    async def test_a_workbook_comes_into_the_list_to_be_looked_at(
        self, organiser: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by)
        book = openpyxl.Workbook()
        assert book.active
        for row in (
            ["Guests of the mission"],
            ["Prénom", "Nom", "Courriel", "Langue"],
            ["Ana", "Reyes", "ana@x.org", "français"],
        ):
            book.active.append(row)
        file = io.BytesIO()
        book.save(file)
        page = await organiser.get(NEW)
        typed = fields(page, NEW) | {"act": "invite", "expires.wall": "2027-02-01T18:00"}
        typed.pop("file")
        answer = await organiser.post(NEW, data=typed, files={"file": ("guests.xlsx", file.getvalue())}, headers=ORIGIN)
        assert answer.status_code == 200, "looked at first, whichever button was pressed"
        assert fields(answer, NEW)["list"] == "name;email;language;mode;organisation\nAna Reyes;ana@x.org;français;;"
        assert "1 person can be invited" in words(answer)
        assert await Guest.count() == 0

    async def test_a_file_that_is_no_table_is_refused_and_the_list_stays(
        self, organiser: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by)
        typed = fields(await organiser.get(NEW), NEW) | {"list": "Ana; ana@x.org"}
        typed.pop("file")
        answer = await organiser.post(NEW, data=typed, files={"file": ("x.pdf", b"%PDF-1.7")}, headers=ORIGIN)
        assert answer.status_code == 422
        assert "This is not a table that can be read." in words(answer)
        assert fields(answer, NEW)["list"] == "Ana; ana@x.org"

    async def test_the_list_says_what_became_of_each_and_can_be_taken_along(
        self, organiser: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by)
        first, second, _ = await invite(by, a_guest(1), a_guest(2, name="=cmd()"), a_guest(3))
        await actions.decline(second)
        made = await a_registration(email="guest1@example.org")

        @db.write
        async def fail() -> None:
            await Message.update({Message.failed_at: Message.created_at}).where(Message.subject_id == 3)

        await fail()
        page = await organiser.get(HERE)
        for part in ("Has registered (1)", "Has declined (1)", "No answer yet (1)", "The mail did not arrive"):
            assert part in words(page)
        assert f"/registrations/{made.code}" in page.text
        only = words(await organiser.get(f"{HERE}?state=declined"))
        assert "=cmd()" in only
        assert "Guest 3" not in only
        file = (await organiser.get(f"{HERE}.csv")).text
        assert file.startswith("\ufeffname,email,language,mode,organisation,state")
        assert "\r\n'=cmd(),guest2@example.org,en,,,declined" in file
        assert first

    async def test_a_registration_says_that_it_came_by_invitation(
        self, organiser: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by)
        await invite(by)
        made = await a_registration(email="guest1@example.org")
        page = await organiser.get(f"/organise/events/{SLUG}/registrations/{made.code}")
        assert "By invitation" in words(page)

    async def test_one_is_taken_back_and_one_is_sent_again(self, organiser: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        await invite(by, a_guest(1), a_guest(2))
        first, second = [row["code"] for row in await Guest.select(Guest.code).order_by(Guest.id)]
        page = await organiser.get(HERE)
        assert (await send(organiser, page, f"{HERE}/{first}/withdraw")).status_code == 303
        for _ in range(3):
            assert (await send(organiser, page, f"{HERE}/{second}/again")).status_code == 303
        assert (await send(organiser, page, f"{HERE}/{second}/again")).status_code == 429
        assert (await send(organiser, page, f"{HERE}/{first}/again")).status_code == 409
        rows = await Guest.select(Guest.state).order_by(Guest.id)
        assert [row["state"] for row in rows] == ["withdrawn", "invited"]
        assert await Message.count().where(Message.subject_id == 2) == 4


class TestTheMail:
    async def test_it_is_in_the_guests_language_with_both_links_and_the_note(
        self, settings: Settings, by: Actor
    ) -> None:
        await a_published_event(by)
        note = {"en": "We would be glad.", "fr": "Nous en serions ravis."}
        [token] = await invite(by, a_guest(language="fr"), note=note)
        mail = await mail_to(settings)
        assert (mail.language, mail.to_address, mail.reply_to) == ("fr", "guest1@example.org", "events@mmm.example")
        for body in (mail.text, mail.html):
            assert "Nous en serions ravis." in body
            assert f"http://testserver/invited/{token}" in body
            assert f"http://testserver/invited/{token}/decline" in body
            assert "<img" not in body

    async def test_nothing_is_sent_to_who_has_answered_meanwhile(self, settings: Settings, by: Actor) -> None:
        await a_published_event(by)
        [token] = await invite(by)
        message = await Message.select().first()
        assert message
        queued = Queued(message["id"], message["kind"], 1, message["to_address"], {}, 1, message["created_at"])
        await actions.decline(token)
        assert await render_invitation(settings, queued) is None


class TestTheGuest:
    async def test_the_form_is_filled_in_and_in_their_language(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, ask_affiliation="optional")
        [token] = await invite(by, a_guest(language="fr", affiliation="UNESCO"))
        page = await client.get(f"/invited/{token}")
        assert page.headers["content-language"] == "fr"
        typed = fields(page, f"/invited/{token}")
        assert (typed["name"], typed["email"], typed["language"]) == ("Guest 1", "guest1@example.org", "fr")
        assert typed["affiliation.organisation"] == "UNESCO"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"

    async def test_a_place_is_one_button_away_on_a_full_event(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **ONE_PLACE, approval=True)
        [token] = await invite(by, a_guest(mode=Mode.IN_PERSON), reserves=True)
        page = await client.get(f"/invited/{token}")
        assert "A place is kept for you until" in words(page)
        answer = await send(client, page, f"/invited/{token}")
        assert answer.status_code == 303
        assert "You have a place" in words(await client.get(answer.headers["location"]))
        over = await client.get(f"/invited/{token}")
        assert over.status_code == 409
        assert "This invitation has been used." in words(over)

    async def test_mistakes_come_back_with_what_was_typed(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        [token] = await invite(by)
        page = await client.get(f"/invited/{token}")
        answer = await send(client, page, f"/invited/{token}", name="", email="guest@", mode="online")
        assert answer.status_code == 422
        assert node(answer, "#field-email").attributes["value"] == "guest@"
        assert "invites you" in words(answer)

    async def test_looking_declines_nothing_and_one_press_does(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        [token] = await invite(by)
        page = await client.get(f"/invited/{token}/decline")
        assert [row["state"] for row in await Guest.select(Guest.state)] == ["invited"]
        answer = await send(client, page, f"/invited/{token}/decline")
        declined = await client.get(answer.headers["location"])
        assert declined.status_code == 200
        assert "You have declined" in words(declined)
        erased = await send(client, declined, f"/invited/{token}/erase")
        assert "Your name and your address are forgotten" in words(erased)
        assert (await client.get(f"/invited/{token}")).status_code == 404

    async def test_another_address_is_asked_for_by_mail_where_addresses_are_proven(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, prove_address=True)
        [token] = await invite(by)
        page = await client.get(f"/invited/{token}")
        answer = await send(client, page, f"/invited/{token}", email="elsewhere@example.org", mode="online")
        assert answer.headers["location"] == f"/invited/{token}/sent"
        assert (await client.get(answer.headers["location"])).status_code == 200
        [row] = await Registration.select(Registration.standing)
        assert row["standing"] == Standing.UNVERIFIED

    async def test_their_data_says_that_they_were_invited(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        [token] = await invite(by)
        made = await send(client, await client.get(f"/invited/{token}"), f"/invited/{token}", mode="online")
        document = (await client.get(f"{made.headers['location']}/data.json")).json()
        assert document["invitation"]["email"] == "guest1@example.org"


class TestTheApi:
    async def test_it_invites_all_or_none_lists_them_and_takes_them_back(self, app: Litestar, by: Actor) -> None:
        await a_published_event(by)
        program = await a_program(app, by)
        here = f"/api/v1/events/{SLUG}/guests"
        ana = {"name": "Ana", "email": "ana@example.org", "language": "fr", "mode": "in_person"}
        posted: dict[str, Any] = {
            "guests": [ana, {"name": "Ben", "email": "ben@"}, {"name": "", "email": "cleo@example.org"}],
            "expires": {"wall": "2027-02-01T18:00", "zone": "America/New_York"},
            "reserves": True,
        }
        refused = await program.post(here, json=posted)
        assert refused.status_code == 422
        assert {one["field"] for one in refused.json()["errors"]} == {"guests.1.email", "guests.2.name"}
        doubled = await program.post(here, json=posted | {"guests": [ana, ana]})
        assert [one["field"] for one in doubled.json()["errors"]] == ["guests.1.email"]
        assert await Guest.count() == 0
        made = await program.post(here, json=posted | {"guests": [ana]})
        assert (made.status_code, made.json()) == (201, {"invited": 1})
        [listed] = (await program.get(here, params={"state": "invited"})).json()["items"]
        assert (listed["email"], listed["reserved"], listed["mail_failed"]) == ("ana@example.org", "in_person", False)
        for _ in range(2):
            assert (await program.delete(f"{here}/{listed['code']}")).status_code == 204
        assert (await program.get(here)).json()["items"][0]["state"] == "withdrawn"
        assert await taken() == 0

    async def test_five_hundred_in_one_call_and_not_one_more(self, app: Litestar, by: Actor) -> None:
        await a_published_event(by)
        program = await a_program(app, by)
        guests = [{"name": "G", "email": f"g{number}@example.org"} for number in range(501)]
        posted = {"guests": guests, "expires": {"wall": "2027-02-01T18:00", "zone": "America/New_York"}}
        refused = await program.post(f"/api/v1/events/{SLUG}/guests", json=posted)
        assert [one["field"] for one in refused.json()["errors"]] == ["guests"]
        made = await program.post(f"/api/v1/events/{SLUG}/guests", json=posted | {"guests": guests[:500]})
        assert made.json() == {"invited": 500}
        assert await Message.count() == 500
