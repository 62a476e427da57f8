"""The slot finder as a page: what it suggests, what it leaves out, and where its cells lead."""

from urllib.parse import parse_qs, urlsplit

import time_machine
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.programme.actions import create_event
from events.programme.forms import read_event
from events.registration.actions.moving import cancel_event
from tests.make import a_published_event, an_event, an_organisation
from tests.people import a_member, fields, node, sign_in, words

SLOTS = "/organise/slots"
WEEK = f"{SLOTS}?from=2027-02-04&to=2027-02-05&zone=New+York&city.0=New+York&city.1=Gen%C3%A8ve"
NEW = "/organise/events/new"


async def test_a_chosen_slot_fills_in_the_form(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_member(organisation)
    await a_published_event(organisation, slug="csocd65", kind="conference", title={"en": "CSocD 65"})
    browser = await sign_in(app)
    page = await browser.get(f"{WEEK}&part_of=csocd65&city.2=Asia/Tashkent")
    link = node(page, ".best-slots a").attributes["href"] or ""
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert query == {
        "starts.wall": "2027-02-04T08:30",
        "starts.zone": "America/New_York",
        "ends.wall": "2027-02-04T09:45",
        "also_show.0": "Europe/Zurich",
        "also_show.1": "Asia/Tashkent",
        "part_of": "csocd65",
    }
    form = fields(await browser.get(link), NEW)
    assert {name: form[name] for name in query} == query
    assert fields(await browser.get(f"{NEW}?title.en=Planted&starts.zone=UTC"), NEW)["title.en"] == ""


async def test_which_of_two_hours_was_chosen_is_not_asked_again(app: Litestar) -> None:
    await a_member(await an_organisation())
    browser = await sign_in(app)
    page = await browser.get(
        f"{SLOTS}?from=2027-11-07&to=2027-11-07&length=30&step=60&zone=New+York&city.0=New+York&first=0&last=24"
    )
    links = [str(link.attributes["href"]) for link in LexborHTMLParser(page.text).css(".slots a")]
    twice = [link for link in links if "T01%3A00" in link]
    assert len(twice) == 2
    assert [fields(await browser.get(link), NEW)["starts.fold"] for link in twice] == ["0", "1"]


async def test_what_the_organisation_holds_meanwhile_is_left_out(app: Litestar) -> None:
    organisation, others = await an_organisation(), await an_organisation("unesco", "UNESCO")
    await a_member(organisation)
    at_nine = {
        "starts": {"wall": "2027-02-04T09:00", "zone": "America/New_York"},
        "ends": {"wall": "2027-02-04T10:00", "zone": "America/New_York"},
    }
    draft = read_event(an_event(slug="ours", title={"en": "Our breakfast"}, **at_nine))
    await create_event(draft, by=organisation, domain="testserver")
    conference = {"wall": "2027-02-01", "zone": "America/New_York"}, {"wall": "2027-02-10", "zone": "America/New_York"}
    await a_published_event(
        organisation, slug="week", kind="conference", starts=conference[0], ends=conference[1], all_day=True
    )
    await a_published_event(others, slug="theirs", title={"en": "Theirs"})
    browser = await sign_in(app)
    page = await browser.get(f"{WEEK}&length=60&step=60")
    taken = [str(cell.attributes["title"]) for cell in LexborHTMLParser(page.text).css("span.slot.information")]
    assert taken == ["Thursday 4 February 2027 09:00: taken by Our breakfast"]
    assert "Taken by Our breakfast Thursday 4 February 2027, 09:00–10:00 (New York, UTC−5) Draft" in words(page)
    assert "Theirs" not in page.text

    await a_published_event(organisation, slug="off", title={"en": "Called off"}, **at_nine)
    await cancel_event("off", reason={}, by=organisation)
    assert "Called off" not in (await browser.get(f"{WEEK}&length=60&step=60")).text


async def test_the_plenary_of_the_chosen_conference_is_left_out(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_member(organisation)
    zone = "America/New_York"
    sitting = {
        "starts": {"wall": "2027-02-04T10:00", "zone": zone},
        "ends": {"wall": "2027-02-04T13:00", "zone": zone},
        "title": {"en": "General debate"},
    }
    days = {"starts": {"wall": "2027-02-01", "zone": zone}, "ends": {"wall": "2027-02-10", "zone": zone}}
    week = {"slug": "csocd65", "kind": "conference", "all_day": True, "plenary": [sitting], **days}
    await a_published_event(organisation, **week)
    browser = await sign_in(app)
    page = await browser.get(f"{WEEK}&length=60&step=60&part_of=csocd65")
    taken = LexborHTMLParser(page.text).css("span.slot.information")
    assert [str(cell.attributes["title"]).split(" 2027 ")[1] for cell in taken] == [
        f"{clock}:00: taken by General debate" for clock in (10, 11, 12)
    ]
    assert "Plenary: General debate Thursday 4 February 2027, 10:00–13:00" in words(page)
    assert "General debate" not in (await browser.get(f"{WEEK}&length=60&step=60")).text


@time_machine.travel("2027-02-03T12:00Z", tick=False)
async def test_without_a_question_next_week_is_looked_at_in_cities_that_fit(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_member(organisation, language="fr")
    browser = await sign_in(app)
    form = fields(await browser.get(SLOTS), SLOTS)
    assert (form["from"], form["to"]) == ("2027-02-08", "2027-02-12")
    assert [form[f"city.{number}"] for number in range(5)] == ["New York", "Genève/Zurich", "Nairobi", "Tachkent", ""]
    times = {
        "starts": {"wall": "2027-05-04T09:00", "zone": "Asia/Tashkent"},
        "ends": {"wall": "2027-05-06T17:00", "zone": "Asia/Tashkent"},
    }
    await a_published_event(organisation, slug="tashkent", kind="conference", **times)
    form = fields(await browser.get(f"{SLOTS}?part_of=tashkent"), SLOTS)
    assert (form["from"], form["to"], form["zone"]) == ("2027-05-04", "2027-05-06", "Tachkent")
    assert (await browser.get(f"{SLOTS}?city.0=Tachkent&city.1=Saint-Jean+de+Terre-Neuve")).status_code == 200


async def test_every_mistake_is_told_beside_its_field(app: Litestar) -> None:
    await a_member(await an_organisation())
    browser = await sign_in(app)
    wrong = "from=2027-02-30&to=2027-02-05&length=0&step=7&first=20&last=8&zone=Tashkint&city.0=Xyz&city.7=Nowhere"
    page = await browser.get(f"{SLOTS}?{wrong}")
    assert page.status_code == 422
    told = {str(link.attributes["href"]) for link in LexborHTMLParser(page.text).css("#problems a")}
    assert told == {"#field-" + name for name in ("from", "length", "step", "last", "zone", "city.0", "city.7")}
    assert "Did you mean Tashkent?" in words(page)
    for last in ("2027-02-03", "2027-02-18", "2198-12-31"):
        assert (await browser.get(f"{SLOTS}?from=2027-02-04&to={last}&city.0=Geneva")).status_code == 422
    for day in ("1971-01-01", "2198-12-31"):
        assert (await browser.get(f"{SLOTS}?from={day}&to={day}&city.0=Geneva&all=1")).status_code == 200
