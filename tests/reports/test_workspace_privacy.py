from datetime import timedelta

import time_machine
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor, Role
from events.activity.actions import LOOKS_KEPT, forget_looks
from events.activity.queries import list_looks
from events.kernel.clock import utc_now
from events.questions.actions import put_form
from events.registration.actions.looking import read_access
from tests.conftest import browser
from tests.make import a_program, a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, a_member, fields, node, send, sign_in, words
from tests.questions.forms import a_question, asking

HERE = "/organise/events/care-skills-count/privacy"
LOOKS = "/organise/privacy/looks"
FORM = "/en/events/care-skills-count/register"


async def test_an_owner_shortens_the_time_and_says_why_and_the_form_tells_everybody(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    question = a_question("short_text", "passport", label={"en": "Passport"}, sensitive=True, purge_days=7)
    await put_form("care-skills-count", asking(question), by=organisation)
    await a_member(organisation)
    ana = await sign_in(app)
    page = await ana.get(HERE)
    answer = await send(ana, page, HERE, **{"retention_days": "30", "purpose.en": "For the list of <the UN>."})
    assert answer.headers["location"] == f"{HERE}?done=changed"
    shown = words(await browser(app).get(FORM))
    assert "For the list of <the UN>." in shown
    assert "Until Sunday 7 March 2027" in shown
    assert "Passport: until Friday 12 February 2027." in shown
    assert "To keep a place for you" not in shown


async def test_what_is_wrong_is_said_and_what_was_typed_is_kept(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    await a_registration()
    await a_member(organisation)
    ana = await sign_in(app)
    page = await ana.get(HERE)
    for days in ("400", "0", "soon", "99999"):
        answer = await send(ana, page, HERE, **{"retention_days": days, "purpose.fr": "Pour la liste."})
        assert answer.status_code == 422
        assert (fields(answer, HERE)["retention_days"], fields(answer, HERE)["purpose.fr"]) == (days, "Pour la liste.")


async def test_organisers_read_it_and_viewers_do_not(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    await a_registration()
    await a_member(organisation, "org@example.org", role=Role.ORGANISER)
    await a_member(organisation, "view@example.org", role=Role.VIEWER)
    organiser, viewer = await sign_in(app, "org@example.org"), await sign_in(app, "view@example.org")
    page = await organiser.get(HERE)
    assert "of 1 person" in words(page)
    assert 'name="retention_days"' not in page.text
    assert "Names, addresses and answers" in words(await organiser.get("/organise/privacy"))
    csrf = str(fields(await organiser.get("/organise/account"), "/organise/account")["csrf"])
    answer = await organiser.post(HERE, data={"csrf": csrf, "retention_days": "3"}, headers=ORIGIN)
    assert answer.status_code == 403
    for address in (HERE, "/organise/privacy"):
        assert (await viewer.get(address)).status_code == 403


class TestWhoLookedAtWhat:
    async def test_every_way_to_read_what_is_kept_apart_is_written_down(self, app: Litestar) -> None:
        organisation = await an_organisation()
        event = await a_published_event(organisation, ask_access=True)
        question = a_question("short_text", "passport", sensitive=True)
        await put_form(event.slug, asking(question), by=organisation)
        made = await a_registration(answers={"passport": "X1"}, access={"captions": True})
        quiet = await a_registration(email="quiet@example.org")
        await a_member(organisation)
        ana, program = await sign_in(app), await a_program(app, organisation)
        base = f"/organise/events/{event.slug}"
        assert "Nobody has looked." in words(await ana.get(LOOKS))
        person = await ana.get(f"{base}/registrations/{made.code}")
        await ana.get(f"{base}/registrations/{quiet.code}")
        await ana.get(f"{base}/registrations")
        await ana.get(f"{base}/registrations.csv")
        await send(ana, person, f"{base}/registrations/{made.code}/sensitive")
        await ana.get(f"{base}/access")
        await ana.get(f"{base}/sensitive.csv")
        await program.get(f"/api/v1/events/{event.slug}/sensitive.csv")
        looks = await list_looks(organisation.organisation)
        assert [(one.verb, one.actor.partition(":")[0], one.registration) for one in looks] == [
            ("exported_sensitive", "token", None),
            ("exported_sensitive", "member", None),
            ("read_access", "member", None),
            ("read_sensitive", "member", made.id),
            ("read_access", "member", made.id),
        ]
        page = await ana.get(LOOKS)
        assert [node.text() for node in LexborHTMLParser(page.text).css("tbody bdi")] == ["test", *["Ana"] * 4]
        assert page.text.count(f"/registrations/{made.code}") == 2

    async def test_the_person_reads_when_it_was_theirs_and_no_names(self, app: Litestar) -> None:
        organisation = await an_organisation()
        event = await a_published_event(organisation, ask_access=True)
        made = await a_registration(access={"captions": True})
        other = await a_registration(email="ben@example.org", access={"mobility": True})
        await a_member(organisation, "org@example.org", role=Role.ORGANISER)
        organiser = await sign_in(app, "org@example.org")
        await organiser.get(f"/organise/events/{event.slug}/registrations/{made.code}")
        await organiser.get(f"/organise/events/{event.slug}/access")
        held = (await browser(app).get(f"/t/{made.token}/data.json")).json()
        others = (await browser(app).get(f"/t/{other.token}/data.json")).json()
        assert [(one["what"], one["of"]) for one in held["looked_at"]] == [
            ("read_access", "everybody"),
            ("read_access", "you"),
        ]
        assert [one["of"] for one in others["looked_at"]] == ["everybody"]
        assert "member" not in str(held["looked_at"])
        assert (await organiser.get(LOOKS)).status_code == 403, "owners alone"

    async def test_it_is_shown_by_event_page_by_page_and_for_two_years(self, app: Litestar) -> None:
        organisation = await an_organisation()
        for slug in ("first", "second"):
            await a_published_event(organisation, slug=slug, ask_access=True)
            await a_registration(slug, access={"captions": True})
        for number in range(101):
            await read_access("first", by=Actor(organisation.organisation, f"token:{number}"))
        await read_access("second", by=organisation)
        await a_member(organisation)
        ana = await sign_in(app)
        page = await ana.get(f"{LOOKS}?event=first")
        more = node(page, "nav.pagination a[rel=next]").attributes["href"] or ""
        assert "second" not in words(page)
        assert len(LexborHTMLParser((await ana.get(more)).text).css("tbody tr")) == 1
        assert (await ana.get(f"{LOOKS}?event=none")).status_code == 404
        assert (await ana.get(f"{LOOKS}?before=never")).status_code == 200
        assert await forget_looks() == 0
        with time_machine.travel(utc_now() + LOOKS_KEPT + timedelta(minutes=1)):
            assert await forget_looks() == 102

    async def test_another_organisations_is_not_there(self, app: Litestar) -> None:
        theirs = await an_organisation("theirs", "Theirs")
        await a_published_event(theirs, ask_access=True)
        await a_registration(access={"captions": True})
        await read_access("care-skills-count", by=theirs)
        await a_member(await an_organisation())
        ana = await sign_in(app)
        assert "Nobody has looked." in words(await ana.get(LOOKS))
        assert (await ana.get(f"{LOOKS}?event=care-skills-count")).status_code == 404
        assert "Nobody is known here" in words(await ana.get("/organise/privacy"))
