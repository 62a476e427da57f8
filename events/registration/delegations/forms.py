"""What may be posted of a delegation: from a table, from a list that was copied, or by a program."""

import csv
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from email_validator import EmailNotValidError, validate_email
from msgspec import Meta, Struct, structs

from events.kernel.errors import Invalid, Problem
from events.kernel.ids import folded, folded_email
from events.kernel.words import N_, one_line
from events.programme.rules import Ask, Mode
from events.registration.delegations.rules import MOST_AT_ONCE
from events.registration.forms.people import AffiliationForm, affiliation_problems, country_problems
from events.web.posted import MISSING, Line, parse

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Address = Annotated[str, Meta(min_length=1, max_length=254)]
Tag = Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
NOT_AN_ADDRESS = N_("This is not an e-mail address. Write it as name@example.org.")
TWICE = N_("This address stands in the list twice.")

PARTS = ("name", "email", "function", "mode")
CONTACT = ("contact.name", "contact.email")
AFFILIATION = ("affiliation.organisation", "affiliation.type", "affiliation.country")
_HEADING = re.compile("mail|courriel|adresse")
_NAMED_ADDRESS = re.compile(r"\s*(.*?)\s*<([^<>]*@[^<>]*)>\s*")
_ROW = re.compile(rf"people\.(\d{{1,3}})\.({'|'.join(PARTS)})")


class ContactForm(Struct, kw_only=True):
    """Who registers the others; who comes too is among `people` as well."""

    name: Name
    email: Address


class DelegateForm(Struct, kw_only=True):
    name: Name
    email: Address
    mode: Mode
    function: Line | None = None


class PeopleForm(Struct, kw_only=True):
    people: list[DelegateForm]


class DelegationForm(PeopleForm, kw_only=True):
    """People of one organisation; `language` is that of everybody's mails."""

    contact: ContactForm
    affiliation: AffiliationForm
    language: Tag | None = None


T = TypeVar("T", bound=PeopleForm)


class ReplacementForm(Struct, kw_only=True):
    name: Name
    email: Address
    function: Line | None = None


def read_delegation(posted: object, *, ask: Ask) -> DelegationForm:
    """Raises Invalid with every problem, of each row and field."""
    form, problems = _read(DelegationForm, posted)
    if isinstance(posted, Mapping):
        said = posted.get("affiliation")
        told = {problem.field for problem in problems}
        problems += [one for one in affiliation_problems(ask, said) if one.field not in told]
        if isinstance(said, Mapping) and not str(said.get("organisation") or "").strip():
            field = "affiliation.organisation"
            problems = [one for one in problems if one.field != field]
            problems.append(Problem(field, N_("Write the name of your organisation.")))
    if form is None or problems:
        raise Invalid(problems)
    return form


def read_people(posted: object) -> PeopleForm:
    """The same of people who join a delegation that there is."""
    form, problems = _read(PeopleForm, posted)
    if form is None or problems:
        raise Invalid(problems)
    return form


def read_replacement(posted: object) -> ReplacementForm:
    form = parse(ReplacementForm, posted)
    problems: list[Problem] = []
    email = _address(form.email, "email", problems)
    if problems:
        raise Invalid(problems)
    return structs.replace(form, email=email)


def _read(kind: type[T], posted: object) -> tuple[T | None, list[Problem]]:
    problems: list[Problem] = []
    form: T | None = None
    try:
        form = parse(kind, posted)
    except Invalid as invalid:
        problems += invalid.problems
    if not isinstance(posted, Mapping):
        return None, problems
    told = {problem.field for problem in problems}
    addresses: dict[str, str] = {}
    seen: set[str] = set()
    for field, address in _addresses(posted):
        if field in told or not address.strip():
            continue
        addresses[field] = _address(address, field, problems)
        if field.startswith("people."):
            if folded_email(addresses[field]) in seen:
                problems.append(Problem(field, TWICE))
            seen.add(folded_email(addresses[field]))
    people = posted.get("people")
    if isinstance(people, list) and not people:
        problems.append(Problem("people.0.name", N_("Name at least one person.")))
    if isinstance(people, list) and len(people) > MOST_AT_ONCE:
        problems.append(
            Problem("people", N_("Send at most {limit} people at once, then the next."), {"limit": MOST_AT_ONCE})
        )
    if form is not None:
        problems += country_problems(getattr(form, "affiliation", None))
        form = _with_addresses(form, addresses)
    return form, problems


def _addresses(posted: Mapping[str, Any]) -> list[tuple[str, str]]:
    contact, people = posted.get("contact"), posted.get("people")
    rows: list[tuple[str, object]] = [("contact.email", contact.get("email") if isinstance(contact, Mapping) else None)]
    for number, row in enumerate(people if isinstance(people, list) else []):
        rows.append((f"people.{number}.email", row.get("email") if isinstance(row, Mapping) else None))
    return [(field, address) for field, address in rows if isinstance(address, str)]


def _address(written: str, field: str, problems: list[Problem]) -> str:
    try:
        return validate_email(written.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        problems.append(Problem(field, NOT_AN_ADDRESS))
        return written


def _with_addresses(form: T, addresses: Mapping[str, str]) -> T:
    people = [
        structs.replace(one, email=addresses.get(f"people.{number}.email", one.email))
        for number, one in enumerate(form.people)
    ]
    further = {}
    if isinstance(form, DelegationForm):
        address = addresses.get("contact.email", form.contact.email)
        further["contact"] = structs.replace(form.contact, email=address)
    return structs.replace(form, people=people, **further)


def rows_in(posted: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of the table in which something is written, the first first; their numbers are their places now."""
    rows: dict[int, dict[str, str]] = {}
    for name, value in posted.items():
        if found := _ROW.fullmatch(name):
            rows.setdefault(int(found[1]), {})[found[2]] = value
    return [row for _, row in sorted(rows.items()) if any(row.get(part, "").strip() for part in PARTS[:3])]


def people_in(rows: Sequence[Mapping[str, str]], modes: Sequence[Mode]) -> list[dict[str, str]]:
    """As the API takes them; where there is one way to attend, it need not be chosen."""
    only = modes[0].value if len(modes) == 1 else ""
    people = []
    for row in rows:
        said = {part: value for part in PARTS if (value := row.get(part, "").strip() or (part == "mode" and only))}
        people.append(said)
    return people


def nested(typed: Mapping[str, str], rows: Sequence[Mapping[str, str]], modes: Sequence[Mode]) -> dict[str, Any]:
    """The document that the form stands for, as the API takes it."""
    found: dict[str, Any] = {"people": people_in(rows, modes), "contact": {}, "affiliation": {}}
    for name in (*CONTACT, *AFFILIATION):
        block, _, part = name.partition(".")
        if value := typed.get(name, "").strip():
            found[block][part] = value
    if language := typed.get("language"):
        found["language"] = language
    return found


def pasted_rows(text: str, words: Mapping[str, Mode]) -> list[dict[str, str]]:
    """Rows copied from a spreadsheet: name, e-mail, function, way to attend, the name in several cells if need be.

    Or from a mail's list of addresses: “Ana Reyes <ana@example.org>, Bo <bo@example.org>”. `words` are what the ways
    to attend are called, folded. Raises Invalid for a character that cannot be used.
    """
    text = text.removeprefix("\ufeff")
    separator = "\t" if "\t" in text else ";" if ">;" in text or text.count(";") > text.count(",") else ","
    rows = []
    try:
        lines = [[one_line(cell) for cell in cells] for cells in csv.reader(text.splitlines(), delimiter=separator)]
    except (ValueError, csv.Error):
        raise Invalid.of("pasted", N_("This contains a character that cannot be used.")) from None
    for number, cells in enumerate(one for line in lines for one in _people_of(line)):
        at = next((place for place, cell in enumerate(cells) if "@" in cell), None)
        if not any(cells) or (at is None and number == 0 and any(_HEADING.search(folded(cell)) for cell in cells)):
            continue
        at = 1 if at is None else at
        rest = [cell for cell in cells[at + 1 :] if cell]
        mode = next((words[folded(cell)] for cell in rest if folded(cell) in words), None)
        function = next((cell for cell in rest if folded(cell) not in words), "")
        rows.append(
            {
                "name": " ".join(cell for cell in cells[:at] if cell)[:200],
                "email": cells[at][:254] if at < len(cells) else "",
                "function": function[:200],
                "mode": mode.value if mode else "",
            }
        )
    return rows


def _people_of(line: list[str]) -> list[list[str]]:
    """The cells of each person in a line; `Name <address>` are two."""
    parted = [list(found.groups()) if (found := _NAMED_ADDRESS.fullmatch(cell)) else [cell] for cell in line]
    if len(line) > 1 and all("@" in cell for cell in line if cell):
        return parted
    return [[cell for cells in parted for cell in cells]]


NAMED = {
    "contact.name": N_("Write your name."),
    "contact.email": N_("Write your e-mail address."),
    "name": N_("Write the name."),
    "email": N_("Write the e-mail address."),
    "mode": N_("Choose how they attend."),
}


def worded(problem: Problem) -> Problem:
    """What is missing, by what it is: on top of the page they all stand together."""
    words = NAMED.get(problem.field) or NAMED.get(problem.field.rpartition(".")[2])
    return Problem(problem.field, words) if problem.message == MISSING and words else problem
