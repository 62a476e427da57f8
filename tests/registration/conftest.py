import pytest

from events.accounts.actions.organisations import create_organisation
from events.accounts.rules import SCOPES, Actor
from events.settings import Settings
from tests.mail_server import MailServer
from tests.registration.post import Post


@pytest.fixture
async def by(database: object) -> Actor:  # noqa: ARG001 - it must be open
    """An organisation that says whom to ask and how long it keeps what it knows."""
    made = await create_organisation(
        "mmm", name="Make Mothers Matter", contact_email="events@mmm.example", retention_days=90
    )
    return Actor(made.id, "system", SCOPES)


@pytest.fixture
def post(settings: Settings, mail_server: MailServer) -> Post:
    return Post(settings, mail_server)
