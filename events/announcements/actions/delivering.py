"""The last moment before an announcement leaves for somebody: whether it still should, and in which words."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from msgspec import structs

from events.announcements import queries
from events.announcements.actions.sending import hold, skip
from events.announcements.mails import Frame, find_ticket, get_frame, mail, mail_of_kind
from events.announcements.queries import Addressee
from events.announcements.rules import (
    AT_ONCE,
    KIND,
    NOTES_TEST_KIND,
    TEST_KIND,
    Audience,
    Skipped,
    State,
    reason_to_skip,
)
from events.kernel.clock import utc_now
from events.kernel.words import N_
from events.outbox.rules import Mail, Queued
from events.programme.queries import get_event_by_id
from events.programme.rules.errors import EventNotFound
from events.registration.queries import count_ended
from events.registration.remarks.queries import list_tags
from events.settings import Settings
from events.web.locale import gettext

Renderer = Callable[[Queued], Awaitable[Mail | None]]

_KEPT = timedelta(seconds=10)
_MOST_KEPT = 16
_FRESH_SECONDS = 0.1


def renderers(settings: Settings) -> dict[str, Renderer]:
    """By kind of message, for the outbox."""
    return {
        KIND: Writer(settings).render,
        TEST_KIND: partial(render_test, settings),
        NOTES_TEST_KIND: partial(render_notes_test, settings),
    }


class Writer:
    """Words the mails that leave. The frame of the announcement in hand is kept while nobody changes it.

    Who comes next is looked up along with who is in hand, for what leaves within a tenth of a second.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._frames: dict[tuple[int, int, int], tuple[datetime, Frame]] = {}
        self._ahead: dict[int, Addressee] = {}
        self._looked_at = 0.0
        self._looking = asyncio.Lock()

    async def render(self, queued: Queued) -> Mail | None:
        """None when they are not to get it after all, which is written down.

        Nor when the place was handed on while a worker held the mail: the link in it is the other person's by now.
        """
        announcement, registration = int(queued.facts["announcement"]), queued.subject_id
        addressee = await self._find_addressee(announcement, registration, queued.id)
        if addressee is None or addressee.ticket.erased_at or addressee.ticket.email != queued.to_address:
            return None
        if addressee.paused:
            await hold(announcement, registration)
            return None
        frame = await self._frame(announcement, addressee.version, addressee.revision)
        if frame.announcement.audience.tag:
            tags = (await list_tags([registration])).get(registration, ())
            addressee = structs.replace(addressee, ticket=structs.replace(addressee.ticket, tags=tags))
        if reason := await _reason_to_skip(frame, addressee):
            await skip(announcement, registration, reason)
            return None
        ended = await count_ended(addressee.ticket) if frame.announcement.calendar else 0
        return mail(self._settings, frame, addressee.ticket, to=queued.to_address, ended=ended)

    async def _find_addressee(self, announcement: int, registration: int, message: int) -> Addressee | None:
        """None when this message is not the one that they are to get."""
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if message not in self._ahead or now - self._looked_at > _FRESH_SECONDS:
                self._ahead = await queries.list_addressees(announcement, registration, AT_ONCE)
                self._looked_at = now
            return self._ahead.pop(message, None)

    async def _frame(self, announcement: int, version: int, revision: int) -> Frame:
        now, key = utc_now(), (announcement, version, revision)
        kept = self._frames.get(key)
        if kept and abs(now - kept[0]) < _KEPT:
            return kept[1]
        if len(self._frames) >= _MOST_KEPT:
            self._frames.clear()
        frame = await get_frame(announcement)
        self._frames[key] = (now, frame)
        return frame


async def _reason_to_skip(frame: Frame, addressee: Addressee) -> Skipped | None:
    if addressee.opted_out:
        return Skipped.OPTED_OUT
    if frame.announcement.state is State.DRAFT:
        return Skipped.OFF
    if reason := reason_to_skip(frame.announcement.timing, frame.event.status, frame.event.span, utc_now()):
        return reason
    ticket, group = addressee.ticket, frame.announcement.audience
    is_meant = group.has(ticket) and (not group.answer or await queries.is_in_group(ticket.id, frame.event.id, group))
    return None if is_meant else Skipped.NOT_MEANT


async def render_test(settings: Settings, queued: Queued) -> Mail | None:
    """To an organiser: the words as somebody would get them, and links that are nobody's."""
    if await queries.find(queued.subject_id) is None:
        return None
    frame = await get_frame(queued.subject_id)
    group = frame.announcement.audience
    ticket = await find_ticket(frame.event, group, queued.facts["registration"], queued.facts["language"])
    return _as_test(mail(settings, frame, ticket, to=queued.to_address, test=True))


async def render_notes_test(settings: Settings, queued: Queued) -> Mail | None:
    """A mail about one registration, in the same way; None when the event was deleted since."""
    try:
        event = await get_event_by_id(queued.subject_id)
    except EventNotFound:
        return None
    facts = queued.facts
    ticket = await find_ticket(event, Audience(), facts["registration"], facts["language"])
    sent = await mail_of_kind(settings, event, ticket, facts["kind"])
    return _as_test(structs.replace(sent, to_address=queued.to_address, to_name="", attachments=()))


def _as_test(sent: Mail) -> Mail:
    return structs.replace(sent, subject=gettext(sent.language, N_("[Test] {subject}")).format(subject=sent.subject))
