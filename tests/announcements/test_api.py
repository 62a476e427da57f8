"""What programs do with messages: all that the pages do, by the same rules."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from litestar import Litestar

from events.accounts.rules import Actor
from events.questions.actions import put_form
from events.registration.actions.erasing import erase_own
from tests.announcements.post import SLUG, Post
from tests.make import a_program, a_published_event, a_registration, an_organisation
from tests.questions.forms import a_question, asking

BASE = f"/api/v1/events/{SLUG}/messages"
# The event: 5 February 2027, 13:15–14:30 in New York, UTC−5.
LONG_BEFORE = datetime(2027, 1, 20, 12, tzinfo=UTC)
DUE = datetime(2027, 2, 4, 14, tzinfo=UTC)
NOBODY = {"held": 0, "waiting": 0, "sent": 0, "failed": 0, "skipped": 0}
REMINDER = {
    "subject": {"en": "Reminder: {event}", "fr": "Rappel : {event}"},
    "body": {"en": "Dear {name},\n\nsee {link}.", "fr": "Bonjour {name}"},
    "anchor": "start",
    "amount": 1,
    "unit": "days",
    "clock": "09:00",
    "standings": ["confirmed", "waiting"],
    "mode": "in_person",
}


def a_message(**changes: Any) -> dict[str, Any]:
    return REMINDER | changes


async def test_a_reminder_is_written_planned_and_sent_and_each_person_has_a_log(
    app: Litestar, by: Actor, post: Post
) -> None:
    with time_machine.travel(LONG_BEFORE, tick=False):
        await a_published_event(by)
        ana = await a_registration()
        await a_registration(email="bo@example.org", mode="online")
        program = await a_program(app, by)
        made = await program.post(BASE, json=a_message())
        assert made.status_code == 201, made.text
        at = f"{BASE}/{made.json()['id']}"
        told = REMINDER | {"state": "draft", "group": 1, "due_at": "2027-02-04T14:00:00Z", "outcomes": NOBODY}
        assert made.json() == made.json() | told
        planned = await program.post(f"{at}/plan")
        assert (planned.status_code, planned.json()["state"]) == (200, "scheduled")
        [listed] = (await program.get(BASE)).json()["items"]
        assert listed == planned.json() == (await program.get(at)).json()
    with time_machine.travel(DUE, tick=False):
        assert await post.reached() == ["ana@example.org"]
        sent = (await program.get(at)).json()
        assert (sent["state"], sent["outcomes"]) == ("sent", NOBODY | {"sent": 1})
        [person] = (await program.get(f"{at}/recipients")).json()["items"]
        assert (person["code"], person["name"], person["outcome"]) == (ana.code, "Ana Reyes", "sent")
        [one] = (await program.get(f"/api/v1/registrations/{ana.code}/messages")).json()["items"]
        assert (one["message"], one["subject"], one["outcome"]) == (sent["id"], REMINDER["subject"], "sent")
        assert one["sent_at"] == person["sent_at"] == "2027-02-04T14:00:00Z"
        assert (await program.put(at, json=a_message())).json()["type"].endswith("already-started")
        assert (await program.delete(at)).status_code == 409


async def test_recipients_come_page_by_page(app: Litestar, by: Actor, post: Post) -> None:
    await a_published_event(by)
    codes = [(await a_registration(email=f"{name}@example.org")).code for name in "abc"]
    program = await a_program(app, by)
    made = (await program.post(BASE, json=a_message(anchor="now"))).json()["id"]
    await program.post(f"{BASE}/{made}/send")
    assert len(await post.reached()) == 3
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await program.get(f"{BASE}/{made}/recipients", params={"limit": 2, "cursor": cursor})).json()
        found += [one["code"] for one in page["items"]]
        cursor = page["next"]
    assert found == codes


async def test_what_is_paused_waits_until_it_is_let_go(app: Litestar, by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration()
    program = await a_program(app, by)
    at = f"{BASE}/{(await program.post(BASE, json=a_message(anchor='now'))).json()['id']}"
    assert (await program.post(f"{BASE}/pause")).json() == {"paused": True}
    sending = (await program.post(f"{at}/send")).json()
    assert (sending["state"], sending["event_paused"]) == ("sending", True)
    assert (await program.post(f"{at}/pause")).json()["paused_at"]
    assert (await program.post(f"{BASE}/resume")).json() == {"paused": False}
    assert await post.reached() == []
    assert (await program.post(f"{at}/resume")).json()["paused_at"] is None
    assert await post.reached() == ["ana@example.org"]
    await program.post(f"{at}/send")
    assert await post.reached() == []


async def test_a_draft_is_counted_changed_and_discarded(app: Litestar, by: Actor) -> None:
    await a_published_event(by)
    await put_form(SLUG, asking(a_question("yes_no", "lunch")), by=by)
    await a_registration(answers={"lunch": "yes"})
    await a_registration(email="bo@example.org", answers={"lunch": "no"})
    program = await a_program(app, by)
    preview = await program.post(f"{BASE}/preview", json=a_message(answer="lunch:yes"))
    assert preview.json() == {"group": 1, "due_at": "2027-02-04T14:00:00Z"}
    assert (await program.get(BASE)).json()["items"] == []
    at = f"{BASE}/{(await program.post(BASE, json=a_message())).json()['id']}"
    wall = {"wall": "2027-02-01T09:00", "zone": "America/New_York"}
    new = a_message(anchor="at", at=wall, came="no", subject={"en": "New"}, body={"en": "Text"})
    changed = await program.put(at, json=new)
    assert changed.json()["at"] == wall | {"fold": 0, "instant": "2027-02-01T09:00:00-05:00"}
    assert (changed.json()["subject"], changed.json()["came"], changed.json()["group"]) == ({"en": "New"}, "no", 2)
    await program.post(f"{at}/plan")
    assert (await program.post(f"{at}/unplan")).json()["state"] == "draft"
    assert (await program.delete(at)).status_code == 204
    assert (await program.get(at)).status_code == 404


async def test_all_that_is_wrong_is_told_at_once(app: Litestar, by: Actor) -> None:
    await a_published_event(by)
    program = await a_program(app, by)
    wrong = a_message(subject={"en": "{nobody}"}, body={"en": 3, "fr": "Texte"}, colour="red")
    for call in (BASE, f"{BASE}/preview"):
        refused = await program.post(call, json=wrong)
        assert refused.status_code == 422
        assert {one["field"] for one in refused.json()["errors"]} == {"subject.en", "subject.fr", "body.en", "colour"}
    refused = await program.post(BASE, json={"subject": {"en": "{nobody}"}, "anchor": "then"})
    assert {one["field"] for one in refused.json()["errors"]} == {"subject.en", "body", "anchor"}
    group = a_message(standings=["cancelled"], answer="shoe:42", clock="9")
    refused = await program.post(BASE, json=group)
    assert {one["field"] for one in refused.json()["errors"]} == {"standings", "answer", "clock"}
    bodies: list[Any] = [[], {}, {"subject": "x", "body": None}, a_message(subject={"en": None})]
    for body in bodies:
        assert (await program.post(BASE, json=body)).status_code == 422, body
    now = (await program.post(BASE, json=a_message(anchor="now"))).json()["id"]
    assert (await program.post(f"{BASE}/{now}/plan")).json()["type"].endswith("cannot-go")


@pytest.mark.parametrize("verb", ["plan", "unplan", "send", "pause", "resume"])
async def test_another_event_or_organisation_has_no_such_message(app: Litestar, by: Actor, verb: str) -> None:
    await a_published_event(by)
    await a_published_event(by, slug="other")
    program, theirs = await a_program(app, by), await a_program(app, await an_organisation("theirs", "Theirs"))
    reader = await a_program(app, by, "registrations:read")
    made = (await program.post(BASE, json=a_message())).json()["id"]
    assert (await theirs.post(f"{BASE}/{made}/{verb}")).status_code == 404
    assert (await program.post(f"/api/v1/events/other/messages/{made}/{verb}")).status_code == 404
    assert (await reader.post(f"{BASE}/{made}/{verb}")).status_code == 403
    assert (await reader.get(f"{BASE}/{made}")).json()["state"] == "draft"


async def test_who_was_erased_has_no_log(app: Litestar, by: Actor) -> None:
    await a_published_event(by)
    made = await a_registration()
    await erase_own(made.token)
    program = await a_program(app, by)
    assert (await program.get(f"/api/v1/registrations/{made.code}/messages")).status_code == 404
