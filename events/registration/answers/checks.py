"""So that all problems are told at once: those of a form's answers beside those of the rest of it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from events.kernel.errors import Invalid, Problem
from events.programme.queries import get_event
from events.programme.rules import Ask, Mode
from events.programme.rules.errors import EventNotFound
from events.questions.queries import get_form
from events.questions.rules import Asked, Form
from events.questions.rules.answers import read_answers
from events.registration.forms import SignUp, read_sign_up


async def read_whole(slug: str, posted: object, refused: Sequence[Problem] = (), *, ask: Ask | None = None) -> SignUp:
    """A sign-up and its answers; raises Invalid with every problem, those `refused` before among them."""
    problems = list(refused)
    try:
        form = read_sign_up(posted, ask=ask)
    except Invalid as invalid:
        problems = [*invalid.problems, *problems]
    if problems:
        raise await with_answers(Invalid(problems), slug, posted)
    return form


async def with_answers(invalid: Invalid, slug: str, posted: object) -> Invalid:
    """What is wrong with a sign-up, and with the answers that came with it."""
    try:
        event = await get_event(slug)
    except EventNotFound:
        return invalid
    if not event.form or not isinstance(posted, Mapping):
        return invalid
    given = posted.get("answers", {})
    form = await get_form(event.id, event.form)
    modes = [mode for mode in Mode if mode == posted.get("mode")]
    problems = problems_of(form, given, modes) if isinstance(given, Mapping) else []
    return Invalid([*invalid.problems, *(one for one in problems if one.field not in _fields(invalid))])


def problems_of(form: Form, given: Mapping[str, Any], modes: Collection[Mode]) -> list[Problem]:
    """With the answers alone, as far as can be told before anything is locked."""
    return read_answers(form.asking(Asked.REGISTERING).questions, given, modes=modes)[1]


def _fields(invalid: Invalid) -> set[str]:
    return {problem.field for problem in invalid.problems}
