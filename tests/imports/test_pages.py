"""Importing in the workspace: a file in, its dry run, what is chosen, and only then events."""

import httpx
import pytest
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser, LexborNode

from events.accounts.rules import Role
from events.programme import queries as programme
from events.programme.queries.calendars import list_facts
from events.programme.rules.filters import Filters
from tests.imports.files import OUTLOOK, calendar, event, workbook
from tests.make import an_organisation
from tests.people import ORIGIN, a_member, fields, node, send, sign_in, words

HERE = "/organise/imports"


async def upload(browser: httpx.AsyncClient, data: bytes, name: str = "file.ics", **typed: str) -> httpx.Response:
    """Send a file as a browser does, and follow to what comes of it."""
    form = fields(await browser.get(HERE), HERE)
    form.pop("file", None)
    answer = await browser.post(HERE, data=form | typed, files={"file": (name, data)}, headers=ORIGIN)
    return await browser.get(answer.headers["location"]) if answer.status_code == 303 else answer


@pytest.fixture
async def olga(app: Litestar) -> httpx.AsyncClient:
    await a_member(await an_organisation())
    return await sign_in(app)


async def test_a_file_is_looked_at_first_and_imported_when_confirmed(olga: httpx.AsyncClient) -> None:
    page = await upload(olga, OUTLOOK.encode(), "C:\\fakepath\\../../etc/Meeting <b>.ics")
    assert page.status_code == 200
    here = page.url.path
    assert node(page, "h1").text() == "Meeting <b>.ics"
    assert "Care skills count Thursday 1 July 2027, 10:00–11:30 (Berlin, UTC+2) New" in words(page)
    assert await list_facts(Filters(), viewer=1) == []
    answer = await send(olga, page, f"{here}/confirm")
    assert (answer.status_code, answer.headers["location"]) == (303, here)
    after = await olga.get(here)
    assert "New: 1. Brought up to date: 0. Left as they were: 0." in words(after)
    assert node(after, "table a").attributes["href"] == "/organise/events/care-skills-count"
    assert (
        await olga.post(f"{here}/confirm", data={"csrf": fields(after, "/organise/sign-out")["csrf"]}, headers=ORIGIN)
    ).status_code == 303
    assert "New: 1." in words(await olga.get(here)), "confirmed twice it is the same"


async def test_wrong_rows_are_shown_with_their_columns_and_a_mapping_mends_them(olga: httpx.AsyncClient) -> None:
    data = workbook(
        ["Titre", "Quand", "De", "A"],
        ["Ouverture", "05/02/2027", "9h30", "11h"],
        ["Clôture", "06/02/2027", "17h", "18h"],
    )
    page = await upload(olga, data, "p.xlsx")
    assert words(page).count("There is no date, and none above it.") == 2
    assert words(page).count("Say above in which zone the times are.") == 2
    assert "There is nothing to import" in words(page)
    chosen = {"columns.1": "date", "columns.2": "starts", "columns.3": "ends", "zone": "Africa/Nairobi"}
    answer = await send(olga, page, page.url.path, **chosen)
    assert answer.status_code == 303, words(answer)
    page = await olga.get(page.url.path)
    assert node(page, "#confirm button").text() == "Import 2 events"
    again = await upload(olga, data, "p.xlsx")
    assert node(again, "#confirm button").text() == "Import 2 events", "the mapping is remembered"


async def test_what_cannot_be_chosen_is_told_beside_its_field(olga: httpx.AsyncClient) -> None:
    page = await upload(olga, workbook(["Titre", "Date"], ["Ouverture", "05/02/2027"]), "p.xlsx")
    wrong = {"columns.0": "date", "columns.1": "date", "zone": "Nairobi", "kind": "party", "part_of": "nothing"}
    answer = await send(olga, page, page.url.path, **wrong)
    assert answer.status_code == 422
    for field in ("columns.1", "zone", "kind", "part_of"):
        assert node(answer, f'[id="problem-{field}"]').text(strip=True)
        assert node(answer, f'[id="field-{field}"]').attributes["name"] == field


async def test_which_side_stands_is_chosen_for_each_event(olga: httpx.AsyncClient) -> None:
    page = await upload(olga, calendar(*event()))
    await send(olga, page, f"{page.url.path}/confirm")
    edit = "/organise/events/care-skills-count/edit"
    assert (await send(olga, await olga.get(edit), edit, **{"title.en": "Ours"})).status_code == 303
    page = await upload(olga, calendar(*event("a@example.org", "Theirs")))
    assert "Changed in the file and here: Title" in words(page)
    radio = node(page, 'input[form="confirm"][value^="overwrite"]')
    await send(
        olga, page, f"{page.url.path}/confirm", **{str(radio.attributes["name"]): str(radio.attributes["value"])}
    )
    assert (await programme.get_event("care-skills-count", viewer=1)).title == {"en": "Theirs"}


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"hello", "a.ics", "This is not a calendar: it has no line BEGIN:VCALENDAR."),
        (b"", "a.ics", "There is nothing in this file."),
        (b"PKnonsense", "a.xlsx", "This workbook is damaged."),
        (b"x" * 5_000_001, "a.csv", "The file is larger than 5 MB."),
    ],
)
async def test_a_file_that_is_none_is_refused_beside_its_field(
    olga: httpx.AsyncClient, data: bytes, name: str, said: str
) -> None:
    answer = await upload(olga, data, name)
    assert answer.status_code == 422
    assert said in node(answer, "#problem-file").text()


async def test_no_file_and_an_address_inside_are_refused_beside_their_fields(olga: httpx.AsyncClient) -> None:
    page = await olga.get(HERE)
    answer = await send(olga, page, HERE)
    assert (answer.status_code, node(answer, "#problem-file").text(strip=True)) == (
        422,
        "Choose a file, or give the address of a calendar.",
    )
    answer = await send(olga, page, HERE, url="http://127.0.0.1:8000/calendar.ics")
    assert answer.status_code == 422
    assert "127.0.0.1 is not on the public Internet" in node(answer, "#problem-url").text()


async def test_a_body_larger_than_any_file_is_not_read(olga: httpx.AsyncClient) -> None:
    assert (await upload(olga, b"x" * 6_000_000)).status_code == 413


async def test_a_file_is_forgotten_when_wished(olga: httpx.AsyncClient) -> None:
    page = await upload(olga, OUTLOOK.encode())
    await send(olga, page, f"{page.url.path}/discard")
    assert (await olga.get(page.url.path)).status_code == 404
    assert "file.ics" not in words(await olga.get(HERE))


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
async def test_the_template_is_read_without_a_word_being_chosen(olga: httpx.AsyncClient, ending: str) -> None:
    template = await olga.get(f"{HERE}/template.{ending}")
    assert template.headers["content-disposition"] == f'attachment; filename="programme.{ending}"'
    page = await upload(olga, template.content, f"programme.{ending}")
    answer = await send(olga, page, page.url.path, zone="America/New_York")
    assert answer.status_code == 303
    page = await olga.get(page.url.path)
    assert node(page, "#confirm button").text() == "Import 2 events"
    assert all(select.css_first("option[selected]") for select in page_selects(page, "columns."))


def page_selects(page: httpx.Response, prefix: str) -> list[LexborNode]:

    return [one for one in LexborHTMLParser(page.text).css("select") if str(one.attributes["name"]).startswith(prefix)]


async def test_who_may_only_look_imports_nothing(app: Litestar) -> None:
    await a_member(await an_organisation(), role=Role.VIEWER)
    viewer = await sign_in(app)
    assert (await viewer.get(HERE)).status_code == 403
    assert HERE not in (await viewer.get("/organise/")).text


async def test_another_organisation_sees_nothing_of_an_upload(app: Litestar, olga: httpx.AsyncClient) -> None:
    here = (await upload(olga, OUTLOOK.encode())).url.path
    await a_member(await an_organisation("other", "Other"), "bo@example.org")
    other = await sign_in(app, "bo@example.org")
    csrf = fields(await other.get("/organise/account"), "/organise/account")["csrf"]
    assert (await other.get(here)).status_code == 404
    for action in ("", "/confirm", "/discard"):
        assert (await other.post(f"{here}{action}", data={"csrf": csrf}, headers=ORIGIN)).status_code == 404
    assert "file.ics" not in words(await other.get(HERE))
    assert (await olga.get(here)).status_code == 200


async def test_of_a_thousand_rows_the_page_shows_those_that_need_somebody(olga: httpx.AsyncClient) -> None:
    many = [
        "\r\n".join(["BEGIN:VEVENT", *event(str(number), f"Talk {number}"), "END:VEVENT"]) for number in range(1000)
    ]
    data = "\r\n".join(["BEGIN:VCALENDAR", *many, "END:VCALENDAR", ""]).encode()
    page = await upload(olga, data)
    assert node(page, "#confirm button").text() == "Import 1000 events"
    assert "700 more rows, with nothing wrong, are not shown." in words(page)
