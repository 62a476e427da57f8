"""`sideline import`: what it prints, how it ends, and that it does what the workspace does."""

from pathlib import Path

import pytest

from tests.imports.files import OUTLOOK, calendar, event
from tests.servers import Served

TABLE = "Titre;Jour;De;A\nOuverture;05/02/2027;9h30;11h\nClôture;31/02/2027;tard;18h\n"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Served:
    folder = tmp_path_factory.mktemp("importing")
    made = Served(f"sqlite:///{folder}/sideline.sqlite", folder, ENV="test")
    for command in (["migrate"], ["organisation", "create", "unesco", "--name", "UNESCO"]):
        assert made.command(*command).returncode == 0
    (folder / "a.ics").write_text(OUTLOOK)
    (folder / "a.csv").write_text(TABLE)
    return made


def test_a_dry_run_makes_nothing_an_import_does_and_again_changes_nothing(machine: Served) -> None:
    arguments = ("import", "a.ics", "--organisation", "unesco")
    for more, summary in (
        (["--dry-run"], "1 new, 0 brought up to date, 0 changed on both sides, 0 left, 0 wrong\n"),
        ([], "1 new, 0 brought up to date, 0 changed on both sides, 0 left, 0 wrong\n"),
        ([], "0 new, 0 brought up to date, 0 changed on both sides, 1 left, 0 wrong\n"),
    ):
        done = machine.command(*arguments, *more)
        assert (done.returncode, done.stdout) == (0, summary), done.stderr
        assert done.stderr == (
            "a.ics:21: The link into the meeting was taken out of the description: it becomes the joining link.\n"
        )


def test_a_wrong_row_is_told_by_row_and_column_and_nothing_is_imported_unless_it_may_be_skipped(
    machine: Served,
) -> None:
    arguments = ("import", "a.csv", "--organisation", "unesco", "--zone", "Africa/Nairobi")
    done = machine.command(*arguments)
    assert done.returncode == 1
    assert done.stdout == "1 new, 0 brought up to date, 0 changed on both sides, 0 left, 1 wrong\n"
    assert done.stderr.splitlines() == [
        "a.csv:3: Jour: There is no such date: 31/02/2027",
        "a.csv:3: De: Write the time as 13:15: tard",
        "sideline: nothing was imported; correct the rows, or add --skip-wrong",
    ]
    skipped = machine.command(*arguments, "--skip-wrong")
    assert (skipped.returncode, skipped.stdout[:5]) == (1, "1 new")
    assert machine.command(*arguments, "--skip-wrong").stdout.startswith(
        "0 new, 0 brought up to date, 0 changed on both sides, 1 left"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["a.ics"], 2, "--organisation"),
        (["a.ics", "--organisation", "nobody"], 1, "sideline: There is no such organisation here."),
        (["nothing.ics", "--organisation", "unesco"], 1, "sideline: [Errno 2]"),
        (["a.ics", "--organisation", "unesco", "--part-of", "nothing"], 1, "There is no event “nothing”"),
        (
            ["a.ics", "--organisation", "unesco", "--zone", "Nowhere"],
            1,
            "sideline: zone: There is no time zone “Nowhere”",
        ),
        (["a.csv", "--organisation", "unesco", "--map", "Salle=room"], 1, "sideline: map: There is no column “Salle”"),
        (
            ["a.csv", "--organisation", "unesco", "--map", "Titre=colour"],
            1,
            "sideline: map: Choose one of: key, title.en",
        ),
        (["a.ics", "--organisation", "unesco", "--kind", "party"], 2, "invalid choice"),
    ],
)
def test_what_cannot_be_done_is_said(machine: Served, arguments: list[str], code: int, said: str) -> None:
    done = machine.command("import", *arguments)
    assert done.returncode == code
    assert said in done.stderr


def test_times_without_a_zone_take_the_one_that_is_said(machine: Served) -> None:
    Path(machine.folder / "floating.ics").write_bytes(calendar("UID:f", "SUMMARY:Floating", "DTSTART:20270701T100000"))
    arguments = ("import", "floating.ics", "--organisation", "unesco", "--dry-run")
    assert "It says no zone." in machine.command(*arguments).stderr
    assert machine.command(*arguments, "--zone", "Africa/Nairobi").returncode == 0


def test_the_files_side_is_taken_when_that_is_wished(machine: Served) -> None:
    Path(machine.folder / "b.ics").write_bytes(calendar(*event("b", "Theirs")))
    done = machine.command("import", "b.ics", "--organisation", "unesco", "--overwrite", "--publish")
    assert (done.returncode, done.stdout[:5]) == (0, "1 new"), done.stderr
