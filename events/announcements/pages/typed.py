"""Between an announcement and the fields of its form."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from events.announcements.rules import Anchor, Draft
from events.kernel.spans import WallTime, WallTimeTwice
from events.programme.rules import EventFacts
from events.web.locale import LANGUAGES

Typed = Mapping[str, str]

_SEVERAL = "standings"
_ONE_OR_NOTHING = ("tag", "clock", "mode", "came", "language", "affiliation_type", "country", "organisation", "answer")


def typed_of(draft: Draft) -> dict[str, str]:
    timing, audience = draft.timing, draft.audience
    typed = {f"subject.{tag}": text for tag, text in draft.subject.items()}
    typed |= {f"body.{tag}": text for tag, text in draft.body.items()}
    typed |= {
        "anchor": timing.anchor.value,
        "amount": str(timing.amount if timing.anchor in {Anchor.START, Anchor.END} else 1),
        "unit": timing.unit.value,
        "clock": timing.clock or "",
        "standings": " ".join(audience.standings),
        "mode": audience.mode.value if audience.mode else "",
        "came": "" if audience.came is None else "yes" if audience.came else "no",
        "language": audience.language or "",
        "tag": audience.tag or "",
        "affiliation_type": audience.affiliation_type or "",
        "country": audience.country or "",
        "organisation": audience.organisation or "",
        "answer": audience.answer or "",
        "calendar": "true" if draft.calendar else "",
    }
    if timing.at:
        typed |= {"at.wall": timing.at.wall.isoformat(timespec="minutes"), "at.fold": str(timing.at.fold)}
    return typed


def typed_in(posted: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """The form as it was sent; a proposal that was taken is put in its place."""
    typed: dict[str, str] = {}
    for name, value in posted:
        text = str(value).replace("\r\n", "\n")
        typed[name] = f"{typed[name]} {text}" if name == _SEVERAL and name in typed else text
    field, is_proposal, proposal = typed.pop("take", "").partition("=")
    if is_proposal:
        typed[field] = proposal
    return typed


def languages_of(typed: Typed) -> list[str]:
    """Ours, and every further one that something is written in."""
    texts = (name.partition(".") for name, text in typed.items() if text.strip())
    return list(dict.fromkeys([*LANGUAGES, *(tag for name, _, tag in texts if name in {"subject", "body"})]))


def document_in(typed: Typed, event: EventFacts) -> dict[str, Any]:
    """What the form stands for, as forms.py reads it."""
    document: dict[str, Any] = {
        name: {tag: typed.get(f"{name}.{tag}", "") for tag in languages_of(typed)} for name in ("subject", "body")
    }
    if typed.get("anchor") in {"start", "end"}:
        document |= {"amount": _number(typed.get("amount", "")), "unit": typed.get("unit", "")}
    document |= {
        "anchor": typed.get("anchor", ""),
        "standings": typed.get("standings", "").split(),
        "calendar": typed.get("calendar") == "true",
    }
    document |= {name: typed.get(name, "").strip() or None for name in _ONE_OR_NOTHING}
    if typed.get("anchor") == "at" and typed.get("at.wall", "").strip():
        document["at"] = {"wall": typed["at.wall"], "zone": event.span.starts.zone} | _fold(typed)
    return document


def notes_in(typed: Typed) -> dict[str, Any]:
    """`notes.confirmed.en` and so on as forms.py reads them."""
    notes: dict[str, dict[str, str]] = {}
    for name, text in typed.items():
        first, _, rest = name.partition(".")
        kind, _, tag = rest.partition(".")
        if first == "notes" and tag:
            notes.setdefault(kind, {})[tag] = text
    return {"notes": notes}


def told_twice(typed: Typed, zone: str) -> dict[str, tuple[str, str]]:
    """The offsets of the first and the second, where clocks show the time that was typed twice."""
    try:
        WallTime.parse(typed.get("at.wall", ""), zone)
    except WallTimeTwice as twice:
        return {"at": twice.offsets}
    except ValueError:
        pass  # told beside its field
    return {}


def _number(text: str) -> object:
    """A number if it is one; other text stays, to be refused in words."""
    return int(text) if re.fullmatch(r"\s*\d{1,9}\s*", text, re.ASCII) else text


def _fold(typed: Typed) -> dict[str, int]:
    return {"fold": int(typed["at.fold"])} if typed.get("at.fold") in {"0", "1"} else {}
