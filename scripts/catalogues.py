"""Bring the catalogues up to date with the code and the templates: `python -m scripts.catalogues`.

New texts come in untranslated, texts that are gone go; tests/house/test_catalogues.py fails until all are translated.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.pofile import read_po, write_po

from events.web.locale import CATALOGUES, LANGUAGES

ROOT = Path(__file__).parents[1]
METHODS = [("events/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
# In code `gettext` and `ngettext` take the language first; templates have it already.
KEYWORDS = parse_keywords(
    ["_", "N_", "gettext:2", "ngettext:1,2,3t", "ngettext:2,3,4t", "pgettext:1c,2", "Problem:2,2t"]
)
SOURCE_LANGUAGE = "en"


def extracted() -> Iterator[tuple[str, Any, str | None]]:
    """Where it stands, what is said there (a text, or one with its plural), and of what."""
    options: dict[str, dict[str, Any]] = {
        "templates/**.html": {"silent": "false"},
        "templates/**.txt": {"silent": "false"},
    }
    for folder in ("events", "templates"):
        methods = [(pattern.removeprefix(f"{folder}/"), how) for pattern, how in METHODS if pattern.startswith(folder)]
        found = extract_from_dir(
            ROOT / folder,
            methods,
            {pattern.removeprefix(f"{folder}/"): option for pattern, option in options.items()},
            keywords=KEYWORDS,
        )
        for file, _, message, _, context in sorted(found, key=lambda row: (row[0], row[1])):
            yield f"{folder}/{file}", message, context


def template() -> Catalog:
    catalogue = Catalog()
    for file, message, context in extracted():
        catalogue.add(message, locations=[(file, 0)], context=context)
    return catalogue


def translated(language: str) -> Path:
    return CATALOGUES / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    with translated(language).open("rb") as file:
        return read_po(file, locale=language)


def write(language: str, catalogue: Catalog) -> None:
    path = translated(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    head = (
        f"Language: {language}",
        "Content-Type: text/plain; charset=utf-8",
        f"Plural-Forms: {catalogue.plural_forms}",
    )
    with path.open("wb") as file:
        file.write(b'msgid ""\nmsgstr ""\n')
        file.write("".join(f'"{line}\\n"\n' for line in head).encode() + b"\n")
        write_po(file, catalogue, width=120, omit_header=True, include_lineno=False, ignore_obsolete=True)


def update(language: str) -> Catalog:
    known = read(language) if translated(language).exists() else Catalog(locale=language)
    now = Catalog(locale=language)
    for message in template():
        if message.id:
            kept = known.get(message.id, message.context)
            string = kept.string if kept and not kept.fuzzy else None
            now.add(message.id, string, locations=message.locations, context=message.context)
    write(language, now)
    return now


if __name__ == "__main__":
    for language in LANGUAGES:
        if language != SOURCE_LANGUAGE:
            missing = [message for message in update(language) if message.id and not message.string]
            print(f"{language}: {len(missing)} to translate")
