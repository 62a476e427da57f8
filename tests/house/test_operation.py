"""What operators see: alive, ready, figures, and logs that name nobody."""

import json
import re
import shutil
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from events.app import create_app
from events.settings import Settings
from tests.conftest import browser, use
from tests.make import a_program, a_published_event, a_registration, an_organisation
from tests.servers import Served


async def test_a_stranger_learns_that_it_is_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).text == "alive\n"
    assert (await client.get("/readyz")).text == "ready\n"


async def test_a_database_that_lacks_a_migration_is_not_ready(tmp_path: Path, settings: Settings) -> None:
    engine = use(f"sqlite:///{tmp_path}/new.sqlite")
    await engine.open()
    answer = await browser(create_app(settings, background=False)).get("/readyz")
    assert answer.status_code == 503
    assert "lacks m0001_foundation" in answer.text
    await engine.close()


async def test_figures_are_for_this_machine_and_for_who_has_a_token(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    await a_registration()
    assert (await browser(app).get("/metrics")).status_code == 404
    with_token = await (await a_program(app, organisation)).get("/metrics")
    assert 'sideline_messages{state="waiting"} 1.0' in with_token.text
    here = browser(app, address="127.0.0.1")
    assert "sideline_requests_total" in (await here.get("/metrics")).text
    through_a_proxy = await here.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert through_a_proxy.status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("log_format", ["text", "json"])
async def test_logs_name_nobody_and_open_nothing(sqlite_template: Path, tmp_path: Path, log_format: str) -> None:
    shutil.copy(sqlite_template, tmp_path / "s.sqlite")
    url = f"sqlite:///{tmp_path}/s.sqlite"
    engine = use(url)
    await engine.open()
    await a_published_event(await an_organisation())
    await engine.close()
    with Served(url, tmp_path, LOG_FORMAT=log_format) as server:
        body = {"name": "Ana Reyes", "email": "ana@example.org", "mode": "online"}
        path = f"{server.url}/api/v1/events/care-skills-count/registrations"
        async with httpx.AsyncClient() as client:
            made = (await client.post(path, json=body)).json()
            ticket = await client.get(made["ticket_url"])
        assert ticket.is_success
    log = server.log.read_text()
    assert ticket.headers["x-request-id"] in log
    assert "/t/{token}" in log
    for secret in ("Reyes", "ana@example.org", made["code"], made["ticket_url"].rpartition("/")[2]):
        assert secret not in log
    if log_format == "json":
        lines = [json.loads(line) for line in log.splitlines()]
        assert {line["path"] for line in lines if "path" in line} >= {"/t/{token}"}
    else:
        assert re.search(r"GET /t/{token} 200 [\d.]+ ms", log)
