"""What operators set: told at once where it is wrong, and where a demo needs no more of them."""

from pathlib import Path

import pytest

from events.settings import SettingsError, read_settings


def told(**given: str) -> list[str]:
    with pytest.raises(SettingsError) as wrong:
        read_settings({f"SIDELINE_{name}": value for name, value in given.items()})
    return [line.removeprefix("SIDELINE_").partition(":")[0] for line in str(wrong.value).splitlines()]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong = {
        "COLOUR": "red",
        "ENV": "holiday",
        "LOG_FORMAT": "xml",
        "BASE_URL": "events.example.org",
        "SMTP_URL": "mail.example.org",
        "INBOX_URL": "imaps://mail.example.org",
        "DATABASE_URL": "mysql://localhost/events",
        "RETENTION_LEAST_DAYS": "0",
        "SIGN_UPS_PER_MINUTE": "many",
        "GZIP_CALENDARS_FROM_KB": "-1",
        "SECRET_KEY": "short",
    }
    assert told(**wrong) == list(wrong)


def test_an_installation_in_earnest_needs_a_key_and_a_demo_does_not() -> None:
    assert told(BASE_URL="events.example.org") == ["BASE_URL", "SECRET_KEY"]
    assert told(ENV="demo", BASE_URL="events.example.org") == ["BASE_URL"]


def test_a_demo_keeps_a_key_of_its_own_that_only_its_owner_reads(tmp_path: Path) -> None:
    demo = {"SIDELINE_ENV": "demo", "SIDELINE_DATABASE_URL": f"sqlite:///{tmp_path}/sideline.sqlite"}
    first, again = read_settings(demo), read_settings(demo)
    assert (len(first.secret_key), first.secret_key) == (64, again.secret_key)
    kept = tmp_path / "secret-key"
    assert (first.sources["SIDELINE_SECRET_KEY"], kept.stat().st_mode & 0o777) == (str(kept), 0o600)
