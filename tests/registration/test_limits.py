"""How many one organisation may send: counted by its name, whoever comes at once, and told beforehand."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.kernel.errors import Invalid
from events.programme.actions import create_event
from events.programme.forms import read_event
from events.programme.rules import Mode
from events.registration import queries
from events.registration.actions.affiliations import import_affiliations
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.deciding import answer_request
from events.registration.actions.moving import change_event
from events.registration.actions.private import correct_own
from events.registration.actions.proving import verify
from events.registration.actions.switching import switch_own
from events.registration.forms import read_correction
from events.registration.forms.people import read_affiliations
from events.registration.queries.counts import count_standing
from events.registration.queries.people import list_affiliations
from events.registration.rules import AlreadyRegistered, Standing
from events.registration.rules.people import TooManyOfOne
from tests.make import SECRET, a_member_of, a_program, a_published_event, a_registration, an_event
from tests.people import a_member, fields, send, sign_in, words

FORM = "/en/events/care-skills-count/register"
EDIT = "/organise/events/care-skills-count/edit"


def limited(most: int | None = 2, **changes: Any) -> dict[str, Any]:
    return {"ask_affiliation": "optional", "ask_access": True, "affiliation_limit": {"most": most} | changes}


class TestRefusing:
    async def test_one_more_than_may_come_is_told_whom_to_write_to(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **limited())
        await a_member_of("UNICEF", 0, assistants=[{"name": "Ben Marten"}])
        await a_member_of("  unicéf ", 1, mode="online")
        page = await client.get(FORM)
        assert "At most 2 people of each organisation can come." in words(page)
        typed = {"name": "Cleo", "email": "cleo@example.org", "mode": "in_person", "affiliation.organisation": "Unicef"}
        refused = await send(client, page, FORM, **typed)
        assert refused.status_code == 409
        [problem] = LexborHTMLParser(refused.text).css("#problems a")
        assert problem.attributes["href"] == "#field-affiliation.organisation"
        assert "As many people as may come from “UNICEF” (2) are registered already. Write to events@mmm" in words(
            refused
        )
        assert fields(refused, FORM)["name"] == "Cleo"
        assert (await send(client, page, FORM, **typed | {"affiliation.organisation": "UNESCO"})).status_code == 303

    async def test_who_leaves_makes_room(self, by: Actor) -> None:
        await a_published_event(by, **limited(1))
        made = await a_member_of("UNICEF", 0)
        with pytest.raises(TooManyOfOne):
            await a_member_of("UNICEF", 1)
        with pytest.raises(AlreadyRegistered):
            await a_member_of("UNICEF", 0)
        await cancel_own(made.token)
        await a_member_of("UNICEF", 1)

    async def test_who_says_nothing_is_not_counted(self, by: Actor) -> None:
        await a_published_event(by, **limited(1))
        made = [await a_registration(email=f"person{number}@example.org") for number in range(3)]
        assert [one.standing for one in made] == [Standing.CONFIRMED] * 3

    async def test_kinds_may_send_another_number_and_our_own_list_knows_the_kind(self, by: Actor) -> None:
        await a_published_event(by, **limited(1, by_type={"member_state": 2, "media": 0}))
        await import_affiliations(read_affiliations("Permanent Mission of Kenya,member_state,KE"), by=by)
        for number in range(2):
            await a_member_of("permanent mission of kenya", number, kind="ngo")
        with pytest.raises(TooManyOfOne):
            await a_member_of("Permanent Mission of Kenya", 2)
        with pytest.raises(TooManyOfOne):
            await a_member_of("The Daily", 3, kind="media")
        await a_member_of("Somebody", 4)

    async def test_only_those_in_the_room_count_where_it_says_so(self, by: Actor) -> None:
        await a_published_event(by, **limited(1, in_person_only=True))
        await a_member_of("UNICEF", 0)
        online = await a_member_of("UNICEF", 1, mode="online")
        with pytest.raises(TooManyOfOne):
            await a_member_of("UNICEF", 2)
        with pytest.raises(TooManyOfOne):
            await switch_own(online.token, Mode.IN_PERSON)
        assert (await queries.get_by_token(online.token)).mode is Mode.ONLINE

    async def test_who_is_counted_already_attends_as_they_like(self, by: Actor) -> None:
        """Also when the limit was lowered since, or organisers let more in."""
        await a_published_event(by, **limited(2))
        first = await a_member_of("UNICEF", 0)
        await a_member_of("UNICEF", 1)
        await change_event("care-skills-count", {"affiliation_limit": {"most": 1}}, by=by)
        assert (await switch_own(first.token, Mode.ONLINE)).mode is Mode.ONLINE

    async def test_nobody_gets_round_it_by_saying_later_whom_they_come_for(self, by: Actor) -> None:
        event = await a_published_event(by, **limited(1))
        await a_member_of("UNICEF", 0)
        other = await a_member_of("UNESCO", 1)
        for organisation in ("UNICEF", "UNESCO"):
            said = {"name": "Bo", "language": "en", "affiliation": {"organisation": organisation}}
            form = read_correction(said, ask=event.ask_affiliation)
            if organisation == "UNICEF":
                with pytest.raises(TooManyOfOne):
                    await correct_own(other.token, form, secret=SECRET)
            else:
                await correct_own(other.token, form, secret=SECRET)
        assert [(one.name, one.times) for one in await list_affiliations(by.organisation)] == [
            ("UNESCO", 1),
            ("UNICEF", 1),
        ]

    async def test_where_addresses_are_proven_it_does_not_tell_who_is_registered(self, by: Actor) -> None:
        await a_published_event(by, **limited(1), prove_address=True)
        await a_member_of("UNICEF", 0)
        for number in (0, 1):
            with pytest.raises(TooManyOfOne):
                await a_member_of("UNICEF", number)

    async def test_programs_of_the_organisers_are_not_held_to_it(self, app: Litestar, by: Actor) -> None:
        await a_published_event(by, **limited(1))
        address = "/api/v1/events/care-skills-count/registrations"
        person = {"name": "Ana", "email": "ana@example.org", "mode": "online", "affiliation": {"organisation": "WHO"}}
        program = await a_program(app, by)
        for number in range(2):
            made = await program.post(address, json=person | {"email": f"person{number}@example.org"})
            assert made.status_code == 201
        program.headers.pop("Authorization")
        refused = await program.post(address, json=person)
        assert refused.status_code == 409
        assert refused.json()["type"].endswith("affiliation-limit")


class TestApproval:
    async def test_those_above_wait_for_it(self, by: Actor) -> None:
        await a_published_event(by, **limited(1, beyond="approval"))
        first, second = await a_member_of("UNICEF", 0), await a_member_of("UNICEF", 1)
        assert (first.standing, second.standing) == (Standing.CONFIRMED, Standing.PENDING)
        assert (await answer_request(second.code, accept=True, by=by)).standing is Standing.CONFIRMED

    async def test_they_do_so_too_after_they_have_waited_in_line(self, by: Actor) -> None:
        await a_published_event(by, **limited(1, beyond="approval"), modes={"in_person": {"capacity": 2}})
        leaving = [await a_registration(email="x@example.org"), await a_member_of("UNICEF", 0)]
        above, other = await a_member_of("UNICEF", 1), await a_member_of("UNESCO", 2)
        assert {above.standing, other.standing} == {Standing.WAITING}
        for one in leaving:
            await cancel_own(one.token)
        assert (await queries.get_by_token(above.token)).standing is Standing.PENDING
        assert (await queries.get_by_token(other.token)).standing is Standing.CONFIRMED

    async def test_and_after_they_have_proven_their_address(self, by: Actor) -> None:
        await a_published_event(by, **limited(1, beyond="approval"), prove_address=True)
        first, second = await a_member_of("UNICEF", 0), await a_member_of("UNICEF", 1)
        assert (await verify(second.token)).standing is Standing.PENDING
        assert (await verify(first.token)).standing is Standing.CONFIRMED


@pytest.mark.slow
@pytest.mark.usefixtures("database")
async def test_thirty_at_once_from_one_organisation_that_may_send_three(by: Actor) -> None:
    """In both modes, whose places are not the same rows."""
    event = await a_published_event(by, **limited(3))

    async def attempt(number: int) -> str:
        try:
            made = await a_member_of("UNICEF" if number % 3 else "Unicéf", number, mode=list(Mode)[number % 2].value)
        except TooManyOfOne:
            return "refused"
        return made.standing.value

    assert Counter(await asyncio.gather(*(attempt(number) for number in range(30)))) == {"confirmed": 3, "refused": 27}
    assert await count_standing(event.id) == 3


class TestSayingIt:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            (limited(None), "affiliation_limit.most"),
            (limited() | {"ask_affiliation": "off"}, "ask_affiliation"),
            (limited(-1), "affiliation_limit.most"),
            (limited(1, by_type={"club": 3}), "affiliation_limit.by_type"),
            (limited(1, beyond="perhaps"), "affiliation_limit.beyond"),
        ],
    )
    def test_a_limit_that_means_nothing_is_refused(self, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(Invalid) as refused:
            read_event(an_event(**changes))
        assert [problem.field for problem in refused.value.problems] == [field]

    async def test_it_is_set_in_the_event_form_and_by_the_api(self, app: Litestar, by: Actor) -> None:
        made = await create_event(read_event(an_event()), by=by, domain="testserver")
        assert made.affiliation_limit is None
        await a_member(by)
        browser = await sign_in(app)
        typed = {"ask_affiliation": "required", "affiliation_limit.most": "3", "affiliation_limit.beyond": "approval"}
        typed |= {"affiliation_limit.by_type.member_state": "x"}
        page = await browser.get(EDIT)
        wrong = await send(browser, page, EDIT, **typed)
        assert wrong.status_code == 422
        assert fields(wrong, EDIT)["affiliation_limit.most"] == "3"
        typed["affiliation_limit.by_type.member_state"] = "10"
        assert (await send(browser, wrong, EDIT, **typed)).status_code == 303
        program = await a_program(app, by)
        address = "/api/v1/events/care-skills-count"
        limit = {"most": 3, "by_type": {"member_state": 10}, "in_person_only": False, "beyond": "approval"}
        assert (await program.get(address)).json()["affiliation_limit"] == limit
        answer = await program.patch(address, json={"affiliation_limit": {"by_type": {"member_state": None}}})
        assert answer.json()["affiliation_limit"] == limit | {"by_type": {}}
        answer = await program.patch(address, json={"affiliation_limit": None})
        assert answer.json()["affiliation_limit"] is None
