"""An installation that sends: its announcements go to a real mail server."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from typing import Any

from events.accounts.rules import Actor
from events.announcements import queries
from events.announcements.actions import delivering, writing
from events.announcements.actions.sending import begin_what_is_due, queue_what_fits, welcome_late_comers
from events.announcements.mails import added_to
from events.announcements.queries.outcomes import count_outcomes
from events.announcements.rules import Anchor, AnnouncementFacts, Audience, Draft, Outcome, Timing, Unit
from events.infra import db
from events.outbox.worker import Worker
from events.programme.tables import Event
from events.registration import mails, steps
from events.settings import Settings
from tests.mail_server import MailServer
from tests.make import a_registration

NOW = Timing(anchor=Anchor.NOW)
SLUG = "care-skills-count"
DAY_BEFORE = Timing(anchor=Anchor.START, amount=1, unit=Unit.DAYS, clock="09:00")
DUE = datetime(2027, 2, 4, 14, tzinfo=UTC)
ONE_PLACE = {"in_person": {"capacity": 1}, "online": {"capacity": None}}


def a_draft(timing: Timing = NOW, **changes: Any) -> Draft:
    audience = Audience(**{name: changes.pop(name) for name in list(changes) if name in Audience.__struct_fields__})
    texts: dict[str, Any] = {"subject": {"en": "About {event}"}, "body": {"en": "Dear {name}, see {link}."}}
    return Draft(**(texts | {"timing": timing, "audience": audience} | changes))


async def planned(by: Actor, draft: Draft) -> int:
    made = await writing.create(SLUG, draft, by=by)
    await writing.plan(made, SLUG, by=by)
    return made


async def sent_now(by: Actor, draft: Draft) -> int:
    made = await writing.create(SLUG, draft, by=by)
    await writing.send_now(made, SLUG, by=by)
    return made


async def send_what_is_due() -> bool:
    """One round; tells whether there is more to do at once."""
    sending = await begin_what_is_due()
    await queue_what_fits(sending)
    return bool(sending)


class Post:
    """`await post.brought()` is what has come since it was last asked, confirmations left out."""

    def __init__(self, settings: Settings, server: MailServer) -> None:
        self.settings = settings
        self.server = server
        self._seen = 0

    def worker(self) -> Worker:
        ours = mails.renderers(self.settings, partial(added_to, self.settings))
        return Worker(self.settings, ours | delivering.renderers(self.settings))

    async def deliver(self) -> None:
        worker = self.worker()
        while await worker.run_once():
            pass

    async def brought(self) -> list[EmailMessage]:
        while await send_what_is_due():
            await self.deliver()
        await welcome_late_comers()
        await self.deliver()
        letters = self.server.letters[self._seen :]
        self._seen += len(letters)
        return [letter for letter in letters if is_announcement(letter)]

    async def reached(self) -> list[str]:
        return sorted(addresses(await self.brought()))


def addresses(letters: Sequence[EmailMessage]) -> list[str]:
    return [letter["To"].addresses[0].addr_spec for letter in letters]


def is_announcement(letter: EmailMessage) -> bool:
    return "List-Unsubscribe" in letter or str(letter["Subject"]).startswith("[Test]")


def text(letter: EmailMessage, kind: str = "plain") -> str:
    part = letter.get_body((kind,))
    assert part
    return str(part.get_content()).replace("\r\n", "\n")


async def state_of(announcement: int) -> AnnouncementFacts:
    found = await queries.find(announcement)
    assert found
    return found


async def outcomes(announcement: int) -> dict[Outcome, int]:
    found = await state_of(announcement)
    return (await count_outcomes(found.event)).get(announcement, {})


@db.write
async def set_status(status: str) -> None:
    await Event.update({Event.status: status, Event.revision: Event.revision + 1}).where(Event.slug == SLUG)


async def check_in(registration: int) -> None:
    await db.write(steps.check_in)(registration, datetime.now(UTC))


async def people(number: int) -> None:
    for one in range(number):
        await a_registration(email=f"p{one:03}@example.org", mode="online", name=f"Person {one}")
