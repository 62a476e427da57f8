"""Placeholders: what is replaced, what is refused, and that nothing typed is ever run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from events.announcements.texts import LINKS, PLACEHOLDERS, Mistake, filled, filled_line, mistakes_in, plain
from events.web.templating import render


def html_of(text: str, values: dict[str, str]) -> str:
    words = filled(text, values)
    return render("en", "mail/_paragraphs.html", paragraphs=words, links=LINKS).strip()


VALUES = dict.fromkeys(PLACEHOLDERS, "") | {"name": "Ana Reyes", "link": "https://x.example/t/1", "event": "Care"}


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("Dear {name}, { date } at {where}", []),
        ("Dear {surname}", [Mistake("{surname}", "{name}")]),
        ("{Date} {joining} {xyzzy}", [
            Mistake("{Date}", "{date}"), Mistake("{joining}", "{join}"), Mistake("{xyzzy}", None)]),
        ("{name.__class__} {name!r:>10} {0} {}", [
            Mistake("{}", None), Mistake("{0}", None), Mistake("{name!r:>10}", "{name}"),
            Mistake("{name.__class__}", None)]),
        ("{{name}} {", [Mistake("{", None), Mistake("}", None)]),
        ("{name\n}", [Mistake("{", None), Mistake("}", None)]),
    ],
)  # fmt: skip
def test_what_is_no_placeholder_is_named_with_the_nearest_that_is(text: str, mistakes: list[Mistake]) -> None:
    assert mistakes_in(text) == mistakes


def test_a_value_is_never_read_as_a_placeholder() -> None:
    assert plain(filled("Dear {name}.", VALUES | {"name": "{link} {name.__class__} %s $link"})) == (
        "Dear {link} {name.__class__} %s $link."
    )


def test_a_line_with_nothing_to_say_is_left_out_and_its_paragraph_with_it() -> None:
    text = "Dear {name},\n\nJoin: {join}\n\nWhere: {where}\nYour page: {link}\n\n\nBye"
    assert plain(filled(text, VALUES)) == "Dear Ana Reyes,\n\nYour page: https://x.example/t/1\n\nBye"


def test_a_subject_is_one_line_whatever_a_name_holds() -> None:
    assert filled_line("Hello {name}", {"name": "Ana\r\nBcc: eve@example.org\x0b\u2028x"}) == (
        "Hello Ana Bcc: eve@example.org x"
    )


def test_html_is_escaped_and_only_what_the_organiser_wrote_becomes_a_link() -> None:
    values = VALUES | {"name": '<b>http://evil.example</b> "x"'}
    text = "<i>{name}</i> see https://un.org/a?b=1&c=2 and {link}"
    assert html_of(text, values) == (
        '<p style="margin:0 0 16px">&lt;i&gt;&lt;b&gt;http://evil.example&lt;/b&gt; &#34;x&#34;&lt;/i&gt; see '
        '<a href="https://un.org/a?b=1&amp;c=2" rel="noopener">https://un.org/a?b=1&amp;c=2</a> and '
        '<a href="https://x.example/t/1">https://x.example/t/1</a></p>'
    )


@given(st.text(), st.text(min_size=1))
def test_no_text_and_no_name_breaks_it(text: str, name: str) -> None:
    mistakes_in(text)
    page = LexborHTMLParser(f"<main>{html_of(text, VALUES | {'name': name})}</main>")
    assert {node.tag for node in page.css("main *")} <= {"p", "br", "a"}
    assert not set("\r\n\v\f\x85\u2028\u2029") & set(filled_line(text, VALUES | {"name": name}))
