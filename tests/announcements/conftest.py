import httpx
import pytest
from litestar import Litestar
from msgspec import structs

from events.accounts.actions.organisations import create_organisation
from events.accounts.rules import SCOPES, Actor
from events.settings import Settings
from tests.announcements.post import Post
from tests.mail_server import MailServer
from tests.make import a_published_event, an_organisation
from tests.people import a_member, sign_in


@pytest.fixture
async def by(database: object) -> Actor:  # noqa: ARG001 - it must be open
    """An organisation that says whom to ask."""
    made = await create_organisation("mmm", name="Make Mothers Matter", contact_email="events@mmm.example")
    return Actor(made.id, "system", SCOPES)


@pytest.fixture
async def olga(app: Litestar) -> httpx.AsyncClient:
    organisation = await an_organisation()
    await a_member(organisation)
    await a_published_event(organisation)
    return await sign_in(app)


@pytest.fixture
def post(settings: Settings, mail_server: MailServer) -> Post:
    return Post(structs.replace(settings, smtp_url=mail_server.url), mail_server)
