"""Who may do what: organisations, the roles of their members and the scopes of their tokens."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import Conflict, Invalid, TooMany
from events.kernel.ids import derived_token
from events.kernel.words import N_, Text

SENSITIVE = "sensitive:read"
"""Owners have it; other members where it was given to them, and programs whose token says so."""

SCOPES = ("events:read", "events:write", "registrations:read", "registrations:write", "scans:write", SENSITIVE)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000
SIGN_IN_LASTS = timedelta(days=14)
PASSWORD_LINK_LASTS = timedelta(hours=1)
WELCOME_LINK_LASTS = timedelta(days=7)
ANSWERS_LAST = timedelta(hours=24)
RETENTION_DAYS = 365  # unless an organisation says otherwise
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: text on its ground


class KeptFor(Struct, frozen=True):
    """How few and how many days after an event the operator lets organisations keep who came."""

    least: int
    most: int

    def check(self, days: int | None) -> None:
        """Raises Invalid; None is as the organisation says."""
        if days is not None and not self.least <= days <= self.most:
            raise Invalid.of(
                "retention_days",
                N_("Whoever runs this site allows {least} to {most} days."),
                least=self.least,
                most=self.most,
            )

    def nearest(self, days: int) -> int:
        return min(max(days, self.least), self.most)


class Role(StrEnum):
    OWNER = "owner"
    ORGANISER = "organiser"
    VIEWER = "viewer"

    @property
    def scopes(self) -> tuple[str, ...]:
        """What a member in this role may do, in the words of a token."""
        if self is Role.OWNER:
            return SCOPES
        return tuple(
            scope for scope in SCOPES if scope != SENSITIVE and (self is Role.ORGANISER or scope.endswith(":read"))
        )


class Actor(Struct, frozen=True):
    """Who acts, for which organisation: `member:7`, `token:3` or `system`."""

    organisation: int
    name: str
    scopes: tuple[str, ...] = ()

    def may(self, scope: str) -> bool:
        return scope in self.scopes


class OrganisationFacts(Struct, frozen=True):
    id: int
    slug: str
    name: str
    short_name: str | None
    about: Text
    website: str | None
    contact_email: str | None
    accent: str | None
    retention_days: int
    refuse_disposable: bool = False


class MemberFacts(Struct, frozen=True):
    """One person in one organisation; `invited` until a password is set, `sensitive` if given that right."""

    id: int
    email: str
    name: str
    language: str
    role: Role
    invited: bool
    sensitive: bool = False

    @property
    def scopes(self) -> tuple[str, ...]:
        given = (SENSITIVE,) if self.sensitive and SENSITIVE not in self.role.scopes else ()
        return (*self.role.scopes, *given)


class SignedIn(Struct, frozen=True):
    """Somebody at work: which sign-in this is, who, and the organisation they look after in it."""

    id: int
    digest: str
    member: MemberFacts
    organisation: OrganisationFacts
    organisations: int

    @property
    def actor(self) -> Actor:
        return Actor(self.organisation.id, f"member:{self.member.id}", self.member.scopes)

    def may(self, scope: str) -> bool:
        return scope in self.member.scopes


class TokenFacts(Struct, frozen=True):
    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime


class KnownToken(Struct, frozen=True):
    """What a call that carries the token may do."""

    id: int
    organisation: int
    scopes: tuple[str, ...]


class Person(Struct, frozen=True):
    """A member apart from any organisation."""

    id: int
    email: str
    name: str
    language: str
    has_password: bool


class Answer(Struct, frozen=True):
    """What a call was answered with, kept so that its repetition is answered the same."""

    status: int
    body: str


class OrganisationSlugTaken(Conflict):
    kind = "slug-taken"


class AlreadyMember(Conflict):
    kind = "already-member"


class LastOwner(Conflict):
    """An organisation without an owner could never be looked after again."""

    kind = "last-owner"


def parse_scopes(given: str | Iterable[str]) -> tuple[str, ...]:
    """`all`, a list, or one text with commas or spaces; in the order of SCOPES."""
    wanted = set(given.replace(",", " ").split() if isinstance(given, str) else given)
    if wanted == {"all"}:
        return SCOPES
    unknown = sorted(wanted - set(SCOPES))
    if unknown:
        raise Invalid.of(
            "scopes",
            N_("There is no scope {unknown}. Known are: {known}."),
            unknown=", ".join(unknown),
            known=", ".join(SCOPES),
        )
    if not wanted:
        raise Invalid.of("scopes", N_("Choose at least one thing that the token may do."))
    return tuple(scope for scope in SCOPES if scope in wanted)


def check_may_grant(actor: Actor, scopes: Iterable[str]) -> None:
    """Nobody gives a program a right that they do not have."""
    if not all(actor.may(scope) for scope in scopes):
        raise Invalid.of("scopes", N_("You can only give a program what you may do yourself."))


def parse_role(given: str) -> Role:
    try:
        return Role(given)
    except ValueError:
        raise Invalid.of("role", N_("Choose one of: {roles}."), roles=", ".join(Role)) from None


def check_password(password: str, *, field: str = "password") -> None:
    """Length alone is asked for: rules about kinds of characters make people choose worse ones (NIST SP 800-63B)."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid.of(field, N_("The password needs at least {least} characters."), least=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise Invalid.of(field, N_("The password may have {most} characters at most."), most=LONGEST_PASSWORD)


def check_accent(accent: str) -> None:
    """A colour that white text can be read on."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", accent):
        raise Invalid.of("accent", N_("Write the colour as # and six hexadecimal digits, such as #005a9c."))
    if contrast_with_white(accent) < LEAST_CONTRAST:
        raise Invalid.of("accent", N_("White text cannot be read well on this colour. Choose a darker one."))


def contrast_with_white(colour: str) -> float:
    """WCAG 2.2's contrast ratio, 1 to 21."""
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own figures


def password_token(secret: str, nonce: str) -> str:
    """The token goes into the mail alone: the database has its digest, the queued mail has the nonce."""
    return derived_token(secret, "password", nonce, 0)


def too_many(retry_after: float) -> TooMany:
    return TooMany(
        N_("That was tried too often. Please wait a little and try again."), retry_after=max(1, round(retry_after))
    )
