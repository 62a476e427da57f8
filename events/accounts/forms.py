from typing import Annotated

import msgspec
from email_validator import EmailNotValidError, validate_email
from msgspec import Meta, Struct

from events.accounts.rules import KeptFor, Role, check_accent
from events.kernel.errors import Invalid, Problem
from events.kernel.words import N_
from events.web.locale import LANGUAGES
from events.web.posted import Lines, LongLine, is_web_address, parse

Name = Annotated[str, Meta(min_length=1, max_length=200)]


class OrganisationForm(Struct):
    """What an organisation says of itself; `retention_days` is how long after an event its registrations are kept."""

    name: Name
    short_name: Annotated[str, Meta(max_length=40)] | None
    about: dict[Annotated[str, Meta(max_length=35)], Lines]
    website: LongLine | None
    contact_email: Annotated[str, Meta(max_length=254)] | None
    accent: str | None
    retention_days: Annotated[int, Meta(ge=1, le=3650)]
    refuse_disposable: bool = False


class ProfileForm(Struct):
    name: Name
    language: str


class MemberForm(Struct):
    name: Name
    email: Annotated[str, Meta(min_length=1, max_length=254)]
    role: Role


class TokenForm(Struct):
    name: Name
    scopes: list[str]


def read_organisation(posted: object, kept_for: KeptFor) -> OrganisationForm:
    form = parse(OrganisationForm, posted)
    problems: list[Problem] = []
    if form.website and not is_web_address(form.website):
        problems.append(Problem("website", N_("Write a whole web address that begins with https:// or http://.")))
    for check in (_check_contact, _check_accent):
        try:
            form = check(form)
        except Invalid as invalid:
            problems += invalid.problems
    try:
        kept_for.check(form.retention_days)
    except Invalid as invalid:
        problems += invalid.problems
    if problems:
        raise Invalid(problems)
    return form


def _check_contact(form: OrganisationForm) -> OrganisationForm:
    if not form.contact_email:
        return form
    return msgspec.structs.replace(form, contact_email=_address("contact_email", form.contact_email))


def _check_accent(form: OrganisationForm) -> OrganisationForm:
    if form.accent:
        check_accent(form.accent)
    return form


def read_profile(posted: object) -> ProfileForm:
    form = parse(ProfileForm, posted)
    if form.language not in LANGUAGES:
        raise Invalid.of("language", N_("Choose one of: {choices}."), choices=", ".join(LANGUAGES))
    return form


def read_member(posted: object) -> MemberForm:
    form = parse(MemberForm, posted)
    return msgspec.structs.replace(form, email=_address("email", form.email))


def _address(field: str, typed: str) -> str:
    try:
        return validate_email(typed, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise Invalid.of(field, N_("This is not an e-mail address. Write it as name@example.org.")) from None


def read_token(posted: object) -> TokenForm:
    return parse(TokenForm, posted)
