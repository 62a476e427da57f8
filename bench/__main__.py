"""`python -m bench [--rows registration,feed] [--databases sqlite,postgres]`."""

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

os.environ |= {
    "SIDELINE_ENV": "demo",
    "SIDELINE_SECRET_KEY": "0" * 64,
    "SIDELINE_DATABASE_URL": "sqlite:////nowhere/at/all",
}

import httpx
import psutil

import bench.statements as bare
from bench import calendars
from bench.load import CLIENTS, SERVER_CORE, Load, keep_on, load, on_core, posting, posting_each
from bench.reminders import nothing_to_send, send
from bench.stored import cost_beside_few
from events.accounts.actions.tokens import create_token
from events.accounts.queries import get_organisation
from events.accounts.rules import SCOPES, Actor
from events.checkin.actions import open_door, scan
from events.checkin.forms import DoorForm, ScanForm
from events.infra import migrations
from events.questions.actions import put_form
from events.registration.actions.moving import change_event
from events.registration.actions.registering import register
from events.registration.forms import read_sign_up
from events.registration.queries import find_by_code
from tests.conftest import use
from tests.make import a_published_event, an_organisation
from tests.postgres import PostgresServer
from tests.servers import SECRET, Served, free_port

RUNS = 5
EVENTS = 200
RESULTS = Path(__file__).with_name("results.json")


class Result(NamedTuple):
    """`ratio` is value ÷ ceiling; for a time or a size the ceiling is what it must stay under."""

    row: str
    database: str
    value: float
    unit: str
    ceiling: float
    ratio: float
    p50_ms: float | None = None
    p99_ms: float | None = None


class Stand(NamedTuple):
    """A server with 200 events, and what it takes to speak to it."""

    database: str
    url: str
    server: Served
    token: str
    door: int
    codes: Path
    plain: str
    postgres: PostgresServer | None

    def path(self, rest: str) -> str:
        return f"{self.server.url}{rest}"


def median_of(measure: Callable[[], Load]) -> Load:
    runs = [measure() for _ in range(RUNS)]
    return Load(*(statistics.median(figures) for figures in zip(*runs, strict=True)))


def beside_plain(row: str, stand: Stand, path: str, **headers: str) -> Result:
    """An answer over HTTP beside the plain one; the two in turn, so that a busy machine slows both."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    ours, plain = [], []
    for _ in range(RUNS):
        plain.append(load(stand.plain).rate)
        ours.append(load(stand.path(path), headers=named))
    rate = statistics.median(one.rate for one in ours)
    ratios = [one.rate / ceiling for one, ceiling in zip(ours, plain, strict=True)]
    return Result(
        row, stand.database, rate, "requests/s", statistics.median(plain), statistics.median(ratios),
        statistics.median(one.p50 for one in ours), statistics.median(one.p99 for one in ours),
    )  # fmt: skip


def event_page(stand: Stand) -> Iterator[Result]:
    yield beside_plain("event page", stand, "/en/events/event-1", Accept_Encoding="gzip")


def programme(stand: Stand) -> Iterator[Result]:
    """A conference of three days in six rooms, with 300 sessions, each with a speaker and a track."""
    asyncio.run(_with(stand.url, _fill_programme))
    path = "/en/events/conference/programme"
    began = time.perf_counter()
    httpx.get(stand.path(path), timeout=30).raise_for_status()
    seconds = time.perf_counter() - began
    yield Result("programme of 300 sessions: made", stand.database, seconds, "s", 1, seconds)
    yield beside_plain("programme of 300 sessions", stand, path, Accept_Encoding="gzip")


async def _fill_programme() -> None:
    by = Actor((await get_organisation("make-mothers-matter")).id, "system", SCOPES)
    zone, tracks = "Asia/Tashkent", ["policy", "families", "learning"]
    times = {"starts": {"wall": "2027-11-15T08:00", "zone": zone}, "ends": {"wall": "2027-11-17T20:00", "zone": zone}}
    await a_published_event(
        by, kind="conference", slug="conference", **times, modes={"in_person": {"capacity": None}},
        tracks=[{"key": key, "name": {"en": key.capitalize(), "fr": key.capitalize()}} for key in tracks],
    )  # fmt: skip
    for number in range(300):
        slot, room = divmod(number, 6)
        day, begins = 15 + slot // 17, 8 * 60 + slot % 17 * 40
        starts, ends = (f"2027-11-{day}T{at // 60:02}:{at % 60:02}" for at in (begins, begins + 40))
        await a_published_event(
            by, kind="session", slug=f"session-{number}", part_of="conference", modes={},
            title={"en": f"Session {number}", "fr": f"Séance {number}"}, track=tracks[number % 3],
            starts={"wall": starts, "zone": zone}, ends={"wall": ends, "zone": zone},
            venue={"name": "Uzexpocentre", "room": f"Hall {room + 1}"},
            speakers=[{"name": f"Speaker {number % 90}", "role": "panellist", "affiliation": "Example Institute"}],
        )  # fmt: skip


def feed(stand: Stand) -> Iterator[Result]:
    path = "/en/calendar.ics"
    etag = httpx.get(stand.path(path)).headers["etag"]
    yield beside_plain("feed of 200 events: 304", stand, path, If_None_Match=etag)
    yield beside_plain("feed of 200 events: 200 gzip", stand, path, Accept_Encoding="gzip")
    yield beside_plain("feed of 200 events: 200 identity", stand, path, Accept_Encoding="identity")


def feed_2000(stand: Stand) -> Iterator[Result]:
    """A feed of 2,000 events; `p50` and `p99` of its first build are how long others waited for a page, at worst."""
    name = "feed of 2,000 events"
    asyncio.run(_with(stand.url, calendars.fill))
    build = calendars.first_build(stand.server.url, stand.server.pid)
    yield Result(
        f"{name}: first build",
        stand.database,
        build.cpu,
        "ms of CPU",
        250,
        build.cpu / 250,
        build.others,
        build.slowest,
    )
    etag = httpx.get(stand.path(calendars.PATH)).headers["etag"]
    yield beside_plain(f"{name}: 304", stand, calendars.PATH, If_None_Match=etag)
    server = stand.server
    took, written = calendars.after_a_change(server.url, server.pid, lambda act: asyncio.run(_with(stand.url, act)))
    yield Result(f"{name}: one changed", stand.database, took, "ms of CPU", 30, took / 30)
    yield Result(f"{name}: written anew", stand.database, written, "events", 1, written)


def vtimezone(stand: Stand) -> Iterator[Result]:
    first, kept = calendars.every_zone()
    yield Result("every zone's description", stand.database, first, "s of CPU", 3, first / 3)
    yield Result("every zone's description, kept", stand.database, kept * 1000, "ms", 30, kept * 1000 / 30)


def registration(stand: Stand) -> Iterator[Result]:
    """16 clients register one person after the other, with `synchronous=FULL`."""
    path = "/api/v1/events/event-1/registrations"
    body = r'{"name": "Ana Reyes", "email": "ana-%d@example.org", "mode": "online"}'
    form = read_sign_up({"name": "Ana Reyes", "email": f"ana-{'0' * 12}@example.org"[-40:], "mode": "online"})

    async def once() -> tuple[bare.Recorded, list[str]]:
        statements = await bare.recorded(lambda: register("event-1", form, language="en", secret=SECRET))
        insert = next(args for sql, args in statements if sql.startswith("INSERT INTO registration"))
        return statements, [value for value in insert if isinstance(value, str) and len(value) > 20]

    yield from _beside_bare("registration", stand, path, posting(path, stand.token, body), once)


def form(stand: Stand) -> Iterator[Result]:
    """The same with 15 questions, beside the bare form in turn, so that a busy machine slows both."""
    kinds = ("short_text", "number", "date", "country", "yes_no") * 3
    questions = [
        {"kind": kind, "name": f"q{number}", "label": {"en": "?"}, "required": True}
        for number, kind in enumerate(kinds)
    ]
    given = {"short_text": "Head of unit", "number": "41", "date": "2027-02-05", "country": "CH", "yes_no": "yes"}
    answers = {f"q{number}": given[kind] for number, kind in enumerate(kinds)}

    async def ask() -> None:
        by = Actor((await get_organisation("make-mothers-matter")).id, "system", SCOPES)
        await put_form("event-3", {"sections": [{"questions": questions}]}, by=by)

    asyncio.run(_with(stand.url, ask))
    ours: list[Load] = []
    bare_form: list[Load] = []
    for _ in range(RUNS):
        for event, more, loads in (("event-1", "", bare_form), ("event-3", json.dumps(answers), ours)):
            path = f"/api/v1/events/{event}/registrations"
            said = f', "answers": {more}' if more else ""
            body = r'{"name": "Ana Reyes", "email": "ana-%d@example.org", "mode": "online"' + said + "}"
            loads.append(load(stand.path(path), script=posting(path, stand.token, body)))
    yield Result(
        "registration with 15 answers", stand.database, statistics.median(one.rate for one in ours), "actions/s",
        statistics.median(one.rate for one in bare_form),
        statistics.median(one.rate / other.rate for one, other in zip(ours, bare_form, strict=True)),
        statistics.median(one.p50 for one in ours), statistics.median(one.p99 for one in ours),
    )  # fmt: skip


def promotion(stand: Stand) -> Iterator[Result]:
    """A full event with 1,000 in line gets 1,000 places more: one transaction."""

    async def once(number: int) -> float:
        by = Actor((await get_organisation("make-mothers-matter")).id, "system", SCOPES)
        slug = f"promotion-{number}"
        await a_published_event(by, slug=slug, modes={"in_person": {"capacity": 0}})
        for first in range(0, 1000, 250):
            people = ({"name": "Ana", "email": f"ana{first + n}@example.org", "mode": "in_person"} for n in range(250))
            await asyncio.gather(*(register(slug, read_sign_up(one), language="en", secret=SECRET) for one in people))
        began = time.perf_counter()
        await change_event(slug, {"modes": {"in_person": {"capacity": 1000}}}, by=by)
        return time.perf_counter() - began

    async def runs() -> list[float]:
        return [await once(number) for number in range(RUNS)]

    value = statistics.median(asyncio.run(_with(stand.url, runs)))
    yield Result("promotion of 1,000", stand.database, value, "s", 1, value)


def scans(stand: Stand) -> Iterator[Result]:
    """16 clients scan one ticket after the other at one door; then at another, where a pass is asked."""
    yield from _scans(stand, "scan", stand.door)

    async def ask() -> int:
        by = Actor((await get_organisation("make-mothers-matter")).id, "system", SCOPES)
        await change_event("event-2", {"admission_step": {}}, by=by)
        return (await open_door("event-2", DoorForm(name="Gate"), by=by, secret=SECRET)).id

    yield from _scans(stand, "scan, with a pass", asyncio.run(_with(stand.url, ask)))


def _scans(stand: Stand, row: str, door: int) -> Iterator[Result]:
    path = f"/api/v1/doors/{door}/scans"

    async def once() -> tuple[bare.Recorded, list[int]]:
        code = stand.codes.read_text().split()[-1]
        by = Actor((await get_organisation("make-mothers-matter")).id, "system", SCOPES)
        statements = await bare.recorded(lambda: scan(door, [ScanForm(code=code)], by=by))
        ticket = await find_by_code(code)
        return statements, [ticket.id if ticket else 0]

    yield from _beside_bare(row, stand, path, posting_each(path, stand.token, stand.codes), once)


def _beside_bare(row: str, stand: Stand, path: str, script: str, once: Callable[[], Any]) -> Iterator[Result]:
    statements, unique = asyncio.run(_with(stand.url, once))
    ours, ceilings = [], []
    for _ in range(RUNS):
        ours.append(load(stand.path(path), script=script))
        ceilings.append(_bare(stand, statements, unique))
    rate = statistics.median(one.rate for one in ours)
    ratio = statistics.median(one.rate / ceiling for one, ceiling in zip(ours, ceilings, strict=True))
    yield Result(
        row, stand.database, rate, "actions/s", statistics.median(ceilings), ratio,
        statistics.median(one.p50 for one in ours), statistics.median(one.p99 for one in ours),
    )  # fmt: skip


def _bare(stand: Stand, statements: bare.Recorded, unique: list[Any]) -> float:
    if stand.postgres:
        return bare.pgbench(stand.postgres._programs, stand.url, statements, unique, CLIENTS)  # noqa: SLF001 - of our tests
    file = stand.server.folder / "bare.sqlite"
    file.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(stand.url.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(file)) as copy,
    ):
        source.backup(copy)
    return bare.bare_sqlite(file, statements, unique)


def stored(stand: Stand) -> Iterator[Result]:
    """With a million registrations, which may cost 1.2 times what it costs with ten thousand."""
    many, few, ratio = asyncio.run(cost_beside_few(stand.server.folder, stand.postgres))
    yield Result("registration with 1,000,000 stored", stand.database, many, "ms", few * 1.2, ratio / 1.2)


def start(stand: Stand) -> Iterator[Result]:
    """From `sideline serve` on a migrated database to the first 200 on `/en/`; then what it holds when idle."""
    seconds, sizes = [], []
    for _ in range(RUNS):
        other = Served(
            stand.url if stand.postgres else f"sqlite:///{stand.server.folder}/start.sqlite", stand.server.folder
        )
        if not stand.postgres:
            other.command("migrate")
        began = time.perf_counter()
        process = subprocess.Popen(
            on_core(SERVER_CORE, sys.executable, "-m", "events.cli", "serve", "--port", str(other.port)),
            env=other.environment, cwd=other.folder, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while True:
            try:
                if httpx.get(f"{other.url}/en/", timeout=5).is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.005)  # a benchmark may wait: it measures nothing finer
        seconds.append(time.perf_counter() - began)
        sizes.append(_megabytes(process.pid))
        process.terminate()
        process.wait()
    value = statistics.median(seconds)
    yield Result("serve to the first 200 on /en/", stand.database, value, "s", 2, value / 2)
    size = statistics.median(sizes)
    yield Result("memory when idle (PSS)", stand.database, size, "MiB", 150, size / 150)


def reminders(stand: Stand) -> Iterator[Result]:
    """10,000 to a local SMTP server, beside aiosmtplib alone with the same bytes; and what pages take meanwhile."""
    with tempfile.TemporaryDirectory(dir=stand.server.folder) as name:
        folder = Path(name).absolute()
        url = stand.postgres.create_database("reminders") if stand.postgres else f"sqlite:///{folder}/sideline.sqlite"
        runs = send(url, folder, 3)
    yield Result(
        "10,000 reminders", stand.database, statistics.median(one.ours for one in runs), "mails/s",
        statistics.median(one.alone for one in runs), statistics.median(one.ours / one.alone for one in runs),
    )  # fmt: skip
    yield Result(
        "page meanwhile, p99", stand.database, statistics.median(one.meanwhile for one in runs), "ms",
        statistics.median(2 * one.idle for one in runs),
        statistics.median(one.meanwhile / one.idle / 2 for one in runs),
    )  # fmt: skip


def _megabytes(pid: int) -> float:
    everyone = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(process.memory_full_info().pss for process in everyone) / 2**20


async def _with(url: str, act: Callable[[], Any]) -> Any:
    engine = use(url)
    await engine.open()
    try:
        return await act()
    finally:
        await engine.close()


async def _fill(folder: Path) -> tuple[str, int, Path]:
    await migrations.migrate()
    by = await an_organisation()
    for number in range(EVENTS):
        day = f"2027-{number % 12 + 1:02}-{number % 28 + 1:02}"
        await a_published_event(
            by,
            title={"en": f"Event {number}", "fr": f"Événement {number}"},
            starts={"wall": f"{day}T13:15", "zone": "America/New_York"},
            ends={"wall": f"{day}T14:30", "zone": "America/New_York"},
            modes={"in_person": {"capacity": None}, "online": {"capacity": None}},
        )
    door = await open_door("event-2", DoorForm(name="Main entrance"), by=by, secret=SECRET)
    token = await create_token(by.organisation, name="bench", scopes="all")
    codes = []
    for first in range(0, bare.TICKETS, 500):
        forms = [
            read_sign_up({"name": "Ben", "email": f"ben-{first + n}@example.org", "mode": "in_person"})
            for n in range(500)
        ]
        made = await asyncio.gather(*(register("event-2", form, language="en", secret=SECRET) for form in forms))
        codes += [one.code for one in made]
    file = folder / "codes"
    file.write_text("\n".join(codes))
    return token, door.id, file


@contextmanager
def stand_on(database: str, plain: str) -> Iterator[Stand]:
    with tempfile.TemporaryDirectory(prefix="sideline-bench-", dir="var" if Path("var").exists() else None) as name:
        folder, postgres = Path(name), None
        if database == "postgres":
            postgres = PostgresServer(durable=True)
            postgres.start()
            url = postgres.create_database("bench")
        else:
            url = f"sqlite:///{folder.absolute()}/sideline.sqlite"
        try:
            token, door, codes = asyncio.run(_with(url, lambda: _fill(folder)))
            with Served(url, folder) as server:
                keep_on(SERVER_CORE, server.pid)
                yield Stand(database, url, server, token, door, codes, plain, postgres)
        finally:
            if postgres:
                postgres.close()


@contextmanager
def plain_server() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(on_core(SERVER_CORE, sys.executable, "-m", "bench.plain", str(port)))
    try:
        for _ in range(500):
            try:
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            except httpx.TransportError:
                time.sleep(0.01)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()


ROWS: dict[str, Callable[[Stand], Iterator[Result]]] = {
    "event_page": event_page,
    "feed": feed,
    "registration": registration,
    "form": form,
    "promotion": promotion,
    "scan": scans,
    "reminders": reminders,
    "stored": stored,
    "start": start,
    "vtimezone": vtimezone,
    "feed_2000": feed_2000,
    "programme": programme,  # last: it adds to what feeds hold
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"some of {', '.join(ROWS)}")
    parser.add_argument("--databases", default="sqlite,postgres")
    args = parser.parse_args()
    results: list[Result] = []
    print(
        f"{'row':36} {'database':9} {'value':>10} {'unit':10} {'ceiling':>9} {'ratio':>6} {'p50 ms':>8} {'p99 ms':>8}"
    )
    with plain_server() as plain:
        for database in args.databases.split(","):
            with stand_on(database, plain) as stand:
                for row in args.rows.split(","):
                    asyncio.run(_with(stand.url, nothing_to_send))
                    for result in ROWS[row](stand):
                        results.append(result)
                        p50, p99 = (f"{ms:8.1f}" if ms is not None else " " * 8 for ms in result[-2:])
                        numbers = f"{result.value:10.1f} {result.unit:10} {result.ceiling:9.1f} {result.ratio:6.0%}"
                        print(f"{result.row:36} {database:9} {numbers} {p50} {p99}", flush=True)
    RESULTS.write_text(json.dumps([result._asdict() for result in results], indent=1) + "\n")


if __name__ == "__main__":
    main()
