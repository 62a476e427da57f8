"""What people write for a kind, a mode, a language, in English and French."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

import msgspec
from babel import Locale

from events.kernel.ids import folded
from events.programme.entries import ROLES
from events.programme.rules import Kind, Mode
from events.programme.rules.contents import SpeakerRole

_FILE = resources.files("events.imports").joinpath("words.json")


@cache
def words_of(what: str) -> Mapping[str, list[str]]:
    """Folded words by what they mean: `headings`, `kinds`, `modes`, `languages`."""
    found: dict[str, dict[str, str]] = msgspec.json.decode(_FILE.read_bytes())
    return {meaning: words.split(", ") for meaning, words in found[what].items()}


@cache
def _kinds() -> dict[str, Kind]:
    return {word: Kind(kind) for kind, words in words_of("kinds").items() for word in (*words, kind)}


def plain(text: str) -> str:
    """Folded, one space between words."""
    return " ".join(folded(text).split())


@cache
def _roles() -> dict[str, SpeakerRole]:
    found = {word: SpeakerRole(role) for role, words in words_of("roles").items() for word in (*words, role)}
    return found | {plain(name): role for role, name in ROLES.items()}


def role_in(text: str) -> SpeakerRole | None:
    return _roles().get(plain(text)) or _roles().get(plain(text).removesuffix("s"))


def kind_in(text: str) -> Kind | None:
    return _kinds().get(plain(text)) or _kinds().get(plain(text).removesuffix("s"))


def modes_in(text: str) -> tuple[Mode, ...] | None:
    found = next((modes for modes, words in words_of("modes").items() if plain(text) in words), None)
    return tuple(Mode(mode) for mode in found.split()) if found else None


@cache
def _languages() -> dict[str, str]:
    found: dict[str, str] = {}
    for reader in ("fr", "en"):
        for tag, name in Locale(reader).languages.items():
            found.setdefault(plain(name), tag.replace("_", "-"))
    own = {
        plain(name): tag
        for tag in ("ar", "es", "ru", "zh", "fr", "de", "pt")
        if (name := Locale(tag).languages.get(tag))
    }
    named = {word: tag for tag, words in words_of("languages").items() for word in words}
    return found | own | named


def language_in(text: str) -> str | None:
    """The tag of a language that is named in English, in French or by its tag."""
    wanted = plain(text)
    tag = _languages().get(wanted)
    return tag or (wanted if wanted in set(_languages().values()) else None)


@cache
def weekday_in(word: str) -> int | None:
    return _calendar_words()[0].get(plain(word).rstrip("."))


@cache
def month_in(word: str) -> int | None:
    return _calendar_words()[1].get(plain(word).rstrip("."))


@cache
def _calendar_words() -> tuple[dict[str, int], dict[str, int]]:
    days: dict[str, int] = {}
    months: dict[str, int] = {}
    for locale in (Locale("fr"), Locale("en")):
        for width in ("abbreviated", "wide"):
            days |= {plain(name).rstrip("."): day for day, name in locale.days["format"][width].items()}
            months |= {plain(name).rstrip("."): month for month, name in locale.months["format"][width].items()}
    return days, months
