"""Sends announcements that go to many, in a process of its own: `python -m events.announcements.beside`.

It is begun by `sender.run` and ends when nothing is left to send.
"""

from events.announcements.sender import send_all
from events.infra import db
from events.infra.processes import be_beside
from events.settings import Settings, read_settings
from events.web import logs
from events.web.locale import LANGUAGES, catalogue


async def _send_all(settings: Settings) -> None:
    for language in LANGUAGES:
        catalogue(language)  # takes a fifth of a second, which no mail should wait for
    kept = db.engine()
    kept.gives_way = True
    await kept.open()
    try:
        await send_all(settings)
    finally:
        await kept.close()


def main() -> None:
    settings = read_settings()
    logs.set_up(settings.log_format)
    be_beside(_send_all(settings))


if __name__ == "__main__":
    main()
