"""A backup gives the same answers again, on either database."""

from pathlib import Path

import httpx
import pytest

from events.app import create_app
from events.infra import migrations
from events.infra.backup import BackupError, restore_backup, write_backup
from events.piccolo_app import APP_CONFIG
from events.settings import Settings
from tests.conftest import browser, use
from tests.make import a_program, a_published_event, a_registration, an_organisation
from tests.postgres import PostgresServer

TABLES = APP_CONFIG.table_classes


async def what_is_answered(program: httpx.AsyncClient) -> list[object]:
    paths = ("/events", "/events/care-skills-count", "/events/care-skills-count/registrations")
    return [(await program.get(f"/api/v1{path}")).json() for path in paths]


def ignore(_: int) -> None:
    """No bar."""


@pytest.mark.parametrize("into", ["sqlite", "postgres"])
async def test_what_is_restored_answers_the_same(
    database_url: str, into: str, tmp_path: Path, settings: Settings, postgres_server: PostgresServer
) -> None:
    engine = use(database_url)
    await engine.open()
    app = create_app(settings, background=False)
    organisation = await an_organisation()
    parent = await a_published_event(organisation, title={"en": "Conference"}, kind="conference")
    await a_published_event(organisation, part_of=parent.slug, modes={"in_person": {"capacity": 1}})
    await a_registration(email="ana@example.org")
    await a_registration(email="ben@example.org", answers={"diet": "aucun, « merci »"})
    program = await a_program(app, organisation)
    before = await what_is_answered(program)
    rows = await write_backup(tmp_path / "backup.gz", TABLES, ignore)
    await engine.close()

    name = f"restored_{database_url.partition(':')[0]}"
    engine = use(f"sqlite:///{tmp_path}/{name}.sqlite" if into == "sqlite" else postgres_server.create_database(name))
    await engine.open()
    await migrations.migrate()
    assert await restore_backup(tmp_path / "backup.gz", TABLES, ignore) == rows
    assert await what_is_answered(browser(create_app(settings, background=False), **program.headers)) == before
    waiting = await a_registration(email="cleo@example.org")
    assert waiting.queue_position == 2, "numbers go on where they were"
    with pytest.raises(BackupError, match="not empty"):
        await restore_backup(tmp_path / "backup.gz", TABLES, ignore)
    await engine.close()
    if into == "postgres":
        postgres_server.drop_database(name)


@pytest.mark.usefixtures("database")
async def test_a_file_that_is_no_backup_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.gz"
    wrong.write_bytes(b"not gzip at all")
    with pytest.raises(BackupError, match="cannot be read"):
        await restore_backup(wrong, TABLES, ignore)
    organisation = await an_organisation()
    assert organisation.organisation == 1
