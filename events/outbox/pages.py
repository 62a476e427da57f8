"""What a demo shows instead of sending it: `/demo/mail`."""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from litestar import Response, Router, get
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath

from events.infra.smtp import mail_folder
from events.kernel.errors import NotFound
from events.kernel.words import N_
from events.outbox.mailbox import get_opened, list_written
from events.settings import Settings
from events.web.requests import AnyRequest
from events.web.templating import page

Connection = ASGIConnection[Any, Any, Any, Any]

_FORWARDING = ("forwarded", "via", "x-real-ip", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto")
_LOOPBACK_NAMES = {"127.0.0.1", "::1", "localhost"}
_KEPT_NOWHERE = {"Cache-Control": "no-store"}
# A mail's own styles stand in it; it may do nothing but be read and lead elsewhere.
_SANDBOX = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline';"
    " img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def demo_mail(find_signed_in: Callable[[Connection], Awaitable[object | None]]) -> Router:
    """They hold everybody's private links: for who sits at this machine or is signed in, and in a demo only."""

    async def in_a_demo_for_us(connection: Connection, _: BaseRouteHandler) -> None:
        settings: Settings = connection.app.state.settings
        here = settings.env != "production" and settings.smtp_url is None
        if not here or not (from_this_machine(connection, settings) or await find_signed_in(connection)):
            raise NotFound(N_("There is nothing at this address."))

    return Router(
        "/demo/mail",
        guards=[in_a_demo_for_us],
        route_handlers=[show_mails, show_mail, show_html, download],
        include_in_schema=False,
    )


def from_this_machine(connection: Connection, settings: Settings) -> bool:
    """Whether the other end is on loopback, is no proxy, and asks for a name that no other site can point here."""
    client = connection.scope["client"]
    headers = connection.headers
    try:
        loopback = client is not None and ip_address(client[0]).is_loopback
        name = urlsplit(f"//{headers.get('host', '')}").hostname
    except ValueError:
        return False
    return (
        loopback
        and name in {settings.domain, *_LOOPBACK_NAMES}
        and not any(header in headers for header in _FORWARDING)
    )


@get("/", sync_to_thread=True)
def show_mails(request: AnyRequest) -> Response[str]:
    return page(request, "outbox/mails.html", headers=_KEPT_NOWHERE, mails=list_written(_folder(request)))


@get("/{name:str}", sync_to_thread=True)
def show_mail(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    return page(request, "outbox/mail.html", headers=_KEPT_NOWHERE, mail=get_opened(_folder(request), name))


@get("/{name:str}/html", sync_to_thread=True)
def show_html(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    html = get_opened(_folder(request), name).html
    return Response(html, media_type="text/html", headers={**_KEPT_NOWHERE, "Content-Security-Policy": _SANDBOX})


@get("/{name:str}/attachments/{number:int}", sync_to_thread=True)
def download(request: AnyRequest, name: FromPath[str], number: FromPath[int]) -> Response[bytes]:
    attachments = get_opened(_folder(request), name).attachments
    if number >= len(attachments) or number < 0:
        raise NotFound(N_("There is nothing at this address."))
    found = attachments[number]
    headers = {**_KEPT_NOWHERE, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.filename, safe='')}"}
    return Response(found.data, media_type=found.content_type, headers=headers)


def _folder(request: AnyRequest) -> Path:
    return mail_folder(request.app.state.settings)
