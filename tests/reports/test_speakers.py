"""The organisation's address book in the workspace."""

from typing import Any

from litestar import Litestar

from events.accounts.rules import Actor
from events.programme import queries
from events.programme.queries.contents import list_speakers
from tests.make import a_published_event, an_organisation
from tests.people import fields, send, words
from tests.reports.olga import beside, olga

HERE = "/organise/speakers"
ANA: dict[str, Any] = {
    "name": "Ana Reyes",
    "affiliation": "UNESCO",
    "function": {"en": "Director"},
    "biography": {"es": "Ana vive en Manila."},
}


async def ana(organisation: Actor) -> str:
    event = await a_published_event(organisation, speakers=[ANA])
    return f"{HERE}/{event.speakers[0].id}"


async def test_somebody_is_put_right_at_every_event(app: Litestar) -> None:
    organisation, browser = await olga(app)
    address = await ana(organisation)
    await a_published_event(organisation, slug="again", speakers=[{"name": "Ana Reyes"}])
    shown = words(await browser.get(HERE))
    assert "Ana Reyes UNESCO Director 2" in shown
    page = await browser.get(address)
    typed = {name: str(text) for name, text in fields(page, address).items()}
    assert typed["biography.es"] == "Ana vive en Manila."
    answer = await send(browser, page, address, **typed | {"name": "Ana B. Reyes", "function.fr": "Directrice"})
    assert answer.headers["location"] == f"{HERE}?done=changed"
    for slug in ("care-skills-count", "again"):
        (speaker,) = (await queries.get_event(slug)).speakers
        assert (speaker.name, speaker.function) == ("Ana B. Reyes", {"en": "Director", "fr": "Directrice"})
        assert speaker.biography == ANA["biography"]


async def test_mistakes_stand_beside_their_fields(app: Litestar) -> None:
    organisation, browser = await olga(app)
    address = await ana(organisation)
    await a_published_event(organisation, slug="other", speakers=[{"name": "Wei", "affiliation": "UNESCO"}])
    page = await browser.get(address)
    assert list(beside(await send(browser, page, address, name=""))) == ["name"]
    told = beside(await send(browser, page, address, name="WEI"))
    assert told == {"name": "Your address book has somebody else of this name and organisation."}


async def test_somebody_is_forgotten_once_they_appear_nowhere(app: Litestar) -> None:
    organisation, browser = await olga(app)
    address = await ana(organisation)
    page = await browser.get(address)
    assert f'action="{address}/delete"' not in page.text
    answer = await browser.post(
        f"{address}/delete", data={"csrf": str(fields(page, address)["csrf"])}, headers={"Origin": "http://testserver"}
    )
    assert (answer.status_code, "Take them off those first." in answer.text) == (409, True)
    event = await queries.get_event("care-skills-count")
    await browser.post(
        "/organise/events/care-skills-count/edit",
        data=dict(
            fields(
                await browser.get("/organise/events/care-skills-count/edit"), "/organise/events/care-skills-count/edit"
            ).items()
        )
        | {"speakers.0.off": "true"},
        headers={"Origin": "http://testserver"},
    )
    assert (await queries.get_event(event.slug)).speakers == ()
    await send(browser, await browser.get(address), f"{address}/delete")
    assert await list_speakers(organisation.organisation) == []


async def test_another_organisations_people_are_not_there(app: Litestar) -> None:
    address = await ana(await an_organisation("theirs", "Theirs"))
    _, browser = await olga(app)
    assert (await browser.get(address)).status_code == 404
    assert "Ana Reyes" not in (await browser.get(HERE)).text
