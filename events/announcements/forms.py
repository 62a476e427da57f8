"""What may be posted of an announcement, by the workspace's form or by a program."""

import re
from collections.abc import Container, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from events.announcements.rules import REACHABLE, Anchor, Audience, Draft, Timing, Unit
from events.announcements.texts import Mistake, mistakes_in
from events.kernel.errors import Invalid, Problem
from events.kernel.spans import TimeSpan
from events.kernel.words import N_, Text
from events.programme.forms.contents import LanguageTag, LinesText, LineText
from events.programme.forms.times import WallTimeForm, wall_time
from events.programme.rules import Mode
from events.programme.rules.limits import AffiliationType
from events.questions.values import NOT_A_CHOICE
from events.registration.remarks.rules import LONGEST_TAG
from events.registration.rules import Standing
from events.web.posted import LINES, Line, LongLine, parse

KINDS_WITH_NOTES = ("confirmed", "waiting", "pending", "unverified", "promoted", "declined", "cancelled")
"""The mails about one registration to which organisers may add a paragraph."""

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_LONGEST = 10_000
_MOST_NOTES = 2_000


class AnnouncementForm(Struct, kw_only=True):
    """`at` is a wall time at the event; `amount`, `unit` and `clock` count from its start or its end."""

    subject: LineText
    body: dict[LanguageTag, Annotated[str, Meta(max_length=_LONGEST), LINES]]
    anchor: Anchor
    amount: Annotated[int, Meta(ge=0, le=1000)] = 0
    unit: Unit = Unit.DAYS
    clock: Line | None = None
    at: WallTimeForm | None = None
    standings: list[Standing] = []
    mode: Mode | None = None
    came: Literal["yes", "no"] | None = None
    language: LanguageTag | None = None
    tag: Annotated[str, Meta(max_length=LONGEST_TAG)] | None = None
    affiliation_type: AffiliationType | None = None
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    organisation: Line | None = None
    answer: LongLine | None = None
    calendar: bool = False


class NotesForm(Struct):
    notes: dict[Literal[KINDS_WITH_NOTES], LinesText]  # type: ignore[valid-type]  # a tuple of them


def read_draft(posted: object, span: TimeSpan, answers: Container[str] = ()) -> Draft:
    """Raises Invalid with every problem, what stands in braces and is no placeholder among them.

    `answers` are those that the group may be narrowed by.
    """
    problems = _problems_of_texts(posted) if isinstance(posted, Mapping) else []
    try:
        form = parse(AnnouncementForm, posted)
    except Invalid as invalid:
        raise Invalid([*problems, *invalid.problems]) from None
    problems += _problems_of_group(form)
    if form.answer and form.answer not in answers:
        problems.append(Problem("answer", NOT_A_CHOICE))
    timing = _timing(form, span, problems)
    if timing is None or problems:
        raise Invalid(problems)
    return Draft(
        subject={tag: text for tag, text in form.subject.items() if text},
        body={tag: text for tag, text in form.body.items() if text},
        timing=timing,
        audience=Audience(
            standings=tuple(standing for standing in REACHABLE if standing in form.standings),
            mode=form.mode,
            came=None if form.came is None else form.came == "yes",
            language=form.language,
            tag=form.tag,
            affiliation_type=form.affiliation_type,
            country=form.country,
            organisation=form.organisation,
            answer=form.answer,
        ),
        calendar=form.calendar,
    )


def _problems_of_texts(posted: Mapping[str, Any]) -> list[Problem]:
    """What is no text at all is refused beside its field, by `parse`."""
    texts = {name: _written(posted[name]) for name in ("subject", "body") if isinstance(posted.get(name), Mapping)}
    problems = _unpaired(**texts) if len(texts) == 2 else []  # noqa: PLR2004 - both
    return problems + [
        _told(f"{name}.{tag}", mistake)
        for name, written in texts.items()
        for tag, text in written.items()
        for mistake in mistakes_in(text)
    ]


def _written(texts: Mapping[Any, Any]) -> Text:
    return {str(tag): text.strip() for tag, text in texts.items() if isinstance(text, str)}


def _unpaired(subject: Text, body: Text) -> list[Problem]:
    """What is written in one language needs a subject and a text in it, and something must be written."""
    if not any((*subject.values(), *body.values())):
        return [Problem("subject.en", N_("Write a subject.")), Problem("body.en", N_("Write a text."))]
    problems = []
    for tag in dict.fromkeys([*subject, *body]):
        if body.get(tag) and not subject.get(tag):
            problems.append(Problem(f"subject.{tag}", N_("Write a subject in this language too.")))
        if subject.get(tag) and not body.get(tag):
            problems.append(Problem(f"body.{tag}", N_("Write a text in this language too.")))
    return problems


def _told(field: str, mistake: Mistake) -> Problem:
    params = {"written": mistake.written, "nearest": mistake.nearest}
    if mistake.nearest:
        return Problem(field, N_("There is no placeholder {written}. Did you mean {nearest}?"), params)
    if mistake.written in {"{", "}"}:
        return Problem(field, N_("“{written}” stands alone: braces are for placeholders."), params)
    return Problem(field, N_("There is no placeholder {written}."), params)


def _problems_of_group(form: AnnouncementForm) -> list[Problem]:
    if not form.standings:
        return [Problem("standings", N_("Choose at least one."))]
    if set(form.standings) - set(REACHABLE):
        return [Problem("standings", N_("Nobody of this standing can be written to."))]
    return []


def _timing(form: AnnouncementForm, span: TimeSpan, problems: list[Problem]) -> Timing | None:
    if form.anchor is Anchor.NOW:
        return Timing(anchor=Anchor.NOW)
    if form.anchor is Anchor.AT:
        if form.at is None:
            problems.append(Problem("at.wall", N_("Write date and time.")))
            return None
        at = wall_time(form.at, "at", problems)
        return Timing(anchor=Anchor.AT, at=at) if at else None
    timing = Timing(anchor=form.anchor, amount=form.amount, unit=form.unit)
    if not timing.in_days:
        return timing
    if form.clock is None and span.all_day:
        problems.append(Problem("clock", N_("Say at what hour: the event takes whole days.")))
    if form.clock is not None and not _CLOCK.fullmatch(form.clock):
        problems.append(Problem("clock", N_("Write the hour as 09:00.")))
    return msgspec.structs.replace(timing, clock=form.clock)


def read_notes(posted: object) -> dict[str, Mapping[str, str]]:
    """The paragraphs by kind of mail; Invalid with every problem, what is no placeholder among them."""
    notes: dict[str, Any] = parse(NotesForm, posted).notes
    problems = [
        Problem(f"notes.{kind}.{tag}", N_("Write at most {limit} characters."), {"limit": _MOST_NOTES})
        for kind, text in notes.items()
        for tag, words in text.items()
        if len(words) > _MOST_NOTES
    ]
    problems += [
        _told(f"notes.{kind}.{tag}", mistake)
        for kind, text in notes.items()
        for tag, words in text.items()
        for mistake in mistakes_in(words)
    ]
    if problems:
        raise Invalid(problems)
    return {kind: {tag: words for tag, words in text.items() if words} for kind, text in notes.items()}
