"""Answers that are kept in memory: a page or a feed that everybody sees alike is made once, then given out as it is.

A handler says of its answer that it may be kept:

    keep(request, valid_until=first_of(event.closes_at, event.starts_at, event.ends_at))
    return page(request, "programme/event.html", event=event)

From then on whoever asks for the same path and query gets these very bytes, with a strong ETag, gzip if they take it,
and 304 if they have them already, until something public changes in the database (`accounts.steps.public_changed`, on
this node or another), or until `valid_until`, when time itself changes the page. Nothing else ends it. So what is kept
must follow from path, query, public data and the clock alone. Hence only addresses that name their language
(`/fr/events/…`) are kept: neither cookies nor Accept-Language have a say in them.

A feed says `keep(request, last_modified=newest, cache_control="public, max-age=300")`, and If-Modified-Since is
answered too. At any other address the same gives an answer its tag, its gzip and its 304, and nothing of it is kept:
`keep(request, cache_control="private, no-cache")` for what one person alone may see.

`KeptAnswers` is a plain ASGI application around Litestar's, inside `Security`: what is kept reaches no route.
For `Observing` it then sets `kept` in the scope's state. It also answers HEAD for every GET there is.
"""

import asyncio
import gzip
import re
from collections import OrderedDict
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256

from litestar.enums import ScopeType
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from msgspec import Struct

from events.kernel.clock import utc_now
from events.web.locale import LANGUAGES, PSEUDO
from events.web.requests import AnyRequest
from events.web.version import Version

MOST_ANSWERS = 2_000
MOST_BYTES = 64 * 1024 * 1024
LARGEST_ANSWER = 8 * 1024 * 1024
LONGEST_QUERY = 500
SMALLEST_ZIPPED = 1_000
ZIPPED_ELSEWHERE = 200_000  # larger ones would hold up everybody else
FOR_EVER = datetime.max.replace(tzinfo=UTC)
PREFIXES = tuple(f"/{tag}/" for tag in (*LANGUAGES, PSEUDO.tag))

Headers = list[tuple[bytes, bytes]]
Key = tuple[str, bytes]
"""Path and query as they were asked for; the router writes its own way of them into the scope."""
_UNKEPT: Key = ("", b"")


class Kept(Struct, frozen=True):
    """What a handler says of its answer; see `keep`."""

    valid_until: datetime
    last_modified: datetime | None
    cache_control: str
    gzip_from: int


def keep(
    request: AnyRequest,
    *,
    valid_until: datetime | None = None,
    last_modified: datetime | None = None,
    cache_control: str = "no-cache",
    gzip_from: int = 0,
) -> None:
    """Say that this answer may be kept, `valid_until` the time at which it changes by itself; None: it does not.

    From `gzip_from` bytes on it is packed for who takes that.
    """
    request.scope["state"]["keep"] = Kept(valid_until or FOR_EVER, last_modified, cache_control, gzip_from)


def first_of(*moments: datetime | None, after: datetime | None = None) -> datetime | None:
    """The first of these that is still to come."""
    now = after or utc_now()
    return min((moment for moment in moments if moment and moment > now), default=None)


class Answer(Struct, frozen=True):
    """An answer in every form in which it may be asked for."""

    version: int
    valid_until: datetime
    last_modified: datetime | None
    headers: Headers
    body: bytes
    etag: bytes
    zipped_headers: Headers
    zipped: bytes | None
    zipped_etag: bytes

    @property
    def size(self) -> int:
        return len(self.body) + len(self.zipped or b"") + 2_000

    async def give(self, scope: HTTPScope, send: Send) -> None:
        asked = dict(scope["headers"])
        zipped = self.zipped is not None and _takes_gzip(asked.get(b"accept-encoding", b""))
        headers, body = (self.zipped_headers, self.zipped or b"") if zipped else (self.headers, self.body)
        status = 200
        if self._is_known(asked):
            status, body = 304, b""
            headers = [header for header in headers if header[0] not in _OF_A_BODY]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body, "more_body": False}
        )

    def _is_known(self, asked: dict[bytes, bytes]) -> bool:
        """If-None-Match decides where there is one (RFC 9110, 13.2.2), in either encoding: the content is the same."""
        tags = asked.get(b"if-none-match")
        if tags is not None:
            known = {tag.strip().removeprefix(b"W/") for tag in tags.split(b",")}
            return not known.isdisjoint((self.etag, self.zipped_etag, b"*"))
        since = asked.get(b"if-modified-since")
        if since is None or self.last_modified is None:
            return False
        try:
            return self.last_modified.replace(microsecond=0) <= parsedate_to_datetime(since.decode("latin-1"))
        except (ValueError, TypeError):  # no date, or one without a zone
            return False


_GZIP = re.compile(rb"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)


@lru_cache(maxsize=256)
def _takes_gzip(accepted: bytes) -> bool:
    return _GZIP.search(accepted) is not None


_OF_A_BODY = frozenset({b"content-type", b"content-length", b"content-encoding"})


class KeptAnswers:
    def __init__(self, app: ASGIApp, version: Version) -> None:
        self._app = app
        self._version = version
        self._answers: OrderedDict[Key, Answer] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
        elif scope["path"].startswith(PREFIXES):
            await self._answer(scope, receive, send)
        else:
            await self._make(_UNKEPT, None, scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        version = await self._version.now()
        key = scope["path"], scope["query_string"]
        answer = self._answers.get(key)
        if answer is not None and answer.version == version and utc_now() < answer.valid_until:
            self._answers.move_to_end(key)
            scope["state"]["kept"] = True
            await answer.give(scope, send)
            return
        # Read before the page is made, so that a change in the meantime makes the page old, never the other way round.
        await self._make(key, version, scope, receive, send)

    async def _make(self, key: Key, version: int | None, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Let the route answer; collect the answer if it says that it may be kept."""
        collected: list[Message] = []
        outward = _for_method(scope, send)

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start" and _may_be_kept(scope, message):
                collected.append(message)
            elif not collected:
                await outward(message)
            else:
                collected.append(message)
                if not message.get("more_body"):
                    answer = await _finished(collected, scope["state"]["keep"], version or 0)
                    if version is not None:
                        self._store(key, answer)
                    await answer.give(scope, send)

        await self._app(_as_get(scope), receive, collect)

    def _store(self, key: Key, answer: Answer) -> None:
        if answer.size > LARGEST_ANSWER or len(key[1]) > LONGEST_QUERY:
            return
        self._drop(key)
        self._answers[key] = answer
        self._bytes += answer.size
        while len(self._answers) > MOST_ANSWERS or self._bytes > MOST_BYTES:
            self._drop(next(iter(self._answers)))

    def _drop(self, key: Key) -> None:
        answer = self._answers.pop(key, None)
        if answer is not None:
            self._bytes -= answer.size


def _may_be_kept(scope: HTTPScope, start: Message) -> bool:
    """A refusal or an answer with a cookie is for one reader, whatever its handler said of it before."""
    if "keep" not in scope["state"] or start["status"] != HTTP_200_OK:  # type: ignore[typeddict-item]  # it is a start
        return False
    return all(name.lower() != b"set-cookie" for name, _ in start["headers"])  # type: ignore[typeddict-item]  # same


async def _finished(messages: list[Message], kept: Kept, version: int) -> Answer:
    start, *rest = messages
    body = b"".join(message.get("body", b"") for message in rest)  # type: ignore[misc]  # bodies
    tag = sha256(body).hexdigest()[:24]
    named = {name.lower(): value for name, value in start["headers"]}  # type: ignore[typeddict-item]  # it is a start
    vary = named.get(b"vary")
    common = {
        **named,
        b"vary": b"Accept-Encoding" if vary is None else vary + b", Accept-Encoding",
        b"cache-control": kept.cache_control.encode(),
    }
    if kept.last_modified is not None:
        common[b"last-modified"] = format_datetime(kept.last_modified.astimezone(UTC), usegmt=True).encode()
    etag, zipped_etag, zipped = f'"{tag}"'.encode(), f'"{tag}-gzip"'.encode(), await _zipped(body, kept.gzip_from)
    size, zipped_size = str(len(body)).encode(), str(len(zipped or b"")).encode()
    return Answer(
        version=version,
        valid_until=kept.valid_until,
        last_modified=kept.last_modified,
        headers=[*(common | {b"etag": etag, b"content-length": size}).items()],
        body=body,
        etag=etag,
        zipped_headers=[
            *(common | {b"etag": zipped_etag, b"content-length": zipped_size, b"content-encoding": b"gzip"}).items()
        ],
        zipped=zipped,
        zipped_etag=zipped_etag,
    )


async def _zipped(body: bytes, at_least: int = 0) -> bytes | None:
    if len(body) < max(SMALLEST_ZIPPED, at_least):
        return None
    if len(body) < ZIPPED_ELSEWHERE:
        return gzip.compress(body, 6, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, 6, mtime=0)


def _as_get(scope: HTTPScope) -> HTTPScope:
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


def _for_method(scope: HTTPScope, send: Send) -> Send:
    """HEAD gets what GET would, without the body."""
    if scope["method"] != "HEAD":
        return send

    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head
