"""The step of the house: who says what of whom, what undoes it, and that it decides nothing about places."""

import httpx
import pytest
from litestar import Litestar

from events.accounts.rules import Actor
from events.activity.queries import list_for_subject
from events.programme.actions import copy_event
from events.programme.rules import Mode
from events.registration import queries
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.erasing import erase_own
from events.registration.actions.switching import switch_own
from events.registration.admission.actions import VERB, say_own, set_admission
from events.registration.admission.queries import count_states
from events.registration.admission.rules import Admission, AdmissionSettled, NoAdmissionStep
from events.registration.admission.tables import AdmissionReminder, AdmissionRow
from events.registration.forms import HandOver
from events.registration.handing_over.actions import hand_over
from events.registration.queries.held import get_held
from events.registration.queries.listing import list_registrations
from events.registration.rules import Listed
from tests.make import SECRET, a_program, a_published_event, a_registration, an_event
from tests.people import ORIGIN, fields, node, words
from tests.registration.passes import STEP, an_event_with_a_pass, stands

SLUG = "care-skills-count"


class TestWhatAnEventAsks:
    async def test_programs_say_where_until_when_and_who_is_reminded(self, app: Litestar, by: Actor) -> None:
        program = await a_program(app, by)
        made = await program.post("/api/v1/events", json=an_event(admission_step=STEP))
        assert made.status_code == 201, made.text
        deadline = STEP["deadline"] | {"fold": 0, "instant": "2027-01-29T18:00:00-05:00"}
        assert made.json()["admission_step"] == STEP | {"deadline": deadline}
        patched = await program.patch(f"/api/v1/events/{SLUG}", json={"admission_step": {"deadline": None}})
        assert patched.json()["admission_step"] == STEP | {"deadline": None}
        none = await program.patch(f"/api/v1/events/{SLUG}", json={"admission_step": None})
        assert none.json()["admission_step"] is None

    async def test_all_that_is_wrong_with_it_is_told_at_once(self, app: Litestar, by: Actor) -> None:
        program = await a_program(app, by)
        step = {
            "link": "http://indico.un.org/",
            "deadline": {"wall": "2027-03-14T02:30", "zone": "America/New_York"},
            "remind": "days",
            "remind_days": [],
        }
        refused = await program.post("/api/v1/events", json=an_event(admission_step=step, title={}))
        assert refused.status_code == 422
        assert {one["field"] for one in refused.json()["errors"]} == {
            "title",
            "admission_step.link",
            "admission_step.deadline.wall",
            "admission_step.remind_days",
        }
        twice = {"deadline": {"wall": "2027-11-07T01:30", "zone": "America/New_York"}}
        refused = await program.post("/api/v1/events", json=an_event(admission_step=twice))
        assert [one["field"] for one in refused.json()["errors"]] == ["admission_step.deadline.fold"]

    @pytest.mark.parametrize("link", ["javascript:alert(1)", "https://", "//un.org/", "https://un .org"])
    async def test_only_a_whole_secure_address_is_taken(self, app: Litestar, by: Actor, link: str) -> None:
        program = await a_program(app, by)
        refused = await program.post("/api/v1/events", json=an_event(admission_step={"link": link}))
        assert [one["field"] for one in refused.json()["errors"]] == ["admission_step.link"]

    @pytest.mark.usefixtures("database")
    async def test_a_copy_asks_the_same(self, by: Actor) -> None:
        event = await an_event_with_a_pass(by)
        copied = await copy_event(event.slug, by=by, domain="testserver")
        assert copied.admission_step == event.admission_step is not None

    async def test_it_is_said_before_somebody_registers_in_their_language(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await an_event_with_a_pass(by)
        for address in (f"/en/events/{SLUG}", f"/en/events/{SLUG}/register"):
            page = await client.get(address)
            assert "Registering here does not let you into the building." in words(page)
            assert "A UN grounds pass is needed." in words(page)
            assert node(page, 'a[href="https://indico.un.org/"]').text() == "Apply with the host (indico.un.org)"
        assert "Il faut un badge des Nations Unies." in words(await client.get(f"/fr/events/{SLUG}"))
        await a_published_event(by, slug="plain", title={"en": "Plain"})
        assert "does not let you into" not in words(await client.get("/en/events/plain"))


@pytest.mark.usefixtures("database")
class TestWhoSaysWhat:
    async def test_everybody_in_the_room_begins_as_not_applied_and_nobody_online_needs_it(self, by: Actor) -> None:
        event = await an_event_with_a_pass(by)
        room, online = await a_registration(), await a_registration(email="b@example.org", mode="online")
        assert await stands(room.token) is Admission.NOT_APPLIED
        assert await stands(online.token) is Admission.NOT_NEEDED
        with pytest.raises(NoAdmissionStep):
            await say_own(online.token, Admission.APPLIED)
        assert await count_states(event.id) == {Admission.NOT_APPLIED: 1}

    async def test_an_event_without_the_step_asks_nobody(self, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        assert await stands(made.token) is None
        with pytest.raises(NoAdmissionStep):
            await say_own(made.token, Admission.APPLIED)
        with pytest.raises(NoAdmissionStep):
            await set_admission(made.code, Admission.APPROVED, by=by)

    async def test_what_was_said_is_kept_with_who_said_it(self, by: Actor) -> None:
        await an_event_with_a_pass(by)
        made = await a_registration()
        for state in (Admission.APPLIED, Admission.APPLIED, Admission.APPROVED):
            await say_own(made.token, state)
        await set_admission(made.code, Admission.REFUSED, by=by)
        done = await list_for_subject(f"registration:{made.id}", organisation=by.organisation)
        assert [(one.actor, one.facts["state"]) for one in done if one.verb == VERB] == [
            ("system", "refused"),
            ("attendee", "approved"),
            ("attendee", "applied"),
        ]
        assert (await queries.get_by_token(made.token)).standing == "confirmed"

    async def test_what_the_host_answered_only_organisers_change(self, by: Actor) -> None:
        await an_event_with_a_pass(by)
        made = await a_registration()
        await set_admission(made.code, Admission.REFUSED, by=by)
        with pytest.raises(AdmissionSettled):
            await say_own(made.token, Admission.APPROVED)
        assert await stands(made.token) is Admission.REFUSED
        await set_admission(made.code, Admission.APPLIED, by=by)
        await say_own(made.token, Admission.APPROVED)
        assert await stands(made.token) is Admission.APPROVED

    async def test_that_they_need_none_people_cannot_say(self, by: Actor) -> None:
        await an_event_with_a_pass(by)
        made = await a_registration()
        with pytest.raises(NoAdmissionStep):
            await say_own(made.token, Admission.NOT_NEEDED)

    async def test_who_goes_online_and_comes_back_is_asked_anew_with_who_assists_them(self, by: Actor) -> None:
        await an_event_with_a_pass(by, ask_access=True)
        made = await a_registration(assistants=[{"name": "Ben", "role": "interpreter"}])
        [ben] = (await get_held(made.token)).assistants
        for code in (made.code, ben.code):
            await set_admission(code, Admission.APPROVED, by=by)
        await switch_own(made.token, Mode.ONLINE)
        assert await stands(made.token) is Admission.NOT_NEEDED
        await switch_own(made.token, Mode.IN_PERSON)
        assert await stands(made.token) is Admission.NOT_APPLIED
        assert not await AdmissionRow.exists()

    async def test_who_is_moved_online_from_the_line_is_asked_anew(self, by: Actor) -> None:
        await an_event_with_a_pass(by, modes={"in_person": {"capacity": 5}, "online": {"capacity": 1}})
        online = await a_registration(email="online@example.org", mode="online")
        made = await a_registration()
        await say_own(made.token, Admission.APPROVED)
        await switch_own(made.token, Mode.ONLINE)
        assert await stands(made.token) is Admission.APPROVED, "the place in the room is still theirs"
        await cancel_own(online.token)
        assert await stands(made.token) is Admission.NOT_NEEDED
        assert not await AdmissionRow.exists()

    async def test_it_goes_with_who_is_erased_and_is_not_handed_over(self, by: Actor) -> None:
        await an_event_with_a_pass(by)
        gone, given = await a_registration(), await a_registration(email="given@example.org")
        for made in (gone, given):
            await say_own(made.token, Admission.ANNUAL_PASS)
        await erase_own(gone.token)
        await hand_over(given.token, HandOver(name="Cleo", email="cleo@example.org"), secret=SECRET)
        assert not await AdmissionRow.exists()
        assert not await AdmissionReminder.exists()


class TestTheirPage:
    async def test_one_press_says_it_and_another_takes_it_back(self, client: httpx.AsyncClient, by: Actor) -> None:
        await an_event_with_a_pass(by)
        made = await a_registration()
        address, action = f"/t/{made.token}", f"/t/{made.token}/admission"
        page = await client.get(address)
        assert "You also need a pass to get in" in words(page)
        signed = fields(page, action)["signed"]
        for state, said in (
            ("applied", "You have applied for a pass"),
            ("approved", "Your pass is approved"),
            ("refused", "The host has refused you a pass"),
            ("annual_pass", "You have a pass already"),
            ("not_applied", "You also need a pass to get in"),
        ):
            done = await client.post(action, data={"signed": signed, "admission": state}, headers=ORIGIN)
            assert done.status_code == 303, done.text
            page = await client.get(address)
            assert said in words(page)
        held = (await client.get(f"{address}/data.json")).json()
        assert held["registration"]["admission"] == "not_applied"

    async def test_nobody_elses_form_and_no_other_word_is_taken(self, client: httpx.AsyncClient, by: Actor) -> None:
        await an_event_with_a_pass(by)
        made, other = await a_registration(), await a_registration(email="b@example.org")
        action = f"/t/{made.token}/admission"
        signed = fields(await client.get(f"/t/{made.token}"), action)["signed"]
        foreign = fields(await client.get(f"/t/{other.token}"), f"/t/{other.token}/admission")["signed"]
        assert (await client.post(action, data={"signed": foreign, "admission": "applied"})).status_code == 403
        wrong = await client.post(action, data={"signed": signed, "admission": "happy"}, headers=ORIGIN)
        assert wrong.status_code == 422
        none = await client.post(action, data={"signed": signed, "admission": "not_needed"}, headers=ORIGIN)
        assert none.status_code == 409
        assert await stands(made.token) is Admission.NOT_APPLIED

    async def test_what_the_organisers_noted_has_no_buttons(self, client: httpx.AsyncClient, by: Actor) -> None:
        await an_event_with_a_pass(by)
        made = await a_registration()
        await set_admission(made.code, Admission.REFUSED, by=by)
        page = await client.get(f"/t/{made.token}")
        assert "The organisers have noted this." in words(page)
        assert f"/t/{made.token}/admission" not in page.text


class TestLists:
    async def test_lists_counts_and_files_tell_them_apart(self, app: Litestar, by: Actor) -> None:
        await an_event_with_a_pass(by)
        ana = await a_registration()
        await a_registration(email="b@example.org")
        await a_registration(email="c@example.org", mode="online")
        program = await a_program(app, by)
        await program.put(f"/api/v1/registrations/{ana.code}/tags", json={"tags": ["VIP"]})
        noted = await program.post(f"/api/v1/registrations/{ana.code}/admission", json={"admission": "approved"})
        assert noted.status_code == 200
        assert (noted.json()["admission"], noted.json()["tags"]) == ("approved", ["VIP"])
        listed = f"/api/v1/events/{SLUG}/registrations"

        async def found(state: str) -> list[str]:
            items = (await program.get(listed, params={"admission": state})).json()["items"]
            assert {one["admission"] for one in items} <= {state}
            return [one["email"][0] for one in items]

        assert [await found(state) for state in ("approved", "not_applied", "not_needed", "refused")] == [
            ["a"],
            ["b"],
            ["c"],
            [],
        ]
        assert (await program.get(listed, params={"admission": "happy"})).status_code == 422
        file = (await program.get(f"{listed}.csv")).text.splitlines()
        assert file[0].endswith(",admission,tags")
        assert [line.split(",")[-2] for line in file[1:]] == ["approved", "not_applied", "not_needed"]

    @pytest.mark.usefixtures("database")
    async def test_where_nothing_is_asked_no_filter_finds_anybody(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        for state in Admission:
            assert await list_registrations(SLUG, by.organisation, Listed(admission=state)) == ([], None)
