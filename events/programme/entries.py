"""An event as calendars are told of it."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from urllib.parse import quote

from events.infra.ics.colours import css_name
from events.infra.ics.writer import CalendarEntry
from events.kernel.spans import TimeSpan, WallTime, wall_time_at
from events.kernel.words import N_, in_language, language_of
from events.programme.rules import EventFacts, Kind, Mode, Status
from events.programme.rules.calendars import WithdrawnFacts
from events.programme.rules.contents import SpeakerFacts, SpeakerRole, TrackFacts
from events.web.dates import when
from events.web.locale import LANGUAGES, gettext, language_name, listed

# Who has it in their calendar must not go on the old date; once it has a new one, it comes back (calendars know both).
_STATUS = {Status.CANCELLED: "CANCELLED", Status.POSTPONED: "CANCELLED", Status.DRAFT: "TENTATIVE"}
_CANCELLED = N_("Cancelled: ")
_PREFIXES = {Status.POSTPONED: N_("Postponed: ")}
_KINDS = {
    Kind.CONFERENCE: N_("Conference"),
    Kind.SIDE_EVENT: N_("Side event"),
    Kind.BROADCAST: N_("Live broadcast"),
    Kind.SESSION: N_("Session"),
    Kind.MEETING: N_("Meeting"),
}
ROLES = {
    SpeakerRole.OPENING: N_("Opening remarks"),
    SpeakerRole.MODERATOR: N_("Moderator"),
    SpeakerRole.KEYNOTE: N_("Keynote"),
    SpeakerRole.SPEAKER: N_("Speaker"),
    SpeakerRole.PANELLIST: N_("Panellist"),
    SpeakerRole.DISCUSSANT: N_("Discussant"),
    SpeakerRole.RAPPORTEUR: N_("Rapporteur"),
    SpeakerRole.CLOSING: N_("Closing remarks"),
}
_JOIN, _WATCH = N_("Join online"), N_("Watch it live")
_HOW_TO_ATTEND = {
    (Mode.IN_PERSON,): N_("To be there in person, register at:"),
    (Mode.ONLINE,): N_("To take part online, register at:"),
    (Mode.IN_PERSON, Mode.ONLINE): N_("To be there in person or take part online, register at:"),
}


def entry_of(
    event: EventFacts, language: str, base_url: str, *, registered: bool = False, join: str | None = None
) -> CalendarEntry:
    """What everybody may know: the joining link of a broadcast alone. `join` is the own way in of who is registered.

    All else follows from what moves the event's revision, so that it can be kept until then.
    """
    broadcast = event.joining_link if event.kind is Kind.BROADCAST else None
    online = gettext(language, N_("Online")) if Mode.ONLINE in event.modes else ""
    span = _days_of(event.span, event.kind)
    page = f"{base_url}/{language}/events/{quote(event.slug)}"
    return CalendarEntry(
        uid=event.uid,
        sequence=event.sequence,
        created=event.created_at,
        changed=event.calendar_changed_at,
        starts=span.starts,
        ends=span.ends,
        all_day=span.all_day,
        status=_STATUS.get(event.status, "CONFIRMED"),  # type: ignore[arg-type]  # a Literal there
        summary=in_language(event.title, language),
        summary_language=language_of(event.title, language),
        description=_described(event, span, language, _how_to_attend(event, registered=registered, join=join)),
        language=language,
        location=join or (event.venue.one_line if event.venue else broadcast or online),
        url=page,
        geo=None if join else _geo(event),
        place=(event.venue.hall, event.venue.address or "") if event.venue and not join else ("", ""),
        categories=_categories(event, language),
        colour=css_name(event.track.colour) if event.track else None,
        picture_url=f"{page}.png" if event.is_public else None,
        conference_url=join or broadcast,
        conference_label=gettext(language, _JOIN if join else _WATCH) if join or broadcast else "",
        own_way_in=join is not None,
        related_to=event.parent_uid,
        cancelled_prefix=gettext(language, _PREFIXES.get(event.status, _CANCELLED)),
    )


def withdrawn_entry(event: WithdrawnFacts, language: str, base_url: str) -> CalendarEntry:
    """What was public and was taken back: that it is off, and nothing else, for it may be written anew as a draft."""
    span = _days_of(event.span, event.kind)
    return CalendarEntry(
        uid=event.uid,
        sequence=event.sequence,
        created=event.created_at,
        changed=event.withdrawn_at,
        starts=span.starts,
        ends=span.ends,
        all_day=span.all_day,
        status="CANCELLED",
        summary=in_language(event.title, language),
        summary_language=language_of(event.title, language),
        language=language,
        url=f"{base_url}/{language}/events/{quote(event.slug)}",
        cancelled_prefix=gettext(language, _CANCELLED),
    )


def exported(event: EventFacts) -> list[CalendarEntry]:
    """All that calendars are told of it: when this changes, so must LAST-MODIFIED, and only then."""
    return [entry_of(event, language, "") for language in LANGUAGES]


def _days_of(span: TimeSpan, kind: Kind) -> TimeSpan:
    """A conference of several days is whole days, which block nobody's time and no night; its parts have the hours.

    What would end before it starts, its zone having other rules now, ends a minute after: programs refuse all else.
    """
    if span.is_reversed:
        return TimeSpan(span.starts, wall_time_at(span.ends_at, span.ends.zone))
    first, last = span.starts.wall.date(), (span.ends.wall - timedelta(minutes=1)).date()
    if kind is not Kind.CONFERENCE or span.all_day or last <= first:
        return span
    days = WallTime.midnight(first, span.starts.zone), WallTime.midnight(last, span.ends.zone)
    return TimeSpan(*days, all_day=True)


def _categories(event: EventFacts, language: str) -> tuple[str, ...]:
    """Its track too: some programs have colours for categories and none for events."""
    track = (in_language(event.track.name, language),) if event.track else ()
    return gettext(language, _KINDS[event.kind]), *track, *event.tags


def track_exported(track: TrackFacts) -> object:
    """What calendars are told of a track, in each of its sessions."""
    return css_name(track.colour), [in_language(track.name, language) for language in LANGUAGES]


def _how_to_attend(event: EventFacts, *, registered: bool, join: str | None) -> Iterator[tuple[str, str]]:
    """Texts with the links that they name. The event's address comes last, as in every description."""
    if event.kind is Kind.BROADCAST and event.joining_link:
        yield N_("Watch it live: {link}"), event.joining_link
    if join:
        yield N_("Join online: {link}"), join
    if event.status is Status.PUBLISHED and not registered:
        yield _HOW_TO_ATTEND.get(tuple(sorted(event.modes)), ""), ""


def _described(event: EventFacts, shown: TimeSpan, language: str, attending: Iterable[tuple[str, str]]) -> str:
    """Why it does not take place, what it is about, in which languages, and what it takes to be there."""
    about = (event.cancelled_reason, event.sample, event.summary, event.description)
    *lines, summary, description = (in_language(text, language) for text in about)
    lines += [description] if description.startswith(summary) else [summary, description]
    lines.append("\n".join(_named(speaker, language) for speaker in event.speakers))
    if shown != event.span:
        at = when(language, event.span)
        lines.append(f"{at.dates}, {at.times} ({at.zone})")
    for label, tags in (
        (N_("Languages: {languages}"), event.languages),
        (N_("Interpretation: {languages}"), event.interpretation),
    ):
        if tags:
            names = listed(language, [language_name(language, tag) for tag in tags])
            lines.append(gettext(language, label).format(languages=names))
    lines.append(in_language(event.admission, language))
    lines += [gettext(language, text).format(link=link) for text, link in attending if text]
    return "\n\n".join(line for line in lines if line)


def _named(speaker: SpeakerFacts, language: str) -> str:
    who = f"{speaker.name} ({speaker.affiliation})" if speaker.affiliation else speaker.name
    return gettext(language, N_("{role}: {name}")).format(role=gettext(language, ROLES[speaker.role]), name=who)


def _geo(event: EventFacts) -> tuple[float, float] | None:
    venue = event.venue
    if venue is None or venue.lat is None or venue.lon is None:
        return None
    return venue.lat, venue.lon
