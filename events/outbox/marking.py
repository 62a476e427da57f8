"""Writes down what was sent, several mails in one transaction, while others are on their way."""

import asyncio
from contextlib import suppress
from typing import Self

from events.kernel.clock import utc_now
from events.kernel.errors import Unavailable
from events.outbox.actions import UNMARKED, Claim, mark_sent
from events.outbox.stopping import GRACE_SECONDS, is_cancelled, unbroken

_TOGETHER = UNMARKED // 2
_GATHERING_SECONDS = 0.01


class Marker:
    """A mail is begun in one of a few places, which is free again once it is marked or was not sent after all.

    Who leaves its context waits until all is marked, a while if they are cancelled; raises what marking ended with.
    """

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(UNMARKED)
        self._sent: list[Claim] = []
        self._enough = asyncio.Event()
        self._is_ending = False
        self._marking: asyncio.Task[None] | None = None
        self._error: Exception | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await (self._settle(GRACE_SECONDS) if is_cancelled() else unbroken(self._settle()))

    async def take_place(self) -> None:
        """Raises what marking ended with: who goes on then sends what is never marked."""
        await self._places.acquire()
        if self._error:
            raise self._error

    def leave_place(self) -> None:
        self._places.release()

    def note(self, sent: Claim) -> None:
        """Have it marked soon, together with what is sent until then; that frees its place."""
        self._sent.append(sent)
        self._look()
        if self._marking is None or self._marking.done():
            self._marking = asyncio.create_task(self._mark())

    async def _settle(self, seconds: float | None = None) -> None:
        self._is_ending = True
        self._look()
        if self._marking:
            await asyncio.wait({self._marking}, timeout=seconds)
            self._marking.cancel()
        if self._error:
            raise self._error

    def _look(self) -> None:
        if self._is_ending or len(self._sent) >= _TOGETHER:
            self._enough.set()
        else:
            self._enough.clear()

    async def _mark(self) -> None:
        while self._sent:
            with suppress(TimeoutError):
                async with asyncio.timeout(_GATHERING_SECONDS):
                    await self._enough.wait()
            await self._mark_some(self._sent[:UNMARKED])

    async def _mark_some(self, some: list[Claim]) -> None:
        """Until it is written down or the lease is over: a database that is away for a moment must not send twice."""
        try:
            while not await _is_marked(some):  # noqa: ASYNC110 - the database rings no bell
                await asyncio.sleep(1)
        except Exception as error:  # noqa: BLE001 - raised where somebody waits
            self._error = error
        del self._sent[: len(some)]
        self._look()
        for _ in some:
            self._places.release()


async def _is_marked(some: list[Claim]) -> bool:
    try:
        await mark_sent(*some)
    except Unavailable:
        if utc_now() >= some[0].until:
            raise
        return False
    return True
