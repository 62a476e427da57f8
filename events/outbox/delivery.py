"""One batch of claimed messages: rendered, sent and marked, over a few connections at once."""

import asyncio
import logging
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path

from events.infra.smtp import Letter, NotNow, Refused, Transport, Unreachable
from events.kernel.clock import utc_now
from events.outbox.actions import Claim, drop, mark_failed, postpone, put_back
from events.outbox.lanes import Lanes
from events.outbox.marking import Marker
from events.outbox.mime import letter_for
from events.outbox.rules import Mail, Queued, pause_after
from events.outbox.stopping import unbroken
from events.settings import Settings
from events.web.observing import POSTS

Renderers = Mapping[str, Callable[[Queued], Awaitable[Mail | None]]]

GIVES_WAY_SECONDS = 0.2

logger = logging.getLogger(__name__)


class Delivery:
    """Of claims that end at the same moment. To render a mail takes `patience` seconds at most, and so does to send."""

    def __init__(
        self, settings: Settings, renderers: Renderers, claims: Collection[Claim], patience: float, marker: Marker
    ) -> None:
        self._settings = settings
        self._renderers = renderers
        self._left = deque(claims)
        self._patience = patience
        self._marker = marker
        self._turns = asyncio.Lock()

    async def run(self, lanes: Lanes) -> None:
        """Raises Unreachable when the mail server is away over each of the lanes."""
        unreachable = None
        try:
            async with asyncio.TaskGroup() as group:
                delivering = [
                    group.create_task(self._deliver_in_turn(transport)) for transport in lanes.some_for(len(self._left))
                ]
            away = [lane.result() for lane in delivering]
            unreachable = away[0] if away and all(away) else None
        finally:
            await self._put_back(self._left, unreachable.reply if unreachable else None)
        if unreachable:
            raise unreachable

    async def _deliver_in_turn(self, transport: Transport) -> Unreachable | None:
        """One lane, over a connection of its own. A server may refuse a second one, so its being away is an answer."""
        try:
            while self._left:
                await _give_way()
                await self._marker.take_place()
                async with self._turns:  # one mail is worded in each round of the loop, and pages are answered between
                    await asyncio.sleep(0)
                if not self._left or not self._has_time_for(self._left[0]):
                    self._marker.leave_place()
                    break
                await unbroken(self._deliver(self._left.popleft(), transport))
        except Unreachable as error:
            return error
        return None

    def _has_time_for(self, one: Claim) -> bool:
        return (one.until - utc_now()).total_seconds() >= 2 * self._patience

    async def _put_back(self, claims: Collection[Claim], reply: str | None) -> None:
        if not claims:
            return
        for message_id in await put_back(claims, reply):
            logger.error("Message %d is given up: the mail server was away too long", message_id)

    async def _deliver(self, one: Claim, transport: Transport) -> None:
        sent = False
        try:
            sent = await self._send(one, transport)
        finally:
            if sent:
                self._marker.note(one)
            else:
                self._marker.leave_place()

    async def _send(self, one: Claim, transport: Transport) -> bool:
        """Whether it is sent now."""
        try:
            async with asyncio.timeout(self._patience):
                letter = await self._letter(one.queued)
                if letter is None:
                    await drop(one)
                    return False
        except Exception as error:  # noqa: BLE001 - no renderer may stop the others' mail
            await self._try_later(one, place_of(error))
            return False
        try:
            async with asyncio.timeout(self._patience):
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
            await self._try_later(one, place_of(error))
        else:
            return True
        return False

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


def place_of(error: Exception) -> str:
    """What went wrong and where, without the values that were in it."""
    if isinstance(error, ExceptionGroup):  # of one batch's lanes
        return place_of(error.exceptions[0])
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
