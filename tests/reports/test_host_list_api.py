"""The list for the host as programs take it, close it and follow it up."""

import csv
import io

from litestar import Litestar

from events.activity.queries import list_for_subject, list_looks
from events.questions.actions import put_form
from events.registration.actions.cancelling import cancel_own
from events.reports.host_listing import OFFERED
from tests.make import a_program, a_published_event, a_registration, an_organisation
from tests.questions.forms import a_question, asking

SLUG = "care-skills-count"
HERE = f"/api/v1/events/{SLUG}/host-list"


async def test_the_same_list_as_json_and_csv_and_what_changed_since_it_was_closed(app: Litestar) -> None:
    by = await an_organisation()
    event = await a_published_event(by, ask_affiliation="optional")
    ana = await a_registration(affiliation={"organisation": "=UNICEF", "country": "KE"})
    await a_registration(email="online@example.org", mode="online")
    program = await a_program(app, by)
    asked = {"columns": ["country", "affiliation"]}
    rows = (await program.get(HERE, params=asked)).json()
    of_ana = {"code": ana.code, "name": "Ana Reyes", "affiliation": "=UNICEF", "country": "KE"}
    assert rows == {"items": [of_ana], "next": None}
    file = await program.get(f"{HERE}.csv", params=asked)
    assert list(csv.DictReader(io.StringIO(file.text))) == [of_ana | {"affiliation": "'=UNICEF"}]
    closed = await program.post(f"{HERE}s")
    assert (closed.status_code, closed.json()["number"], closed.json()["planned"]) == (201, 1, False)
    assert (await program.get(f"{HERE}s")).json()["items"] == [closed.json()]
    await cancel_own(ana.token)
    bo = await a_registration(email="bo@example.org", name="Bo Li")
    changes = (await program.get(HERE, params={"since": closed.json()["id"]})).json()["items"]
    assert [(one["change"], one["code"]) for one in changes] == [("withdrawn", ana.code), ("added", bo.code)]
    as_closed = (await program.get(HERE, params={"as_closed": closed.json()["id"]})).json()["items"]
    assert [one["code"] for one in as_closed] == [ana.code]
    verbs = [one.verb for one in await list_for_subject(f"event:{event.id}", organisation=by.organisation)]
    assert verbs.count("exported") == 4


async def test_sensitive_columns_need_that_scope_and_are_written_down(app: Litestar) -> None:
    by = await an_organisation()
    await a_published_event(by)
    await put_form(SLUG, asking(a_question("short_text", "passport", sensitive=True)), by=by)
    await a_registration(answers={"passport": "X1"})
    ordinary, program = await a_program(app, by, "registrations:read"), await a_program(app, by)
    asked = {"columns": ["answer.passport"]}
    assert (await ordinary.get(HERE, params=asked)).status_code == 403
    assert await list_looks(by.organisation) == []
    assert [one["passport"] for one in (await program.get(HERE, params=asked)).json()["items"]] == ["X1"]
    assert [one.verb for one in await list_looks(by.organisation)] == ["exported_sensitive"]


async def test_what_cannot_be_had_is_refused(app: Litestar) -> None:
    by = await an_organisation()
    await a_published_event(by)
    reader, theirs = (
        await a_program(app, by, "registrations:read"),
        await a_program(app, await an_organisation("theirs", "Theirs")),
    )
    assert (await reader.get(HERE, params={"columns": list(OFFERED)})).status_code == 200
    for asked in ({"columns": "shoe"}, {"since": "x"}, {"as_closed": "-1"}):
        assert (await reader.get(HERE, params=asked)).status_code == 422, asked
    assert (await reader.get(HERE, params={"since": 1})).status_code == 404
    assert (await reader.post(f"{HERE}s")).status_code == 403
    for path in (HERE, f"{HERE}.csv", f"{HERE}.xlsx", f"{HERE}s"):
        assert (await theirs.get(path)).status_code == 404
