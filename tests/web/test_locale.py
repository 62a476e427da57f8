from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from litestar import Request
from litestar.testing import RequestFactory

from events.kernel.errors import DomainError, Problem
from events.kernel.spans import WallTime
from events.web import locale
from events.web.said import said


def request(path: str = "/", *, env: str = "production", **given: Any) -> Request[Any, Any, Any]:
    made = RequestFactory().get(path, **given)
    made.app.state.settings = SimpleNamespace(env=env)
    return made


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        (request("/fr/events/x", headers={"Cookie": "lang=en"}), "fr"),
        (request("/t/abc", query_params={"lang": "fr"}, headers={"Cookie": "lang=en"}), "fr"),
        (request("/t/abc", headers={"Cookie": "lang=fr"}), "fr"),
        (request("/", headers={"Accept-Language": "de, fr-CA;q=0.8, en;q=0.5"}), "fr"),
        (request("/", headers={"Accept-Language": "fr;q=0, en-US"}), "en"),
        (request("/", headers={"Accept-Language": "zh, ;;q=x, *"}), "en"),
        (request("/", query_params={"lang": "<script>"}), "en"),
        (request("/french/x"), "en"),
    ],
)
def test_the_address_then_the_choice_then_the_browser(asked: Request[Any, Any, Any], language: str) -> None:
    assert locale.language_of_request(asked) == language


def test_a_default_outranks_the_browser_but_not_the_reader() -> None:
    french: dict[str, Any] = {"headers": {"Accept-Language": "fr"}}
    assert locale.language_of_request(request("/t/abc", **french), "en") == "en"
    assert locale.language_of_request(request("/t/abc", headers={"Cookie": "lang=fr"}), "en") == "fr"
    assert locale.language_of_request(request("/t/abc", **french), "xx") == "fr"


def test_the_pseudo_locale_is_for_tests_alone() -> None:
    assert locale.language_of_request(request("/ar-XB/", env="test")) == "ar-XB"
    assert locale.language_of_request(request("/ar-XB/")) == "en"


def test_a_choice_is_remembered_only_where_the_address_names_no_language() -> None:
    assert locale.chosen_now(request("/t/abc", query_params={"lang": "fr"})) == "fr"
    assert locale.chosen_now(request("/en/", query_params={"lang": "fr"})) is None
    assert locale.chosen_now(request("/t/abc", query_params={"lang": "xx"})) is None


def test_the_pseudo_locale_accents_what_is_translated_and_keeps_what_is_filled_in() -> None:
    assert locale.gettext("ar-XB", "Places in {city}: %(count)s <b>") == "⟦Pláçés îñ {city}: %(count)s <b>⟧"
    assert locale.ngettext("ar-XB", "{days} day", "{days} days", 2) == "⟦{days} dáýs⟧"


def test_a_text_without_translation_stays_english() -> None:
    assert locale.gettext("fr", "no such text") == "no such text"
    assert locale.gettext("en", "") == ""


@pytest.mark.parametrize(
    ("value", "english"),
    [
        (1500, "1,500"),
        (True, "True"),
        (["a", "b", "c"], "a, b and c"),
        (date(2027, 2, 5), "Friday 5 February 2027"),
        (datetime(2027, 2, 5, 18, 15, tzinfo=UTC), "Friday 5 February 2027, 18:15 (UTC+0)"),
        (WallTime.parse("2027-02-05T13:15", "America/New_York"), "Friday 5 February 2027, 13:15 (New York, UTC−5)"),
        ("2027", "2027"),
    ],
)
def test_what_is_filled_in_is_written_as_the_language_writes_it(value: object, english: str) -> None:
    assert said("en", Problem("field", "{what}", {"what": value})) == english


def test_a_refusal_without_parameters_may_contain_braces() -> None:
    assert said("en", DomainError("{odd}")) == "{odd}"


def test_languages_are_named_in_the_readers_language() -> None:
    assert locale.language_name("fr", "ar") == "arabe"
    assert locale.language_name("en", "zh-Hans") == "Chinese (Simplified)"
    assert locale.language_name("en", "ils") == "International Sign"
    assert locale.language_name("en", "not a language") == "not a language"
