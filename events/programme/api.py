from collections.abc import Coroutine
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import Struct

from events.accounts.guards import actor, caller, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.kernel.errors import Invalid
from events.kernel.words import N_
from events.programme import queries
from events.programme.actions import create_event, make_series, publish_event
from events.programme.documents import EventAnswer, SeriesAnswer, answered, shown, urls_of, warned
from events.programme.forms import read_event
from events.programme.forms.event import EventForm
from events.programme.forms.filters import FiltersForm, read_filters
from events.programme.forms.series import SeriesForm, read_dates
from events.programme.queries.clashes import list_around, list_clashes, list_clashes_with
from events.programme.queries.lists import list_facts_page
from events.programme.queries.series import list_series
from events.programme.rules import EventFacts
from events.programme.rules.clashes import Clash
from events.web.paging import Cursor, Limit, cursor_of, place_of
from events.web.posted import parse, read_json
from events.web.requests import AnyRequest
from events.web.security import settings_of


def revision_of(request: AnyRequest) -> int | None:
    """The revision that `If-Match` asks for; raises Invalid when it is none of ours."""
    given = request.headers.get("if-match", "*").strip()
    if given == "*":
        return None
    plain = given.removeprefix("W/").strip('"')
    if not plain.isascii() or not plain.isdecimal() or len(plain) > 18:  # noqa: PLR2004 - digits that fit 64 bits
        raise Invalid.of("If-Match", N_('Send the event\'s revision, as in If-Match: "3".'))
    return int(plain)


def as_json(request: AnyRequest, event: EventFacts, by: Actor | None) -> dict[str, Any]:
    """The event as whoever asks may see it."""
    may_write = by is not None and by.organisation == event.organisation and by.may("events:write")
    return answered(event, base_url=settings_of(request).base_url, may_write=may_write)


class Saved(Struct, frozen=True):
    """An event that was made or changed, and what clashes with it now."""

    event: EventFacts
    clashes: list[Clash]


async def saved(act: Coroutine[Any, Any, EventFacts]) -> Saved:
    """In the write that is open: programs are not asked about clashes, but told."""
    event = await act
    return Saved(event, await list_clashes(event))


def saved_as_json(request: AnyRequest, done: Saved, by: Actor) -> dict[str, Any]:
    base_url = settings_of(request).base_url
    return as_json(request, done.event, by) | {"warnings": [warned(clash, base_url) for clash in done.clashes]}


class Repeated(Struct, frozen=True):
    """The dates of a series, which of them are new, and what those clash with."""

    dates: list[EventFacts]
    clashes: dict[int, list[Clash]]


async def repeated(slug: str, form: SeriesForm, *, by: Actor, domain: str) -> Repeated:
    """In the write that is open."""
    event = await queries.get_own_event(slug, by.organisation)
    dates, rules = read_dates(form, event.span)
    made = await make_series.step(slug, dates, rules=rules, publish=form.publish, by=by, domain=domain)
    clashes = zip(made, await list_around(made), strict=True)
    event = await queries.get_own_event(slug, by.organisation)
    return Repeated(
        await list_series(event.series) or [event],
        {one.id: await list_clashes_with(one, others) for one, others in clashes},
    )


def repeated_as_json(request: AnyRequest, done: Repeated) -> dict[str, Any]:
    base_url = settings_of(request).base_url
    return {
        "dates": [
            {
                "slug": event.slug,
                "starts": shown(event.span.starts),
                "ends": shown(event.span.ends),
                "status": event.status,
                "url": urls_of(event, base_url)["page"],
                "new": event.id in done.clashes,
                "warnings": [warned(clash, base_url) for clash in done.clashes.get(event.id, ())],
            }
            for event in done.dates
        ]
    }


def event_answer(request: AnyRequest, event: EventFacts, by: Actor | None) -> Response[dict[str, Any]]:
    return Response(as_json(request, event, by), headers={"ETag": f'"{event.revision}"'})


class EventsApi(Controller):
    path = "/api/v1/events"
    tags = ["events"]
    dependencies = {"caller": Provide(caller)}

    @get(
        "/",
        summary="Public events, newest start first; with a token also the organisation's drafts",
        opt={"query": FiltersForm, "answer": EventAnswer, "list": True},
    )
    async def list_events(
        self, request: AnyRequest, caller: NamedDependency[Actor | None], cursor: Cursor = None, limit: Limit = 50
    ) -> dict[str, Any]:
        where = read_filters(request.query_params)
        page = await list_facts_page(where, viewer=viewer_of(caller), limit=limit, after=place_of(cursor))
        return {"items": [as_json(request, event, caller) for event in page.items], "next": cursor_of(page.following)}

    @get("/{slug:str}", summary="One event", opt={"answer": EventAnswer})
    async def get_event(
        self, request: AnyRequest, slug: FromPath[str], caller: NamedDependency[Actor | None]
    ) -> Response[dict[str, Any]]:
        return event_answer(request, await queries.get_event(slug, viewer=viewer_of(caller)), caller)

    @post(
        "/",
        guards=[scope("events:write")],
        dependencies={"actor": Provide(actor)},
        summary="Make an event, as a draft",
        opt={"body": EventForm, "answer": EventAnswer},
    )
    async def create_event(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        draft = read_event(await read_json(request))
        domain = settings_of(request).domain
        return await answer_once(
            request,
            lambda: saved(create_event.step(draft, by=actor, domain=domain)),
            caller=actor,
            shown=lambda done: saved_as_json(request, done, actor),
        )

    @post(
        "/{slug:str}/publish",
        guards=[scope("events:write")],
        dependencies={"actor": Provide(actor)},
        status_code=200,
        summary="Make a draft public",
        opt={"answer": EventAnswer},
    )
    async def publish(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Response[bytes]:
        revision = revision_of(request)
        return await answer_once(
            request,
            lambda: publish_event.step(slug, by=actor, revision=revision),
            caller=actor,
            status=200,
            shown=lambda event: as_json(request, event, actor),
        )

    @post(
        "/{slug:str}/series",
        guards=[scope("events:write")],
        dependencies={"actor": Provide(actor)},
        summary="Repeat an event by a rule: an event of its own for each date that its series does not have yet",
        opt={"body": SeriesForm, "answer": SeriesAnswer},
    )
    async def repeat(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Response[bytes]:
        form, domain = parse(SeriesForm, await read_json(request)), settings_of(request).domain
        return await answer_once(
            request,
            lambda: repeated(slug, form, by=actor, domain=domain),
            caller=actor,
            shown=lambda done: repeated_as_json(request, done),
        )


def viewer_of(caller: Actor | None) -> int | None:
    """Whose drafts may be seen."""
    return caller.organisation if caller and caller.may("events:read") else None
