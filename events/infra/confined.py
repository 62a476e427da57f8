"""Reading what strangers made, in a process of its own that may use so much time and memory and no more.

A file that a library chokes on, whichever way, costs that process and one refusal; the server answers on meanwhile.
"""

import asyncio
import resource
import sys
from asyncio import AbstractEventLoop, Semaphore
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, TypeVar, get_type_hints
from weakref import WeakKeyDictionary

import msgspec

from events.infra.unreadable import Unreadable
from events.kernel.words import N_

T = TypeVar("T")
Runner = Callable[..., Awaitable[Any]]
"""What readers run in."""
SECONDS = 20
BYTES = 1_000_000_000
AT_ONCE = 2
_turns: WeakKeyDictionary[AbstractEventLoop, Semaphore] = WeakKeyDictionary()


async def confined(
    reader: Callable[..., T], data: bytes, kind: type[T], *, seconds: int = SECONDS, **options: Any
) -> T:
    """What `reader(data, **options)` gives, a Struct of this kind; raises Unreadable, also for the reader."""
    asked = msgspec.msgpack.encode((reader.__module__, reader.__qualname__, seconds, options, data))
    async with _turns.setdefault(asyncio.get_running_loop(), Semaphore(AT_ONCE)):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(2 * seconds):
                answer, _ = await process.communicate(asked)
        except TimeoutError:
            answer = b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode != 0:
        raise Unreadable(N_("This file takes more time or memory to read than a file of its kind should."))
    refused, params, found = msgspec.msgpack.decode(answer, type=tuple[str, dict[str, Any], msgspec.Raw])
    if refused:
        raise Unreadable(refused, **params)
    return msgspec.msgpack.decode(found, type=kind)


def main() -> None:
    """The process itself: asked on standard input, answers on standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    module, name, seconds, options, data = msgspec.msgpack.decode(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    reader = getattr(import_module(module), name)
    kinds = get_type_hints(reader)
    try:
        given = {name: msgspec.convert(value, kinds[name]) for name, value in options.items()}
        answer: tuple[str, dict[str, Any], Any] = ("", {}, reader(data, **given))
    except Unreadable as refused:
        (problem,) = refused.problems
        answer = (problem.message, dict(problem.params), None)
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))


if __name__ == "__main__":
    main()
