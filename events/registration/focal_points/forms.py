from typing import Annotated

from msgspec import Meta, Struct

from events.kernel.errors import Invalid
from events.registration.forms import with_address

FIELDS = ("affiliation", "name", "email", "language")


class FocalPointForm(Struct, kw_only=True):
    affiliation: Annotated[str, Meta(min_length=1, max_length=200)]
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    email: Annotated[str, Meta(min_length=1, max_length=254)]
    language: Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"


def read_focal_point(posted: object) -> FocalPointForm:
    """Raises Invalid with every problem."""
    form, problems = with_address(FocalPointForm, posted)
    if form is None or problems:
        raise Invalid(problems)
    return form
