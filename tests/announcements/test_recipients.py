"""Who an announcement goes to, and in which words."""

from typing import Any

import pytest
from icalendar import Calendar
from msgspec import structs

from events.accounts.rules import Actor
from events.announcements import queries
from events.announcements.actions.choices import choose
from events.announcements.defaults import SUGGESTIONS, draft_of
from events.announcements.queries.outcomes import list_for_registration, list_troubles
from events.announcements.rules import Outcome
from events.outbox.tables import Message
from events.programme.rules import Mode
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import postpone_event
from events.registration.queries import get_by_id
from events.registration.remarks.actions import set_tags
from events.registration.rules import Standing
from tests.announcements.post import (
    NOW,
    ONE_PLACE,
    SLUG,
    Post,
    a_draft,
    check_in,
    outcomes,
    send_what_is_due,
    sent_now,
    text,
)
from tests.make import a_published_event, a_registration

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize(
    ("group", "reached"),
    [
        ({}, ["came", "elodie", "online"]),
        ({"mode": Mode.ONLINE}, ["elodie", "online"]),
        ({"standings": (Standing.WAITING,)}, ["waits"]),
        ({"standings": (Standing.WAITING, Standing.CONFIRMED), "mode": Mode.IN_PERSON}, ["came", "waits"]),
        ({"came": True}, ["came"]),
        ({"came": False}, ["elodie", "online"]),
        ({"language": "fr"}, ["elodie"]),
        ({"language": "en", "mode": Mode.ONLINE}, ["online"]),
    ],
)
async def test_a_group(by: Actor, post: Post, group: dict[str, Any], reached: list[str]) -> None:
    await a_published_event(by, modes=ONE_PLACE)
    came = await a_registration(email="came@example.org")
    await a_registration(email="waits@example.org")
    await a_registration(email="online@example.org", mode="online")
    await a_registration(email="elodie@example.org", mode="online", language="fr-CH")
    left = await a_registration(email="left@example.org", mode="online")
    await cancel_own(left.token)
    await check_in(came.id)
    draft = a_draft(**group)
    event = (await get_by_id(came.id)).event
    assert await queries.count_audience(event, draft.audience) == len(reached)
    await sent_now(by, draft)
    assert await post.reached() == [f"{name}@example.org" for name in reached]


async def test_who_has_a_tag_gets_it_and_who_lost_it_meanwhile_does_not(by: Actor, post: Post) -> None:
    event = await a_published_event(by)
    people = [await a_registration(email=f"{name}@example.org") for name in ("speaker", "guest", "was")]
    await set_tags(people[0].code, ["Conférencière"], by=by)
    await set_tags(people[2].code, ["conferenciere", "late"], by=by)
    draft = a_draft(tag="CONFERENCIERE")
    assert await queries.count_audience(event.id, draft.audience) == 2
    await sent_now(by, draft)
    await send_what_is_due()
    await set_tags(people[2].code, ["late"], by=by)
    assert await post.reached() == ["speaker@example.org"]
    [of_was] = await list_for_registration(people[2].id)
    assert (of_was.outcome, of_was.skipped) == ("skipped", "not_meant")


async def test_who_comes_to_assist_somebody_has_that_persons_address_and_gets_no_copy(by: Actor, post: Post) -> None:
    await a_published_event(by, ask_access=True)
    await a_registration(assistants=[{"name": "Ben Marten", "role": "carer"}])
    await sent_now(by, a_draft())
    assert await post.reached() == ["ana@example.org"]


async def test_its_calendar_file_is_never_older_than_what_a_calendar_has(by: Actor, post: Post) -> None:
    await a_published_event(by)
    first = await a_registration()
    await post.deliver()
    await cancel_own(first.token)
    await post.deliver()
    await a_registration()
    await post.deliver()
    await sent_now(by, a_draft(calendar=True))
    await post.brought()
    files = [part for letter in post.server.letters for part in letter.walk() if part.get_filename() == "event.ics"]
    contents = [str(file.get_payload(decode=True), "utf-8") for file in files]  # type: ignore[arg-type]  # of one part
    events = [Calendar.from_ical(content).walk("VEVENT")[0] for content in contents]
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "CANCELLED", "CONFIRMED", "CONFIRMED"]
    sequences = [int(str(event["SEQUENCE"])) for event in events]
    assert sequences == sorted(sequences)


async def test_who_has_not_proven_an_address_gets_nothing(by: Actor, post: Post) -> None:
    await a_published_event(by, prove_address=True)
    await a_registration()
    await sent_now(by, a_draft(standings=(Standing.CONFIRMED, Standing.PENDING, Standing.WAITING)))
    assert await post.reached() == []


async def test_who_left_the_group_while_the_mail_stood_in_the_outbox_does_not_get_it(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration(email="stays@example.org")
    left = await a_registration(email="left@example.org")
    erased = await a_registration(email="erased@example.org")
    opted_out = await a_registration(email="out@example.org")
    announcement = await sent_now(by, a_draft())
    await send_what_is_due()
    await cancel_own(left.token)
    await erase_own(erased.token)
    await choose(await get_by_id(opted_out.id), announcements=False, organisation=by.organisation)
    assert await post.reached() == ["stays@example.org"]
    [of_left] = await list_for_registration(left.id)
    [of_out] = await list_for_registration(opted_out.id)
    assert (of_left.outcome, of_left.skipped) == ("skipped", "not_meant")
    assert (of_out.outcome, of_out.skipped) == ("skipped", "opted_out")
    assert (await outcomes(announcement))[Outcome.SKIPPED] == 2
    assert not await Message.exists().where(Message.to_address == "erased@example.org")


async def test_what_a_server_refused_is_told_with_its_words(by: Actor, post: Post) -> None:
    await a_published_event(by)
    made = await a_registration(email="gone@example.org")
    await post.deliver()
    post.server.answers["gone@example.org"] = ["550 5.1.1 no such mailbox"]
    announcement = await sent_now(by, a_draft())
    assert await post.reached() == []
    [one] = await list_for_registration(made.id)
    assert one.outcome is Outcome.FAILED
    assert "no such mailbox" in (one.last_error or "")
    [trouble] = await list_troubles(announcement)
    assert (trouble.name, trouble.outcome) == ("Ana Reyes", "failed")


async def test_what_is_written_in_two_languages_is_read_in_ones_own(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration(email="ana@example.org", mode="online")
    await a_registration(email="elodie@example.org", language="fr")
    draft = a_draft(
        subject={"en": "Soon: {event}", "fr": "Bientôt : {event}"},
        body={"en": "Dear {name},\n\nJoin: {join}\n{where}", "fr": "Bonjour {name},\n\nLien : {join}\n{where}"},
    )
    await sent_now(by, draft)
    letters = {letter["To"].addresses[0].addr_spec: letter for letter in await post.brought()}
    english, french = letters["ana@example.org"], letters["elodie@example.org"]
    assert english["Subject"] == "Soon: Care skills count"
    assert french["Subject"] == "Bientôt : Les compétences du soin comptent"
    assert "Dear Ana Reyes,\n\nJoin: http://testserver/t/" in text(english)
    assert "Bonjour Ana Reyes,\n\nCR-12, UN Headquarters, New York, NY 10017\n" in text(french)
    assert "Lien" not in text(french)
    assert "vendredi 5 février 2027" in text(french, "html")


async def test_a_language_is_one_with_its_dialects_however_it_is_written(by: Actor, post: Post) -> None:
    event = await a_published_event(by)
    for number, language in enumerate(("pt", "pt-BR", "pt-br-SP", "PT-br", "en")):
        await a_registration(email=f"{number}@example.org", language=language)
    draft = a_draft(language="pt-BR")
    assert await queries.count_audience(event.id, draft.audience) == 3
    await sent_now(by, draft)
    assert await post.reached() == ["1@example.org", "2@example.org", "3@example.org"]


async def test_the_suggested_reminder_of_a_whole_day_says_what_somebody_is_registered_for(
    by: Actor, post: Post
) -> None:
    await a_published_event(by, all_day=True)
    await a_registration()
    await a_registration(email="elodie@example.org", language="fr")
    suggested = draft_of(SUGGESTIONS["day-before"])
    await sent_now(by, structs.replace(suggested, timing=NOW))
    english, french = map(text, await post.brought())
    assert "you are registered for “Care skills count”: Friday 5 February 2027, all day (New York, UTC−5).\n" in english
    assert "vendredi 5 février 2027, toute la journée (New York, UTC−5).\n" in french


async def test_while_a_new_date_is_not_known_no_date_is_named(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration()
    await postpone_event(SLUG, by=by)
    await sent_now(by, a_draft(body={"en": "Dear {name},\n\nkeep {date} free.\nIt begins at {time}.\n\nBye"}))
    [letter] = await post.brought()
    assert text(letter).startswith("Dear Ana Reyes,\n\nBye\n\nCare skills count\nThe new date is not known yet.\n")
    assert "The new date is not known yet." in text(letter, "html")
    assert "2027" not in text(letter) + text(letter, "html")


async def test_a_text_in_a_language_that_we_do_not_speak_is_read_by_who_does(by: Actor, post: Post) -> None:
    await a_published_event(by)
    for number, language in enumerate(("pt-BR", "fr")):
        await a_registration(email=f"{number}@example.org", language=language)
    draft = a_draft(subject={"en": "Soon", "pt": "Em breve"}, body={"en": "Dear {name}", "pt": "Cara {name}"})
    await sent_now(by, draft)
    assert {(letter["Subject"], text(letter).partition("\n")[0]) for letter in await post.brought()} == {
        ("Em breve", "Cara Ana Reyes"),
        ("Soon", "Dear Ana Reyes"),
    }
