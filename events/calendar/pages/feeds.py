"""What calendar programs fetch: feeds, and single events."""

import asyncio
import re
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, urlencode

from litestar import Controller, Response, get
from litestar.enums import ScopeType
from litestar.params import FromPath
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import structs

from events.accounts.queries import get_organisation
from events.calendar.feeds import LARGE, feed_of
from events.calendar.queries import get_download
from events.calendar.rules import next_window_at, window_at
from events.infra.ics.single import single
from events.infra.ics.writer import FeedFacts
from events.kernel.clock import utc_now
from events.kernel.errors import NotFound
from events.kernel.words import N_, in_language
from events.programme.entries import entry_of
from events.programme.forms.filters import read_filters
from events.programme.queries import get_event
from events.programme.rules.filters import Filters
from events.web.caching import keep
from events.web.locale import gettext, language_of_path
from events.web.requests import AnyRequest
from events.web.security import settings_of

_EVENT = re.compile(r"(/[^/]+/events/[^/]+)\.(ics|png)")
_OF_AN_EVENT = {"ics": "event.ics", "png": "picture.png"}
_PRIVATE = re.compile(r"(/calendars/[^/]+)\.ics")
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_CACHE_CONTROL = "public, max-age=300"


def with_suffixes(app: ASGIApp) -> ASGIApp:
    """Litestar's routes know no suffix: `/en/events/{slug}.ics` goes to `/en/events/{slug}/event.ics`, and so on."""

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and (path := _routed(scope["path"])):
            await app({**scope, "path": path, "raw_path": quote(path).encode()}, receive, send)
        else:
            await app(scope, receive, send)

    return routed


def _routed(path: str) -> str | None:
    if found := _EVENT.fullmatch(path):
        return f"{found[1]}/{_OF_AN_EVENT[found[2]]}"
    if found := _PRIVATE.fullmatch(path):
        return f"{found[1]}/calendar.ics"
    return None


class CalendarPages(Controller):
    path = "/{language:str}"
    include_in_schema = False

    @get("/calendar.ics")
    async def everything(self, request: AnyRequest) -> Response[bytes]:
        domain = settings_of(request).domain
        where = read_filters(request.query_params)
        name = _said(request, N_("Events at {place}")).format(place=domain)
        if narrowed := [text for text in (where.q, where.tag, where.venue) if text]:
            name = f"{name} ({' · '.join(narrowed)})"  # who subscribes to two lists must tell them apart
        about = _said(request, N_("All public events and side events, those of the last three months included."))
        return await _feed(request, where, "/", name, about)

    @get("/organisations/{slug:str}/calendar.ics")
    async def of_organisation(self, request: AnyRequest, slug: FromPath[str]) -> Response[bytes]:
        organisation = await get_organisation(slug)
        where = structs.replace(read_filters(request.query_params), organisation=organisation.slug)
        about = _said(request, N_("Events and side events of {organisation}, those of the last three months included."))
        page = f"/organisations/{quote(organisation.slug)}"
        about = about.format(organisation=organisation.name)
        return await _feed(request, where, page, organisation.name, about, organisation.accent)

    @get("/events/{slug:str}/calendar.ics")
    async def of_conference(self, request: AnyRequest, slug: FromPath[str]) -> Response[bytes]:
        """A conference with all that is part of it, to subscribe to."""
        event = await get_event(slug)
        asked = read_filters(request.query_params)
        # From the beginning on: it is one thing, and what is over of it belongs to it.
        where = structs.replace(asked, whole=slug, organisation=event.organisation_slug, since=asked.since or _EVER)
        name = in_language(event.title, _language(request))
        about = _said(request, N_("{event}, with its sessions and side events.")).format(event=name)
        accent = (await get_organisation(event.organisation_slug)).accent
        return await _feed(request, where, f"/events/{quote(slug)}", name, about, accent)

    @get("/events/{slug:str}/event.ics")
    async def one(self, request: AnyRequest, slug: FromPath[str]) -> Response[bytes]:
        """That event; a conference with each of its parts."""
        language, base_url = _language(request), settings_of(request).base_url
        found = await get_download(slug)

        def written() -> bytes:
            return single(*(entry_of(event, language, base_url) for event in (found.event, *found.parts)))

        content = await asyncio.to_thread(written) if len(found.parts) > LARGE else written()
        return _calendar(request, content, f'attachment; filename="{found.event.slug}.ics"', found.changed)


async def _feed(
    request: AnyRequest, asked: Filters, page: str, name: str, about: str, colour: str | None = None
) -> Response[bytes]:
    language, settings, now = _language(request), settings_of(request), utc_now()
    window = window_at(now)
    query = urlencode(sorted((name, value) for name, value in request.query_params.items() if value))
    source = request.scope["path"] + (f"?{query}" if query else "")
    facts = FeedFacts(
        uid=f"feed-{sha256(source.encode()).hexdigest()[:32]}@{settings.domain}",
        name=name,
        description=about,
        language=language,
        url=f"{settings.base_url}/{language}{page}",
        source=f"{settings.base_url}{source}",
        changed=None,
        colour=colour,
    )
    where = asked if asked.since else structs.replace(asked, since=window)
    feed = await feed_of(where, window, facts, settings.base_url)
    named = f'inline; filename="{page.rpartition("/")[2] or "calendar"}.ics"'
    return _calendar(request, feed.content, named, feed.changed, valid_until=next_window_at(now))


def _language(request: AnyRequest) -> str:
    language = language_of_path(request)
    if language is None:
        raise NotFound(N_("There is nothing at this address."))
    return language


def _said(request: AnyRequest, message: str) -> str:
    return gettext(_language(request), message)


def _calendar(
    request: AnyRequest,
    content: bytes,
    disposition: str,
    changed: datetime | None,
    *,
    valid_until: datetime | None = None,
) -> Response[bytes]:
    keep(
        request,
        valid_until=valid_until,
        last_modified=changed,
        cache_control=_CACHE_CONTROL,
        gzip_from=settings_of(request).gzip_calendars_from,
    )
    return Response(
        content,
        media_type="text/calendar",
        headers={
            "Content-Disposition": disposition,
            # Calendars that run in a browser fetch it from pages of other sites; it holds nothing that is not public.
            "Access-Control-Allow-Origin": "*",
        },
    )
