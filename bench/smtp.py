"""Two ends of SMTP: `sink PORT LETTER NUMBER` takes mail and says how fast; `alone PORT LETTER NUMBER` only sends it.

The sink is as quick as Python can be: slower, it would be the sink that both of them wait for.
"""

import asyncio
import sys
import time
from pathlib import Path

import aiosmtplib
import uvloop

from events.outbox.lanes import LANES


class Sink(asyncio.Protocol):
    """Says after each `number` mails how many seconds they took, and keeps the first of all in `letter`."""

    letter: Path
    number: int
    taken = 0
    began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]  # of a stream
        self._buffer = b""
        self._reads_mail = False
        transport.write(b"220 sink\r\n")  # type: ignore[attr-defined]  # same

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answers = b""
        while True:
            ending = b"\r\n.\r\n" if self._reads_mail else b"\r\n"
            said, found, rest = self._buffer.partition(ending)
            if not found:
                break
            self._buffer = rest
            answers += self._taken(said) if self._reads_mail else self._answer(said[:4].upper())
        if answers:
            self._transport.write(answers)

    def _answer(self, verb: bytes) -> bytes:
        if verb == b"DATA":
            self._reads_mail = True
            return b"354 go on\r\n"
        if verb == b"MAIL" and not Sink.began:
            Sink.began = time.perf_counter()
        return (
            b"250-sink\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n250 8BITMIME\r\n"
            if verb == b"EHLO"
            else b"250 fine\r\n"
        )

    def _taken(self, mail: bytes) -> bytes:
        self._reads_mail = False
        Sink.taken += 1
        if Sink.taken == 1 and not self.letter.exists():
            self.letter.write_bytes(mail + b"\r\n")
        if Sink.taken == self.number:
            print(time.perf_counter() - Sink.began, flush=True)
            Sink.taken, Sink.began = 0, 0.0
        return b"250 taken\r\n"


async def sink(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    print("listens", flush=True)
    await server.serve_forever()


async def alone(port: int, letter: bytes, number: int) -> None:
    """Over as many kept connections as the outbox has."""
    left = iter(range(number))

    async def lane() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
            for _ in left:
                await smtp.sendmail("events@example.org", "ana@example.org", letter)

    await asyncio.gather(*(lane() for _ in range(LANES)))


def main(part: str, port: str, letter: str, number: str) -> None:
    Sink.letter, Sink.number = Path(letter), int(number)
    uvloop.run(sink(int(port)) if part == "sink" else alone(int(port), Path(letter).read_bytes(), int(number)))


if __name__ == "__main__":
    main(*sys.argv[1:])
