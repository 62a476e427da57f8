from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from litestar import Controller, Response, get
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import structs

from events.accounts import queries as accounts
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, Problem
from events.kernel.words import in_language
from events.programme.entries import entry_of
from events.programme.forms.filters import read_filters
from events.programme.links import add_to, map_of, subscribe_to
from events.programme.listing import grouped, sections
from events.programme.pages.discovery import ROUTES as DISCOVERY
from events.programme.pages.guards import in_a_language
from events.programme.pages.news import ROUTES as NEWS
from events.programme.pages.news import address
from events.programme.pages.pictures import ROUTES as PICTURES
from events.programme.pages.programme import ROUTES as PROGRAMME
from events.programme.pages.programme import programme_of
from events.programme.picture import picture_url
from events.programme.queries.lists import get_listing, get_whole
from events.programme.queries.series import list_public_dates
from events.programme.rules import EventFacts, Kind, Status
from events.programme.rules.filters import Filters
from events.programme.rules.places import Availability, availability
from events.programme.structured import json_ld
from events.web.caching import first_of, keep
from events.web.locale import language_of_request
from events.web.paging import cursor_of, place_of
from events.web.requests import AnyRequest
from events.web.security import settings_of
from events.web.templating import page

PAGE = 30
QUERY = ("q", "from", "to", "mode", "kind", "organisation", "part_of", "language", "tag", "venue")
PAST = "past"


@get("/", include_in_schema=False)
async def front_door(request: AnyRequest) -> Response[None]:
    """To the reader's language; the way depends on who asks, so nobody may keep it for somebody else."""
    headers = {"Vary": "Accept-Language, Cookie", "Cache-Control": "no-cache"}
    return Redirect(f"/{language_of_request(request)}/", status_code=302, headers=headers)


class PublicPages(Controller):
    path = "/{language:str}"
    guards = [in_a_language]
    include_in_schema = False

    @get()
    async def show_home(self, request: AnyRequest) -> Response[str]:
        now = utc_now()
        query, understood, problems = _asked(request)
        where = read_filters(understood)
        past = request.query_params.get(PAST) == "1"
        listing = await get_listing(
            _narrowed(where, now, past=past),
            now,
            limit=PAGE,
            after=place_of(request.query_params.get("cursor")),
            newest_first=past,
        )
        organisations = await accounts.list_organisations()
        if not problems:
            keep(request, valid_until=listing.next_end)
        groups = grouped(listing.page.items, listing.conferences, listing.sessions)
        path = f"/{language_of_request(request)}/"
        base_url = settings_of(request).base_url
        return page(
            request,
            "programme/home.html",
            status_code=422 if problems else 200,
            sections=sections(groups, by_year=past),
            query={name: query.get(name, "") for name in QUERY},
            filtered=bool(query),
            problems=problems,
            past=past,
            link=_linker(path, query | ({PAST: "1"} if past else {})),
            following=cursor_of(listing.page.following),
            continued="cursor" in request.query_params,
            spoken=listing.spoken,
            organisations=organisations,
            organisation=organisations[0] if len(organisations) == 1 else None,
            conference=_named(query.get("part_of"), groups),
            subscribe=subscribe_to(address(f"{base_url}{path}calendar.ics", understood), "Sideline"),
            news=address(f"{base_url}{path}feed.atom", understood),
            canonical=address(base_url + path, {PAST: "1"} if past else {}),
        )

    @get("/events/{slug:str}")
    async def show_event(self, request: AnyRequest, slug: FromPath[str]) -> Response[str]:
        return await event_page(request, slug)

    @get("/organisations/{slug:str}")
    async def show_organisation(self, request: AnyRequest, slug: FromPath[str]) -> Response[str]:
        now = utc_now()
        organisation = await accounts.get_organisation(slug)
        where = Filters(since=now, organisation=slug, sessions=False)
        listing = await get_listing(where, now, limit=PAGE)
        keep(request, valid_until=listing.next_end)
        home = f"/{language_of_request(request)}/"
        canonical = f"{settings_of(request).base_url}{home}organisations/{slug}"
        return page(
            request,
            "programme/organisation.html",
            organisation=organisation,
            sections=sections(grouped(listing.page.items, listing.conferences, listing.sessions), by_year=False),
            more=address(home, {"organisation": slug}) if listing.page.following else None,
            archive=address(home, {"organisation": slug, PAST: "1"}),
            subscribe=subscribe_to(f"{canonical}/calendar.ics", organisation.name),
            news=f"{canonical}/feed.atom",
            canonical=canonical,
        )


ROUTES = [front_door, PublicPages, *DISCOVERY, *NEWS, *PICTURES, *PROGRAMME]
MOST_SESSIONS = 60  # more stand on the programme's own page alone


async def event_page(request: AnyRequest, slug: str, *, viewer: int | None = None) -> Response[str]:
    """For everybody, or with a `viewer` as it will be, drafts included, and kept by nobody."""
    now, language = utc_now(), language_of_request(request)
    whole = await get_whole(slug, viewer=viewer)
    event = whole.event
    organisation = await accounts.get_organisation(event.organisation_slug)
    sessions = [part for part in whole.parts if part.kind is Kind.SESSION]
    base_url = settings_of(request).base_url
    dates = [one for one in await list_public_dates(event.series) if one.id != event.id and one.ends_at > now]
    if viewer is None:
        keep(request, valid_until=first_of(_changes_at(event, now), *(one.ends_at for one in dates), after=now))
    offers = [(places, availability(event, places, now)) for places in event.places]
    return page(
        request,
        "programme/event.html",
        event=event,
        organisation=organisation,
        over=event.ends_at <= now,
        offers=offers,
        can_register=any(found in _TAKES_NAMES for _, found in offers),
        watch=_broadcast(event, now),
        sessions=len(sessions),
        programme=programme_of(event, sessions if len(sessions) <= MOST_SESSIONS else ()),
        side_events=[part for part in whole.parts if part.kind is not Kind.SESSION],
        dates=dates,
        map_link=map_of(event.venue) if event.venue else None,
        add_to=add_to(entry_of(event, language, base_url)),
        picture=picture_url(event, language, base_url) if event.is_public else None,
        structured=json_ld(event, language, base_url) if event.is_public else "",
        lists=_linker(f"/{language}/", {}),
        subscribe=subscribe_to(
            f"{base_url}/{language}/events/{event.slug}/calendar.ics", in_language(event.title, language)
        ),
        news=f"{base_url}/{language}/events/{event.slug}/feed.atom" if event.kind is Kind.CONFERENCE else None,
        canonical=f"{base_url}/{language}/events/{event.slug}",
    )


_TAKES_NAMES = frozenset({Availability.OPEN, Availability.WAITING_LIST})


def _changes_at(event: EventFacts, now: datetime) -> datetime | None:
    """When time itself changes the event's page: it begins, ends, or registration opens or closes."""
    times = [event.starts_at, event.ends_at, *(places.closes_at for places in event.places)]
    return first_of(*times, *([event.opens.instant] if event.opens else []), after=now)


def _broadcast(event: EventFacts, now: datetime) -> str | None:
    """The one joining link that everybody may have, while there is something to join."""
    open_to_all = event.kind is Kind.BROADCAST and event.status is Status.PUBLISHED and now < event.ends_at
    return event.joining_link if open_to_all else None


def _asked(request: AnyRequest) -> tuple[dict[str, str], dict[str, str], list[Problem]]:
    """What the list is asked to be narrowed to, what of it can be understood, and what is wrong with the rest."""
    query = {name: value for name in QUERY if (value := request.query_params.get(name, "").strip())}
    try:
        read_filters(query)
    except Invalid as invalid:
        wrong = {problem.field for problem in invalid.problems}
        return query, {name: value for name, value in query.items() if name not in wrong}, list(invalid.problems)
    return query, query, []


def _narrowed(where: Filters, now: datetime, *, past: bool) -> Filters:
    where = structs.replace(where, sessions=where.looks_for_something)
    return structs.replace(where, over_by=now) if past else structs.replace(where, since=where.since or now)


def _linker(path: str, query: Mapping[str, str]) -> Callable[..., str]:
    """In a template: the address of this list with some of its query changed."""

    def link(**changes: str | None) -> str:
        return address(path, {name: value for name, value in {**query, **changes}.items() if value})

    return link


def _named(slug: str | None, groups: list[Any]) -> Any:
    """The conference that the list is narrowed to, if anything of it is in the list."""
    return next((group.event for group in groups if group.event.slug == slug), None)
