"""Every text of the product is in every language, with the same places for what is filled in."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from events.web.locale import LANGUAGES
from scripts.catalogues import SOURCE_LANGUAGE, read, template

RECORDED_OF_EVENTS = re.compile(r'record\(\s*[^,"]+,\s*"(\w+)",\s*f"event:')
PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
TRANSLATED = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]


@pytest.fixture(scope="module")
def texts() -> Catalog:
    return template()


def forms(text: object) -> list[str]:
    return [text] if isinstance(text, str) else list(text) if isinstance(text, list | tuple) else []


def missing_form(message: Message | None, forms_needed: int) -> bool:
    return (
        message is None or message.fuzzy or len(forms(message.string)) != forms_needed or not all(forms(message.string))
    )


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(texts: Catalog, language: str) -> None:
    catalogue = read(language)
    untranslated = [
        message.id
        for message in texts
        if message.id
        and missing_form(
            catalogue.get(message.id, message.context), catalogue.num_plurals if message.pluralizable else 1
        )
    ]
    assert untranslated == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_fills_in_what_its_source_fills_in(language: str) -> None:
    wrong = []
    for message in read(language):
        wanted = {name for form in forms(message.id) for name in PLACEHOLDERS.findall(form)}
        found = {name for form in forms(message.string) for name in PLACEHOLDERS.findall(form)}
        if message.id and message.string and wanted != found:
            wrong.append((message.id, message.string))
    assert wrong == []


def test_no_template_puts_a_colon_between_two_texts() -> None:
    """French has a space before it: such a pair is a text of its own."""
    paths = [path for kind in ("html", "txt") for path in Path("templates").rglob(f"*.{kind}")]
    assert [path for path in paths if re.search(r"\}\}(</\w+>)*:(\s|</)", path.read_text())] == []


def test_french_has_its_own_spaces_and_quotation_marks() -> None:
    """A no-break space before “:”, “;”, “!”, “?” and inside guillemets; no straight apostrophes or quotation marks."""
    plain = re.compile(r"(?<=\S) [:;!?»](?!\w)|« |(?<=\w)[;!?](?=\s|$)|(?<=\w)'(?=\w)|\"")
    assert [
        string for message in read("fr") for string in forms(message.string) if message.id and plain.search(string)
    ] == []


def test_whatever_is_recorded_of_an_event_has_words_in_its_log() -> None:
    log = Path("templates/reports/event.html").read_text()
    verbs = {verb for path in Path("events").rglob("*.py") for verb in RECORDED_OF_EVENTS.findall(path.read_text())}
    assert "delegated" in verbs
    assert [verb for verb in sorted(verbs - {"deleted"}) if f'"{verb}": _(' not in log] == []
