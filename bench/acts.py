"""Rows of what is done: registering, scanning, promoting, reminding."""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import bench.statements as bare
from bench.load import Load, load, posting, posting_each
from bench.reminders import send
from bench.result import RUNS, Result, beside_bare
from bench.stand import Stand, on
from bench.stored import cost_beside_few
from events.accounts.queries import get_organisation
from events.accounts.rules import SCOPES, Actor
from events.checkin.actions import open_door, scan
from events.checkin.forms import DoorForm, ScanForm
from events.questions.actions import put_form
from events.registration.actions.moving import change_event
from events.registration.actions.registering import register
from events.registration.forms import read_sign_up
from events.registration.queries import find_by_code
from tests.make import a_published_event
from tests.servers import SECRET


def registration(stand: Stand) -> Iterator[Result]:
    """16 clients register one person after the other, with `synchronous=FULL`."""
    path = "/api/v1/events/event-1/registrations"
    body = r'{"name": "Ana Reyes", "email": "ana-%d@example.org", "mode": "online"}'
    form = read_sign_up({"name": "Ana Reyes", "email": f"ana-{'0' * 12}@example.org"[-40:], "mode": "online"})

    async def once() -> tuple[bare.Recorded, list[str]]:
        statements = await bare.recorded(lambda: register("event-1", form, language="en", secret=SECRET))
        insert = next(args for sql, args in statements if sql.startswith("INSERT INTO registration"))
        return statements, [value for value in insert if isinstance(value, str) and len(value) > 20]

    yield from beside_bare("registration", stand, path, posting(path, stand.token, body), once)


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

    asyncio.run(on(stand.url, ask))
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

    value = statistics.median(asyncio.run(on(stand.url, runs)))
    yield Result("promotion of 1,000", stand.database, value, "s", 1, value)


def scans(stand: Stand) -> Iterator[Result]:
    """16 clients scan one ticket after the other at one door; then at another, where a pass is asked."""
    yield from _scans(stand, "scan", stand.door)

    async def ask() -> int:
        by = Actor((await get_organisation("make-mothers-matter")).id, "system", SCOPES)
        await change_event("event-2", {"admission_step": {}}, by=by)
        return (await open_door("event-2", DoorForm(name="Gate"), by=by, secret=SECRET)).id

    yield from _scans(stand, "scan, with a pass", asyncio.run(on(stand.url, ask)))


def _scans(stand: Stand, row: str, door: int) -> Iterator[Result]:
    path = f"/api/v1/doors/{door}/scans"

    async def once() -> tuple[bare.Recorded, list[int]]:
        code = stand.codes.read_text().split()[-1]
        by = Actor((await get_organisation("make-mothers-matter")).id, "system", SCOPES)
        statements = await bare.recorded(lambda: scan(door, [ScanForm(code=code)], by=by))
        ticket = await find_by_code(code)
        return statements, [ticket.id if ticket else 0]

    yield from beside_bare(row, stand, path, posting_each(path, stand.token, stand.codes), once)


def stored(stand: Stand) -> Iterator[Result]:
    """With a million registrations, which may cost 1.2 times what it costs with ten thousand."""
    many, few, ratio = asyncio.run(cost_beside_few(stand.server.folder, stand.postgres))
    yield Result("registration with 1,000,000 stored", stand.database, many, "ms", few * 1.2, ratio / 1.2)


def reminders(stand: Stand) -> Iterator[Result]:
    """10,000 to a local SMTP server, beside aiosmtplib alone with the same bytes; and what pages take meanwhile."""
    with tempfile.TemporaryDirectory(dir=stand.server.folder) as name:
        folder = Path(name).absolute()
        url = stand.postgres.create_database("reminders") if stand.postgres else f"sqlite:///{folder}/sideline.sqlite"
        runs = send(url, folder, RUNS)
    yield Result(
        "10,000 reminders", stand.database, statistics.median(one.ours for one in runs), "mails/s",
        statistics.median(one.alone for one in runs), statistics.median(one.ours / one.alone for one in runs),
    )  # fmt: skip
    # A few seconds of pages a run: the slowest hundredth is told from those of all runs.
    idle, meanwhile = (
        statistics.quantiles(chain.from_iterable(took), n=100)[-1]
        for took in ([one.idle for one in runs], [one.meanwhile for one in runs])
    )
    yield Result("page meanwhile, p99", stand.database, meanwhile, "ms", 2 * idle, meanwhile / idle / 2)
