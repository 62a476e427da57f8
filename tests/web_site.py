"""A web site of somebody else on this machine, and a name service that knows where it is."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from events.infra.addresses import Address, Resolve, is_public


class Site:
    """A web server that answers each path as it was told, and remembers the Host it was asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.hosts: list[str] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            asked = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.hosts.append(next(line[6:] for line in asked.splitlines() if line.lower().startswith("host: ")))
            answer = self.answers.get(asked.split(" ")[1])
            if answer is None:  # silent for as long as the other side waits
                await reader.read()
            writer.write(answer or b"")
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def web_site() -> AsyncIterator[Site]:
    made = Site()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=5)


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    named = {"Content-Length": str(len(body)), "Connection": "close"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def names(**found: list[str]) -> Resolve:
    """A resolver that knows these hosts alone, and gives each answer once."""

    async def resolve(host: str, _: int) -> list[str]:
        if host not in found:
            raise OSError
        return [found[host].pop(0)] if len(found[host]) > 1 else found[host]

    return resolve


def public_or(*addresses: str) -> Callable[[Address], bool]:
    """The rule, with this machine's server counted as one of the Internet."""
    return lambda address: str(address) in addresses or is_public(address)
