from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from msgspec import Meta, Struct, structs

from events.kernel.errors import Invalid, Problem
from events.kernel.words import N_
from events.web.posted import parse

FIELDS = ("affiliation", "name", "email", "language")


class FocalPointForm(Struct, kw_only=True):
    affiliation: Annotated[str, Meta(min_length=1, max_length=200)]
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    email: Annotated[str, Meta(min_length=1, max_length=254)]
    language: Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"


def read_focal_point(posted: dict[str, str]) -> FocalPointForm:
    """Raises Invalid with every problem."""
    problems: list[Problem] = []
    form: FocalPointForm | None = None
    try:
        form = parse(FocalPointForm, posted)
    except Invalid as invalid:
        problems += invalid.problems
    email = posted.get("email", "").strip()
    if email and not any(problem.field == "email" for problem in problems):
        try:
            email = validate_email(email, check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError:
            problems.append(Problem("email", N_("This is not an e-mail address. Write it as name@example.org.")))
    if form is None or problems:
        raise Invalid(problems)
    return structs.replace(form, email=email)
