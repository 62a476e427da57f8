from typing import Annotated

import msgspec
from email_validator import EmailNotValidError, validate_email
from msgspec import Meta, Struct

from events.accounts.rules import Role
from events.kernel.errors import Invalid
from events.kernel.words import N_
from events.web.locale import LANGUAGES
from events.web.posted import parse

Name = Annotated[str, Meta(min_length=1, max_length=200)]


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


def read_profile(posted: object) -> ProfileForm:
    form = parse(ProfileForm, posted)
    if form.language not in LANGUAGES:
        raise Invalid.of("language", N_("Choose one of: {choices}."), choices=", ".join(LANGUAGES))
    return form


def read_member(posted: object) -> MemberForm:
    form = parse(MemberForm, posted)
    try:
        email = validate_email(form.email, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise Invalid.of("email", N_("This is not an e-mail address. Write it as name@example.org.")) from None
    return msgspec.structs.replace(form, email=email)


def read_token(posted: object) -> TokenForm:
    return parse(TokenForm, posted)
