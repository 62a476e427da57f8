import pytest

from events.accounts.rules import (
    SCOPES,
    SENSITIVE,
    Actor,
    Role,
    check_accent,
    check_password,
    contrast_with_white,
    parse_scopes,
)
from events.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("given", "scopes"),
    [
        ("all", SCOPES),
        ("scans:write", ("scans:write",)),
        ("scans:write, events:read", ("events:read", "scans:write")),
        (["registrations:read", "events:write", "events:write"], ("events:write", "registrations:read")),
    ],
)
def test_scopes_are_read_as_all_as_text_and_as_a_list(given: str | list[str], scopes: tuple[str, ...]) -> None:
    assert parse_scopes(given) == scopes


@pytest.mark.parametrize("given", ["", [], "events", "events:read events:burn", ["all", "events:read"]])
def test_scopes_that_do_not_exist_are_refused(given: str | list[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_scopes(given)
    assert [problem.field for problem in refusal.value.problems] == ["scopes"]


def test_a_viewer_looks_and_changes_nothing() -> None:
    assert Role.VIEWER.scopes == ("events:read", "registrations:read")
    assert Role.OWNER.scopes == SCOPES
    assert set(SCOPES) - set(Role.ORGANISER.scopes) == {SENSITIVE}
    assert Actor(1, "member:7", Role.VIEWER.scopes).may("events:read")
    assert not Actor(1, "member:7", Role.VIEWER.scopes).may("events:write")


@pytest.mark.parametrize(
    ("colour", "ratio"), [("#ffffff", 1.0), ("#000000", 21.0), ("#767676", 4.54), ("#ff0000", 4.0)]
)
def test_contrast_is_that_of_wcag(colour: str, ratio: float) -> None:
    assert contrast_with_white(colour) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize("colour", ["#ffd700", "005a9c", "#005a9", "#005a9g", "red", "#005a9c;"])
def test_an_accent_that_text_cannot_be_read_on_is_refused(colour: str) -> None:
    with pytest.raises(Invalid):
        check_accent(colour)


def test_a_dark_accent_is_taken() -> None:
    check_accent("#005a9c")


@pytest.mark.parametrize("password", ["", "nine char", "x" * 1001])
def test_a_password_too_short_or_endless_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        check_password(password)


@pytest.mark.parametrize("password", ["ten chars!", "четыре сло", "x" * 1000])
def test_any_ten_characters_are_a_password(password: str) -> None:
    check_password(password)
