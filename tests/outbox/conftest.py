import pytest
from msgspec import structs

from events.settings import Settings
from tests.mail_server import MailServer


@pytest.fixture
def smtp(settings: Settings, mail_server: MailServer) -> Settings:
    return structs.replace(settings, smtp_url=mail_server.url)
