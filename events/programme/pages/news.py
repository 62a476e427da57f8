"""The feed for news readers: what was published, moved, cancelled or otherwise changed, latest first."""

import asyncio
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from litestar import Controller, Response, get
from litestar.params import FromPath
from msgspec import structs

from events.accounts.queries import get_organisation
from events.kernel.words import N_, in_language
from events.programme.forms.filters import read_filters
from events.programme.news import NewsFacts, news_feed
from events.programme.pages.guards import in_a_language
from events.programme.queries import get_event
from events.programme.queries.news import get_news
from events.programme.rules.filters import Filters
from events.web.caching import keep
from events.web.locale import gettext, language_of_request
from events.web.requests import AnyRequest
from events.web.security import settings_of

MOST = 50


class NewsPages(Controller):
    path = "/{language:str}"
    guards = [in_a_language]
    include_in_schema = False

    @get("/feed.atom")
    async def everything(self, request: AnyRequest) -> Response[bytes]:
        where = read_filters(request.query_params)
        title = _said(request, N_("Events at {place}")).format(place=settings_of(request).domain)
        if narrowed := [text for text in (where.q, where.tag, where.venue) if text]:
            title = f"{title} ({' · '.join(narrowed)})"
        return await _feed(request, structs.replace(where, sessions=where.looks_for_something), title)

    @get("/organisations/{slug:str}/feed.atom")
    async def of_organisation(self, request: AnyRequest, slug: FromPath[str]) -> Response[bytes]:
        organisation = await get_organisation(slug)
        where = read_filters(request.query_params)
        where = structs.replace(where, organisation=organisation.slug, sessions=where.looks_for_something)
        return await _feed(request, where, organisation.name, f"/organisations/{quote(organisation.slug)}")

    @get("/events/{slug:str}/feed.atom")
    async def of_conference(self, request: AnyRequest, slug: FromPath[str]) -> Response[bytes]:
        event = await get_event(slug)
        where = read_filters(request.query_params)
        where = structs.replace(where, whole=event.slug, organisation=event.organisation_slug)
        title = in_language(event.title, language_of_request(request))
        return await _feed(request, where, title, f"/events/{quote(event.slug)}")


ROUTES = [NewsPages]


async def _feed(request: AnyRequest, where: Filters, title: str, page: str = "") -> Response[bytes]:
    news = await get_news(where, most=MOST)
    query = sorted((name, value) for name, value in request.query_params.items() if value)
    facts = NewsFacts(
        title=title,
        about=_said(request, N_("What was announced, moved, cancelled or changed, latest first.")),
        language=language_of_request(request),
        base_url=settings_of(request).base_url,
        page=page or "/",
        path=f"{page}/feed.atom",
        query=address("", dict(query)),
        changed=news.changed,
    )
    content = await asyncio.to_thread(news_feed, facts, news.events)
    keep(request, last_modified=news.changed, cache_control="public, max-age=300")
    return Response(
        content,
        media_type="application/atom+xml; charset=utf-8",
        headers={"Access-Control-Allow-Origin": "*"},  # it holds nothing that is not public
    )


def address(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _said(request: AnyRequest, message: str) -> str:
    return gettext(language_of_request(request), message)
