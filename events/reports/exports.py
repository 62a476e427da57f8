"""The list of who is registered, as a file."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import msgspec

from events.accounts.rules import Actor
from events.infra.sheets import BOM, Workbook, csv_of
from events.kernel.clock import utc_now
from events.kernel.zones import zone_info
from events.registration.rules import Listed
from events.reports.actions import record_export
from events.reports.queries import chunks, get_event_of_any, get_listing
from events.reports.rules import Format, Listing

_PIECE = 64 * 1024
Progress = Callable[[int], object]


def file_name(listing: Listing, file: Format) -> str:
    today = utc_now().astimezone(zone_info(listing.event.span.starts.zone)).date()
    return f"{listing.event.slug}-{listing.what}-{today.isoformat()}.{file}"


async def csv_pieces(listing: Listing, *, bom: bool = False, progress: Progress = int) -> AsyncIterator[bytes]:
    """`bom` for people, whose spreadsheet must be told that it is UTF-8; a program would read it as part of a name."""
    yield (BOM if bom else b"") + csv_of([list(listing.columns)])
    async for tickets in chunks(listing):
        yield csv_of(listing.row(ticket) for ticket in tickets)
        progress(len(tickets))
    if listing.rest:
        yield csv_of(listing.rest)


async def json_pieces(listing: Listing, *, progress: Progress = int) -> AsyncIterator[bytes]:
    """A list of the documents that the API lists."""
    before = b"[\n"
    async for tickets in chunks(listing, keys=True):
        for ticket in tickets:
            yield before + msgspec.json.encode(listing.document(ticket))
            before = b",\n"
        progress(len(tickets))
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


async def write_xlsx(listing: Listing, file: IO[bytes], *, progress: Progress = int) -> None:
    """On another thread where it takes long: a list of 50,000 is a matter of seconds."""
    book = Workbook(file, listing.columns, listing.event.span.starts.zone)
    try:
        async for tickets in chunks(listing):
            await asyncio.to_thread(book.add, [listing.row(ticket) for ticket in tickets])
            progress(len(tickets))
        book.add(listing.rest)
        await asyncio.to_thread(book.close)
    finally:
        book.discard()


async def xlsx_file(listing: Listing) -> IO[bytes]:
    """Whole before any of it is sent: its parts are in another order than its rows."""
    file = TemporaryFile()  # noqa: SIM115 - closed by `pieces_of`
    try:
        await write_xlsx(listing, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


async def pieces_of(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


async def export(slug: str, file_format: str, path: Path, progress: Progress) -> None:
    """Raises EventNotFound. What stands at `path` is replaced once the new file is whole."""
    event, file = await get_event_of_any(slug), Format(file_format)
    listing = await get_listing(slug, event.organisation, Listed())
    with _replacing(path) as target:
        if file is Format.XLSX:
            await write_xlsx(listing, target, progress=progress)
        else:
            pieces = csv_pieces if file is Format.CSV else json_pieces
            async for piece in pieces(listing, progress=progress):
                target.write(piece)
    await record_export(event, file, by=Actor(event.organisation, "system"))


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
