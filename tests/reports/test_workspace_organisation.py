from litestar import Litestar

from events.accounts import queries
from events.accounts.rules import Role
from tests.conftest import browser
from tests.make import a_published_event, an_organisation
from tests.people import a_member, fields, send, sign_in, words

HERE = "/organise/organisation"


async def test_an_owner_says_what_the_organisation_is_and_gives_it_its_colour(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_member(organisation)
    ana = await sign_in(app)
    page = await ana.get(HERE)
    assert fields(page, HERE)["retention_days"] == "365"
    typed = {
        "name": "Make Mothers Matter",
        "short_name": "MMM",
        "about.en": "For mothers\r\neverywhere.",
        "about.fr": "Pour les mères.",
        "website": "https://makemothersmatter.org",
        "contact_email": "office@Example.org",
        "own_accent": "true",
        "accent": "#005a9c",
        "retention_days": "90",
    }
    before = await queries.public_version()
    answer = await send(ana, page, HERE, **typed)
    assert answer.headers["location"] == f"{HERE}?done=changed"
    kept = await queries.get_organisation("make-mothers-matter")
    assert (kept.short_name, kept.accent, kept.retention_days) == ("MMM", "#005a9c", 90)
    assert kept.about == {"en": "For mothers\neverywhere.", "fr": "Pour les mères."}
    assert kept.contact_email == "office@example.org"
    assert await queries.public_version() > before

    stylesheet = await browser(app).get("/organisations/make-mothers-matter/accent.css")
    assert (stylesheet.headers["content-type"], stylesheet.text) == (
        "text/css; charset=utf-8",
        ":root { --own-accent: #005a9c; }\n",
    )
    page = await ana.get(HERE)
    assert "/organisations/make-mothers-matter/accent.css" in page.text
    form = fields(page, HERE)
    del form["own_accent"]
    await ana.post(HERE, data=form, headers={"Origin": "http://testserver"})
    assert (await browser(app).get("/organisations/make-mothers-matter/accent.css")).text == ""
    assert (await browser(app).get("/organisations/none/accent.css")).status_code == 404


async def test_a_longer_time_leaves_what_was_promised(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_member(organisation)
    await a_published_event(organisation)
    ana = await sign_in(app)
    answer = await send(ana, await ana.get(HERE), HERE, retention_days="400")
    assert "The longer time holds for events that you publish from now on." in words(
        await ana.get(answer.headers["location"])
    )
    form = await browser(app).get("/en/events/care-skills-count/register")
    assert "Until Saturday 5 February 2028" in words(form), "365 days after the event"


async def test_every_problem_is_told_and_what_was_typed_is_kept(app: Litestar) -> None:
    await a_member(await an_organisation())
    ana = await sign_in(app)
    wrong = {
        "name": "MMM",
        "website": "example",
        "contact_email": "nobody",
        "own_accent": "true",
        "accent": "#ffff00",
        "about.fr": "Pour les mères.",
    }
    answer = await send(ana, await ana.get(HERE), HERE, **wrong)
    assert answer.status_code == 422
    for told in ("Write a whole web address", "This is not an e-mail address", "White text cannot be read well"):
        assert told in words(answer)
    kept = fields(answer, HERE)
    assert {name: kept[name] for name in wrong} == wrong
    many = await send(ana, answer, HERE, name=" ", retention_days="0")
    assert many.status_code == 422
    assert "This must be 1 or more." in words(many)
    assert (await queries.get_organisation("make-mothers-matter")).name == "Make Mothers Matter"


async def test_only_owners_come_here(app: Litestar) -> None:
    await a_member(await an_organisation(), role=Role.ORGANISER)
    ana = await sign_in(app)
    assert (await ana.get(HERE)).status_code == 403
    csrf = fields(await ana.get("/organise/account"), "/organise/sign-out")["csrf"]
    answer = await ana.post(HERE, data={"csrf": csrf, "name": "Ours"}, headers={"Origin": "http://testserver"})
    assert answer.status_code == 403
