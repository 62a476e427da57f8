"""The layer itself, around an application of a few routes; the pages that use it are tested with their slices."""

import asyncio
import gzip
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import time_machine
from litestar import Litestar, Request, Response, get
from piccolo.engine.base import Engine

from events.accounts.queries import public_version
from events.accounts.steps import PUBLIC, public_changed
from events.infra import db, notices
from events.infra.engine import PooledPostgres
from events.web import caching
from events.web.caching import KeptAnswers, first_of, keep
from events.web.version import Version
from tests.conftest import browser

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = datetime(2099, 11, 22, 13, tzinfo=UTC)
LONG = "What unpaid care teaches. " * 200


class Made:
    """How often each route was reached."""

    def __init__(self) -> None:
        self.times = 0

    def once_more(self) -> int:
        self.times += 1
        return self.times


@pytest.fixture
def made() -> Made:
    return Made()


@pytest.fixture
def remembered() -> float:
    """For how many seconds PostgreSQL's version is believed without a word of it."""
    return 1


@pytest.fixture
async def site(database: Engine[Any], made: Made, remembered: float) -> AsyncIterator[httpx.AsyncClient]:
    @get("/en/kept", sync_to_thread=False)
    def kept(request: Request[Any, Any, Any]) -> str:
        keep(request, valid_until=LATER)
        return f"{made.once_more()} {LONG}"

    @get("/en/feed", sync_to_thread=False)
    def feed(request: Request[Any, Any, Any]) -> str:
        keep(request, last_modified=NOW, cache_control="public, max-age=300")
        return f"{made.once_more()}"

    @get("/en/private", sync_to_thread=False)
    def private() -> str:
        return f"{made.once_more()}"

    @get("/en/cookie", sync_to_thread=False)
    def cookie(request: Request[Any, Any, Any]) -> Response[str]:
        keep(request)
        response = Response(f"{made.once_more()}")
        response.set_cookie("lang", "en")
        return response

    @get("/en/refused", sync_to_thread=False)
    def refused(request: Request[Any, Any, Any]) -> Response[str]:
        keep(request)
        return Response(f"{made.once_more()}", status_code=404)

    @get("/plain", sync_to_thread=False)
    def plain(request: Request[Any, Any, Any]) -> str:
        keep(request)
        return f"{made.once_more()}"

    version = Version(public_version)
    app = Litestar([kept, feed, private, cookie, refused, plain], openapi_config=None)
    app.asgi_handler = KeptAnswers(app.asgi_handler, version)
    async with notices.listening(PUBLIC, version.forget), browser(app) as client:
        with version.remembered(remembered if database.engine_type == "postgres" else 0):
            yield client


@db.write
async def something_changes() -> None:
    await public_changed()


async def test_a_kept_answer_is_made_once(site: httpx.AsyncClient, made: Made) -> None:
    first, second = [await site.get("/en/kept") for _ in range(2)]
    assert made.times == 1
    assert first.content == second.content
    assert first.headers == second.headers


async def test_each_query_is_an_answer_of_its_own(site: httpx.AsyncClient, made: Made) -> None:
    for query in ("q=care", "q=peace", "q=care"):
        await site.get(f"/en/kept?{query}")
    assert made.times == 2


async def test_what_this_process_changes_is_seen_at_once(site: httpx.AsyncClient, made: Made) -> None:
    await site.get("/en/kept")
    await something_changes()
    await site.get("/en/kept")
    assert made.times == 2


async def test_a_change_that_is_rolled_back_changes_nothing(site: httpx.AsyncClient, made: Made) -> None:
    @db.write
    async def fails() -> None:
        await public_changed()
        raise LookupError

    await site.get("/en/kept")
    with pytest.raises(LookupError):
        await fails()
    await site.get("/en/kept")
    assert made.times == 1


async def test_what_another_process_changes_is_seen_on_sqlite_at_once_on_postgres_within_a_second(
    site: httpx.AsyncClient, made: Made, database: Engine[Any], database_url: str
) -> None:
    await site.get("/en/feed")
    moved = "UPDATE version SET number = number + 1 WHERE name = 'public'"
    if database.engine_type == "sqlite":
        with sqlite3.connect(database_url.removeprefix("sqlite:///")) as elsewhere:
            elsewhere.execute(moved)
        elsewhere.close()
        await site.get("/en/feed")
        assert made.times == 2
        return
    elsewhere_pg = await asyncpg.connect(database_url)
    await elsewhere_pg.execute(moved)  # and no word of it: the notice was lost
    await elsewhere_pg.close()
    async with asyncio.timeout(30):
        while made.times == 1:
            await site.get("/en/feed")


@pytest.mark.parametrize("remembered", [3600])
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_notice_is_heard_sooner_than_the_next_look(
    site: httpx.AsyncClient, made: Made, database_url: str
) -> None:
    elsewhere = await asyncpg.connect(database_url)
    for known in range(1, 6):
        await site.get("/en/feed")
        assert made.times == known
        await elsewhere.execute("UPDATE version SET number = number + 1 WHERE name = 'public'")
        await elsewhere.execute("SELECT pg_notify('sideline_public', '')")
        async with asyncio.timeout(30):
            while made.times == known:
                await asyncio.sleep(0)  # all within this process: nothing else lets the notice in
                await site.get("/en/feed")
    await elsewhere.close()


async def test_an_answer_ends_when_time_changes_the_page(site: httpx.AsyncClient, made: Made) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        await site.get("/en/kept")
        clock.move_to(LATER - timedelta(seconds=1))
        await site.get("/en/kept")
        assert made.times == 1
        clock.move_to(LATER)
        await site.get("/en/kept")
        assert made.times == 2


@pytest.mark.parametrize("path", ["/en/private", "/en/cookie", "/en/refused"])
async def test_what_is_for_one_reader_is_never_kept(site: httpx.AsyncClient, made: Made, path: str) -> None:
    answers = [await site.get(path) for _ in range(2)]
    assert made.times == 2
    assert [answer.text for answer in answers] == ["1", "2"]
    assert "etag" not in answers[0].headers


async def test_elsewhere_nothing_is_kept_but_known_again(site: httpx.AsyncClient, made: Made) -> None:
    answers = [await site.get("/plain") for _ in range(2)]
    assert [answer.text for answer in answers] == ["1", "2"]
    made.times = 0
    again = await site.get("/plain", headers={"If-None-Match": answers[0].headers["etag"]})
    assert (again.status_code, again.content, made.times) == (304, b"", 1)


async def test_cookies_and_the_readers_languages_have_no_say(site: httpx.AsyncClient, made: Made) -> None:
    first = await site.get("/en/kept")
    second = await site.get("/en/kept", headers={"Cookie": "lang=fr", "Accept-Language": "fr"})
    assert second.content == first.content
    assert made.times == 1


async def test_gzip_is_given_to_who_takes_it(site: httpx.AsyncClient) -> None:
    zipped = await site.get("/en/kept", headers={"Accept-Encoding": "gzip, br"})
    plain = await site.get("/en/kept", headers={"Accept-Encoding": "identity"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert zipped.content == plain.content  # httpx has unpacked it
    assert int(zipped.headers["content-length"]) < 200 < int(plain.headers["content-length"])
    assert zipped.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert zipped.headers["etag"] == plain.headers["etag"].removesuffix('"') + '-gzip"'


async def test_a_short_answer_is_not_zipped(site: httpx.AsyncClient) -> None:
    answer = await site.get("/en/feed", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("kept_already", [True, False])
async def test_who_has_the_answer_is_told_304_by_either_tag(site: httpx.AsyncClient, *, kept_already: bool) -> None:
    tag = (await site.get("/en/feed")).headers["etag"]
    if not kept_already:
        await something_changes()
        tag = '"elsewhere", *'
    for known in (tag, tag.removesuffix('"') + '-gzip"', f'W/{tag}, "x"') if kept_already else (tag,):
        answer = await site.get("/en/feed", headers={"If-None-Match": known})
        assert answer.status_code == 304
        assert answer.content == b""
        assert "content-length" not in answer.headers
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert "etag" in answer.headers
    assert (await site.get("/en/feed", headers={"If-None-Match": '"other"'})).status_code == 200


async def test_if_modified_since_counts_where_there_is_no_tag(site: httpx.AsyncClient) -> None:
    stamp = (await site.get("/en/feed")).headers["last-modified"]
    assert stamp == "Sun, 22 Nov 2026 12:00:00 GMT"
    before = "Sun, 22 Nov 2026 11:59:59 GMT"
    given = [
        {"If-Modified-Since": stamp},
        {"If-Modified-Since": before},
        {"If-Modified-Since": "yesterday"},
        {"If-Modified-Since": stamp, "If-None-Match": '"other"'},
    ]
    statuses = [(await site.get("/en/feed", headers=headers)).status_code for headers in given]
    assert statuses == [304, 200, 200, 200]


@pytest.mark.parametrize("path", ["/en/feed", "/en/private", "/plain"])
async def test_head_is_get_without_the_body(site: httpx.AsyncClient, path: str) -> None:
    head = await site.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len((await site.get(path)).content)


async def test_memory_is_bounded(site: httpx.AsyncClient, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "MOST_ANSWERS", 2)
    for number in (1, 2, 1, 3, 1, 2):  # 2 was asked for the longest ago when 3 came
        await site.get(f"/en/feed?{number}")
    assert made.times == 4


async def test_memory_is_bounded_in_bytes_too(
    site: httpx.AsyncClient, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "MOST_BYTES", 5_000)
    for _ in range(2):
        await site.get("/en/kept")
    assert made.times == 2


@pytest.mark.parametrize("size", [10, 10_000, 300_000])
async def test_bytes_are_the_same_however_they_travel(size: int) -> None:
    body = b"Tashkent " * (size // 9)
    zipped = await caching._zipped(body)  # noqa: SLF001 - the bytes themselves are the promise
    assert (gzip.decompress(zipped) if zipped else body) == body
    assert await caching._zipped(body) == zipped  # noqa: SLF001 - same


def test_the_first_moment_is_the_next_one_to_come() -> None:
    past, soon, later = NOW - timedelta(1), NOW + timedelta(1), NOW + timedelta(2)
    assert first_of(later, None, past, soon, after=NOW) == soon
    assert first_of(past, None, after=NOW) is None


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_nothing_kept_is_given_out_while_the_database_is_away(
    site: httpx.AsyncClient, made: Made, database: PooledPostgres
) -> None:
    await site.get("/en/feed")
    await something_changes()
    await database.close()
    await site.get("/en/feed")
    await site.get("/en/feed")
    assert made.times == 3
    await database.open()


async def test_an_address_is_kept_as_it_was_asked_for(site: httpx.AsyncClient, made: Made) -> None:
    """The router takes the slash from the end of the path that it is given."""
    for _ in range(3):
        await site.get("/en/feed/")
    assert made.times == 1
