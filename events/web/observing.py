"""What operators see of requests: an id, a log line, figures for Prometheus. Outermost, so that it sees everything.

Answers that are kept in memory are counted but not logged: a line would cost as much as the answer.
"""

import logging
import secrets
from time import perf_counter

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

from events.web.logs import request_id

REQUESTS = Counter("sideline_requests_total", "Answers given", ["method", "status"])
SECONDS = Histogram(
    "sideline_request_seconds",
    "How long answers took that were not kept in memory",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})
log = logging.getLogger("sideline.requests")


class InFlight:
    """How many requests that change something are being answered by this process."""

    def __init__(self) -> None:
        self.number = 0


POSTS = InFlight()
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Observing:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._counters: dict[tuple[str, int], Counter] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        started, name, status = perf_counter(), secrets.token_hex(6), 500
        request_id.set(name)

        async def noting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", name.encode())]
            await send(message)

        posts = scope["method"] not in SAFE
        POSTS.number += posts
        try:
            await self.app(scope, receive, noting_send)
        finally:
            POSTS.number -= posts
            self._count(scope["method"] if scope["method"] in METHODS else "other", status)
            if not scope["state"].get("kept"):
                seconds = perf_counter() - started
                SECONDS.observe(seconds)
                # The template of the path, never the path: that may hold a token.
                path = scope.get("path_template", "-")
                facts = {"method": scope["method"], "path": path, "status": status, "ms": round(seconds * 1000, 1)}
                log.info("%s %s %s %.1f ms", *facts.values(), extra={"facts": facts})

    def _count(self, method: str, status: int) -> None:
        counter = self._counters.get((method, status))
        if counter is None:
            counter = self._counters[method, status] = REQUESTS.labels(method, status)
        counter.inc()
