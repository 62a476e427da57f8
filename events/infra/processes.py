"""Work in a process of its own beside the server's: the system may interrupt it whenever somebody asks for a page.

Within one process it may not: on one core a thread that has begun runs on for up to 4 ms, whoever waits for it.
"""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from importlib import import_module
from typing import Any

import uvloop

NICENESS = 10
STOPS_WITHIN_SECONDS = 15


class Broken(OSError):
    """The process ended by a fault; what that was, it has logged."""


async def run_beside(module: str) -> None:
    """Await the `work` of a module in a process of its own. Cancelled, have it finish what it has begun.

    Raises OSError when it cannot be started, Broken when it fails.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, module, stdin=asyncio.subprocess.PIPE
    )
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.stdin.close()  # type: ignore[union-attr]  # it is a pipe
            try:
                async with asyncio.timeout(STOPS_WITHIN_SECONDS):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
    if process.returncode:
        raise Broken(f"{module} ended with {process.returncode}")


def main(module: str) -> None:
    """The process itself. It ends when its work is done, and early when its standard input ends.

    That is the other end of `run_beside`: it closes that, or is gone.
    """
    os.nice(NICENESS)  # before the rest is loaded, which takes a second
    work: Callable[[], Coroutine[Any, Any, None]] = import_module(module).work
    spare_what_stays()
    uvloop.run(until_told(work(), by_input=True))


async def until_told(work: Coroutine[Any, Any, None], *, by_input: bool = False) -> None:
    """Work until that is done or a signal asks us to end; what was begun is finished then."""
    loop, working = asyncio.get_running_loop(), asyncio.ensure_future(work)
    for asking in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(asking, working.cancel)
    if by_input:
        loop.add_reader(sys.stdin, _ended, loop, working)
    with suppress(asyncio.CancelledError):
        await working


def _ended(loop: asyncio.AbstractEventLoop, working: "asyncio.Future[None]") -> None:
    loop.remove_reader(sys.stdin)
    working.cancel()


def spare_what_stays() -> None:
    """All that was loaded lives as long as the process: to look through it again takes 50 ms, several times a second.

    What is left behind in cycles later is still collected, once there is enough of it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


if __name__ == "__main__":
    main(sys.argv[1])
