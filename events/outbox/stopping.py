"""How a worker that is to end goes on with what it has begun."""

import asyncio
from collections.abc import Coroutine
from typing import Any

GRACE_SECONDS = 10


async def unbroken(act: Coroutine[Any, Any, None]) -> None:
    """Let what has begun end when we are cancelled, or a message might be sent and not marked."""
    task = asyncio.ensure_future(act)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=GRACE_SECONDS)
        if not task.cancel():
            task.exception()  # nobody else will read it
        raise


def is_cancelled() -> bool:
    """Whether this task is to end: asyncio.wait_for, in aiosmtplib, may keep that to itself before Python 3.12."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
