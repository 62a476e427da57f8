import re
from types import SimpleNamespace
from typing import Any

import pytest
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.testing import create_test_client

from events.kernel.errors import Problem
from events.web.templating import environment, error_page, mail_text, page

SETTINGS = SimpleNamespace(env="test", base_url="https://events.example", secure=True)


@get(["/{lang:str}/lost", "/lost"], sync_to_thread=False)
def lost(request: Request[Any, Any, Any]) -> Response[str]:
    return error_page(request, 404, "<nothing> here")


@get("/own", sync_to_thread=False)
def own(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "errors/404.html", language="fr", status=404, detail="")


def client() -> Any:
    return create_test_client([lost, own], state=State({"settings": SETTINGS}), raise_server_exceptions=True)


def test_a_page_speaks_the_language_of_its_address_and_offers_itself_in_the_others() -> None:
    with client() as browser:
        answer = browser.get("/fr/lost?past=1&lang=en")
    assert answer.status_code == 404
    assert answer.headers["content-language"] == "fr"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="fr" dir="ltr">' in answer.text
    assert 'href="/en/lost?past=1"' in answer.text
    assert 'hreflang="ar-XB" href="https://events.example/ar-XB/lost?past=1"' in answer.text
    assert "set-cookie" not in answer.headers


def test_what_people_typed_is_escaped() -> None:
    with client() as browser:
        assert "&lt;nothing&gt; here" in browser.get("/lost").text


def test_a_language_that_was_chosen_is_remembered_in_a_cookie_that_scripts_cannot_read() -> None:
    with client() as browser:
        answer = browser.get("/lost?lang=fr")
        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith("lang=fr;")
        assert all(part in cookie for part in ("httponly", "samesite=lax", "secure"))
        assert 'href="/lost?lang=en"' in answer.text
        assert "set-cookie" not in browser.get("/lost").headers


def test_right_to_left_is_said_on_the_page() -> None:
    with client() as browser:
        assert '<html lang="ar-XB" dir="rtl">' in browser.get("/ar-XB/lost").text


def test_a_page_may_be_in_the_language_of_what_it_shows() -> None:
    with client() as browser:
        assert browser.get("/own").headers["content-language"] == "fr"


@pytest.mark.parametrize("macro", ["field", "textarea", "select", "radios", "checkboxes", "checkbox"])
def test_a_field_shows_its_problem_and_the_summary_leads_to_it(macro: str) -> None:
    options = "[('a', 'A'), ('b', 'B')], " if macro in {"select", "radios", "checkboxes"} else ""
    source = (
        "{% from '_form.html' import " + macro + " as made, problem_summary %}"
        "{{ problem_summary(problems) }}{{ made('starts.wall', 'Start', " + options + "problems=problems) }}"
    )
    problems = [Problem("starts.wall", "Not before {year}.", {"year": "2027"}), Problem("other", "Else.")]
    shown = environment("en").from_string(source).render(problems=problems)
    assert 'href="#field-starts.wall"' in shown
    assert 'id="field-starts.wall"' in shown
    assert re.search(r'id="problem-starts\.wall">\s*<span>Not before 2027\.</span>', shown)
    assert 'aria-describedby="problem-starts.wall"' in shown
    assert shown.count("Else.") == 1


def test_a_password_is_never_sent_back() -> None:
    source = "{% from '_form.html' import field %}{{ field('password', 'Password', 'secret', type='password') }}"
    assert "secret" not in environment("en").from_string(source).render()


def test_a_mail_has_a_subject_and_says_the_same_in_plain_text_and_html() -> None:
    person = SimpleNamespace(name="Zoë <b>")
    link = "https://events.example/organise/password/abc"
    subject, text, html = mail_text(
        "fr", "accounts/mail/password", person=person, link=link, base_url="https://events.example"
    )
    assert subject == "Choisir un nouveau mot de passe"
    assert text.startswith("Bonjour Zoë <b>,\n")
    assert subject not in text
    assert f"\n{link}\n" in text
    assert "Bonjour Zoë &lt;b&gt;," in html
    assert f'href="{link}"' in html
    assert '<html lang="fr" dir="ltr">' in html


def test_french_punctuation_is_not_left_alone_at_the_start_of_a_line() -> None:
    title = {"fr": "Le soin : « qui » ?", "en": "Care : who ?"}
    assert (
        environment("fr").from_string("{{ in_language(title) }}").render(title=title)
        == "Le soin\u00a0: «\u00a0qui\u00a0»\u00a0?"
    )
    assert environment("en").from_string("{{ in_language(title) }}").render(title=title) == "Care : who ?"
