"""People who sign in, and what a browser does with a form: fill it in as it stands and send it from its page."""

import httpx
from argon2 import PasswordHasher
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser, LexborNode

from events.accounts.actions.members import create_user
from events.accounts.rules import Actor, Role
from events.infra import passwords
from tests.conftest import browser

passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # a quarter of a second less a sign-in
PASSWORD = "a hen, two foxes"
ORIGIN = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


async def a_member(
    organisation: Actor, email: str = "ana@example.org", *, role: Role = Role.OWNER, language: str = "en"
) -> int:
    return await create_user(
        organisation.organisation,
        email=email,
        name=email.partition("@")[0].title(),
        password=PASSWORD,
        role=role,
        language=language,
    )


async def sign_in(app: Litestar, email: str = "ana@example.org", password: str = PASSWORD) -> httpx.AsyncClient:
    """A browser in which somebody has signed in."""
    made = browser(app)
    page = await made.get("/organise/sign-in")
    answer = await send(made, page, "/organise/sign-in", email=email, password=password)
    assert answer.status_code == 303, answer.text
    return made


async def send(
    browser: httpx.AsyncClient, page: httpx.Response, action: str, **typed: str | list[str]
) -> httpx.Response:
    """Fill in the form of `page` that posts to `action`, and send it."""
    return await browser.post(action, data=fields(page, action) | typed, headers=ORIGIN)


def fields(page: httpx.Response, action: str) -> dict[str, str | list[str]]:
    """What the form would send if nothing were typed."""
    form = next(
        form for form in LexborHTMLParser(page.text).css("form") if form.attributes.get("action", action) == action
    )
    found: dict[str, str | list[str]] = {}
    for node in form.css("input[name], select[name], textarea[name]"):
        if (value := _value(node)) is not None:
            name = node.attributes["name"] or ""
            found[name] = [*_several(found[name]), value] if name in found else value
    return found


def _several(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def words(page: httpx.Response) -> str:
    """What a reader reads, in one line."""
    main = LexborHTMLParser(page.text.replace("<wbr>", "")).css_first("main")
    return " ".join(main.text(separator=" ").split()) if main else ""


def node(page: httpx.Response, selector: str) -> LexborNode:
    """The first of these on the page."""
    found = LexborHTMLParser(page.text).css_first(selector)
    assert found is not None, f"there is no {selector}"
    return found


def _value(node: LexborNode) -> str | None:
    if node.tag == "select":
        chosen = node.css_first("option[selected]") or node.css_first("option")
        return chosen.attributes.get("value") if chosen else None
    if node.attributes.get("type") in {"radio", "checkbox"} and "checked" not in node.attributes:
        return None
    return node.attributes.get("value") or node.text(strip=True)
