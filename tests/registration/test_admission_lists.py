"""What the host answered: noted for one person or for a whole list, which is pasted or read from a file."""

import pytest
from litestar import Litestar

from events.accounts.rules import Actor, Role
from events.kernel.errors import Invalid
from events.kernel.ids import grouped
from events.registration.actions.cancelling import cancel_own
from events.registration.admission.actions import Noted, note_list, say_own
from events.registration.admission.named import read_named
from events.registration.admission.rules import Admission
from tests.make import a_registration
from tests.people import ORIGIN, a_member, fields, send, sign_in, words
from tests.registration.passes import an_event_with_a_pass, stands

SLUG = "care-skills-count"


@pytest.mark.usefixtures("database")
class TestTheHostsAnswer:
    async def test_codes_and_addresses_are_found_however_they_are_written(self, by: Actor) -> None:
        await an_event_with_a_pass(by)
        ana, ben = await a_registration(), await a_registration(email="ben@example.org")
        cleo = await a_registration(email="cleo@example.org")
        pasted = f"Code\tName\n{grouped(ana.code).lower()}\tAna Reyes\n\nBen <BEN@example.org>\ncleo@example.org; UN"
        noted = await note_list(SLUG, read_named(pasted), Admission.APPROVED, leave_out=False, by=by)
        assert noted == Noted(changed=3, same=0)
        assert {await stands(made.token) for made in (ana, ben, cleo)} == {Admission.APPROVED}
        again = await note_list(SLUG, read_named(ana.code), Admission.APPROVED, leave_out=False, by=by)
        assert again == Noted(changed=0, same=1)

    async def test_every_row_that_cannot_be_taken_is_told_and_then_nothing_is(self, by: Actor) -> None:
        await an_event_with_a_pass(by)
        ana, gone = await a_registration(), await a_registration(email="gone@example.org")
        await a_registration(email="online@example.org", mode="online")
        await cancel_own(gone.token)
        named = read_named(
            f"{ana.code}\nnobody@example.org\ngone@example.org\nonline@example.org\nMr Who\n{'0' * 26}\nana@example.org"
        )
        with pytest.raises(Invalid) as refused:
            await note_list(SLUG, named, Admission.APPROVED, leave_out=False, by=by)
        assert [(one.params["row"], one.params["name"]) for one in refused.value.problems] == [
            (2, "nobody@example.org"),
            (3, "gone@example.org"),
            (4, "online@example.org"),
            (5, "Mr Who"),
            (6, "0" * 26),
        ]
        assert await stands(ana.token) is Admission.NOT_APPLIED
        noted = await note_list(SLUG, named, Admission.APPROVED, leave_out=True, by=by)
        assert noted == Noted(changed=1, same=0)

    async def test_who_left_and_came_back_is_found_as_they_stand(self, by: Actor) -> None:
        await an_event_with_a_pass(by)
        await cancel_own((await a_registration()).token)
        back = await a_registration()
        await note_list(SLUG, read_named("ana@example.org"), Admission.APPROVED, leave_out=False, by=by)
        assert await stands(back.token) is Admission.APPROVED


class TestTheWorkspace:
    async def test_an_organiser_notes_one_and_sees_who_said_what(self, app: Litestar, by: Actor) -> None:
        await an_event_with_a_pass(by)
        made = await a_registration()
        await say_own(made.token, Admission.APPLIED)
        await a_member(by)
        organiser = await sign_in(app)
        person = f"/organise/events/{SLUG}/registrations/{made.code}"
        page = await organiser.get(person)
        done = await send(organiser, page, f"{person}/admission", admission="approved")
        assert done.status_code == 303, done.text
        shown = words(await organiser.get(person))
        assert "said by themselves" in shown
        assert await stands(made.token) is Admission.APPROVED
        people = words(await organiser.get(f"/organise/events/{SLUG}/registrations?admission=approved"))
        assert "Ana Reyes" in people
        assert "Approved (1)" in people

    async def test_a_list_with_mistakes_comes_back_whole_and_can_be_taken_without_them(
        self, app: Litestar, by: Actor
    ) -> None:
        await an_event_with_a_pass(by)
        made = await a_registration()
        await a_member(by)
        organiser = await sign_in(app)
        address = f"/organise/events/{SLUG}/admission"
        page = await organiser.get(address)
        wrong = await send(organiser, page, address, list=f"{made.code}\nnobody@example.org")
        assert wrong.status_code == 422
        assert "Row 2: nobody is registered here as nobody@example.org." in words(wrong)
        assert fields(wrong, address)["list"] == f"{made.code}\nnobody@example.org"
        done = await send(organiser, wrong, address, leave_out="true")
        assert done.status_code == 303, done.text
        assert "1 person stands otherwise now." in words(await organiser.get(done.headers["location"]))
        assert await stands(made.token) is Admission.APPROVED

    async def test_a_file_is_read_and_its_rows_are_told_as_the_spreadsheet_numbers_them(
        self, app: Litestar, by: Actor
    ) -> None:
        await an_event_with_a_pass(by)
        made = await a_registration()
        await a_member(by)
        organiser = await sign_in(app)
        address = f"/organise/events/{SLUG}/admission"
        typed = fields(await organiser.get(address), address)
        del typed["file"]
        content = "Nom;Courriel\nAna Reyes;ana@example.org\nNobody;nobody@example.org\n".encode("utf-16")
        wrong = await organiser.post(
            address, data=typed, files={"file": ("host.csv", content, "text/csv")}, headers=ORIGIN
        )
        assert wrong.status_code == 422
        assert "Row 3: nobody is registered here as nobody@example.org." in words(wrong)
        done = await send(organiser, wrong, address, leave_out="true", admission="annual_pass")
        assert done.status_code == 303
        assert await stands(made.token) is Admission.ANNUAL_PASS
        broken = await organiser.post(
            address, data=typed, files={"file": ("host.xlsx", b"PK\x03\x04", "text/csv")}, headers=ORIGIN
        )
        assert broken.status_code == 422
        empty = await send(organiser, await organiser.get(address), address, admission="happy")
        assert empty.status_code == 422
        assert "Paste codes or e-mail addresses" in words(empty)
        assert "Choose one of" in words(empty)

    async def test_who_only_looks_sees_numbers_and_no_form(self, app: Litestar, by: Actor) -> None:
        await an_event_with_a_pass(by)
        await a_registration()
        await a_member(by, role=Role.VIEWER)
        viewer = await sign_in(app)
        page = await viewer.get(f"/organise/events/{SLUG}/admission")
        assert "Not applied yet 1" in words(page)
        assert "<textarea" not in page.text
