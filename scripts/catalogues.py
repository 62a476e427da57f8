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
KEYWORDS = parse_keywords(["_", "N_", "gettext:2", "ngettext:1,2,3t", "ngettext:2,3,4t", "Problem:2,2t"])
SOURCE_LANGUAGE = "en"


def extracted() -> Iterator[tuple[str, Any]]:
    """Where it stands → what is said there: a text, or one with its plural."""
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
        for file, _, message, _, _ in sorted(found, key=lambda row: (row[0], row[1])):
            yield f"{folder}/{file}", message


def template() -> Catalog:
    catalogue = Catalog()
    for file, message in extracted():
        catalogue.add(message, locations=[(file, 0)])
    return catalogue


def translated(language: str) -> Path:
    return CATALOGUES / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    with translated(language).open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> Catalog:
    path = translated(language)
    known = read(language) if path.exists() else Catalog(locale=language)
    now = Catalog(locale=language, project="Sideline", version="1", charset="utf-8")
    for message in template():
        if message.id:
            kept = known.get(message.id)
            now.add(message.id, kept.string if kept and not kept.fuzzy else None, locations=message.locations)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n'.encode())
        file.write(f'"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {now.plural_forms}\\n"\n\n'.encode())
        write_po(file, now, width=120, omit_header=True, include_lineno=False, ignore_obsolete=True)
    return now


if __name__ == "__main__":
    for language in LANGUAGES:
        if language != SOURCE_LANGUAGE:
            missing = [message for message in update(language) if message.id and not message.string]
            print(f"{language}: {len(missing)} to translate")
