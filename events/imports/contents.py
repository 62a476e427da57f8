"""Who speaks and in which track, as the cells of a table say it."""

import re
from collections.abc import Callable
from typing import Any

from events.imports.words import plain, role_in
from events.kernel.ids import slug_of
from events.kernel.words import N_
from events.programme.rules import EventFacts
from events.programme.rules.contents import SpeakerRole

_PEOPLE = re.compile(r"[;\n]")
_ALSO_PEOPLE = re.compile(r",| et | and | & ")
_ONE = re.compile(r"(?:(?P<role>[^:()]{2,40}):\s*)?(?P<name>[^()]+?)\s*(?:\((?P<of>[^()]+)\))?")
Tell = Callable[..., None]


def people_in(text: str, tell: Tell) -> list[dict[str, Any]]:
    """“Moderator: Amina Diallo (UNICEF); Ben Okri”: commas part people only where no semicolon or line does."""
    parts = _PEOPLE.split(text) if _PEOPLE.search(text.strip()) else _outside_brackets(text)
    found = []
    for part in [part.strip() for part in parts if part.strip()]:
        one = _ONE.fullmatch(part)
        role = role_in(one["role"]) if one and one["role"] else SpeakerRole.SPEAKER
        if one is None or role is None:
            told = N_("Write speakers as “Moderator: Amina Diallo (UNICEF); Ben Okri”: {text}")
            tell(told, "speakers", text=part[:60])
            continue
        person: dict[str, Any] = {"name": one["name"].strip(), "role": role.value}
        found.append(person | ({"affiliation": one["of"].strip()} if one["of"] else {}))
    return found


def _outside_brackets(text: str) -> list[str]:
    kept = re.sub(r"\([^()]*\)", lambda inside: inside[0].translate(_HIDDEN), text)
    return [part.translate(_SHOWN) for part in _ALSO_PEOPLE.split(kept)]


_HIDDEN = {ord(","): "\ue000", ord(" "): "\ue001"}
_SHOWN = {0xE000: ",", 0xE001: " "}


class Tracks:
    """Those of the conference, and with `make` those that it is to get, `made` by key in the order of the rows."""

    def __init__(self, parent: EventFacts | None, *, make: bool) -> None:
        tracks = parent.tracks if parent else ()
        self._keys = {plain(name): track.key for track in tracks for name in track.name.values()}
        self._keys |= {plain(track.key): track.key for track in tracks}
        self._make = make and parent is not None
        self.made: dict[str, str] = {}

    def key(self, text: str, tell: Tell) -> str | None:
        known = self._keys.get(plain(text))
        if known is None and self._make:
            known = self._keys[plain(text)] = self._new(text)
            self.made[known] = text[:200]
            tell(N_("The conference gets this track: {track}"), "track", stops=False, track=text[:60])
        elif known is None:
            tell(N_("The conference has no track “{key}”."), "track", key=text[:60])
        return known

    def _new(self, text: str) -> str:
        stem = slug_of(text)[:70] or "track"
        taken, key, number = set(self._keys.values()), stem, 2
        while key in taken:
            key, number = f"{stem}-{number}", number + 1
        return key
