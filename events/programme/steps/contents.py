"""Keeping what an event holds; each needs an open write."""

from collections.abc import Collection, Sequence
from typing import Any

from msgspec import UNSET
from piccolo.columns import And

from events.accounts.steps import public_changed
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Conflict, Invalid, Problem
from events.kernel.ids import folded
from events.kernel.words import N_
from events.programme.entries import track_exported
from events.programme.forms import EventDraft
from events.programme.forms.contents import SpeakerForm
from events.programme.queries.contents import track_of
from events.programme.rules import Status
from events.programme.rules.contents import TrackFacts
from events.programme.steps.columns import columns_of_span, json_of
from events.programme.steps.rooms import replace_rooms
from events.programme.tables import Event
from events.programme.tables.contents import Appearance, Document, Plenary, SessionTrack, Speaker, Track

_TOLD = (
    "UPDATE event SET revision = revision + 1, changed_at = :now {also}"
    " WHERE id <> :event AND id IN (SELECT event FROM appearance WHERE speaker = :speaker) RETURNING status"
)
_TELL_PAGES = db.Prepared(_TOLD.format(also=""))
_TELL_CALENDARS = db.Prepared(_TOLD.format(also=", calendar_changed_at = :now"))
_TOLD_IN = (
    "UPDATE event SET revision = revision + 1, changed_at = :now {also}"
    " WHERE id IN (SELECT event FROM session_track WHERE track = :track)"
)
_TELL_PAGES_IN = db.Prepared(_TOLD_IN.format(also=""))
_TELL_CALENDARS_IN = db.Prepared(_TOLD_IN.format(also=", calendar_changed_at = :now"))
_NEW_SPEAKER = db.prepared_insert(Speaker, conflict="ON CONFLICT DO NOTHING")


class TrackInUse(Conflict):
    kind = "track-in-use"

    def __init__(self, key: str) -> None:
        super().__init__(N_("Sessions are in the track “{key}”, so it cannot go. Take them out of it first."), key=key)


async def replace_contents(event: int, draft: EventDraft, *, organisation: int) -> None:
    for key in (Appearance.event, Document.event, SessionTrack.event, Plenary.conference):
        await key._meta.table.delete().where(key == event)
    await _drop_tracks(event, {track.key for track in draft.tracks})
    if not draft.form.rooms:
        await replace_rooms(event, ())
    await insert_contents(event, draft, organisation=organisation)


async def insert_contents(event: int, draft: EventDraft, *, organisation: int) -> None:
    """What a new event holds, or one of which the old was taken away."""
    await _insert_speakers(event, draft.form.speakers, organisation)
    if draft.documents:
        await Document.insert(
            *(
                Document(
                    event=event, position=position, kind=one.kind, title=json_of(one.title), url=one.url,
                    language=one.language,
                )
                for position, one in enumerate(draft.documents)
            )
        )  # fmt: skip
    await _put_in_track(event, draft.form.track)
    if draft.tracks:
        await _keep_tracks(event, draft.tracks)
    if draft.form.rooms:
        await replace_rooms(event, draft.form.rooms)
    if draft.plenary:
        await Plenary.insert(
            *(Plenary(conference=event, title=json_of(one.title), **columns_of_span(one.span)) for one in draft.plenary)
        )


async def _put_in_track(event: int, key: str | None) -> None:
    """Raises Invalid when the conference that it is part of has no such track."""
    if key is None:
        return
    conference = Event.select(Event.part_of).where(Event.id == event)
    rows = await Track.select(Track.id).where(And(Track.key == key, Track.conference.is_in(conference)))
    if not rows:
        raise Invalid.of("track", N_("The conference has no track “{key}”."), key=key)
    await SessionTrack.insert(SessionTrack(event=event, track=rows[0]["id"]))


async def _keep_tracks(event: int, tracks: Sequence[TrackFacts]) -> None:
    kept = {row["key"]: row for row in await Track.select().where(Track.conference == event)}
    for position, track in enumerate(tracks):
        columns: dict[Any, Any] = {"position": position, "name": json_of(track.name), "colour": track.colour}
        if track.key in kept:
            before = kept[track.key]
            await Track.update(columns).where(Track.id == before["id"])
            await _tell_sessions(before["id"], track_of(before), track)
        else:
            await Track.insert(Track(conference=event, key=track.key, **columns))


async def _tell_sessions(track: int, was: TrackFacts, now: TrackFacts) -> None:
    """They show the track's name and colour, and calendars do."""
    if was != now:
        tell = _TELL_PAGES_IN if track_exported(was) == track_exported(now) else _TELL_CALENDARS_IN
        await tell.rows(now=utc_now(), track=track)


async def _drop_tracks(event: int, wanted: Collection[str]) -> None:
    """All but the wanted; raises TrackInUse."""
    for row in await Track.select(Track.id, Track.key).where(Track.conference == event):
        if row["key"] not in wanted:
            if await SessionTrack.exists().where(SessionTrack.track == row["id"]):
                raise TrackInUse(row["key"])
            await Track.delete().where(Track.id == row["id"])


async def _insert_speakers(event: int, forms: Sequence[SpeakerForm], organisation: int) -> None:
    speakers = [
        await keep_speaker(form, f"speakers.{number}", organisation, event) for number, form in enumerate(forms)
    ]
    seen = [(speaker, form.role) for speaker, form in zip(speakers, forms, strict=True)]
    twice = [number for number, one in enumerate(seen) if one in seen[:number]]
    if twice:
        raise Invalid(
            [Problem(f"speakers.{number}.name", N_("They stand here twice in this role.")) for number in twice]
        )
    if speakers:
        await Appearance.insert(
            *(
                Appearance(event=event, position=position, speaker=speaker, role=form.role, remote=form.remote)
                for position, (speaker, form) in enumerate(zip(speakers, forms, strict=True))
            )
        )


async def keep_speaker(form: SpeakerForm, path: str, organisation: int, event: int | None = None) -> int:
    """Who is meant, as the address book now has them; raises Invalid when that cannot be told.

    Every other event at which they appear than `event` is told of what changed.
    """
    known = await _known(form, path, organisation)
    given = _given(form)
    if known is None:
        blank = {"affiliation": None, "affiliation_folded": "", "function": "{}", "biography": "{}"}
        row = await _NEW_SPEAKER.row(**blank | given, organisation=organisation)
        if row is not None:
            return int(row["id"])
        known = await _known(form, path, organisation)  # somebody wrote it down at the same moment
        if known is None:
            raise RuntimeError(f"the address book refused {form.name!r} and does not have it")
    if form.id is None:  # found by name: however they write it, it stays as the address book has it
        given = {name: text for name, text in given.items() if name in {"function", "biography"}}
    changed = {name for name, value in given.items() if value != known[name]}
    if changed:
        await _change(known | given, changed, path, event=event)
    return int(known["id"])


async def _change(speaker: dict[str, Any], changed: set[str], path: str, *, event: int | None) -> None:
    """Change the address book, and with it every other event at which they appear."""
    if changed & {"name_folded", "affiliation_folded"}:
        ours = And(Speaker.organisation == speaker["organisation"], Speaker.id != speaker["id"])
        same = And(
            Speaker.name_folded == speaker["name_folded"], Speaker.affiliation_folded == speaker["affiliation_folded"]
        )
        if await Speaker.exists().where(And(ours, same)):
            raise Invalid.of(f"{path}.name", N_("Your address book has somebody else of this name and organisation."))
    columns: dict[Any, Any] = {name: speaker[name] for name in changed}
    await Speaker.update(columns).where(Speaker.id == speaker["id"])
    tell = _TELL_CALENDARS if changed & {"name", "affiliation"} else _TELL_PAGES
    told = await tell.rows(now=utc_now(), event=event or 0, speaker=speaker["id"])
    if any(row["status"] != Status.DRAFT for row in told):
        await public_changed()


async def _known(form: SpeakerForm, path: str, organisation: int) -> dict[str, Any] | None:
    ours = Speaker.select().where(Speaker.organisation == organisation)
    if form.id is not None:
        rows = await ours.where(Speaker.id == form.id)
        if not rows:
            raise Invalid.of(f"{path}.id", N_("Your address book has nobody of this number."))
        return rows[0]
    rows = await ours.where(Speaker.name_folded == folded(form.name or ""))
    if form.affiliation is not UNSET:
        affiliation = folded(form.affiliation or "")
        return next((row for row in rows if row["affiliation_folded"] == affiliation), None)
    if len(rows) > 1:
        raise Invalid.of(
            f"{path}.affiliation", N_("Your address book has several people of this name. Say of which organisation.")
        )
    return rows[0] if rows else None


def _given(form: SpeakerForm) -> dict[str, Any]:
    """The columns that the form has something for."""
    given: dict[str, Any] = {}
    if form.name:
        given |= {"name": form.name, "name_folded": folded(form.name)}
    if form.affiliation is not UNSET:
        given |= {"affiliation": form.affiliation or None, "affiliation_folded": folded(form.affiliation or "")}
    texts = {"function": form.function, "biography": form.biography}
    return given | {name: json_of(text) for name, text in texts.items() if text is not UNSET}
