import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import create_test_client

from events.web.assets import STATIC, asset, static_files

TEMPLATES = Path("templates")


def client() -> Any:
    return create_test_client([static_files()])


def test_an_address_with_the_version_is_kept_for_ever_and_any_other_for_an_hour() -> None:
    with client() as browser:
        assert "immutable" in browser.get(asset("css/sideline.css")).headers["cache-control"]
        old = browser.get("/static/0123456789ab/css/sideline.css")
    assert old.status_code == 200
    assert old.headers["cache-control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("css/sideline.css", "text/css"),
        ("js/door.js", "text/javascript"),
        ("vendor/zxing-wasm/zxing_reader.wasm", "application/wasm"),
        ("vendor/source-serif-4/latin.woff2", "font/woff2"),
        ("icons/favicon.svg", "image/svg+xml"),
    ],
)
def test_browsers_are_told_what_it_is(name: str, media_type: str) -> None:
    with client() as browser:
        answer = browser.get(asset(name), headers={"Accept-Encoding": "identity"})
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.content == (STATIC / name).read_bytes()


def test_gzip_when_asked_with_a_tag_of_its_own() -> None:
    with client() as browser:
        whole = browser.get(asset("css/sideline.css"), headers={"Accept-Encoding": "identity"})
        small = browser.get(asset("css/sideline.css"), headers={"Accept-Encoding": "gzip"})
        assert small.content == whole.content
        assert small.headers["content-encoding"] == "gzip"
        assert int(small.headers["content-length"]) < len(whole.content) / 3
        assert small.headers["etag"] == whole.headers["etag"][:-1] + '-gzip"'
        assert small.headers["vary"] == whole.headers["vary"] == "Accept-Encoding"


def test_what_the_browser_has_is_not_sent_again() -> None:
    with client() as browser:
        tag = browser.get(asset("icons/favicon.svg")).headers["etag"]
        again = browser.get(asset("icons/favicon.svg"), headers={"If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.content) == (304, b"")
        head = browser.head(asset("icons/favicon.svg"))
        assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("path", ["../pyproject.toml", "..%2fpyproject.toml", "css", "css/none.css", "%00"])
def test_nothing_else_is_served(path: str) -> None:
    with client() as browser:
        assert browser.get(f"/static/x/{path}").status_code == 404


def test_an_asset_that_is_not_there_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        asset("css/none.css")


def test_the_first_view_of_a_public_page_weighs_less_than_it_may() -> None:
    """Stylesheet, first script and font, as they go over the wire; a page's HTML and the reader's time come on top."""
    texts = ("css/sideline.css", "js/sideline.js", "js/local-time.js", "icons/favicon.svg")
    zipped = sum(len(gzip.compress((STATIC / name).read_bytes())) for name in texts)
    assert zipped + (STATIC / "vendor/source-serif-4/latin.woff2").stat().st_size < 70_000


def test_what_attendees_see_needs_nothing_of_the_workspaces_stylesheet() -> None:
    ours, theirs = (
        set(re.findall(r"\.([a-z][\w-]*)(?=[^{}]*\{)", (STATIC / f"css/{name}.css").read_text()))
        for name in ("sideline", "workspace")
    )
    wrong = {
        f"{page.name}: {name}"
        for folder in ("registration", "programme", "calendar", "errors")
        for page in (TEMPLATES / folder).glob("*.html")
        for classes in re.findall(r'class="([^"]*)"', page.read_text())
        for name in re.findall(r"[\w-]+", classes)
        if name in theirs - ours
    }
    assert wrong == set()


def test_the_stylesheet_knows_no_left_and_no_right() -> None:
    """Logical properties alone, so that right to left needs nothing of its own."""
    physical = re.compile(
        r"(?:^|[\s;{-])(?:left|right)\s*:|(?:margin|padding|border)-(?:left|right|top|bottom)|text-align:\s*(?:left|right)"
    )
    assert physical.findall((STATIC / "css/sideline.css").read_text()) == []
