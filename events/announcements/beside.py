"""Sends announcements that go to many, in a process of its own that `sender` begins, until nothing is left to send."""

from events.announcements.sender import send_all
from events.infra import db
from events.settings import read_settings
from events.web import logs
from events.web.locale import LANGUAGES, catalogue


async def work() -> None:
    settings = read_settings()
    logs.set_up(settings.log_format)
    for language in LANGUAGES:
        catalogue(language)  # takes a fifth of a second, which no mail should wait for
    kept = db.engine()
    kept.gives_way = True
    await kept.open()
    try:
        await send_all(settings)
    finally:
        await kept.close()
