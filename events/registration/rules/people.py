"""Where people come from, what they need to take part, and who assists them."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import Conflict, Invalid, Problem
from events.kernel.words import N_
from events.programme.rules import Ask
from events.programme.rules.limits import AffiliationType

ENTERED_OFTEN = 5
"""So many registrations must name an organisation that is on no list before others are suggested it: by then it is no
secret of somebody's."""
MOST_SUGGESTED = 12
MOST_ASSISTANTS = 3


class Affiliation(Struct, frozen=True):
    """For whom somebody comes; `country` as ISO 3166-1 alpha-2."""

    organisation: str | None = None
    type: AffiliationType | None = None
    function: str | None = None
    country: str | None = None

    def __bool__(self) -> bool:
        return self != NOT_SAID


NOT_SAID = Affiliation()


class TooManyOfOne(Conflict):
    """As many come from this organisation as may; `contact` is who can help."""

    kind = "affiliation-limit"

    def __init__(self, organisation: str, most: int, contact: str | None) -> None:
        words = N_("As many people as may come from “{organisation}” ({most}) are registered already.")
        if contact:
            words = N_(
                "As many people as may come from “{organisation}” ({most}) are registered already."
                " Write to {contact} if somebody else must come."
            )
        super().__init__(words, organisation=organisation, most=most, contact=contact)


class KnownAffiliation(Struct, frozen=True):
    """An organisation that people come from; `times` is how many registrations name it."""

    id: int
    name: str
    type: AffiliationType | None
    country: str | None
    listed: bool
    times: int


class AccessWish(Struct, frozen=True):
    """What somebody needs; `interpretation` is the language that they would listen to."""

    interpretation: str | None = None
    captions: bool = False
    sign_language: bool = False
    mobility: bool = False
    other: str = ""

    def __bool__(self) -> bool:
        return self != NOTHING_NEEDED


NOTHING_NEEDED = AccessWish()


class AccessCounts(Struct, frozen=True):
    """Of those who have a place or may get one: numbers to plan with."""

    interpretation: dict[str, int]
    captions: int
    sign_language: int
    mobility: int
    other: int
    assistants: int


class Visit(Struct, frozen=True):
    """That somebody went to the joining link."""

    first_at: datetime
    last_at: datetime
    times: int


class AssistantRole(StrEnum):
    INTERPRETER = "interpreter"
    SIGN_LANGUAGE = "sign_language"
    CARER = "carer"
    OTHER = "other"


def check_affiliation(ask: Ask | str, said: Affiliation) -> None:
    """Raises Invalid with all that is missing, or when it was not asked for."""
    if ask == Ask.OFF and said:
        raise Invalid.of("affiliation", N_("This event does not ask for it. Leave it out."))
    if ask == Ask.REQUIRED:
        problems = []
        if said.organisation is None and said.type is not AffiliationType.INDIVIDUAL:
            problems.append(Problem("affiliation.organisation", N_("Write the name of your organisation.")))
        if said.type is None:
            problems.append(Problem("affiliation.type", N_("Choose what kind of organisation it is.")))
        if said.country is None:
            problems.append(Problem("affiliation.country", N_("Choose a country.")))
        if problems:
            raise Invalid(problems)
