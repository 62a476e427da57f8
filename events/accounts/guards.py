import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler

from events.accounts import queries
from events.accounts.rules import Actor, Role, SignedIn
from events.kernel.errors import Forbidden, Unauthenticated
from events.kernel.words import N_
from events.settings import Settings
from events.web.requests import AnyRequest
from events.web.security import SAFE

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

    vars(token_has_scope)["wanted"] = wanted  # for the API's description
    return token_has_scope


async def signed_in(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard: somebody must be signed in, and what changes anything must come from a page that we made for them."""
    found = await find_signed_in(connection)
    if found is None:
        raise HTTPException(status_code=303, headers={"Location": f"/organise/sign-in?next={_way_back(connection)}"})
    if not _harmless(connection):
        await _check_csrf(connection, found)
    connection.scope["state"] |= {"member": found, "actor": found.actor}


def may(wanted: str) -> Guard:
    """A guard after `signed_in`: the member's role must allow what a token with this scope may do."""

    async def role_allows(connection: Connection, _: BaseRouteHandler) -> None:
        if not connection.scope["state"]["member"].may(wanted):
            raise Forbidden(N_("Your role in this organisation lets you look, not change."))

    return role_allows


async def owner(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard after `signed_in`."""
    if connection.scope["state"]["member"].member.role is not Role.OWNER:
        raise Forbidden(N_("Only an owner of the organisation may do this."))


async def actor(request: AnyRequest) -> Actor:
    """Who acts; a dependency for handlers behind `scope(…)` or `signed_in`."""
    found: Actor = request.scope["state"]["actor"]
    return found


async def member(request: AnyRequest) -> SignedIn:
    """Who is signed in; a dependency for handlers behind `signed_in`."""
    found: SignedIn = request.scope["state"]["member"]
    return found


async def caller(request: AnyRequest) -> Actor | None:
    """Who asks, if they say so by a token; a dependency for handlers that are open to all."""
    return await _bearer(request)


async def find_signed_in(connection: Connection) -> SignedIn | None:
    """Who is signed in, for pages that are open to all too."""
    token = connection.cookies.get(cookie_name(settings_of(connection)))
    return await queries.find_sign_in(token) if token else None


def cookie_name(settings: Settings) -> str:
    """The prefix makes browsers refuse the cookie from another host or without https."""
    return "__Host-sideline" if settings.secure else "sideline"


def csrf_token(settings: Settings, signed_in: SignedIn) -> str:
    """What the forms of this sign-in carry as `csrf`, scripts as X-CSRF-Token."""
    return hmac.digest(settings.secret_key.encode(), f"csrf:{signed_in.digest}".encode(), "sha256").hex()


def settings_of(connection: Connection) -> Settings:
    found: Settings = connection.app.state.settings
    return found


def _harmless(connection: Connection) -> bool:
    return isinstance(connection, Request) and connection.method in SAFE


async def _check_csrf(connection: Connection, signed_in: SignedIn) -> None:
    given = connection.headers.get("x-csrf-token")
    if given is None and isinstance(connection, Request):
        given = str((await connection.form()).get("csrf", ""))
    if not hmac.compare_digest(
        (given or "").encode(errors="replace"), csrf_token(settings_of(connection), signed_in).encode()
    ):
        raise Forbidden(N_("This page was made for another sign-in. Please load it again and repeat what you did."))


def _way_back(connection: Connection) -> str:
    """Where to go after signing in: the page that was asked for, if asking again is harmless."""
    if not _harmless(connection):
        return "/organise/"
    query = connection.scope["query_string"].decode("latin-1")
    return quote(connection.scope["path"] + (f"?{query}" if query else ""), safe="/")


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
