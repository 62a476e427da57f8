"""What organisers add to the mails about one registration, and what it was sent."""

import httpx

from events.announcements import queries
from tests.announcements.olga import HERE, TEXTS, press, write
from tests.announcements.post import SLUG, Post, text
from tests.make import a_registration
from tests.people import ORIGIN, fields, node, send, words


async def test_what_organisers_add_stands_in_the_mails_about_one_registration(
    olga: httpx.AsyncClient, post: Post
) -> None:
    page = await olga.get(f"{HERE}/mails")
    typed = {
        "notes.confirmed.en": "Bring a <b>photo</b>, {name}.\r\nJoin by {join}.\r\n\r\nOr open {link}.",
        "notes.confirmed.fr": "Apportez une photo.",
        "notes.pending.en": "We answer by Friday.",
    }
    saved = await send(olga, page, f"{HERE}/mails", **typed)
    assert "Mails that leave from now on have it." in words(await olga.get(saved.headers["location"]))
    ana = await a_registration(name="Ana {link}", email="reyes@example.org")
    await a_registration(email="elodie@example.org", language="fr")
    await a_registration(email="waits@example.org", mode="online")
    await post.deliver()
    english, french, _ = post.server.letters
    link = f"{post.settings.base_url}/t/{ana.token}"
    assert f"Bring a <b>photo</b>, Ana {{link}}.\n\nOr open {link}.\n" in text(english), "nobody joins a room"
    html = text(english, "html")
    assert "Bring a &lt;b&gt;photo&lt;/b&gt;, Ana {link}.</p>" in html
    assert f'Or open <a href="{link}">{link}</a>.</p>' in html
    assert "Apportez une photo." in text(french)
    shown = await olga.get(f"{HERE}/mails?kind=pending&as={ana.code}")
    assert "Request received: Care skills count" in words(shown)
    assert "We answer by Friday." in words(shown)
    framed = await olga.get(f"{HERE}/mails/preview?kind=confirmed&as={ana.code}")
    assert "Ana {link}" in framed.text
    assert ana.token not in framed.text
    tested = await send(olga, shown, f"{HERE}/mails/test")
    assert "A test is on its way to you." in words(await olga.get(tested.headers["location"]))
    await post.deliver()
    test = post.server.letters[-1]
    assert test["To"] == "ana@example.org", "to who asked for it"
    assert test["Subject"].startswith("[Test] Request received: Care skills count")
    assert "We answer by Friday." in text(test)
    assert ana.token not in str(test)
    too_long = await send(olga, await olga.get(f"{HERE}/mails"), f"{HERE}/mails", **{"notes.waiting.en": "x" * 2001})
    assert too_long.status_code == 422
    assert "Write at most 2,000 characters." in words(too_long)
    wrong = {"notes.declined.en": "Dear {evnt},", "notes.waiting.fr": "{"}
    refused = await send(olga, await olga.get(f"{HERE}/mails"), f"{HERE}/mails", **wrong)
    assert refused.status_code == 422
    assert "There is no placeholder {evnt}. Did you mean {event}?" in words(refused)
    assert "“{” stands alone" in words(refused)
    assert fields(refused, f"{HERE}/mails")["notes.declined.en"] == "Dear {evnt},"
    emptied = await send(olga, await olga.get(f"{HERE}/mails"), f"{HERE}/mails", **dict.fromkeys(typed, ""))
    assert emptied.status_code == 303
    assert await queries.list_notes(1) == {}


async def test_a_registration_shows_what_was_sent_to_it_and_the_private_page_leads_to_the_choice(
    olga: httpx.AsyncClient, client: httpx.AsyncClient, post: Post
) -> None:
    made = await a_registration()
    saved = await write(olga, **TEXTS)
    await press(olga, saved.headers["location"].partition("?")[0], "send")
    await post.brought()
    address = f"/organise/events/{SLUG}/registrations/{made.code}"
    assert "Messages to them and others About Care skills count Sent" in words(await olga.get(address))
    private = await client.get(f"/t/{made.token}")
    choice = str(node(private, "a[href^='/unsubscribe/']").attributes["href"])
    await client.post(choice, headers=ORIGIN)
    assert "They want no announcements about this event." in words(await olga.get(address))
