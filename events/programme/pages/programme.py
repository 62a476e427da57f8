"""The programme of a conference on a page of its own, for everybody."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from litestar import Controller, MediaType, Response, get
from litestar.params import FromPath
from msgspec import Struct

from events.accounts import queries as accounts
from events.kernel.errors import NotFound
from events.kernel.spans import wall_time_at
from events.kernel.words import N_
from events.programme import queries
from events.programme.grid import Day, Placed, grid_of
from events.programme.pages.guards import in_a_language
from events.programme.queries.lists import get_whole
from events.programme.queries.versions import get_history, list_versions
from events.programme.rules import EventFacts, Kind
from events.programme.rules.versions import Version, changes_between
from events.web.caching import keep
from events.web.locale import language_of_request
from events.web.requests import AnyRequest
from events.web.security import settings_of
from events.web.templating import page

ASKED = ("track", "language", "day")


class Choice(Struct, frozen=True):
    """What may be chosen of one filter: its value, the address of that choice, and whether it is chosen now."""

    value: str
    url: str
    chosen: bool

    @property
    def day(self) -> date:
        return date.fromisoformat(self.value)


class ProgrammePages(Controller):
    path = "/{language:str}/events/{slug:str}/programme"
    guards = [in_a_language]
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, slug: FromPath[str]) -> Response[str]:
        whole = await get_whole(slug)
        event = whole.event
        if event.kind is not Kind.CONFERENCE:
            raise NotFound(N_("There is nothing at this address."))
        sessions = [part for part in whole.parts if part.kind is Kind.SESSION]
        by_time = request.query_params.get("view") == "time"
        asked = {name: value for name in ASKED if (value := request.query_params.get(name, "").strip())}
        base_url, path = settings_of(request).base_url, f"/{language_of_request(request)}/events/{event.slug}/programme"
        days = programme_of(event, [session for session in sessions if _is_asked_for(session, event, asked)])
        keep(request)
        return page(
            request,
            "programme/programme.html",
            event=event,
            organisation=await accounts.get_organisation(event.organisation_slug),
            days=[day for day in days if asked.get("day", day.day.isoformat()) == day.day.isoformat()],
            filters=_filters(event, sessions, asked | ({"view": "time"} if by_time else {}), path),
            filtered=bool(asked),
            by_time=by_time,
            everything=path,
            side_events=[part for part in whole.parts if part.kind is not Kind.SESSION],
            version=next(iter(await list_versions(event.id, limit=1)), None),
            canonical=base_url + path,
        )

    @get("/changes")
    async def show_changes(self, request: AnyRequest, slug: FromPath[str]) -> Response[str]:
        """What became of the sessions from version to version, and of what changed outside of any."""
        event, versions, now = await get_history(slug)
        keep(request)
        older: list[Version | None] = [*versions[1:], None]
        path = f"/{language_of_request(request)}/events/{event.slug}/programme/changes"
        return page(
            request,
            "programme/changes.html",
            event=event,
            organisation=await accounts.get_organisation(event.organisation_slug),
            since=changes_between(versions[0].sessions, now),
            versions=[
                (version, changes_between(before.sessions, version.sessions) if before else None)
                for version, before in zip(versions, older, strict=True)
            ],
            canonical=settings_of(request).base_url + path,
        )


@get("/events/{slug:str}/tracks.css", media_type=MediaType.CSS, include_in_schema=False)
async def tracks(slug: FromPath[str]) -> Response[str]:
    """The colours of a conference's tracks, for the stylesheet to make the others of."""
    return tracks_css(await queries.get_event(slug))


ROUTES = [ProgrammePages, tracks]


def tracks_css(event: EventFacts) -> Response[str]:
    rules = "".join(f".track-{track.key} {{ --own-track: {track.colour}; }}\n" for track in event.tracks)
    return Response(rules, media_type=MediaType.CSS, headers={"Cache-Control": "public, max-age=300"})


def programme_of(event: EventFacts, sessions: Sequence[EventFacts]) -> list[Day]:
    return grid_of(
        [Placed(session.span, room_of(session), session) for session in sessions],
        event.span.starts.zone,
        rooms=event.rooms,
        plenary=[Placed(sitting.span, "", sitting) for sitting in event.plenary],
    )


def room_of(session: EventFacts) -> str:
    return (session.venue and session.venue.room) or ""


def _is_asked_for(session: EventFacts, event: EventFacts, asked: dict[str, str]) -> bool:
    track = session.track.key if session.track else ""
    has = {
        "track": {track},
        "language": {*session.languages, *session.interpretation},
        "day": {_day_of(session, event).isoformat()},
    }
    return all(value in has[name] for name, value in asked.items())


def _day_of(session: EventFacts, event: EventFacts) -> date:
    if session.span.all_day:
        return session.span.starts.wall.date()
    return wall_time_at(session.starts_at, event.span.starts.zone).wall.date()


def _filters(
    event: EventFacts, sessions: Sequence[EventFacts], asked: dict[str, str], path: str
) -> dict[str, list[Choice]]:
    """Of each filter the choices that narrow the programme, the first of them nothing; `view` lays it out otherwise."""
    spoken = {tag for session in sessions for tag in (*session.languages, *session.interpretation)}
    values = {
        "day": sorted({_day_of(session, event).isoformat() for session in sessions}),
        "track": [track.key for track in event.tracks],
        "language": sorted(spoken),
    }

    def choice(name: str, value: str) -> Choice:
        query = {key: text for key, text in {**asked, name: value}.items() if text}
        url = f"{path}?{urlencode(query)}" if query else path
        return Choice(value, url, asked.get(name, "") == value)

    offered = {name: some for name, some in values.items() if len(some) > 1} | ({"view": ["time"]} if sessions else {})
    return {name: [choice(name, value) for value in ("", *some)] for name, some in offered.items()}
