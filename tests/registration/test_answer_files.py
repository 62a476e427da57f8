"""Files that are sent along: what they may be, and for how long they are kept."""

import io
import zipfile

import pytest
import time_machine

from events.accounts.rules import Actor
from events.kernel.errors import Invalid
from events.questions.queries import get_form
from events.questions.values import NotThat
from events.registration.answers.actions import (
    change_own_answers,
    forget_unclaimed,
    keep_file,
)
from events.registration.answers.queries import get_file
from events.registration.answers.rules import read_file
from events.registration.answers.tables import Upload
from tests.make import a_registration
from tests.questions.forms import a_question
from tests.registration.asked import PDF, PNG, an_event, kept, reloaded


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("page.html", b"<!doctype html><script>alert(1)</script>", "none of the files"),
            ("picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "none of the files"),
            ("passport.pdf", b"MZ\x90\x00" + bytes(100), "none of the files"),
            ("passport.pdf", b"", "empty"),
            ("half.png", PNG[:40], "not whole"),
            ("half.pdf", PDF[:20], "not whole"),
            ("longer.png", PNG + b"<script>alert(1)</script>", "not whole"),
            ("page.pdf", b"%PDF-1.7\n<html><script>alert(1)</script>\n%%EOF", "something else"),
            ("document.jpg", b"\xff\xd8\xff\xe0%PDF-1.4 \xff\xd9", "something else"),
            ("huge.pdf", PDF + bytes(6_000_000), "larger"),
        ],
    )  # fmt: skip
    def test_what_is_none_of_the_three_kinds_or_more_than_one_is_refused(
        self, name: str, content: bytes, said: str
    ) -> None:
        with pytest.raises(NotThat, match=said):
            read_file(name, content)

    def test_an_archive_in_a_pdf_is_refused(self) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("evil.html", "<script>")
        with pytest.raises(NotThat, match="something else"):
            read_file("passport.pdf", PDF + archive.getvalue() + b"%%EOF")

    @pytest.mark.parametrize(
        ("name", "content", "cleaned"),
        [
            (r"C:\Users\ana\Mon passeport.PDF", PDF, "Mon passeport.pdf"),
            ('../../etc/"passwd\r\nSet-Cookie: x".png', PNG, "file.png"),
            ("passeport é 出生.html", PNG, "passeport é 出生.png"),
            ("...", PDF, "file.pdf"),
            ("x" * 500 + ".pdf", PDF, "x" * 120 + ".pdf"),
        ],
    )
    def test_its_name_is_cleaned_and_ends_in_what_it_is(self, name: str, content: bytes, cleaned: str) -> None:
        assert read_file(name, content).name == cleaned

    async def test_it_is_kept_until_the_form_is_accepted_and_for_a_day_at_most(self, by: Actor) -> None:
        event = await an_event(by, a_question("file", "letter", required=True), a_question("file", "other"))
        [letter, other] = (await get_form(event.id, (await reloaded(event)).form)).questions
        token = await keep_file(event.id, letter.id, read_file("letter.pdf", PDF))
        for said in ({"letter": "guessed"}, {"other": token}, {}):
            with pytest.raises(Invalid):
                await a_registration(answers=said)
        made = await a_registration(answers={"letter": token})
        assert await kept(made) == {"letter": ("letter.pdf",)}
        with pytest.raises(Invalid):  # it is Ana's now
            await a_registration(email="ben@example.org", answers={"letter": token})
        await keep_file(event.id, other.id, read_file("other.png", PNG))
        with time_machine.travel("2099-01-01T00:00:00Z", tick=False):
            assert await forget_unclaimed() == 1
        assert (await get_file(made.id, letter.id)).content == PDF
        await change_own_answers(made.token, {})
        assert await kept(made) == {"letter": ("letter.pdf",)}
        new = await keep_file(event.id, letter.id, read_file("new.png", PNG))
        await change_own_answers(made.token, {"letter": new})
        assert (await get_file(made.id, letter.id)).name == "new.png"
        assert await Upload.count() == 1
