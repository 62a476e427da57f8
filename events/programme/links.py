"""Addresses elsewhere that know what to do with an event, a feed or a place."""

from datetime import UTC, timedelta
from urllib.parse import quote, urlencode, urlsplit

from msgspec import Struct

from events.infra.ics.writer import CalendarEntry
from events.programme.rules import Venue

LONGEST_DETAILS = 1500  # longer addresses are cut off on the way
_COMPOSE = "calendar/0/deeplink/compose"


class AddTo(Struct, frozen=True):
    """Where to put one event into an account's calendar."""

    google: str
    outlook: str
    microsoft365: str
    yahoo: str


class Subscribe(Struct, frozen=True):
    """Where to subscribe to a feed; `https` is for everything else."""

    https: str
    webcal: str
    google: str
    outlook: str
    microsoft365: str


def add_to(entry: CalendarEntry) -> AddTo:
    details = f"{entry.description}\n\n{entry.url}"
    if len(details) > LONGEST_DETAILS:
        details = f"{entry.description[: LONGEST_DETAILS - len(entry.url) - 3]}…\n\n{entry.url}"
    dated, google, yahoo = _times(entry)
    title, place = entry.summary, entry.location
    composed = {"path": "/calendar/action/compose", "rru": "addevent", "subject": title, "body": details}
    composed |= {"location": place, "startdt": dated[0], "enddt": dated[1], "allday": str(entry.all_day).lower()}
    return AddTo(
        google=_address(
            "https://calendar.google.com/calendar/render",
            {"action": "TEMPLATE", "text": title, "dates": google, "details": details, "location": place},
        ),
        outlook=_address(f"https://outlook.live.com/{_COMPOSE}", composed),
        microsoft365=_address(f"https://outlook.office.com/{_COMPOSE}", composed),
        yahoo=_address(
            "https://calendar.yahoo.com/", {"v": "60", "title": title} | yahoo | {"desc": details, "in_loc": place}
        ),
    )


def _times(entry: CalendarEntry) -> tuple[tuple[str, str], str, dict[str, str]]:
    """Start and end as Outlook, Google and Yahoo write them: instants, or dates with the day after the last."""
    if entry.all_day:
        first, after = entry.starts.wall.date(), entry.ends.wall.date() + timedelta(days=1)
        days = {"st": f"{first:%Y%m%d}", "et": f"{after:%Y%m%d}"}
        return (str(first), str(after)), f"{days['st']}/{days['et']}", days | {"dur": "allday"}
    starts, ends = entry.starts.instant.astimezone(UTC), entry.ends.instant.astimezone(UTC)
    dated = f"{starts:%Y-%m-%dT%H:%M:%SZ}", f"{ends:%Y-%m-%dT%H:%M:%SZ}"
    instants = {"st": f"{starts:%Y%m%dT%H%M%SZ}", "et": f"{ends:%Y%m%dT%H%M%SZ}"}
    return dated, f"{instants['st']}/{instants['et']}", instants


def subscribe_to(url: str, name: str) -> Subscribe:
    """`webcal://` makes calendars ask and Google take it: that refuses https here."""
    webcal = f"webcal{url.removeprefix(urlsplit(url).scheme)}"
    web = {"url": url, "name": name}
    return Subscribe(
        https=url,
        webcal=webcal,
        google=_address("https://calendar.google.com/calendar/u/0/r", {"cid": webcal}),
        outlook=_address("https://outlook.live.com/calendar/0/addfromweb/", web),
        microsoft365=_address("https://outlook.office.com/calendar/0/addfromweb/", web),
    )


def map_of(venue: Venue) -> str:
    if venue.lat is None or venue.lon is None:
        return _address("https://www.openstreetmap.org/search", {"query": venue.address or venue.name})
    place = f"{venue.lat:.5f}/{venue.lon:.5f}"
    return f"https://www.openstreetmap.org/?mlat={venue.lat:.5f}&mlon={venue.lon:.5f}#map=17/{place}"


def _address(base: str, query: dict[str, str]) -> str:
    return f"{base}?{urlencode(query, quote_via=quote, safe='')}"
