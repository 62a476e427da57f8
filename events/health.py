"""What machines ask: alive, ready, how much."""

from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from events.accounts import queries as accounts
from events.infra import migrations
from events.kernel.errors import DomainError, NotFound, Unavailable
from events.kernel.words import N_
from events.outbox import queries as outbox
from events.outbox.pages import from_this_machine
from events.web.requests import AnyRequest
from events.web.security import settings_of

MESSAGES = Gauge("sideline_messages", "Mails in the outbox", ["state"])
OLDEST = Gauge("sideline_oldest_message_seconds", "For how long the oldest mail that is due has waited")
TEXT = "text/plain"


@get("/healthz", include_in_schema=False, sync_to_thread=False)
def healthz() -> Response[str]:
    """The process is alive."""
    return Response("alive\n", media_type=TEXT)


@get("/readyz", include_in_schema=False)
async def readyz() -> Response[str]:
    """The database can be reached, and is the one that this version knows."""
    try:
        missing = await migrations.missing()
    except DomainError as error:
        return Response(
            f"{error}\n", status_code=503, media_type=TEXT, headers={"Retry-After": str(Unavailable.retry_after)}
        )
    if missing:
        return Response(f"the database lacks {', '.join(missing)}\n", status_code=503, media_type=TEXT)
    return Response("ready\n", media_type=TEXT)


@get("/metrics", include_in_schema=False)
async def metrics(request: AnyRequest) -> Response[bytes]:
    """Figures for Prometheus, without a name in them: to this machine, or to who has a token."""
    given = request.headers.get("authorization", "").partition(" ")[2]
    if not from_this_machine(request, settings_of(request)) and not (given and await accounts.find_token(given)):
        raise NotFound(N_("There is nothing at this address."))
    for state, number in (await outbox.count_by_state()).items():
        MESSAGES.labels(state).set(number)
    OLDEST.set((await outbox.oldest_wait()).total_seconds())
    without_charset = CONTENT_TYPE_LATEST.partition("; charset")[0]  # Litestar adds it
    return Response(generate_latest(), media_type=without_charset)


ROUTES = [healthz, readyz, metrics]
