"""The commands as operators meet them: what they print, and how they end."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import Served

pytestmark = pytest.mark.slow


@pytest.fixture
def machine(tmp_path: Path) -> Served:
    """A folder on a new machine, and the settings of a demo there; nothing runs yet."""
    return Served("sqlite:///var/sideline.sqlite", tmp_path)


def sideline(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "events.cli", *arguments], capture_output=True, text=True, check=False)


def test_from_an_empty_folder_to_a_token(machine: Served) -> None:
    migrated = machine.command("migrate")
    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert (machine.folder / "var/sideline.sqlite").stat().st_mode & 0o777 == 0o600, "for its owner alone"
    made = machine.command("organisation", "create", "mmm", "--name", "Make Mothers Matter")
    assert (made.returncode, made.stdout) == (0, "mmm\n")
    owner = ("user", "create", "--email", "ana@example.org", "--organisation", "mmm", "--role", "owner")
    assert machine.command(*owner, stdin="a hen, two foxes\n").returncode == 0
    token = machine.command("token", "create", "--organisation", "mmm", "--scopes", "all", "--name", "test")
    assert re.fullmatch(r"sideline_[\w-]{43}\n", token.stdout), "the token alone"
    assert machine.command("doctor").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("organisation", "create", "Not A Slug", "--name", "N"), "small letters"),
        (("organisation", "create", "mmm", "--name", "N"), "run: sideline migrate"),
        (("token", "create", "--organisation", "nobody", "--scopes", "all", "--name", "n"), "run: sideline migrate"),
        (("restore", "nothing.gz"), "run: sideline migrate"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(machine: Served, arguments: tuple[str, ...], said: str) -> None:
    done = machine.command(*arguments)
    assert done.returncode == 1
    assert said in done.stderr.lower()
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_short_password_and_an_unknown_organisation_are_refused(machine: Served) -> None:
    machine.command("migrate")
    machine.command("organisation", "create", "mmm", "--name", "Make Mothers Matter")
    short = machine.command(
        "user", "create", "--email", "a@example.org", "--organisation", "mmm", "--role", "owner", stdin="short\n"
    )
    assert (short.returncode, short.stderr) == (1, "sideline: password: The password needs at least 10 characters.\n")
    nobody = machine.command("token", "create", "--organisation", "nobody", "--scopes", "all", "--name", "n")
    assert nobody.stderr == "sideline: There is no such organisation here.\n"


def test_wrong_usage_ends_with_2_and_help_with_0() -> None:
    assert sideline("nonsense").returncode == 2
    assert sideline("backup").returncode == 2
    commands = ["serve", "migrate", "demo", "worker", "doctor", "backup", "restore", "export", "import", "retention"]
    for command in [*commands, "organisation"]:
        helped = sideline(command, "--help")
        assert helped.returncode == 0
        assert helped.stdout.startswith(f"usage: sideline {command}")


def test_an_unknown_setting_and_a_bad_value_stop_the_start(tmp_path: Path) -> None:
    machine = Served("mysql://here", tmp_path, ENV="somewhere", BASE_URL="example.org", COLOUR="red")
    started = machine.command("serve")
    assert started.returncode == 1
    for name in ("SIDELINE_DATABASE_URL", "SIDELINE_ENV", "SIDELINE_BASE_URL", "SIDELINE_COLOUR"):
        assert len(re.findall(rf"^(?:sideline: )?{name}: .", started.stderr, re.MULTILINE)) == 1


def test_production_asks_for_a_secret_key_of_its_own(tmp_path: Path) -> None:
    machine = Served("sqlite:///var/sideline.sqlite", tmp_path, ENV="production", SECRET_KEY="short")
    assert "SIDELINE_SECRET_KEY" in machine.command("migrate").stderr
    assert not (tmp_path / "var").exists()


def test_one_process_serves_a_sqlite_file(machine: Served) -> None:
    machine.command("migrate")
    with machine:
        second = machine.command("serve", "--port", "1")
        assert second.returncode == 1
        assert "served by another process already" in second.stderr
        # What an operator does beside it goes on: it waits for its turn to write.
        assert machine.command("organisation", "create", "mmm", "--name", "MMM").returncode == 0
        refused = machine.command("restore", "nothing.gz")
        assert "served by another process already" in refused.stderr


def test_serve_refuses_a_database_that_lacks_a_migration(machine: Served) -> None:
    started = machine.command("serve")
    assert started.returncode == 1
    assert "Run: sideline migrate" in started.stderr


def test_the_doctor_says_what_is_wrong_and_shows_no_secret(tmp_path: Path) -> None:
    servers = {"SMTP_URL": "smtp://user:hidden@127.0.0.1:9", "INBOX_URL": "imap://a%40b.example:hidden@127.0.0.1:9/In"}
    machine = Served("sqlite:///var/sideline.sqlite", tmp_path, ENV="production", **servers)
    found = machine.command("doctor")
    assert found.returncode == 1
    assert "does not begin with https://" in found.stdout
    assert "run: sideline migrate" in found.stdout
    assert "mail server: it cannot be reached" in found.stdout
    assert "inbox: it cannot be read" in found.stdout
    assert "hidden" not in found.stdout
    assert "0" * 64 not in found.stdout


def test_the_doctor_names_who_keeps_people_longer_than_the_operator_allows(machine: Served) -> None:
    machine.command("migrate")
    machine.command("organisation", "create", "mmm", "--name", "Make Mothers Matter")
    assert "privacy:" not in machine.command("doctor").stdout
    stricter = Served("sqlite:///var/sideline.sqlite", machine.folder, RETENTION_MOST_DAYS="90")
    found = stricter.command("doctor")
    assert (found.returncode, "organisation mmm keeps people for 365 days" in found.stdout) == (1, True)


def test_a_backup_restores_into_a_new_folder(machine: Served, tmp_path_factory: pytest.TempPathFactory) -> None:
    machine.command("migrate")
    machine.command("organisation", "create", "mmm", "--name", "Make Mothers Matter")
    file = machine.folder / "backup.gz"
    assert machine.command("backup", str(file)).returncode == 0
    other = Served("sqlite:///var/sideline.sqlite", tmp_path_factory.mktemp("other"))
    other.command("migrate")
    assert other.command("restore", str(file)).returncode == 0
    again = other.command("organisation", "create", "mmm", "--name", "Again")
    assert "already" in again.stderr, "the organisation is there"
    assert "not empty" in other.command("restore", str(file)).stderr
