from collections.abc import Mapping
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from msgspec import Meta, Struct

from events.kernel.errors import Invalid, Problem
from events.kernel.words import N_
from events.programme.forms.contents import LanguageTag, LinesText
from events.programme.forms.times import WallTimeForm, wall_time
from events.programme.rules import Mode
from events.registration.guests.rules import MOST_BY_API, NewGuest, State, Terms
from events.web.posted import Line, parse

MOST_NOTE = 2_000


class GuestForm(Struct, kw_only=True):
    """`language` is that of their mails; with `mode` it is the only way to attend that they are offered."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    email: Annotated[str, Meta(min_length=1, max_length=254)]
    language: LanguageTag | None = None
    mode: Mode | None = None
    organisation: Line | None = None


class TermsForm(Struct, kw_only=True):
    """What the invitations give: `skips_approval` where requests are looked at, a place that is kept where `reserves`.

    They can be used until `expires`; `note` stands in the mail.
    """

    expires: WallTimeForm
    skips_approval: bool = False
    reserves: bool = False
    note: LinesText = {}


class InvitationsForm(TermsForm, kw_only=True):
    """`mode` and `language` are those of the guests who have none of their own."""

    guests: list[GuestForm]
    mode: Mode | None = None
    language: LanguageTag = "en"


class GuestsListedForm(Struct):
    """`state`: only those of whom this became."""

    state: State | None = None


def read_guest(row: int, posted: Mapping[str, Any], *, language: str, mode: Mode | None) -> NewGuest:
    """Raises Invalid with every problem."""
    try:
        form, problems = parse(GuestForm, posted), []
    except Invalid as invalid:
        form, problems = None, list(invalid.problems)
    email = _email(posted.get("email"), "email", problems)
    if form is None or problems:
        raise Invalid(problems)
    return _guest(row, form, email, language=language, mode=mode)


def read_terms(posted: Mapping[str, Any]) -> Terms:
    """Raises Invalid with every problem."""
    form, problems = parse(TermsForm, posted), list[Problem]()
    terms = _terms(form, problems)
    if terms is None:
        raise Invalid(problems)
    return terms


def read_invitations(posted: Any) -> tuple[list[NewGuest], Terms]:
    """Raises Invalid with every problem of every guest."""
    problems: list[Problem] = []
    form = None
    try:
        form = parse(InvitationsForm, posted)
    except Invalid as invalid:
        problems += invalid.problems
    rows = posted.get("guests") if isinstance(posted, dict) else None
    rows = rows if isinstance(rows, list) else []
    if len(rows) > MOST_BY_API:
        problems.append(Problem("guests", N_("Invite at most {limit} in one call."), {"limit": MOST_BY_API}))
    emails = [
        _email(row.get("email") if isinstance(row, dict) else None, f"guests.{number}.email", problems)
        for number, row in enumerate(rows)
    ]
    terms = _terms(form, problems) if form else None
    if form is None or terms is None or problems:
        raise Invalid(problems)
    guests = [
        _guest(number, guest, email, language=form.language, mode=form.mode)
        for number, (guest, email) in enumerate(zip(form.guests, emails, strict=True))
    ]
    return guests, terms


def _guest(row: int, form: GuestForm, email: str, *, language: str, mode: Mode | None) -> NewGuest:
    return NewGuest(
        row=row,
        name=form.name,
        email=email,
        language=form.language or language,
        mode=form.mode or mode,
        affiliation=form.organisation or None,
    )


def _terms(form: TermsForm, problems: list[Problem]) -> Terms | None:
    expires = wall_time(form.expires, "expires", problems)
    for tag, text in form.note.items():
        if len(text) > MOST_NOTE:
            problems.append(Problem(f"note.{tag}", N_("Write at most {limit} characters."), {"limit": MOST_NOTE}))
    if expires is None or problems:
        return None
    note = {tag: text for tag, text in form.note.items() if text}
    return Terms(skips_approval=form.skips_approval, reserves=form.reserves, note=note, expires=expires)


def _email(posted: object, field: str, problems: list[Problem]) -> str:
    if not isinstance(posted, str) or not posted.strip() or any(one.field == field for one in problems):
        return ""
    try:
        return validate_email(posted.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        problems.append(Problem(field, N_("This is not an e-mail address. Write it as name@example.org.")))
        return ""
