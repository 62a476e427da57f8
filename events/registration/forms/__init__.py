from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

import msgspec
from email_validator import EmailNotValidError, validate_email
from msgspec import Meta, Struct

from events.kernel.errors import Invalid, Problem
from events.kernel.words import N_
from events.programme.forms.contents import LinesText
from events.programme.forms.times import WallTimeForm
from events.programme.rules import Ask, Mode
from events.programme.rules.limits import AffiliationType
from events.questions.rules import MOST_QUESTIONS
from events.registration.admission.rules import Admission
from events.registration.forms.people import (
    AccessForm,
    AffiliationForm,
    AssistantForm,
    affiliation_problems,
    country_problems,
)
from events.registration.rules import Listed, Standing
from events.registration.rules.changes import Telling
from events.registration.rules.people import MOST_ASSISTANTS
from events.web.posted import Line, Lines, LongLine, parse

MOST_ANSWERS = MOST_QUESTIONS
Value = Lines | list[LongLine] | bool | int | float | None
"""What a program may say: what is posted of a page are texts, and lists of them."""


class SignUp(Struct, kw_only=True):
    """What somebody says to get a place; `language` is that of their ticket and mails.

    `meanwhile` is how they attend while they wait for a place in `mode`, should there be none.
    """

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    email: Annotated[str, Meta(min_length=1, max_length=254)]
    mode: Mode
    meanwhile: Mode | None = None
    language: Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    affiliation: AffiliationForm | None = None
    access: AccessForm | None = None
    assistants: list[AssistantForm] = []
    answers: dict[Annotated[str, Meta(max_length=100)], Value] = {}

    @property
    def answers_as_text(self) -> dict[str, str]:
        """Where nothing is asked, and all that is said is kept as it is."""
        return {name: _as_text(value) for name, value in self.answers.items() if value is not None}


def _as_text(value: Value) -> str:
    if isinstance(value, list):
        return "; ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


class AnswersForm(Struct):
    """By the names of the questions; null takes an answer away."""

    answers: dict[Annotated[str, Meta(max_length=100)], Value]


class SwitchForm(Struct):
    mode: Mode


class AdmissionForm(Struct):
    admission: Admission


class Correction(Struct, kw_only=True):
    """What somebody may correct of what is held about them; `assistants` come besides those there are."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    language: Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    affiliation: AffiliationForm | None = None
    access: AccessForm | None = None
    assistants: list[AssistantForm] = []


class HandOver(Struct, kw_only=True):
    """Whom a place is given to."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    email: Annotated[str, Meta(min_length=1, max_length=254)]
    language: Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None


class LostLink(Struct, kw_only=True):
    email: Annotated[str, Meta(min_length=1, max_length=254)]


def read_given(posted: object) -> dict[str, Value]:
    """Raises Invalid with every problem."""
    return _checked(AnswersForm, posted).answers


def read_correction(posted: object, *, ask: Ask) -> Correction:
    """Raises Invalid with every problem."""
    return _checked(Correction, posted, ask=ask)


def read_hand_over(posted: object) -> HandOver:
    """Raises Invalid with every problem."""
    return _checked(HandOver, posted)


def read_lost_link(posted: object) -> LostLink:
    """Raises Invalid when it is no address."""
    return _checked(LostLink, posted)


def read_sign_up(posted: object, *, ask: Ask | None = None) -> SignUp:
    """Raises Invalid with every problem, a wrong address among them; `ask` where the event is known already."""
    return _checked(SignUp, posted, ask=ask)


T = TypeVar("T", bound=Struct)


def _checked(kind: type[T], posted: object, *, ask: Ask | None = None) -> T:
    """The form, with its address; all that is wrong is told at once."""
    form, problems = with_address(kind, posted)
    if form and len(getattr(form, "answers", ())) > MOST_ANSWERS:
        problems.append(Problem("answers", N_("Send at most {limit} answers."), {"limit": MOST_ANSWERS}))
    if form:
        problems += country_problems(getattr(form, "affiliation", None))
        if len(getattr(form, "assistants", ())) > MOST_ASSISTANTS:
            problems.append(Problem("assistants", N_("Name at most {limit}."), {"limit": MOST_ASSISTANTS}))
    if ask is not None and isinstance(posted, dict):
        problems += affiliation_problems(ask, posted.get("affiliation"))
    if form is None or problems:
        raise Invalid(problems)
    return form


def with_address(kind: type[T], posted: object) -> tuple[T | None, list[Problem]]:
    """The form, its `email` as it is written everywhere, if it can be read; and every problem with it."""
    problems: list[Problem] = []
    form: T | None = None
    try:
        form = parse(kind, posted)
    except Invalid as invalid:
        problems += invalid.problems
    email = getattr(form, "email", None) if form else posted.get("email") if isinstance(posted, dict) else None
    if isinstance(email, str) and email.strip() and not any(problem.field == "email" for problem in problems):
        try:
            email = validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized
            form = form and msgspec.structs.replace(form, email=email)
        except EmailNotValidError:
            problems.append(Problem("email", N_("This is not an e-mail address. Write it as name@example.org.")))
    return form, problems


class CancelForm(Struct):
    """Why, in the languages of those who are told."""

    reason: LinesText = {}


class PostponeForm(Struct):
    """Without `starts` the event waits for a new date; without `ends` it takes as long as before."""

    starts: WallTimeForm | None = None
    ends: WallTimeForm | None = None
    reason: LinesText = {}


class NotifyForm(Struct):
    """`notify`: whether people get a mail about it: after ten minutes in which it can be taken back, now, or never."""

    notify: Telling = Telling.SOON


def read_notify(query: Mapping[str, str]) -> Telling:
    return parse(NotifyForm, {"notify": query["notify"]} if "notify" in query else {}).notify


class ListedForm(Struct):
    standing: Standing | None = None
    mode: Mode | None = None
    checked_in: Literal["true", "false"] | None = None
    affiliation_type: AffiliationType | None = None
    country: Annotated[str, Meta(max_length=2)] | None = None
    admission: Admission | None = None
    q: Line = ""
    answer: LongLine = ""
    tag: Line = ""
    early_link: Annotated[str, Meta(pattern="^[0-9]{1,9}$")] | None = None


def read_listed(query: Mapping[str, str]) -> Listed:
    """The filters of an organiser's list; raises Invalid for values that mean nothing."""
    names = {field.encode_name for field in msgspec.structs.fields(ListedForm)}
    form = parse(ListedForm, {name: value for name, value in query.items() if value and name in names})
    checked_in = None if form.checked_in is None else form.checked_in == "true"
    return Listed(
        standing=form.standing,
        mode=form.mode,
        checked_in=checked_in,
        affiliation_type=form.affiliation_type,
        country=form.country.upper() if form.country else None,
        admission=form.admission,
        q=form.q,
        answer=form.answer,
        tag=form.tag,
        early_link=int(form.early_link) if form.early_link else None,
    )
