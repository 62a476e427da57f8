"""What a column of a table may hold, and which it is by its heading, in English and French."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from events.imports.words import plain, words_of
from events.kernel.words import N_

LABELS: Mapping[str, str] = {
    "key": N_("Number or code of the row"),
    "title.en": N_("Title (English)"),
    "title.fr": N_("Title (French)"),
    "summary.en": N_("Summary (English)"),
    "summary.fr": N_("Summary (French)"),
    "description.en": N_("Description (English)"),
    "description.fr": N_("Description (French)"),
    "theme.en": N_("Theme (English)"),
    "theme.fr": N_("Theme (French)"),
    "track": N_("Track of the conference"),
    "speakers": N_("Speakers"),
    "date": N_("Date"),
    "starts": N_("Starts, or from – to"),
    "ends": N_("Ends"),
    "ends_on": N_("Last day"),
    "zone": N_("Time zone"),
    "room": N_("Room"),
    "venue": N_("Venue"),
    "address": N_("Address of the venue"),
    "kind": N_("Kind"),
    "mode": N_("In person, online or both"),
    "capacity": N_("Places in the room"),
    "capacity_online": N_("Places online"),
    "joining_link": N_("Joining link"),
    "languages": N_("Spoken in"),
    "interpretation": N_("Interpretation into"),
    "tags": N_("Subjects"),
    "host_body": N_("Host body"),
    "session_number": N_("Session number"),
    "listing_url": N_("Its page in the official list"),
}
"""In the order in which a form offers them."""

_LANGUAGES = {"en": "english", "eng": "english", "fr": "french", "fre": "french", "fra": "french"}


@cache
def _by_word() -> dict[str, str]:
    return {word: field for field, words in words_of("headings").items() for word in words}


def known_headings() -> list[str]:
    return list(_by_word())


def guessed(headings: Sequence[str], remembered: Mapping[str, str]) -> dict[str, str]:
    """Column number → field, each field once: as it was chosen for this heading before, else by its words."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for candidates in (_remembered(headings, remembered), _by_words(headings)):
        for number, field in candidates:
            if number not in found and field not in taken:
                found[number] = field
                taken.add(field)
    if "title.fr" in taken and "title.en" not in taken:  # a French table: what both languages write alike is French
        chosen = dict(_remembered(headings, remembered))
        for number, field in found.items():
            in_french = field.replace(".en", ".fr")
            if number not in chosen and in_french not in taken:
                taken.add(in_french)
                found[number] = in_french
    return {number: field for number, field in found.items() if field}


def _remembered(headings: Sequence[str], remembered: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for number, heading in enumerate(headings):
        field = remembered.get(plain(heading), "")
        if field in LABELS:
            yield str(number), field


def _by_words(headings: Sequence[str]) -> Iterable[tuple[str, str]]:
    words = _by_word()
    for number, heading in enumerate(headings):
        folded = plain(heading)
        bare = " ".join(folded.replace("(", " ").replace(")", " ").replace("_", " ").replace(":", " ").split())
        for form in (folded, bare, _in_language(bare)):
            if form in words:
                yield str(number), words[form]
                break


def _in_language(heading: str) -> str:
    """`title en`, `titre fr` as the words that the list has."""
    first, _, last = heading.rpartition(" ")
    return f"{first} {_LANGUAGES.get(last, last)}"


def to_remember(headings: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """What was chosen for each heading."""
    return {plain(headings[int(number)]): field for number, field in columns.items() if plain(headings[int(number)])}
