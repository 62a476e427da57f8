"""Who looks after an organisation's events, at work in her browser."""

import httpx
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor, Role
from tests.make import an_organisation
from tests.people import a_member, sign_in

NEW = "/organise/events/new"
EDIT = "/organise/events/care-skills-count/edit"
HERE = "/organise/events/care-skills-count"


async def olga(app: Litestar, role: Role = Role.OWNER) -> tuple[Actor, httpx.AsyncClient]:
    """An organisation and the browser of who looks after it."""
    organisation = await an_organisation()
    await a_member(organisation, role=role)
    return organisation, await sign_in(app)


def a_form(**typed: str) -> dict[str, str]:
    return {
        "kind": "side_event",
        "title.en": "Care skills count",
        "title.fr": "Les compétences du soin comptent",
        "starts.wall": "2027-02-05T13:15",
        "starts.zone": "America/New_York",
        "ends.wall": "2027-02-05T14:30",
        "venue.name": "UN Headquarters",
        "modes.in_person.capacity": "80",
    } | {name.replace("__", "."): text for name, text in typed.items()}


def beside(page: httpx.Response) -> dict[str, str]:
    """What is said beside which field, having checked that the summary on top leads to each of them."""
    tree = LexborHTMLParser(page.text)
    told = {
        str(node.attributes["id"]).removeprefix("problem-"): " ".join(node.text(separator=" ").split())
        for node in tree.css(".problem[id]")
    }
    linked = {str(link.attributes["href"]) for link in tree.css("#problems a")}
    assert linked == {f"#field-{name}" for name in told}
    for name in told:
        assert tree.css_first(f'[id="field-{name}"]'), name
    return told
