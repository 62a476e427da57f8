"""An event's messages, as an organiser works with them."""

from datetime import UTC, datetime

import httpx
import pytest
import time_machine
from litestar import Litestar
from msgspec import structs
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor, Role
from events.announcements import queries
from events.announcements.actions.choices import choose
from events.announcements.queries.outcomes import list_for_registration
from events.announcements.rules import State
from events.registration.queries import get_by_id
from events.registration.remarks.actions import set_tags
from events.registration.tables import Registration
from tests.announcements.olga import HERE, TEXTS, press, write
from tests.announcements.post import Post, a_draft, people, send_what_is_due, sent_now, text
from tests.make import a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, a_member, fields, node, send, sign_in, words


@pytest.fixture
def by() -> Actor:
    return Actor(1, "system", ("registrations:write",))


async def test_from_a_suggestion_to_a_plan_in_three_presses(olga: httpx.AsyncClient) -> None:
    page = await olga.get(HERE)
    offered = [
        str(one.attributes["href"])
        for one in LexborHTMLParser(page.text).css("main a")
        if "like=" in str(one.attributes["href"])
    ]
    assert offered == [f"{HERE}/new?like={key}" for key in ("day-before", "hour-before", "thanks", "missed")]
    saved = await write(olga, "?like=day-before")
    address = saved.headers["location"].partition("?")[0]
    page = await olga.get(address)
    assert "1 day before it starts, at 09:00 Thursday 4 February 2027, 09:00 (New York, UTC−5)" in words(page)
    planned = await press(olga, address, "plan")
    assert "It goes by itself" in words(await olga.get(planned.headers["location"]))
    [found] = await queries.list_of_event(1)
    assert found.state is State.SCHEDULED
    assert list(found.body) == ["en", "fr"]
    assert found.subject["fr"].startswith("Rappel")


async def test_a_group_may_be_those_with_a_tag(olga: httpx.AsyncClient, by: Actor) -> None:
    assert "field-tag" not in (await olga.get(f"{HERE}/new")).text, "nobody has a tag yet"
    ana = await a_registration()
    await set_tags(ana.code, ["VIP"], by=by)
    saved = await write(olga, "", tag="VIP", anchor="now", standings="confirmed", **TEXTS)
    assert saved.status_code == 303, words(saved)
    address = saved.headers["location"].partition("?")[0]
    assert "Confirmed · with the tag “VIP” (1 person now)" in words(await olga.get(address))
    await set_tags(ana.code, [], by=by)
    kept = fields(await olga.get(f"{address}/edit"), f"{address}/edit")
    assert kept["tag"] == "VIP", "saving it again does not make it one for everybody"


async def test_every_suggestion_can_be_saved_as_it_is(olga: httpx.AsyncClient) -> None:
    for key in ("day-before", "hour-before", "thanks", "missed"):
        answer = await write(olga, f"?like={key}")
        assert answer.status_code == 303, words(answer)


async def test_what_is_wrong_is_said_all_at_once_and_kept(olga: httpx.AsyncClient) -> None:
    answer = await write(
        olga,
        **{"subject.en": "Hello {surname}", "body.en": "Dear {name.__class__}, {date}", "subject.fr": "Bonjour"},
        anchor="start", amount="x", unit="days",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "This must be a whole number." in words(answer)
    assert "There is no placeholder {surname}." in words(answer)
    hour = await write(olga, **TEXTS, anchor="start", amount="1", unit="days", clock="9am")
    assert "Write the hour as 09:00." in words(hour)
    answer = await write(
        olga,
        **{"subject.en": "Hello {surname}", "body.en": "Dear {name.__class__}, {", "subject.fr": "Bonjour"},
        anchor="at",
    )  # fmt: skip
    said = words(answer)
    for problem in (
        "There is no placeholder {surname}. Did you mean {name}?",
        "There is no placeholder {name.__class__}.",
        "“{” stands alone: braces are for placeholders.",
        "Write a text in this language too.",
        "Write date and time.",
    ):
        assert problem in said
    assert node(answer, "[name='subject.en']").attributes["value"] == "Hello {surname}"
    assert await queries.list_of_event(1) == []
    nobody = await write(olga, **TEXTS, standings=[])
    assert "Choose at least one." in words(nobody)
    empty = await write(olga)
    assert "Write a subject." in words(empty)


async def test_a_time_that_clocks_skip_or_show_twice_is_asked_back(olga: httpx.AsyncClient) -> None:
    skipped = await write(olga, **TEXTS, anchor="at", **{"at.wall": "2026-03-08T02:30"})
    assert "This time does not exist in America/New_York" in words(skipped)
    taken = await send(olga, skipped, f"{HERE}/new", take="at.wall=2026-03-08T03:30")
    assert taken.status_code == 303
    twice = await write(olga, **TEXTS, anchor="at", **{"at.wall": "2026-11-01T01:30"})
    assert "Clocks go back: which of the two?" in words(twice)
    chosen = await send(olga, twice, f"{HERE}/new", **{"at.fold": "1"})
    assert chosen.status_code == 303
    second, first = await queries.list_of_event(1)
    assert second.due_at == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert first.due_at == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


async def test_it_is_shown_as_a_real_person_gets_it_without_their_links(olga: httpx.AsyncClient) -> None:
    made = await a_registration(name="Ana <b>Reyes</b>")
    elodie = await a_registration(email="elodie@example.org", name="Élodie", language="fr")
    saved = await write(olga, "?like=day-before")
    address = saved.headers["location"].partition("?")[0]
    page = await olga.get(f"{address}?as={elodie.code}")
    assert "Rappel" in node(page, ".mail-subject").text()
    assert "Bonjour Élodie," in node(page, ".mail-text").text()
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    framed = await olga.get(str(node(await olga.get(f"{address}?as={made.code}"), "iframe").attributes["src"]))
    assert "sandbox" in framed.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in framed.headers["content-security-policy"]
    assert "Dear Ana &lt;b&gt;Reyes&lt;/b&gt;," in framed.text
    for secret in (made.token, made.code):
        assert secret not in framed.text
        assert secret not in node(page, ".mail-text").text()


async def test_a_stranger_at_another_event_is_not_shown(olga: httpx.AsyncClient) -> None:
    other = await an_organisation("theirs", "Theirs")
    await a_published_event(other, slug="their-event")
    theirs = await a_registration("their-event", name="Their Guest")
    saved = await write(olga, **TEXTS)
    address = saved.headers["location"].partition("?")[0]
    assert "Their Guest" not in (await olga.get(f"{address}?as={theirs.code}")).text
    assert "Their Guest" not in (await olga.get(f"{address}/preview?as={theirs.code}")).text


async def test_a_test_goes_to_who_asks_for_it_and_counts_as_nothing(olga: httpx.AsyncClient, post: Post) -> None:
    made = await a_registration()
    saved = await write(olga, **TEXTS)
    address = saved.headers["location"].partition("?")[0]
    sent = await press(olga, address, "test")
    assert "A test is on its way to you." in words(await olga.get(sent.headers["location"]))
    await post.deliver()
    letter = post.server.letters[-1]
    assert post.server.recipients[-1] == "ana@example.org"
    assert letter["Subject"] == "[Test] About Care skills count"
    assert "Dear Ana Reyes" in text(letter)
    assert made.token not in str(letter)
    assert "List-Unsubscribe" not in letter
    assert await list_for_registration(made.id) == []


async def test_sending_pausing_and_what_became_of_it(olga: httpx.AsyncClient, post: Post) -> None:
    await a_registration()
    await a_registration(email="gone@example.org", name="Gone Away")
    await post.deliver()
    post.server.answers["gone@example.org"] = ["550 no such mailbox here"]
    saved = await write(olga, **TEXTS)
    address = saved.headers["location"].partition("?")[0]
    assert "Send it to 2 people now" in words(await olga.get(address))
    await press(olga, address, "send")
    assert await post.reached() == ["ana@example.org"]
    page = words(await olga.get(address))
    assert "Sent 1" in page
    assert "Failed 1" in page
    assert "no such mailbox here" in page
    assert "Edit" not in page
    assert "Sent: 1 Failed: 1" in words(await olga.get(HERE))
    edit = await olga.get(f"{address}/edit")
    assert edit.status_code == 409
    assert "gone out already" in words(edit)
    copied = await press(olga, address, "copy")
    assert "The message that it was made from stays as it is." in words(await olga.get(copied.headers["location"]))


async def test_all_who_have_not_got_it_are_listed_a_page_at_a_time(
    olga: httpx.AsyncClient, by: Actor, post: Post
) -> None:
    await people(101)
    announcement = await sent_now(by, a_draft())
    await send_what_is_due()
    for row in await Registration.select(Registration.id):
        await choose(await get_by_id(row["id"]), announcements=False, organisation=by.organisation)
    assert await post.reached() == []
    page = await olga.get(f"{HERE}/{announcement}")
    pages = [names(page)]
    page = await olga.get(str(node(page, "a[rel=next]").attributes["href"]))
    pages.append(names(page))
    assert [len(one) for one in pages] == [100, 1]
    assert len(set().union(*pages)) == 101
    assert 'rel="next"' not in page.text
    back = await olga.get(str(node(page, "a[rel=prev]").attributes["href"]))
    assert names(back) == pages[0]


def names(page: httpx.Response) -> list[str]:
    return [one.text() for one in LexborHTMLParser(page.text).css("[aria-labelledby=troubles] .log-what")]


async def test_all_messages_are_paused_and_let_go_on(olga: httpx.AsyncClient) -> None:
    await write(olga, "?like=day-before")
    await press(olga, HERE, "pause")
    page = await olga.get(HERE)
    assert "All messages of this event are paused" in words(page)
    await send(olga, page, f"{HERE}/resume")
    assert "are paused" not in words(await olga.get(HERE))


async def test_who_may_only_look_looks(app: Litestar, olga: httpx.AsyncClient) -> None:
    saved = await write(olga, **TEXTS)
    address = saved.headers["location"].partition("?")[0]
    await a_member(Actor(1, "system"), "vera@example.org", role=Role.VIEWER)
    vera = await sign_in(app, "vera@example.org")
    assert (await vera.get(HERE)).status_code == 200
    page = await vera.get(address)
    assert page.status_code == 200
    assert not LexborHTMLParser(page.text).css("main form[method=post]")
    assert (await vera.get(f"{HERE}/new")).status_code == 403
    csrf = fields(await vera.get("/organise/account"), "/organise/account")["csrf"]
    answer = await vera.post(f"{address}/send", data={"csrf": csrf}, headers=ORIGIN)
    assert answer.status_code == 403


async def test_what_cannot_be_planned_says_why(app: Litestar, olga: httpx.AsyncClient) -> None:
    saved = await write(olga, "?like=day-before")
    address = saved.headers["location"].partition("?")[0]
    with time_machine.travel(datetime(2027, 2, 4, 15, tzinfo=UTC)):
        answer = await press(await sign_in(app), address, "plan")
    assert answer.status_code == 409
    assert "is over. Choose a later one, or send it now." in words(answer)


async def test_no_name_and_no_subject_begins_a_header_of_its_own(
    database: object,  # noqa: ARG001 - it must be open
    by: Actor,
    post: Post,
) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    await a_registration(name="Ana =?utf-8?q?=0D=0ABcc:_eve@example.org?= {link} <x>")
    actor = structs.replace(by, organisation=organisation.organisation)
    draft = a_draft(subject={"en": "Hi {name}\r\nBcc: eve@example.org"}, body={"en": "{name}\r\n.\r\nMAIL FROM:<x>"})
    await sent_now(actor, draft)
    [letter] = await post.brought()
    assert letter["Bcc"] is None
    assert post.server.envelopes[-1].rcpt_tos == ["ana@example.org"]
    assert letter["Subject"] == "Hi Ana =?utf-8?q?=0D=0ABcc:_eve@example.org?= {link} <x> Bcc: eve@example.org"
    assert "{link} <x>" in text(letter)


async def test_what_goes_on_the_day_itself_still_does_after_it_was_edited(olga: httpx.AsyncClient) -> None:
    saved = await write(olga, "?like=day-before", amount="0")
    address = saved.headers["location"].partition("?")[0]
    assert "On the day it starts, at 09:00" in words(await olga.get(address))
    form = await olga.get(f"{address}/edit")
    assert (await send(olga, form, f"{address}/edit")).status_code == 303
    assert "On the day it starts, at 09:00" in words(await olga.get(address))
