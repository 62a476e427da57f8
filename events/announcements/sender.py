"""Looks after announcements while Sideline runs: plans that are due, groups that are being written to, late comers."""

import asyncio
import logging
from datetime import timedelta

from events.announcements.actions.sending import send_what_is_due, welcome_late_comers
from events.kernel.clock import utc_now

IDLE_SECONDS = 2.0
BUSY_SECONDS = 0.1
LATE_COMERS_EVERY = timedelta(minutes=1)

logger = logging.getLogger(__name__)


async def run() -> None:
    """Until cancelled."""
    looked_at = utc_now() - LATE_COMERS_EVERY
    while True:
        busy = False
        try:
            busy = await send_what_is_due()
            if abs(utc_now() - looked_at) >= LATE_COMERS_EVERY:
                looked_at = utc_now()
                await welcome_late_comers()
        except Exception:
            logger.exception("announcements are held up for a moment")
        await asyncio.sleep(BUSY_SECONDS if busy else IDLE_SECONDS)
