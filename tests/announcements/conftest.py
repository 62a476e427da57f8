import pytest
from msgspec import structs

from events.accounts.actions.organisations import create_organisation
from events.accounts.rules import SCOPES, Actor
from events.settings import Settings
from tests.announcements.post import Post
from tests.mail_server import MailServer


@pytest.fixture
async def by(database: object) -> Actor:  # noqa: ARG001 - it must be open
    """An organisation that says whom to ask."""
    made = await create_organisation("mmm", name="Make Mothers Matter", contact_email="events@mmm.example")
    return Actor(made.id, "system", SCOPES)


@pytest.fixture
def post(settings: Settings, mail_server: MailServer) -> Post:
    return Post(structs.replace(settings, smtp_url=mail_server.url), mail_server)
