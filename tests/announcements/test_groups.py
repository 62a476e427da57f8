"""Whom a group holds: by what they come for, by country and by an answer, looked at again when each mail leaves."""

from typing import Any

import httpx
import pytest
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.announcements import queries
from events.announcements.queries.outcomes import list_troubles
from events.announcements.rules import Audience
from events.programme.rules.limits import AffiliationType
from events.questions.actions import put_form
from events.registration.answers.actions import set_answers
from events.registration.queries import get_by_id
from tests.announcements.post import SLUG, Post, a_draft, send_what_is_due, sent_now
from tests.make import a_published_event, a_registration, an_organisation
from tests.people import a_member, send, sign_in, words
from tests.questions.forms import a_question, asking

HERE = f"/organise/events/{SLUG}/messages"
FORM = asking(
    a_question("single_choice", "meal"),
    a_question("multiple_choice", "tours"),
    a_question("yes_no", "bus"),
    a_question("yes_no", "visa", sensitive=True),
)


async def an_event_that_asks(by: Actor) -> None:
    await a_published_event(by, ask_affiliation="optional")
    await put_form(SLUG, FORM, by=by)


async def reached_by(by: Actor, post: Post, **group: Any) -> list[str]:
    await sent_now(by, a_draft(**group))
    return [address.partition("@")[0] for address in await post.reached()]


@pytest.mark.usefixtures("database")
async def test_who_is_written_to_by_organisation_country_and_answer(by: Actor, post: Post) -> None:
    await an_event_that_asks(by)
    said = {
        "ana": ({"organisation": "UNICEF", "type": "un_entity", "country": "KE"}, {"meal": "a", "bus": "yes"}),
        "ben": ({"organisation": "Unicef", "type": "un_entity", "country": "FR"}, {"meal": "b", "tours": ["a", "c"]}),
        "eva": ({"organisation": "Beispiel e. V.", "type": "ngo", "country": "FR"}, {"meal": "a", "visa": "yes"}),
    }
    for name, (affiliation, answers) in said.items():
        await a_registration(email=f"{name}@example.org", affiliation=affiliation, answers=answers)
    await post.deliver()
    post.server.envelopes.clear()
    assert await reached_by(by, post, affiliation_type=AffiliationType.UN_ENTITY) == ["ana", "ben"]
    assert await reached_by(by, post, organisation="unicef") == ["ana", "ben"]
    assert await reached_by(by, post, organisation="UNI") == []
    assert await reached_by(by, post, country="FR") == ["ben", "eva"]
    assert await reached_by(by, post, answer="meal:a") == ["ana", "eva"]
    assert await reached_by(by, post, answer="tours:c") == ["ben"]
    assert await reached_by(by, post, answer="bus:yes", country="KE") == ["ana"]
    assert await reached_by(by, post, answer="bus:yes", country="FR") == []
    assert await reached_by(by, post, answer="visa:yes") == [], "nobody learns a sensitive answer from a group"


@pytest.mark.usefixtures("database")
async def test_who_answered_otherwise_before_the_mail_left_does_not_get_it(by: Actor, post: Post) -> None:
    await an_event_that_asks(by)
    made = [await a_registration(email=f"{one}@example.org", answers={"meal": "a"}) for one in ("stays", "left")]
    await post.deliver()
    post.server.envelopes.clear()
    announcement = await sent_now(by, a_draft(answer="meal:a"))
    await send_what_is_due()
    await set_answers((await get_by_id(made[1].id)).code, {"meal": "b"}, by=by)
    assert await post.reached() == ["stays@example.org"]
    [trouble] = await list_troubles(announcement)
    assert trouble.skipped == "not_meant"


async def test_an_organiser_chooses_a_group_and_sees_how_many_it_holds(app: Litestar) -> None:
    by = await an_organisation()
    await a_member(by)
    await an_event_that_asks(by)
    for name, meal in (("ana", "a"), ("ben", "a"), ("eva", "b")):
        of = {"organisation": "UNICEF", "type": "un_entity", "country": "KE"}
        await a_registration(email=f"{name}@example.org", affiliation=of, answers={"meal": meal})
    browser = await sign_in(app)
    saved = await _written(browser, affiliation_type="un_entity", organisation="UNICEF", country="KE", answer="meal:a")
    page = await browser.get(saved.headers["location"])
    assert "Confirmed · United Nations entity · UNICEF · Kenya · Meal – A (2 people now)" in words(page)
    [found] = await queries.list_of_event(1)
    assert found.audience == Audience(
        affiliation_type=AffiliationType.UN_ENTITY, country="KE", organisation="UNICEF", answer="meal:a"
    )
    edit = await browser.get(f"{HERE}/{found.id}/edit")
    assert '<option value="meal:a" selected>' in edit.text
    assert "visa:" not in edit.text
    refused = await _written(browser, answer="visa:yes")
    assert refused.status_code == 422
    assert "Choose one of what is offered." in words(refused)


async def _written(browser: httpx.AsyncClient, **typed: str) -> httpx.Response:
    page = await browser.get(f"{HERE}/new")
    texts = {"subject.en": "About {event}", "body.en": "Dear {name}, see {link}."}
    return await send(browser, page, f"{HERE}/new", **texts, **typed)


async def test_who_chose_what_is_offered_no_more_can_be_written_to_and_is_counted_by_its_words(app: Litestar) -> None:
    by = await an_organisation()
    await a_member(by)
    await an_event_that_asks(by)
    await a_registration(answers={"meal": "a"})
    rest = [{"key": "b", "label": {"en": "Rice"}}]
    await put_form(SLUG, asking(a_question("single_choice", "meal", choices=rest)), by=by)
    organiser = await sign_in(app)
    page = await organiser.get(f"{HERE}/new")
    offered = [one.attributes.get("value") for one in LexborHTMLParser(page.text).css("[name='answer'] option")]
    assert offered[:3] == ["", "meal:b", "meal:a"]
    assert "Meal – A" in words(page)
    texts = {"subject.en": "No fish", "body.en": "Dear {name}"}
    saved = await send(organiser, page, f"{HERE}/new", answer="meal:a", anchor="now", standings="confirmed", **texts)
    assert saved.status_code == 303
    listed = await organiser.get(f"/organise/events/{SLUG}/registrations")
    assert "A (1)" in words(listed)
