from collections.abc import Awaitable, Callable
from typing import Any

from litestar.connection import ASGIConnection, Request
from litestar.handlers import BaseRouteHandler

from events.accounts import queries
from events.accounts.rules import Actor
from events.kernel.errors import Forbidden, Unauthenticated
from events.kernel.words import N_

Connection = ASGIConnection[Any, Any, Any, Any]


Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]


def scope(wanted: str) -> Guard:
    """A guard: the call must carry a token with this scope. The dependency `actor` then says whose it is."""

    async def token_has_scope(connection: Connection, _: BaseRouteHandler) -> None:
        found = await _bearer(connection)
        if found is None:
            raise Unauthenticated(N_("This call needs a token: Authorization: Bearer …"))
        if not found.may(wanted):
            raise Forbidden(N_("This token lacks the scope {scope}."), scope=wanted)
        connection.scope["state"]["actor"] = found

    return token_has_scope


async def actor(request: Request[Any, Any, Any]) -> Actor:
    """Who acts; a dependency for handlers behind `scope(…)` or `signed_in`."""
    found: Actor = request.scope["state"]["actor"]
    return found


async def caller(request: Request[Any, Any, Any]) -> Actor | None:
    """Who asks, if they say so by a token; a dependency for handlers that are open to all."""
    return await _bearer(request)


async def _bearer(connection: Connection) -> Actor | None:
    """Whose token the call carries; a wrong one is refused rather than ignored."""
    given = connection.headers.get("authorization")
    if given is None:
        return None
    kind, _, token = given.partition(" ")
    found = await queries.find_token(token.strip()) if kind.lower() == "bearer" else None
    if found is None:
        raise Unauthenticated(N_("This token is not known, or no longer."))
    return Actor(found.organisation, f"token:{found.id}", found.scopes)
