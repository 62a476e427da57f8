"""Where people come from, what they need, and who comes to assist them."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor, Role
from events.checkin.actions import open_door, scan
from events.checkin.forms import DoorForm, ScanForm
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.programme.rules import Mode
from events.programme.rules.limits import AffiliationType
from events.registration import queries
from events.registration.actions.affiliations import import_affiliations
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.deciding import answer_request
from events.registration.actions.erasing import erase_own
from events.registration.actions.private import correct_own
from events.registration.actions.switching import switch_own
from events.registration.forms import Correction
from events.registration.forms.people import AffiliationForm, read_affiliations
from events.registration.queries.counts import count_by_standing
from events.registration.queries.people import (
    count_access,
    list_access,
    list_affiliations,
    list_assistants,
    suggest_affiliations,
)
from events.registration.rules import RegistrationOver, Standing
from events.registration.rules.people import ENTERED_OFTEN, NOT_SAID, AccessCounts, AccessWish, Affiliation
from events.registration.rules.tokens import token_of
from events.registration.tables import AccessWish as AccessRow
from events.web.locale import countries, country_name
from tests.make import SECRET, a_program, a_published_event, a_registration, an_organisation
from tests.people import a_member, node, send, sign_in, words
from tests.registration.places import seen

FORM = "/en/events/care-skills-count/register"
UNICEF = {"organisation": "UNICEF", "type": "un_entity", "function": "Adviser", "country": "KE"}
NEEDS = {"interpretation": "fr", "captions": True, "other": "A place near the door"}
ONE: dict[str, Any] = {"modes": {"in_person": {"capacity": 1}, "online": {}}, "ask_access": True}


def problems(page: httpx.Response) -> list[str]:
    return [
        (one.attributes["href"] or "").removeprefix("#field-") for one in LexborHTMLParser(page.text).css("#problems a")
    ]


class TestAffiliation:
    async def test_a_name_is_spelled_once(self, by: Actor) -> None:
        await a_published_event(by, ask_affiliation="optional")
        await import_affiliations(read_affiliations("Make Mothers Matter,ngo_general,FR"), by=by)
        made = await a_registration(affiliation={"organisation": "  make mothers  MATTER"})
        ticket = await queries.get_by_token(made.token)
        assert ticket.affiliation == Affiliation("Make Mothers Matter", AffiliationType.NGO_GENERAL, None, "FR")

    async def test_what_few_entered_is_suggested_to_nobody(self, by: Actor) -> None:
        await a_published_event(by, ask_affiliation="optional")
        await import_affiliations(read_affiliations("name\nUNESCO\nUNICEF;x"[:11] + "UNESCO"), by=by)
        for number in range(ENTERED_OFTEN):
            assert await suggest_affiliations(by.organisation, "smith") == []
            made = await a_registration(
                email=f"person{number}@example.org", affiliation={"organisation": "Smith and Daughters"}
            )
        assert await suggest_affiliations(by.organisation, "daught") == ["Smith and Daughters"]
        assert await suggest_affiliations(by.organisation + 1, "daught") == []
        await erase_own(made.token)
        assert await suggest_affiliations(by.organisation, "daught") == []

    async def test_a_name_goes_with_the_last_who_gave_it(self, by: Actor) -> None:
        await a_published_event(by, ask_affiliation="optional")
        made = await a_registration(affiliation={"organisation": "Quillfeather Ltd"})
        assert [one.name for one in await list_affiliations(by.organisation)] == ["Quillfeather Ltd"]
        await erase_own(made.token)
        assert await list_affiliations(by.organisation) == []

    async def test_it_is_asked_as_the_organiser_wants(self, client: httpx.AsyncClient, by: Actor) -> None:
        event = await a_published_event(by, ask_affiliation="required")
        typed = {"name": "", "email": "ana@example.org", "mode": "online"}
        answer = await send(client, await client.get(FORM), FORM, **typed)
        assert problems(answer) == ["name", "affiliation.organisation", "affiliation.type", "affiliation.country"]
        alone = typed | {"name": "Ana", "affiliation.type": "individual", "affiliation.country": "KE"}
        ticket = await client.get((await send(client, answer, FORM, **alone)).headers["location"])
        assert "As an individual" in words(ticket)
        assert "Kenya" in words(ticket)
        for said in (None, {"organisation": "UNICEF"}, UNICEF | {"country": "XX"}, UNICEF | {"type": "club"}):
            with pytest.raises(Invalid):
                await a_registration(email="b@example.org", affiliation=said)
        await a_published_event(by, slug="unasked")
        with pytest.raises(Invalid):
            await a_registration("unasked", affiliation=UNICEF)
        assert event.ask_affiliation == "required"

    async def test_the_form_suggests_as_one_types(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, ask_affiliation="optional")
        await import_affiliations(read_affiliations('"Care, not cure"\nCarers <UK>'), by=by)
        page = await client.get(FORM)
        assert [one.attributes["value"] for one in LexborHTMLParser(page.text).css("#affiliations option")] == [
            "Care, not cure",
            "Carers <UK>",
        ]
        field = node(page, "[name='affiliation.organisation']").attributes
        found = await client.get(str(field["hx-get"]), params={"affiliation.organisation": "carers"})
        assert found.text.strip() == '<option value="Carers &lt;UK&gt;"></option>'

    async def test_it_stands_in_lists_filters_and_files(self, app: Litestar, by: Actor) -> None:
        await a_published_event(by, ask_affiliation="optional")
        await a_registration(affiliation=UNICEF)
        await a_registration(email="bo@example.org", name="Bo Li")
        program = await a_program(app, by)
        address = "/api/v1/events/care-skills-count/registrations"
        [ana, bo] = (await program.get(address)).json()["items"]
        assert ana["affiliation"] == UNICEF
        assert set(bo["affiliation"].values()) == {None}
        for query in ({"country": "ke"}, {"affiliation_type": "un_entity"}, {"q": "unicef"}):
            assert [one["name"] for one in (await program.get(address, params=query)).json()["items"]] == ["Ana Reyes"]
        assert "UNICEF,un_entity,Adviser,KE" in (await program.get(f"{address}.csv")).text
        await a_member(by)
        page = await (await sign_in(app)).get("/organise/events/care-skills-count/registrations")
        assert "UNICEF Kenya" in words(page)
        assert "United Nations entity (1)" in words(page)

    async def test_the_organisers_list_is_their_own(self, app: Litestar) -> None:
        ours, theirs = await an_organisation(), await an_organisation("theirs", "Theirs")
        await import_affiliations(read_affiliations("Their Friends"), by=theirs)
        await a_member(ours)
        browser = await sign_in(app)
        page = await browser.get("/organise/affiliations")
        assert "Their Friends" not in page.text
        answer = await send(
            browser, page, "/organise/affiliations/import", list="Nom\tx\nONU Femmes\tun_entity\tUS\nX\tclub"
        )
        assert answer.status_code == 422
        await send(browser, page, "/organise/affiliations/import", list="Nom\nONU Femmes\tun_entity\tUS\nX")
        page = await browser.get("/organise/affiliations")
        assert "ONU Femmes United Nations entity United States" in words(page)
        [known] = await list_affiliations(theirs.organisation)
        action = f"/organise/affiliations/{known.id}/remove"
        csrf = node(page, "input[name=csrf]").attributes["value"] or ""
        gone = await browser.post(action, data={"csrf": csrf}, headers={"Origin": "http://testserver"})
        assert gone.status_code == 404


def test_countries_are_those_of_iso_3166_as_readers_call_them() -> None:
    assert len(countries("en")) == 249
    assert country_name("fr", "CI") == "Côte d’Ivoire"
    names = [name for _, name in countries("fr")]
    assert names.index("États-Unis") < names.index("Éthiopie") < names.index("Fidji")


class TestAccess:
    async def test_it_is_kept_apart_counted_and_erased_with_the_person(self, app: Litestar, by: Actor) -> None:
        event = await a_published_event(by, ask_access=True, interpretation=["fr"])
        made = await a_registration(access=NEEDS, assistants=[{"name": "Ben Marten", "role": "carer"}])
        await a_registration(email="bo@example.org", access={"sign_language": True})
        assert await count_access(event.id) == AccessCounts({"fr": 1}, 1, 1, 0, 1, 1)
        program = await a_program(app, by)
        listed = (await program.get("/api/v1/events/care-skills-count/registrations")).text
        exported = (await program.get("/api/v1/events/care-skills-count/registrations.csv")).text
        assert "near the door" not in listed + exported
        await erase_own(made.token)
        assert [wish for _, wish in await list_access(event.id)] == [AccessWish(sign_language=True)]
        assert await AccessRow.count() == 1
        assert "Ben" not in str([ticket.name for ticket in await list_assistants(event.id, made.id)])

    async def test_who_only_looks_sees_numbers(self, app: Litestar, by: Actor) -> None:
        await a_published_event(by, ask_access=True)
        made = await a_registration(access=NEEDS)
        for role, sees in ((Role.ORGANISER, True), (Role.VIEWER, False)):
            await a_member(by, f"{role}@example.org", role=role)
            browser = await sign_in(app, f"{role}@example.org")
            page = await browser.get("/organise/events/care-skills-count/access")
            assert "Interpretation into French 1" in words(page)
            person = await browser.get(f"/organise/events/care-skills-count/registrations/{made.code}")
            assert ("near the door" in page.text, "near the door" in person.text) == (sees, sees)

    async def test_the_form_says_until_when_to_tell(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, ask_access=True, access_days=10, interpretation=["fr"])
        page = await client.get(FORM)
        assert "Tell us by Tuesday 26 January 2027" in words(page)
        typed = {"name": "Ana", "email": "ana@example.org", "mode": "in_person"}
        typed |= {"access.captions": "true", "access.interpretation": "fr", "assistants.1.name": "Ben Marten"}
        ticket = await client.get((await send(client, page, FORM, **typed)).headers["location"])
        assert "Interpretation into French Captions" in words(ticket)
        theirs = await client.get(node(ticket, "#company ~ ul a").attributes["href"] or "")
        assert "Ben Marten Assists Ana (Interpreter)" in words(theirs)
        assert "Attend online" not in words(theirs)
        with time_machine.travel("2027-01-27T05:00:01Z"):  # the day is over in New York, too
            page = await client.get(FORM)
            assert "It was to be told by Tuesday 26 January 2027: tell us all the same" in words(page)


class TestAssistants:
    async def test_they_take_nobodys_place_and_come_and_go_with_the_person(self, by: Actor) -> None:
        event = await a_published_event(by, **ONE)
        made = await a_registration(assistants=[{"name": "Ben Marten"}, {"name": "Cleo", "role": "interpreter"}])
        waits = await a_registration(email="waits@example.org", assistants=[{"name": "Dora"}])
        assert (await count_by_standing(event.id))[Mode.IN_PERSON, Standing.CONFIRMED] == 1
        [dora] = await list_assistants(event.id, waits.id)
        assert dora.standing is Standing.WAITING
        await cancel_own(made.token)
        assert {one.standing for one in await list_assistants(event.id, made.id)} == {Standing.CANCELLED}
        [dora] = await list_assistants(event.id, waits.id)
        assert dora.standing is Standing.CONFIRMED
        (await seen(event.id)).check_places()
        await switch_own(waits.token, Mode.ONLINE)
        [dora] = await list_assistants(event.id, waits.id)
        assert dora.mode is Mode.ONLINE

    async def test_they_leave_alone_and_decide_nothing(self, by: Actor) -> None:
        event = await a_published_event(by, **ONE, approval=True)
        made = await a_registration(assistants=[{"name": "Ben Marten"}])
        [ben] = await list_assistants(event.id, made.id)
        theirs = token_of(SECRET, ben.code, 0)
        with pytest.raises(RegistrationOver):
            await switch_own(theirs, Mode.ONLINE)
        with pytest.raises(RegistrationOver):
            await answer_request(ben.code, accept=True, by=by)
        await cancel_own(theirs)
        assert (await answer_request(made.code, accept=True, by=by)).standing is Standing.CONFIRMED
        [ben] = await list_assistants(event.id, made.id)
        assert ben.standing is Standing.CANCELLED
        (await seen(event.id)).check_places()

    async def test_they_come_for_no_organisation_whatever_is_sent(self, by: Actor) -> None:
        event = await a_published_event(by, **ONE, ask_affiliation="optional")
        made = await a_registration(affiliation={"organisation": "UNICEF"}, assistants=[{"name": "Ben Marten"}])
        [ben] = await list_assistants(event.id, made.id)
        typed = Correction(name="Ben", language="fr", affiliation=AffiliationForm("UNICEF"))
        corrected = await correct_own(token_of(SECRET, ben.code, 0), typed, secret=SECRET)
        assert (corrected.name, corrected.affiliation) == ("Ben", NOT_SAID)

    async def test_the_door_says_whom_they_assist(self, by: Actor) -> None:
        event = await a_published_event(by, **ONE)
        made = await a_registration(assistants=[{"name": "Ben Marten"}])
        [ben] = await list_assistants(event.id, made.id)
        door = await open_door(event.slug, DoorForm(name="Main"), by=by, secret=SECRET)
        at = event.starts_at - timedelta(minutes=5)
        mine, theirs = await scan(door.id, [ScanForm(code=one.code, scanned_at=at) for one in (made, ben)], by=by)
        assert (mine.result, mine.assists) == ("admitted", None)
        assert (theirs.result, theirs.name, theirs.assists) == ("admitted", "Ben Marten", "Ana Reyes")
        assert utc_now() < at
