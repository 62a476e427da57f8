"""Which language a reader gets, and its words. Dates and times are written in `dates.py`, refusals in `said.py`."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations
from msgspec import Struct

from events.kernel.ids import folded
from events.web.requests import AnyRequest

CATALOGUES = Path(__file__).parents[1] / "locale"


class Language(Struct, frozen=True):
    """`name` is what its own readers call it; `dates` the Babel locale that dates and numbers follow."""

    tag: str
    name: str
    direction: str
    dates: str


LANGUAGES = {
    "en": Language("en", "English", "ltr", "en_GB"),
    "fr": Language("fr", "Français", "ltr", "fr"),
}
DEFAULT = "en"
"""For who reads none of them."""
PSEUDO = Language("ar-XB", "⟦Ƥşéûðö⟧", "rtl", "ar")
"""Right to left, every text accented and in brackets: what stays plain was not given to the translators."""


def offered(request: AnyRequest) -> Mapping[str, Language]:
    """The languages that a reader may choose; the pseudo-locale in tests only."""
    return _offered_in(request.app.state.settings.env)


def _offered_in(env: str) -> Mapping[str, Language]:
    return LANGUAGES | {PSEUDO.tag: PSEUDO} if env == "test" else LANGUAGES


@lru_cache(256)
def nearest_language(tag: str, env: str) -> str:
    """What we write to somebody in whose language is `tag`: French for Swiss French, English where we have nothing."""
    return _accepted(tag, _offered_in(env))


def language_of_request(request: AnyRequest, default: str | None = None) -> str:
    """The path's, else what the reader chose (`?lang=`, remembered), else `default`, else the browser's."""
    choices = offered(request)
    for tag in (language_of_path(request), request.query_params.get("lang"), request.cookies.get("lang"), default):
        if tag and tag in choices:
            return str(tag)
    return _accepted(request.headers.get("accept-language", ""), choices)


def language_of_path(request: AnyRequest) -> str | None:
    """The language that the address itself names: `/fr/…`."""
    tag = request.scope["path"].split("/", 2)[1]
    return tag if tag in offered(request) else None


def chosen_now(request: AnyRequest) -> str | None:
    """The language that `?lang=` asks to remember; an address that names its language needs no memory."""
    tag = request.query_params.get("lang")
    return tag if tag in offered(request) and language_of_path(request) is None else None


def _accepted(header: str, choices: Mapping[str, Language]) -> str:
    ranges = []
    for position, part in enumerate(header.split(",")[:20]):
        tag, _, weight = part.partition(";")
        found = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
        quality = float(found[1]) if found else 1.0
        ranges.append((-quality, position, tag.strip().lower()))
    folded = {tag.lower(): tag for tag in choices}
    for quality, _, tag in sorted(ranges):
        match = folded.get(tag) or folded.get(tag.partition("-")[0])
        if quality and match:
            return match
    return DEFAULT


class _Pseudo(NullTranslations):
    _accents = str.maketrans("aceinouyACEINOUY", "áçéîñöüýÁÇÉÎÑÖÜÝ")
    _kept = re.compile(r"(%\(\w+\)[sd]|%%|\{[^{}]*\}|<[^<>]*>|&\w+;)")

    def gettext(self, message: str) -> str:
        kept = self._kept.fullmatch
        parts = (part if kept(part) else part.translate(self._accents) for part in self._kept.split(message))
        return "⟦{}⟧".format("".join(parts))

    def pgettext(self, context: str, message: str) -> str:  # noqa: ARG002 - of no matter here
        return self.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@cache
def catalogue(language: str) -> NullTranslations:
    if language == PSEUDO.tag:
        return _Pseudo()
    path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def language_facts(language: str) -> Language:
    return PSEUDO if language == PSEUDO.tag else LANGUAGES.get(language, LANGUAGES["en"])


@cache
def locale_of(language: str) -> Locale:
    """What Babel needs to know of a language."""
    return Locale.parse(language_facts(language).dates)


def gettext(language: str, message: str) -> str:
    return catalogue(language).gettext(message) if message else ""


def ngettext(language: str, singular: str, plural: str, n: int) -> str:
    return catalogue(language).ngettext(singular, plural, n)


_NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}


@cache
def countries(language: str) -> list[tuple[str, str]]:
    """ISO 3166-1 alpha-2 codes with what readers of the language call them, in the order of the names.

    CLDR names continents and parts of countries besides.
    """
    named = [(str(code), str(name)) for code, name in locale_of(language).territories.items()]
    found = [pair for pair in named if re.fullmatch("[A-Z]{2}", pair[0]) and pair[0] not in _NO_COUNTRIES]
    return sorted(found, key=lambda pair: folded(pair[1]))


@cache
def is_country(code: str) -> bool:
    return code in dict(countries("en"))


def country_name(language: str, code: str) -> str:
    return dict(countries(language)).get(code, code)


def number(language: str, value: float) -> str:
    return format_decimal(value, locale=locale_of(language))


def listed(language: str, items: list[str], style: str = "standard") -> str:
    """“A, B and C”; `style="or"`: “A, B or C”."""
    return format_list(items, style=style, locale=locale_of(language))  # type: ignore[arg-type]  # a Literal there


def language_name(language: str, tag: str) -> str:
    """What readers of `language` call another language; its tag when they have no name for it."""
    if tag == "ils":  # CLDR does not name it
        return gettext(language, "International Sign")
    try:
        name = Locale.parse(tag, sep="-").get_display_name(locale_of(language))
    except (ValueError, LookupError):
        name = locale_of(language).languages.get(tag)
    return str(name or tag)
