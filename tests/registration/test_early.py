"""Secret links for early registration: what they open, how often, until when, and what is said when they do not."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.kernel.clock import utc_now
from events.programme.actions import create_event
from events.programme.forms import read_event
from events.registration.actions.cancelling import cancel_own, cancel_registration
from events.registration.actions.erasing import erase_outdated, erase_own
from events.registration.actions.proving import release_expired
from events.registration.actions.registering import Registered, register
from events.registration.actions.withdrawing import delete_event
from events.registration.early.actions import make_link, revoke_link
from events.registration.early.queries import find_link_of, list_links
from events.registration.early.rules import EarlyLinkNotFound, token_of_link
from events.registration.early.tables import EarlyLink, EarlyRegistration
from events.registration.forms import HandOver, read_sign_up
from events.registration.forms.early import EarlyLinkForm
from events.registration.handing_over.actions import hand_over
from events.registration.queries import get_by_id
from events.registration.rules import RegistrationClosed, Standing, Ticket
from tests.make import SECRET, a_published_event, an_event, an_organisation
from tests.people import ORIGIN, a_member, fields, node, send, sign_in, words

SLUG = "care-skills-count"
FORM = f"/en/events/{SLUG}/register"
OPENS_LATER = {"opens": {"wall": "2027-01-15T09:00", "zone": "America/New_York"}}
CLOSED = {"in_person": {"capacity": 80, "closes": {"wall": "2026-01-15T09:00", "zone": "America/New_York"}}}


async def a_link(by: Actor, **facts: Any) -> str:
    link = await make_link(SLUG, EarlyLinkForm(**{"name": "Speakers"} | facts), by=by, secret=SECRET)
    return token_of_link(SECRET, link)


async def sign_up(early: str, email: str = "ana@example.org", mode: str = "in_person") -> Registered:
    form = read_sign_up({"name": "Ana", "email": email, "mode": mode})
    return await register(SLUG, form, language="en", secret=SECRET, early=early)


async def uses() -> list[int]:
    return [row["uses"] for row in await EarlyLink.select().order_by(EarlyLink.id)]


async def test_its_bearer_registers_before_registration_opens_and_it_is_remembered(by: Actor) -> None:
    event = await a_published_event(by, **OPENS_LATER)
    token = await a_link(by)
    with pytest.raises(RegistrationClosed):
        await sign_up("")
    made = await sign_up(token)
    assert made.standing is Standing.CONFIRMED
    assert await find_link_of(made.id) == "Speakers"
    [link] = await list_links(event.id)
    assert (link.uses, link.most_uses, link.ends_at) == (1, None, None)
    assert token not in str(await EarlyLink.select()), "the database has its digest only"


async def test_rules_of_the_event_hold_for_them_too(by: Actor) -> None:
    await a_published_event(by, **OPENS_LATER, approval=True, modes={"in_person": {"capacity": 1}})
    token = await a_link(by)
    assert (await sign_up(token)).standing is Standing.PENDING
    assert (await sign_up(token, "bo@example.org")).standing is Standing.WAITING


async def test_after_closing_it_works_until_the_start_where_that_was_chosen(by: Actor) -> None:
    await a_published_event(by, modes=CLOSED)
    with pytest.raises(RegistrationClosed, match="closed"):
        await sign_up(await a_link(by))
    late = await a_link(by, after_closing=True)
    assert (await sign_up(late)).standing is Standing.CONFIRMED
    with time_machine.travel(datetime(2027, 2, 5, 18, 15, tzinfo=UTC)), pytest.raises(RegistrationClosed):
        await sign_up(late, "bo@example.org")
    assert await uses() == [0, 1], "who is refused has not used it"


@pytest.mark.parametrize("ended", ["revoked", "expired", "used up", "unknown", "of another event"])
async def test_a_link_that_does_not_work_opens_nothing(by: Actor, ended: str) -> None:
    await a_published_event(by, **OPENS_LATER)
    token = await a_link(by, most_uses=1, ends_at=utc_now() + timedelta(hours=1))
    if ended == "revoked":
        await revoke_link(SLUG, 1, by=by)
    elif ended == "used up":
        await sign_up(token, "first@example.org")
    elif ended == "unknown":
        token = token_of_link(SECRET, 99)
    elif ended == "of another event":
        await a_published_event(by, slug="another")
        other = await make_link("another", EarlyLinkForm("Theirs"), by=by, secret=SECRET)
        token = token_of_link(SECRET, other)
    later = timedelta(hours=2) if ended == "expired" else timedelta()
    with time_machine.travel(utc_now() + later), pytest.raises(RegistrationClosed):
        await sign_up(token)


async def test_where_registration_is_open_a_link_that_ended_stops_nobody(by: Actor) -> None:
    await a_published_event(by)
    token = await a_link(by)
    await revoke_link(SLUG, 1, by=by)
    made = await sign_up(token)
    assert made.standing is Standing.CONFIRMED
    assert await find_link_of(made.id) is None


async def test_of_many_who_come_at_once_as_many_get_in_as_the_link_allows(by: Actor) -> None:
    """In two modes, which are locked apart, so the link's own line must count."""
    await a_published_event(by, **OPENS_LATER, modes={"in_person": {"capacity": None}, "online": {"capacity": None}})
    token = await a_link(by, most_uses=5)
    done = await asyncio.gather(
        *(sign_up(token, f"p{number}@example.org", "online" if number % 2 else "in_person") for number in range(20)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Registered) for one in done) == 5
    assert sum(isinstance(one, RegistrationClosed) for one in done) == 15
    assert await uses() == [5]
    assert await EarlyRegistration.count() == 5


async def test_it_is_forgotten_by_which_link_somebody_came_when_they_are_erased(
    by: Actor, client: httpx.AsyncClient
) -> None:
    await a_published_event(by, **OPENS_LATER)
    made = await sign_up(await a_link(by))
    assert (await client.get(f"/t/{made.token}/data.json")).json()["came_by_link"] == "Speakers"
    await erase_own(made.token)
    assert await EarlyRegistration.count() == 0
    assert await uses() == [0], "the place is free again"


@pytest.mark.parametrize("how", ["cancelled", "cancelled by organisers", "erased", "handed over, then cancelled"])
async def test_a_use_is_given_back_once_with_the_place(by: Actor, how: str) -> None:
    await a_published_event(by, **OPENS_LATER)
    token = await a_link(by, most_uses=1)
    made = await sign_up(token)
    with pytest.raises(RegistrationClosed):
        await sign_up(token, "bo@example.org")
    if how == "cancelled by organisers":
        await cancel_registration(made.code, by=by)
        await cancel_registration(made.code, by=by)
    elif how == "erased":
        await erase_own(made.token)
    elif how == "handed over, then cancelled":
        await hand_over(made.token, HandOver(name="Cy", email="cy@example.org"), secret=SECRET)
        await cancel_registration((await get_by_id(made.id)).code, by=by)
    else:
        await cancel_own(made.token)
        await erase_own(made.token)
    assert await uses() == [0]
    assert (await sign_up(token, "bo@example.org")).standing is Standing.CONFIRMED
    assert await uses() == [1]


async def test_who_proves_no_address_in_time_gives_the_use_back(by: Actor) -> None:
    await a_published_event(by, **OPENS_LATER, prove_address=True)
    await sign_up(await a_link(by, most_uses=1))
    assert await uses() == [1]
    with time_machine.travel(utc_now() + timedelta(days=8)):
        assert await release_expired() == 1
    assert await uses() == [0]


async def test_once_time_is_over_people_are_forgotten_and_uses_stay(by: Actor) -> None:
    await a_published_event(by, **OPENS_LATER)
    await sign_up(await a_link(by))
    with time_machine.travel(datetime(2028, 1, 1, tzinfo=UTC)):
        assert await erase_outdated() == 1
    assert (await uses(), await EarlyRegistration.count()) == ([1], 0)


async def test_while_some_give_back_and_others_come_there_are_never_more_than_the_link_allows(by: Actor) -> None:
    await a_published_event(by, **OPENS_LATER, modes={"in_person": {"capacity": None}, "online": {"capacity": None}})
    token = await a_link(by, most_uses=5)
    first = [await sign_up(token, f"p{number}@example.org") for number in range(5)]
    done = await asyncio.gather(
        *(act for one in first for act in (cancel_own(one.token), cancel_registration(one.code, by=by))),
        *(sign_up(token, f"q{number}@example.org", "online" if number % 2 else "in_person") for number in range(12)),
        return_exceptions=True,
    )
    came = sum(isinstance(one, Registered) for one in done)
    assert came <= 5
    assert {type(one) for one in done} <= {Registered, RegistrationClosed, Ticket, type(None)}
    assert (await uses(), await EarlyRegistration.count()) == ([came], came)


async def test_lists_and_files_are_narrowed_to_who_came_by_a_link(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_member(organisation)
    await a_published_event(organisation, **OPENS_LATER)
    speaker, journalist = [
        (await sign_up(await a_link(organisation, name=name), f"{name}@example.org")).code
        for name in ("Speakers", "Press")
    ]
    browser = await sign_in(app)
    here = f"/organise/events/{SLUG}/registrations"
    everybody = await browser.get(here)
    assert node(everybody, f'.filters a[href="{here}?early_link=2"]').text(strip=True) == "Press"
    listed = await browser.get(f"{here}?early_link=2")
    assert (journalist in listed.text, speaker in listed.text) == (True, False), words(listed)
    file = (await browser.get(str(node(listed, f'a[href^="{here}.csv"]').attributes["href"]))).text
    assert (journalist in file, speaker in file) == (True, False)
    assert "Nobody here is like that." in words(await browser.get(f"{here}?early_link=3"))
    assert (await browser.get(f"{here}?early_link=x")).status_code == 422


async def test_a_draft_is_deleted_with_its_links(by: Actor) -> None:
    await create_event(read_event(an_event()), by=by, domain="testserver")
    await a_link(by)
    await delete_event(SLUG, by=by)
    assert await EarlyLink.count() == 0


async def test_another_organisations_links_are_not_there(by: Actor) -> None:
    await a_published_event(by)
    await a_link(by)
    other = await an_organisation("other", "Other")
    await a_published_event(other, slug="theirs")
    with pytest.raises(EarlyLinkNotFound):
        await revoke_link("theirs", 1, by=other)


async def test_the_form_carries_the_link_through_mistakes_to_the_ticket(by: Actor, client: httpx.AsyncClient) -> None:
    await a_published_event(by, **OPENS_LATER)
    token = await a_link(by)
    closed = await client.get(FORM)
    assert (closed.status_code, "Registration opens on" in words(closed)) == (409, True)
    followed = await client.get(f"/early/{token}", headers={"Accept-Language": "fr"})
    assert followed.headers["location"] == f"/fr/events/{SLUG}/register?early={token}"
    assert followed.headers["referrer-policy"] == "no-referrer"
    here = f"{FORM}?early={token}"
    form = await client.get(here)
    assert "You have a link for early registration" in words(form)
    french = [str(one.attributes["href"]) for one in LexborHTMLParser(form.text).css(".language-switch a")]
    assert f"/fr/events/{SLUG}/register?early={token}" in french
    assert "action" not in node(form, "form.form").attributes, "so it is sent to this address again"
    wrong = await client.post(here, data=fields(form, here) | {"name": "Ana", "email": "nowhere"}, headers=ORIGIN)
    assert wrong.status_code == 422
    kept = fields(wrong, here)
    assert kept["name"] == "Ana"
    assert "You have a link for early registration" in words(wrong)
    answer = await client.post(here, data=kept | {"email": "ana@example.org", "mode": "in_person"}, headers=ORIGIN)
    assert answer.status_code == 303, words(answer)
    assert answer.headers["location"].startswith("/t/")
    assert await uses() == [1]


async def test_a_wrong_or_ended_link_says_so_kindly(by: Actor, client: httpx.AsyncClient) -> None:
    await a_published_event(by, **OPENS_LATER)
    token = await a_link(by, most_uses=1)
    wrong = await client.get(f"/early/{token[:-1]}")
    assert (wrong.status_code, "Check that it is whole" in words(wrong)) == (404, True)
    not_whole = await client.get(f"{FORM}?early={token[:-1]}")
    assert "Your link for early registration is not whole" in words(not_whole)
    form = await client.get(f"{FORM}?early={token}")
    await sign_up(token, "first@example.org")
    late = fields(form, FORM) | {"name": "Bo", "email": "bo@example.org", "mode": "online"}
    used = await client.post(f"{FORM}?early={token}", data=late, headers=ORIGIN)
    assert used.status_code == 409
    assert "As many people have registered with it as could." in words(used)
    assert "Registration opens on" in words(used)
    await revoke_link(SLUG, 1, by=by)
    with time_machine.travel(datetime(2027, 1, 20, tzinfo=UTC)):
        opened = await client.get(f"{FORM}?early={token}")
    assert opened.status_code == 200, "by then it is open to everybody"
    assert "The organisers have ended it." in words(opened)


async def test_an_organiser_makes_and_revokes_a_link(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_member(organisation)
    await a_published_event(organisation, **OPENS_LATER)
    browser = await sign_in(app)
    here = f"/organise/events/{SLUG}/early-links"
    page = await browser.get(here)
    typed = {"name": "Speakers", "most_uses": "none", "ends.wall": "2027-03-14T02:30"}
    refused = await send(browser, page, here, **typed)
    assert refused.status_code == 422
    assert "This must be a whole number." in words(refused)
    assert "This time does not exist in America/New_York" in words(refused)
    assert {name: fields(refused, here)[name] for name in typed} == typed
    right = {"most_uses": "2", "ends.wall": "2027-01-10T12:00", "after_closing": "true"}
    answer = await send(browser, refused, here, **right)
    assert answer.headers["location"] == f"{here}?done=made#link-1"
    made = await browser.get(here)
    token = token_of_link(SECRET, 1)
    assert f"http://testserver/early/{token}" in made.text
    assert "It works until Sunday 10 January 2027, 12:00 (New York, UTC−5)." in words(made)
    registered = await sign_up(token)
    person = await browser.get(f"/organise/events/{SLUG}/registrations/{registered.code}")
    assert "Came by the link Speakers" in words(person)
    assert "1 person has registered with it. It is for 2 people at most." in words(await browser.get(here))
    await send(browser, made, f"{here}/1/revoke")
    revoked = await browser.get(here)
    assert token not in revoked.text
    assert "Speakers Revoked" in words(revoked)
