"""Somebody who asks for a calendar of their own."""

import re
from typing import Any

import httpx
from icalendar import Calendar
from msgspec import structs

from events.outbox.worker import Worker
from events.registration.mails import renderers
from events.settings import Settings
from tests.infra.calendar_clients import libical_finds_fault
from tests.mail_server import MailServer
from tests.people import send


class Person:
    """Somebody with a mailbox, who opens what comes and copies the address into a calendar."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings, server: MailServer) -> None:
        self.client = client
        self.settings = structs.replace(settings, smtp_url=server.url)
        self.server = server

    async def read_mail(self) -> list[str]:
        """The addresses of calendars in it, the newest last."""
        worker = Worker(self.settings, renderers(self.settings))
        while await worker.run_once():
            pass
        texts = [
            str(part.get_content()) for part in (letter.get_body(("plain",)) for letter in self.server.letters) if part
        ]
        return [found for text in texts for found in re.findall(r"http://testserver(/calendars/\S+\.ics)", text)]

    async def ask(self, token: str) -> str:
        page = await self.client.get(f"/t/{token}")
        answer = await send(self.client, page, f"/t/{token}/calendar")
        assert answer.headers["location"] == f"/t/{token}?done=calendar", answer.text
        return (await self.read_mail())[-1]

    async def fetch(self, address: str, **headers: str) -> httpx.Response:
        return await self.client.get(address, headers={name.replace("_", "-"): text for name, text in headers.items()})

    async def events(self, address: str) -> dict[str, Any]:
        answer = await self.fetch(address)
        assert answer.status_code == 200, answer.text
        assert not libical_finds_fault(answer.content)
        calendar: Any = Calendar.from_ical(answer.content)
        return {str(event["URL"]).rpartition("/")[2]: event for event in calendar.walk("VEVENT")}
