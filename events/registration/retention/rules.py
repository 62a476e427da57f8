"""What is kept until when, and how long an event may keep it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from events.accounts.rules import KeptFor
from events.kernel.errors import Invalid
from events.kernel.words import N_, Text
from events.programme.rules import Mode
from events.registration.rules import Standing


class What(StrEnum):
    """Of people: everything that says who they are, what they need to take part, or a sensitive answer.

    `contacts` registered a delegation or decide for an organisation; `invited` is who was, whether they came or not.
    """

    PEOPLE = "people"
    ACCESS = "access"
    ANSWERS = "answers"
    CONTACTS = "contacts"
    INVITED = "invited"


class Kept(Struct, frozen=True, kw_only=True):
    """What an event still knows, of how many people, and when it is erased; `question` names a sensitive one."""

    event: int
    slug: str
    title: Text
    organisation: int
    what: What
    question: str
    number: int
    until: datetime


class Erased(Struct, frozen=True, kw_only=True):
    """What one run erased at one event; `at` is when it began."""

    at: datetime
    slug: str
    title: Text
    what: What
    question: str
    number: int


class Statistics(Struct, frozen=True):
    """What can be said of an event's people, and the same once nobody knows who they were."""

    standings: Mapping[tuple[Mode, Standing], int]
    attended: int
    types: Mapping[str, int]
    countries: Mapping[str, int]


def check_promise(days: int | None, *, of_organisation: int, before: int | None, told: int, kept_for: KeptFor) -> None:
    """Raises Invalid where the operator forbids it, or where so many were `told` that it would be a shorter time."""
    kept_for.check(days)
    promised, now = before or of_organisation, days or of_organisation
    if told and now > promised:
        raise Invalid.of(
            "retention_days",
            N_("Who registered was promised that it is erased after {days} days. You can only choose fewer."),
            days=promised,
        )
