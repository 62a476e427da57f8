"""Whatever people and organisers do, in whichever order: places, lines, and what is written down of each change.

Hypothesis makes up the story; the machine checks after each step what must always hold.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from itertools import count
from typing import Any, ClassVar

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from events.accounts.rules import Actor
from events.kernel.clock import utc_now
from events.kernel.errors import Conflict, Gone, Invalid, NotFound
from events.programme.rules import Mode
from events.registration.actions.cancelling import cancel_own, cancel_registration
from events.registration.actions.deciding import answer_request, answer_requests
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import change_event
from events.registration.actions.proving import release_expired, verify
from events.registration.actions.registering import register
from events.registration.actions.switching import switch_own
from events.registration.forms import HandOver, read_sign_up
from events.registration.guests import actions as guests
from events.registration.guests.rules import invitation_token
from events.registration.guests.tables import Guest
from events.registration.handing_over.actions import hand_over, take_place
from events.registration.handing_over.rules import offer_token
from events.registration.handing_over.tables import PlaceOffer
from events.registration.rules.tokens import token_of
from tests.conftest import use
from tests.make import SECRET, a_published_event, an_organisation
from tests.registration.guests import a_guest, terms
from tests.registration.places import Row, Seen, seen

pytestmark = pytest.mark.slow
MODES = st.sampled_from(Mode)
numbers = count(1)


async def take_what_is_offered(registration: int) -> None:
    for row in await PlaceOffer.select(PlaceOffer.code).where(PlaceOffer.registration == registration):
        await take_place(offer_token(SECRET, row["code"]), secret=SECRET)


class Standings(RuleBasedStateMachine):
    runner: ClassVar[asyncio.Runner]
    by: ClassVar[Actor]
    now: Seen

    def look(self) -> Seen:
        async def looking() -> Seen:
            return await seen(self.event)

        return self.runner.run(looking())

    def run(
        self, act: Coroutine[Any, Any, Any], *, acting: int | set[int] | None = None, newcomer: bool = False
    ) -> Any:
        """Do it, then hold what was before against what is now; a refusal must have changed nothing."""
        before = self.now
        try:
            made = self.runner.run(act)
        except (Conflict, Gone, Invalid, NotFound):
            made = None
        self.now = self.look()
        if made is None and acting is None and not newcomer:
            assert self.now.people == before.people
        self._check_lines(before, acting if isinstance(acting, set) else {acting} if acting else set())
        self._check_told(before)
        return made

    def _check_lines(self, before: Seen, acting: set[int]) -> None:
        """Lines move up from their heads, and grow at their ends."""
        for mode in self.now.modes:
            was = [one for one in before.line(mode) if one not in acting]
            now = self.now.line(mode)
            stayed = [one for one in was if one in now]
            assert was[len(was) - len(stayed) :] == stayed, (mode, was, now)
            assert now[: len(stayed)] == stayed or set(now) - set(stayed) <= acting, (mode, was, now)

    def _check_told(self, before: Seen) -> None:
        """Every change of how somebody stands is in the log, and in a mail unless they asked to be forgotten."""
        for number, one in self.now.people.items():
            was = before.people.get(number)
            if one["assists"] is not None:
                continue  # follows a person, who is told
            facts = ("standing", "mode", "waits_for", "code")
            if was is None or any(was[fact] != one[fact] for fact in facts):
                assert self.now.logged[number] > before.logged[number], one
                if one["erased_at"] is None and was is not None and was["code"] != one["code"]:
                    assert self.now.told[number] == 1, one  # what was written to who had it is gone
                elif one["erased_at"] is None and not self._lapsed(was, one):
                    assert self.now.told[number] > before.told[number], one

    def _lapsed(self, was: Row | None, one: Row) -> bool:
        """Nobody is written to who never said that the address is theirs."""
        return was is not None and (was["standing"], one["standing"]) == ("unverified", "cancelled")

    @initialize(
        room=st.integers(0, 3), online=st.none() | st.integers(0, 2), approval=st.booleans(), prove=st.booleans()
    )
    def an_event(self, room: int, online: int | None, *, approval: bool, prove: bool) -> None:
        self.slug = f"event-{next(numbers)}"
        modes = {"in_person": {"capacity": room}, "online": {"capacity": online}}
        making = a_published_event(
            self.by, slug=self.slug, modes=modes, approval=approval, prove_address=prove, ask_access=True
        )
        self.event = self.runner.run(making).id
        self.tokens: list[tuple[int, str, str]] = []
        self.invited: list[tuple[str, str]] = []
        self.now = self.look()

    @rule(
        mode=MODES,
        meanwhile=st.none() | MODES,
        vouched=st.booleans(),
        attacked=st.booleans(),
        company=st.integers(0, 2),
    )
    def somebody_registers(
        self, mode: Mode, meanwhile: Mode | None, company: int, *, vouched: bool, attacked: bool
    ) -> None:
        person: dict[str, Any] = {
            "name": "Ana",
            "email": f"person{next(numbers)}@example.org",
            "mode": mode,
            "meanwhile": meanwhile,
        }
        person |= {"assistants": [{"name": "Ben"}] * company}
        by = self.by if vouched else None
        form = read_sign_up(person)
        registering = register(self.slug, form, language="en", secret=SECRET, by=by, prove=attacked)
        made = self.run(registering, newcomer=True)
        if made and not made.already:
            self.tokens.append((made.id, made.token, made.code))

    @precondition(lambda self: self.tokens)
    @rule(
        data=st.data(),
        verb=st.sampled_from(
            ["verify", "cancel", "erase", "take off", "approve", "decline", "hand over", "take the offer"]
        ),
    )
    def something_becomes_of_somebody(self, data: st.DataObject, verb: str) -> None:
        number, token, code = data.draw(st.sampled_from(self.tokens))
        acts: dict[str, Any] = {
            "verify": lambda: verify(token),
            "cancel": lambda: cancel_own(token),
            "erase": lambda: erase_own(token),
            "take off": lambda: cancel_registration(code, by=self.by),
            "approve": lambda: answer_request(code, accept=True, by=self.by),
            "hand over": lambda: hand_over(
                token, HandOver(name="Bo", email=f"person{next(numbers)}@example.org"), secret=SECRET
            ),
            "take the offer": lambda: take_what_is_offered(number),
            "decline": lambda: answer_request(code, accept=False, by=self.by, reason="Why not."),
        }
        self.run(acts[verb](), acting=number)
        now = self.now.people[number]["code"]
        if now != code:
            self.tokens.append((number, token_of(SECRET, now, 0), now))

    @precondition(lambda self: self.tokens)
    @rule(data=st.data(), accept=st.booleans())
    def many_are_answered_at_once(self, data: st.DataObject, *, accept: bool) -> None:
        chosen = data.draw(st.sets(st.sampled_from(self.tokens), min_size=1, max_size=4))
        acting = {number for number, _, _ in chosen}
        codes = [code for _, _, code in chosen]
        self.run(answer_requests(self.slug, codes, accept=accept, by=self.by), acting=acting)

    @precondition(lambda self: self.tokens)
    @rule(data=st.data(), mode=MODES)
    def somebody_switches(self, data: st.DataObject, mode: Mode) -> None:
        number, token, _ = data.draw(st.sampled_from(self.tokens))
        self.run(switch_own(token, mode), acting=number)

    @rule(mode=MODES, reserves=st.booleans(), skips=st.booleans())
    def somebody_is_invited(self, mode: Mode, *, reserves: bool, skips: bool) -> None:
        guest = a_guest(next(numbers), mode=mode)
        given = terms(reserves=reserves, skips_approval=skips)

        async def inviting() -> tuple[str, str] | None:
            try:
                await guests.invite(self.slug, [guest], given, secret=SECRET, by=self.by)
            except Invalid:  # no place is free that could be kept
                return None
            [row] = await Guest.select(Guest.code).where(Guest.email == guest.email)
            return invitation_token(SECRET, row["code"]), guest.email

        made = self.run(inviting(), newcomer=True)
        if made:
            self.invited.append(made)

    @precondition(lambda self: self.invited)
    @rule(
        data=st.data(),
        verb=st.sampled_from(["come", "come by the form", "come as another", "decline"]),
        mode=MODES,
        meanwhile=st.none() | MODES,
    )
    def a_guest_answers(self, data: st.DataObject, verb: str, mode: Mode, meanwhile: Mode | None) -> None:
        token, email = data.draw(st.sampled_from(self.invited))
        if verb == "decline":
            self.run(guests.decline(token), newcomer=True)
            return
        address = f"person{next(numbers)}@example.org" if verb == "come as another" else email
        form = read_sign_up({"name": "Ana", "email": address, "mode": mode, "meanwhile": meanwhile})
        link = None if verb == "come by the form" else token
        made = self.run(register(self.slug, form, language="en", secret=SECRET, invitation=link), newcomer=True)
        if made and not made.already:
            self.tokens.append((made.id, made.token, made.code))

    @rule()
    def times_to_prove_an_address_are_over(self) -> None:
        with time_machine.travel(utc_now() + timedelta(hours=25)):
            self.run(release_expired(), newcomer=True)

    @rule()
    def all_invitations_are_taken_back(self) -> None:
        self.run(guests.withdraw_all(self.slug, by=self.by), newcomer=True)

    @rule(mode=MODES, more=st.integers(1, 4))
    def there_are_more_places(self, mode: Mode, more: int) -> None:
        capacity = self.now.modes[mode]["capacity"]
        if capacity is not None:
            self.run(change_event(self.slug, {"modes": {mode: {"capacity": capacity + more}}}, by=self.by))

    @invariant()
    def places_are_right(self) -> None:
        if hasattr(self, "now"):
            self.now.check_places()


@pytest.fixture
def machine(database_url: str) -> Iterator[type[Standings]]:
    with asyncio.Runner() as runner:
        engine = use(database_url)
        runner.run(engine.open())
        Standings.runner, Standings.by = runner, runner.run(an_organisation())
        yield Standings
        runner.run(engine.close())


@pytest.mark.timeout(300)
def test_whatever_happens_places_lines_and_records_agree(machine: type[Standings]) -> None:
    how = settings(
        max_examples=25, stateful_step_count=20, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=how)
