"""The list of events and what becomes of one: a draft, published, copied."""

import re
from typing import Any

import pytest
from litestar import Litestar

from events.infra.engine import KeptSQLite, PooledPostgres
from events.programme import queries
from events.programme.actions import create_event
from events.programme.forms import read_event
from events.programme.rules import Status
from tests.make import a_published_event, a_registration, an_event
from tests.people import fields, send, words
from tests.reports.olga import HERE, olga


async def test_a_draft_says_what_is_missing_and_is_published(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await create_event(read_event(an_event(slug="csocd65", kind="conference")), by=organisation, domain="testserver")
    await create_event(read_event(an_event(part_of="csocd65")), by=organisation, domain="testserver")
    page = await browser.get(HERE)
    assert "The conference that it is part of is still a draft. Publish that first." in words(page)
    assert f"{HERE}/publish" not in page.text
    other = await browser.get("/organise/events/csocd65")
    csrf = fields(other, "/organise/events/csocd65/publish")["csrf"]
    refused = await browser.post(f"{HERE}/publish", data={"csrf": csrf}, headers={"Origin": "http://testserver"})
    assert refused.status_code == 422
    assert "Publish that first" in words(refused)
    await send(browser, other, "/organise/events/csocd65/publish")
    answer = await send(browser, await browser.get(HERE), f"{HERE}/publish")
    assert answer.headers["location"] == f"{HERE}?done=published"
    assert (await queries.get_event("care-skills-count")).status is Status.PUBLISHED


async def test_a_draft_can_be_looked_at_as_it_will_be(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await create_event(read_event(an_event()), by=organisation, domain="testserver")
    page = await browser.get(f"{HERE}/preview?lang=fr")
    assert page.headers["cache-control"] == "no-store"
    assert "Les compétences du soin comptent" in words(page)
    assert "/register" not in page.text
    assert (await browser.get("/fr/events/care-skills-count")).status_code == 404


async def test_a_copy_is_a_draft_of_its_own(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    await a_registration()
    answer = await send(browser, await browser.get(HERE), f"{HERE}/copy")
    assert answer.headers["location"] == "/organise/events/care-skills-count-2/edit?done=copied"
    assert "Copied. This is the copy." in words(await browser.get(answer.headers["location"]))
    copied = await queries.get_own_event("care-skills-count-2", organisation.organisation)
    assert copied.status is Status.DRAFT
    assert [places.taken for places in copied.places] == [0, 0]


async def test_the_list_shows_what_comes_first_and_finds(app: Litestar) -> None:
    organisation, browser = await olga(app)
    assert "Nothing is coming up." in words(await browser.get("/organise/"))
    for slug, year in (("later", 2029), ("sooner", 2028), ("over", 2021)):
        times = {
            name: {"wall": f"{year}-05-05T{hour}:00", "zone": "Europe/Paris"}
            for name, hour in (("starts", 10), ("ends", 12))
        }
        await a_published_event(organisation, slug=slug, title={"en": f"Maternité {slug}"}, **times)
    await a_registration("sooner")
    await create_event(read_event(an_event(title={"en": "Care"})), by=organisation, domain="testserver")
    shown = words(await browser.get("/organise/"))
    assert "3 Upcoming events 1 Confirmed for them" in re.sub(
        r"(Upcoming events|Confirmed for them) (\d+)", r"\2 \1", shown
    )
    assert shown.index("Care") < shown.index("Maternité sooner") < shown.index("Maternité later")
    assert "Draft" in shown
    assert "Maternité over" not in shown
    found = words(await browser.get("/organise/?q=MATERNITE+late"))
    assert ("Maternité later" in found, "Maternité sooner" in found) == (True, False)
    assert "Maternité over" in words(await browser.get("/organise/?past=1"))
    assert "No event here has these words." in words(await browser.get("/organise/?q=%25"))


async def test_the_list_asks_the_database_as_often_for_thirty_events_as_for_one(
    app: Litestar, database: KeptSQLite | PooledPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    asked: list[str] = []
    plain, built = database.statement, database.run_querystring

    async def statement(sql: str, args: Any) -> Any:
        asked.append(sql)
        return await plain(sql, args)

    async def run_querystring(querystring: Any, **options: Any) -> Any:
        asked.append(str(querystring))
        return await built(querystring, **options)

    monkeypatch.setattr(database, "statement", statement)
    monkeypatch.setattr(database, "run_querystring", run_querystring)
    await browser.get("/organise/")
    for_one = len(asked)
    assert 3 <= for_one <= 10
    for number in range(29):
        await a_published_event(organisation, slug=f"event-{number}")
    asked.clear()
    assert (await browser.get("/organise/")).text.count("<tr") == 31
    assert len(asked) == for_one
