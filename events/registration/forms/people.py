"""What may be posted of affiliation, access and assistants."""

import csv
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from events.kernel.errors import Invalid, Problem
from events.kernel.ids import folded
from events.kernel.words import N_, one_line
from events.programme.rules import Ask
from events.programme.rules.limits import AffiliationType
from events.registration.rules.people import (
    MOST_ASSISTANTS,
    Affiliation,
    AssistantRole,
    check_affiliation,
)
from events.web.locale import is_country
from events.web.posted import LINES, Line, parse

LONGEST_LIST = 20_000


class AffiliationForm(Struct):
    """For whom somebody comes; `country` is ISO 3166-1 alpha-2."""

    organisation: Line | None = None
    type: AffiliationType | None = None
    function: Line | None = None
    country: Annotated[str, Meta(max_length=2, pattern="^[A-Za-z]{2}$")] | None = None

    @property
    def said(self) -> Affiliation:
        country = self.country.upper() if self.country else None
        return Affiliation(self.organisation or None, self.type, self.function or None, country)


class AccessForm(Struct):
    """What somebody needs to take part; `interpretation` is the tag of the language that they would listen to."""

    interpretation: Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    captions: bool = False
    sign_language: bool = False
    mobility: bool = False
    other: Annotated[str, Meta(max_length=2000), LINES] = ""


class AssistantForm(Struct):
    """Somebody who comes to assist, and does not count against the places."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    role: AssistantRole = AssistantRole.OTHER


NEEDS = ("captions", "sign_language", "mobility")
FIELDS = (
    *(f"affiliation.{name}" for name in AffiliationForm.__struct_fields__),
    *(f"access.{name}" for name in AccessForm.__struct_fields__),
    *(f"assistants.{number}.{name}" for number in range(MOST_ASSISTANTS) for name in ("name", "role")),
)
"""What the built-in blocks of the form are called, in its order."""


def nested(typed: Mapping[str, str]) -> dict[str, Any]:
    """The document that the fields stand for, as the API takes it; what is empty was not said."""
    found: dict[str, Any] = {name: value for name, value in typed.items() if value and "." not in name}
    for block, form in (("affiliation", AffiliationForm), ("access", AccessForm)):
        said = {name: value for name in form.__struct_fields__ if (value := typed.get(f"{block}.{name}", "").strip())}
        if said:
            found[block] = said
    for need in NEEDS:
        if need in found.get("access", {}):
            found["access"][need] = found["access"][need] == "true"
    rows = (
        {part: typed.get(f"assistants.{n}.{part}", "") for part in ("name", "role")} for n in range(MOST_ASSISTANTS)
    )
    if assistants := [row for row in rows if row["name"].strip()]:
        found["assistants"] = assistants
    return found


def affiliation_problems(ask: Ask, posted: object) -> list[Problem]:
    """What is missing, if it can be read at all."""
    try:
        check_affiliation(ask, parse(AffiliationForm, posted or {}).said)
    except Invalid as invalid:
        return [problem for problem in invalid.problems if problem.field.startswith("affiliation")]
    return []


def country_problems(form: AffiliationForm | None) -> Iterator[Problem]:
    if form and form.country and not is_country(form.country.upper()):
        yield Problem("affiliation.country", N_("There is no country with this code (ISO 3166-1 alpha-2)."))


class NamedAffiliation(Struct, frozen=True):
    """One line of an organisation's own list."""

    name: str
    name_folded: str
    type: AffiliationType | None
    country: str | None


def read_affiliations(text: str) -> list[NamedAffiliation]:
    """One a line: name, and perhaps type and country; a name twice counts once. Raises Invalid with every problem."""
    found: dict[str, NamedAffiliation] = {}
    problems: list[Problem] = []
    lines = text.removeprefix("\ufeff").splitlines()
    if len(lines) > LONGEST_LIST:
        raise Invalid.of("list", N_("Send at most {limit} lines."), limit=LONGEST_LIST)
    separator = "\t" if "\t" in text else ";" if text.count(";") > text.count(",") else ","
    for number, cells in enumerate(csv.reader(lines, delimiter=separator), 1):
        try:
            name, kind, country = [one_line(cell) for cell in [*cells, "", "", ""][:3]]
        except ValueError:
            problems.append(
                Problem("list", N_("Line {number} contains a character that cannot be used."), {"number": number})
            )
            continue
        if not name or (number == 1 and folded(name) in {"name", "nom", "organisation", "organization"}):
            continue
        problem = _problem_of(name, kind, country)
        if problem:
            problems.append(Problem("list", problem, {"number": number, "name": name[:60]}))
            continue
        type_ = AffiliationType(kind.lower()) if kind else None
        found.setdefault(folded(name)[:400], NamedAffiliation(name, folded(name)[:400], type_, country.upper() or None))
    if problems:
        raise Invalid(problems[:20])
    return list(found.values())


def _problem_of(name: str, kind: str, country: str) -> str | None:
    if len(name) > 200:  # noqa: PLR2004 - as long as a name may be
        return N_("Line {number}: the name is too long.")
    if kind and kind.lower() not in set(AffiliationType):
        return N_("Line {number}, {name}: its type is not one of those below.")
    if country and not is_country(country.upper()):
        return N_("Line {number}, {name}: its country is not a code such as FR.")
    return None
