"""Looks after announcements while Sideline runs: plans that are due, groups that are being written to, late comers."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from events.announcements import queries
from events.announcements.actions.delivering import Writer
from events.announcements.actions.sending import begin_what_is_due, queue_what_fits, welcome_late_comers
from events.announcements.rules import KIND
from events.infra.processes import run_beside
from events.kernel.clock import utc_now
from events.outbox.steps import wake
from events.outbox.worker import Worker
from events.settings import Settings

IDLE_SECONDS = 2.0
BUSY_SECONDS = 0.1
LATE_COMERS_EVERY = timedelta(minutes=1)
BESIDE = "events.announcements.beside"

logger = logging.getLogger(__name__)


class Sender:
    """Given the `outbox` of a process that answers pages, it lets another process send what goes to many."""

    def __init__(self, outbox: Worker | None = None) -> None:
        self._outbox = outbox
        self._welcomed_at = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            busy = False
            try:
                busy = await self.look()
            except Exception:
                logger.exception("announcements are held up for a moment")
            await asyncio.sleep(BUSY_SECONDS if busy else IDLE_SECONDS)

    async def look(self) -> bool:
        """Tells whether there is more to do at once."""
        sending = await begin_what_is_due()
        if not (self._outbox and await _has_many(sending) and await self._is_sent_beside(self._outbox)):
            await queue_what_fits(sending)
        if abs(utc_now() - self._welcomed_at) >= LATE_COMERS_EVERY:
            self._welcomed_at = utc_now()
            await welcome_late_comers()
        return bool(sending)

    async def _is_sent_beside(self, outbox: Worker) -> bool:
        try:
            with outbox.leaving(KIND):
                await run_beside(BESIDE)
        except OSError:
            logger.exception("announcements are sent by this process until it is started anew")
            self._outbox = None
            return False
        return True


async def _has_many(sending: list[int]) -> bool:
    return any([await queries.has_many_ahead(one) for one in sending])


async def send_all(settings: Settings) -> None:
    """Send announcements until nothing of them is left to send."""
    sender, outbox = Sender(), Worker(settings, {KIND: Writer(settings).render}, only=KIND)
    is_queued = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(outbox.run(until=is_queued))
        while await sender.look():  # noqa: ASYNC110 - the outbox rings no bell when it has room
            await asyncio.sleep(BUSY_SECONDS)
        is_queued.set()
        wake()
