"""Sends what is queued.

A worker claims some messages that are due with a lease, renders each outside any transaction, sends it and marks it.
Claims exclude each other in the database, and a worker begins nothing that it could not finish within its lease, so
two workers never send one message twice. A message is sent twice only if the mail server took it and we never came to
mark it: killed in between, cut off before the server's answer, or without a database until the lease was over.
"""

import asyncio
import logging
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from events.infra.smtp import Letter, NotNow, Refused, Transport, Unreachable, transport_for
from events.kernel.clock import utc_now
from events.kernel.errors import Unavailable
from events.outbox.actions import Claim, claim, drop, mark_failed, mark_sent, postpone, put_back
from events.outbox.mime import letter_for
from events.outbox.rules import Mail, Queued, pause_after
from events.outbox.steps import listening
from events.settings import Settings
from events.web.observing import POSTS

Renderers = Mapping[str, Callable[[Queued], Awaitable[Mail | None]]]

LEASE = timedelta(minutes=6)
POLL_SECONDS = 5.0
BATCH = 60
LANES = 3  # connections at once: what large providers allow one sender
FULL_LANE = 10  # messages that are worth a further connection
GRACE_SECONDS = 10
LONGEST_PAUSE_SECONDS = 300.0
GIVES_WAY_SECONDS = 0.2

logger = logging.getLogger(__name__)


class Lanes:
    """The connections that mail goes over, kept while there is mail."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept: list[Transport] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in self._kept:
            await transport.aclose()

    def some_for(self, messages: int) -> list[Transport]:
        """One for a few messages, more for many."""
        number = min(LANES, -(-messages // FULL_LANE))
        self._kept += [transport_for(self._settings) for _ in range(number - len(self._kept))]
        return self._kept[:number]


class Worker:
    """`renderers` makes the words of each kind of message, or None when there is nobody to write to any more."""

    def __init__(
        self, settings: Settings, renderers: Renderers, *, lease: timedelta = LEASE, poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._settings = settings
        self._renderers = renderers
        self._lease = lease
        self._poll_seconds = poll_seconds
        # To render takes at most so long, and so does to send: what is begun in the first third ends in time.
        self._third = lease / 3
        self._sent: list[Claim] = []
        self._marking = asyncio.Lock()

    async def run(self) -> None:
        """Send until cancelled: at once what this process queued, within a few seconds what another did."""
        pause = self._poll_seconds
        with listening() as bell:
            while not _cancelled():
                bell.clear()
                try:
                    await self._send_what_is_due()
                except Unreachable as error:
                    logger.warning("The mail server cannot be reached (%s); trying again in %.0f s", error, pause)
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                    continue
                except Exception as error:  # noqa: BLE001 - whatever it was, mail must go on
                    logger.error("The outbox is held up for a moment: %s", _place(error))  # noqa: TRY400 - the trace names people
                pause = self._poll_seconds
                if not _cancelled():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._poll_seconds):
                            await bell.wait()

    async def _send_what_is_due(self) -> None:
        """Batch after batch, over the same connections."""
        async with Lanes(self._settings) as lanes:
            while not _cancelled() and await self._deliver_batch(lanes):
                pass

    async def run_once(self) -> int:
        """Deliver one batch and tell how many messages it held. Raises Unreachable when there is no mail server."""
        async with Lanes(self._settings) as lanes:
            return await self._deliver_batch(lanes)

    async def _deliver_batch(self, lanes: Lanes) -> int:
        left = deque(await claim(BATCH, self._lease))
        handled, unreachable = len(left), None
        try:
            async with asyncio.TaskGroup() as group:
                delivering = [
                    group.create_task(self._deliver_in_turn(left, transport)) for transport in lanes.some_for(handled)
                ]
            away = [lane.result() for lane in delivering]
            unreachable = away[0] if away and all(away) else None
        finally:
            await self._put_back(left, unreachable.reply if unreachable else None)
        if unreachable:
            raise unreachable
        return handled

    async def _deliver_in_turn(self, left: deque[Claim], transport: Transport) -> Unreachable | None:
        """One lane, over a connection of its own. A server may refuse a second one, so its being away is an answer."""
        try:
            while left:
                await _give_way()
                if not left or utc_now() > left[0].until - 2 * self._third:
                    break
                await self._unbroken(self._deliver(left.popleft(), transport))
        except Unreachable as error:
            return error
        return None

    async def _unbroken(self, delivery: Coroutine[Any, Any, None]) -> None:
        """Let what has begun end when we are cancelled, or the message might be sent and not marked."""
        task = asyncio.ensure_future(delivery)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task}, timeout=GRACE_SECONDS)
            if not task.cancel():
                task.exception()  # nobody else will read it
            raise

    async def _put_back(self, claims: Collection[Claim], reply: str | None) -> None:
        if not claims:
            return
        for message_id in await put_back(claims, reply):
            logger.error("Message %d is given up: the mail server was away too long", message_id)

    async def _deliver(self, one: Claim, transport: Transport) -> None:
        try:
            async with asyncio.timeout(self._third.total_seconds()):
                letter = await self._letter(one.queued)
                if letter is None:
                    await drop(one)
                    return
        except Exception as error:  # noqa: BLE001 - no renderer may stop the others' mail
            await self._try_later(one, _place(error))
            return
        try:
            async with asyncio.timeout(self._third.total_seconds()):
                await transport.send(letter)
        except Unreachable as error:
            await self._put_back([one], error.reply)
            raise
        except Refused as error:
            logger.warning("Message %d (%s) is refused: %s", one.queued.id, one.queued.kind, error)
            await mark_failed(one, error.reply)
        except NotNow as error:
            await self._try_later(one, str(error), reply=error.reply)
        except TimeoutError as error:
            await self._try_later(one, _place(error))
        else:
            await self._mark_sent(one)

    async def _letter(self, queued: Queued) -> Letter | None:
        mail = await self._renderers[queued.kind](queued)
        if mail is None:
            return None
        return letter_for(
            mail,
            message_id=queued.id,
            mail_from=self._settings.mail_from,
            domain=self._settings.domain,
            at=utc_now(),
        )

    async def _mark_sent(self, one: Claim) -> None:
        """Until it is written down or the lease is over: a database that is away for a moment must not send twice.

        What another lane has sent meanwhile is marked with it, in one transaction.
        """
        self._sent.append(one)
        async with self._marking:
            while one in self._sent:
                some = self._sent[:]
                try:
                    await mark_sent(*some)
                except Unavailable:
                    if utc_now() >= one.until:
                        self._sent.remove(one)
                        raise
                    await asyncio.sleep(1)
                else:
                    self._sent = self._sent[len(some) :]

    async def _try_later(self, one: Claim, error: str, *, reply: str | None = None) -> None:
        queued = one.queued
        pause = pause_after(queued.tries, queued.id)
        if pause is None:
            logger.error("Message %d (%s) is given up after %d tries: %s", queued.id, queued.kind, queued.tries, error)
            await mark_failed(one, reply or error)
        else:
            logger.warning("Message %d (%s), try %d: %s", queued.id, queued.kind, queued.tries, error)
            await postpone(one, reply or error, pause)


async def _give_way() -> None:
    """People who register wait for an answer, mail does not: it goes on when they are served, or soon all the same."""
    if not POSTS.number:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(GIVES_WAY_SECONDS):
            while POSTS.number:  # noqa: ASYNC110 - thousands of requests a second need not ring a bell each
                await asyncio.sleep(0.005)


def _place(error: Exception) -> str:
    """What went wrong and where, without the values that were in it."""
    if isinstance(error, ExceptionGroup):  # of one batch's lanes
        return _place(error.exceptions[0])
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def _cancelled() -> bool:
    """Whether this task is to end: asyncio.wait_for, in aiosmtplib, may keep that to itself before Python 3.12."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
