"""Sends what is queued.

A worker claims some messages that are due with a lease, renders each outside any transaction, sends it and marks it.
Claims exclude each other in the database, and a worker begins nothing that it could not finish within its lease, so
two workers never send one message twice. A message is sent twice only if the mail server took it and we never came to
mark it: killed in between, cut off before the server's answer, or without a database until the lease was over.
"""

import asyncio
import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from events.infra.smtp import Unreachable
from events.outbox.actions import Claim, claim, put_back
from events.outbox.delivery import Delivery, Renderers, place_of
from events.outbox.lanes import LANES, Lanes
from events.outbox.marking import Marker
from events.outbox.steps import listening
from events.outbox.stopping import is_cancelled
from events.settings import Settings

LEASE = timedelta(minutes=6)
POLL_SECONDS = 5.0
BATCH = 60
LONGEST_PAUSE_SECONDS = 300.0

logger = logging.getLogger(__name__)


class Worker:
    """`renderers` makes the words of each kind of message, or None when there is nobody to write to any more.

    With `only` it sends mail of that kind alone, over one connection fewer, which is left to who sends the rest.
    """

    def __init__(
        self,
        settings: Settings,
        renderers: Renderers,
        *,
        only: str | None = None,
        lease: timedelta = LEASE,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._settings = settings
        self._renderers = renderers
        self._only = only
        self._but = ""
        self._lease = lease
        self._poll_seconds = poll_seconds

    @contextmanager
    def leaving(self, kind: str) -> Iterator[None]:
        """Meanwhile mail of this kind is left to another process."""
        self._but = kind
        try:
            yield
        finally:
            self._but = ""

    async def run(self, until: asyncio.Event | None = None) -> None:
        """Send at once what this process queued, within a few seconds what another did.

        Until cancelled, or until nothing is due after `until` was set and `wake` called.
        """
        pause = self._poll_seconds
        with listening() as bell:
            while not is_cancelled():
                bell.clear()
                try:
                    await self._send_what_is_due()
                except Unreachable as error:
                    logger.warning("The mail server cannot be reached (%s); trying again in %.0f s", error, pause)
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                    continue
                except Exception as error:  # noqa: BLE001 - whatever it was, mail must go on
                    logger.error("The outbox is held up for a moment: %s", place_of(error))  # noqa: TRY400 - the trace names people
                else:
                    if until and until.is_set():
                        return
                pause = self._poll_seconds
                if not is_cancelled():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._poll_seconds):
                            await bell.wait()

    async def _send_what_is_due(self) -> None:
        """Batch after batch, over the same connections; the next is claimed while one is sent."""
        async with Lanes(self._settings, LANES - 1 if self._only else LANES) as lanes, Marker() as marker:
            following = await self._claim()
            try:
                while following and not is_cancelled():
                    claims, meanwhile = following, asyncio.ensure_future(self._claim())
                    try:
                        await self._deliver(claims, lanes, marker)
                    finally:
                        following = await meanwhile
            finally:
                if following:
                    await put_back(following)

    async def run_once(self) -> int:
        """Deliver one batch and tell how many messages it held. Raises Unreachable when there is no mail server."""
        async with Lanes(self._settings, LANES - 1 if self._only else LANES) as lanes, Marker() as marker:
            claims = await self._claim()
            await self._deliver(claims, lanes, marker)
            return len(claims)

    async def _claim(self) -> list[Claim]:
        return await claim(BATCH, self._lease, only=self._only, but=self._but)

    async def _deliver(self, claims: Collection[Claim], lanes: Lanes, marker: Marker) -> None:
        # To render takes a third of it at most, and so does to send: what is begun in the first third ends in time.
        patience = self._lease.total_seconds() / 3
        await Delivery(self._settings, self._renderers, claims, patience, marker).run(lanes)
