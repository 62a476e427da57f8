"""Between the world and the pages: whose request it is, whether it comes from our own pages, and the headers.

Outermost, so that refusals carry the headers too: `app.asgi_handler = Security(app.asgi_handler, settings)`.
"""

import asyncio
import hmac
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from events.kernel.clock import utc_now
from events.kernel.errors import DomainError, Forbidden, Invalid, NotFound
from events.kernel.words import N_
from events.settings import Settings
from events.web.errors import domain_error
from events.web.requests import AnyRequest

LARGEST_BODY = 1_000_000
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_LASTS = 24 * 3600

_CONTENT = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'"
)
_PERMISSIONS = "camera={camera}, microphone=(), geolocation=(), payment=(), usb=()"
# Addresses that are secrets themselves; no other site may learn them as referrer.
_SECRET_PATHS = (
    "/t/", "/door/", "/organise/password/", "/calendars/", "/unsubscribe/", "/early/", "/delegations/",
    "/focal-points/", "/invited/", "/offers/",
)  # fmt: skip

WITH_OWN_FRAMES = f"{_CONTENT.format(wasm='')}; frame-src 'self'"
"""For a page that shows another one of ours in a frame."""

Address = IPv4Address | IPv6Address
Headers = list[tuple[bytes, bytes]]


class Security:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        parts = urlsplit(settings.base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}".encode()
        self._scheme = parts.scheme.encode()
        self._trusted = [ip_network(network, strict=False) for network in settings.trusted_proxies]
        self._ordinary = _headers(secure=settings.secure)
        self._secret = _headers(secure=settings.secure, secret=True)
        self._door = _headers(secure=settings.secure, secret=True, door=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        extra = self._headers_for(scope["path"])

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name for name, _ in message["headers"]}  # an answer may be stricter, or looser for good reason
                message["headers"] = [*message["headers"], *(one for one in extra if one[0] not in said)]
            await send(message)

        try:
            if self._trusted:
                self._look_behind_proxies(scope)
            _check_address(scope)
            if scope["method"] not in SAFE and not scope["path"].startswith("/api/"):
                self._check_origin(scope)
        except DomainError as error:
            request: AnyRequest = Request(scope, receive, send)
            response = domain_error(request, error).to_asgi_response(app=None, request=request)
            await response(scope, receive, send_with_headers)
        else:
            await self.app(scope, receive, send_with_headers)

    def _headers_for(self, path: str) -> Headers:
        if path.startswith(_SECRET_PATHS):
            return self._door if path.startswith("/door/") else self._secret
        return self._ordinary

    def _look_behind_proxies(self, scope: HTTPScope) -> None:
        """Put the address that the outermost trusted proxy saw in the place of the proxy's own.

        From X-Forwarded-For alone: who asks could write any other header, which the proxy would leave as it is.
        """
        forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        seen = scope["client"]
        for hop in reversed(forwarded.decode("latin-1").split(",")):
            if seen and not self._trusts(seen[0]):  # who comes by a Unix socket has no address and is ours
                return
            address = _address(hop.strip())
            if address is None:
                return
            seen = scope["client"] = (str(address), 0)

    def _trusts(self, client: str) -> bool:
        address = _address(client)
        return address is not None and any(address in network for network in self._trusted)

    def _check_origin(self, scope: HTTPScope) -> None:
        """Refuse what another site's page sends; mark what does not say where it comes from `unknown_origin`."""
        headers = dict(scope["headers"])
        site = headers.get(b"sec-fetch-site")
        origin = headers.get(b"origin")
        if site is not None:
            ours = site in {b"same-origin", b"none"}
        elif origin is not None and origin != b"null":
            ours = origin in {self._origin, self._scheme + b"://" + headers.get(b"host", b"")}
        else:
            ours = True
            scope["state"]["unknown_origin"] = True
        if not ours:
            raise Forbidden(N_("This was sent from another site's page. Please open the page here and send it again."))


def settings_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings


def client_network(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Who asks, as far as limits go: an IPv4 address, or the /64 that one IPv6 customer has."""
    client = connection.scope["client"]
    address = _address(client[0]) if client else None
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return str(address)


BEAT = 0.3


def asked_at() -> float:
    """When a question came, for `evenly`."""
    return asyncio.get_running_loop().time()


async def evenly(began: float) -> None:
    """Answer on a beat, so that nobody hears from the time it took whether an address was found."""
    await asyncio.sleep((began - asyncio.get_running_loop().time()) % BEAT)


def signed_field(secret: str, form_name: str) -> str:
    """The value of a hidden field that says: we made this form, within the last 24 hours."""
    return _signed(secret, form_name, int(utc_now().timestamp()))


def seconds_open(secret: str, form_name: str, value: str) -> int:
    """How long ago we made the form that has this field; -1 if we did not, or too long ago."""
    made, _, _ = value.partition(".")
    age = int(utc_now().timestamp()) - int(made) if made.isascii() and made.isdecimal() and len(made) < 12 else -1  # noqa: PLR2004 - digits
    genuine = 0 <= age <= FORM_LASTS and hmac.compare_digest(
        value.encode(errors="replace"), _signed(secret, form_name, int(made)).encode()
    )
    return age if genuine else -1


def check_signed_field(secret: str, form_name: str, value: str) -> None:
    if seconds_open(secret, form_name, value) < 0:
        raise Forbidden(N_("This form was open for too long. Please load the page again and send it once more."))


async def our_form(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard for public forms: who does not say where they come from must send the form's signed field `signed`.

    The form's name is its path, so that a field does for one form only.
    """
    if connection.scope["state"].get("unknown_origin") and isinstance(connection, Request):
        posted = await connection.form()
        check_signed_field(
            connection.app.state.settings.secret_key, connection.scope["path"], str(posted.get("signed", ""))
        )


def _signed(secret: str, form_name: str, made: int) -> str:
    return f"{made}.{hmac.digest(secret.encode(), f'form:{form_name}:{made}'.encode(), 'sha256').hex()}"


def _check_address(scope: HTTPScope) -> None:
    """PostgreSQL takes U+0000 nowhere, so nothing has a name with it."""
    if "\0" in scope["path"]:
        raise NotFound(N_("There is nothing at this address."))
    if b"%00" in scope["query_string"]:
        raise Invalid.of("", N_("The address contains a character that cannot be used."))


def _address(text: str) -> Address | None:
    """An IP address, without the port that some proxies add; what is mapped into IPv6 is IPv4."""
    with_port = text.count(":") == 1 or (text.startswith("[") and not text.endswith("]"))
    host = text.rpartition(":")[0] if with_port else text
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _headers(*, secure: bool, secret: bool = False, door: bool = False) -> Headers:
    named = {
        "content-security-policy": _CONTENT.format(wasm=" 'wasm-unsafe-eval'" if door else ""),
        "permissions-policy": _PERMISSIONS.format(camera="(self)" if door else "()"),
        "referrer-policy": "no-referrer" if secret else "strict-origin-when-cross-origin",
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
    }
    if secure:
        named["strict-transport-security"] = "max-age=31536000"
    return [(name.encode(), value.encode()) for name, value in named.items()]
