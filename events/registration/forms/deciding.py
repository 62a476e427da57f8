"""What programs send when they answer requests."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from events.kernel.errors import Invalid
from events.kernel.words import N_
from events.registration.rules.deciding import LONGEST_REASON, MOST_AT_ONCE
from events.web.posted import LINES, Line, parse

Reason = Annotated[str, Meta(max_length=LONGEST_REASON), LINES]


class DecisionForm(Struct):
    """`reason` is told to the person, in the mail and on their page."""

    reason: Reason = ""


class DecisionsForm(Struct, kw_only=True):
    """The same answer to each of these."""

    decision: Literal["accept", "decline"]
    codes: list[Line]
    reason: Reason = ""


def read_decisions(posted: object) -> DecisionsForm:
    """Raises Invalid with every problem."""
    form = parse(DecisionsForm, posted)
    if not form.codes:
        raise Invalid.of("codes", N_("Choose at least one."))
    if len(form.codes) > MOST_AT_ONCE:
        raise Invalid.of("codes", N_("Send at most {limit}."), limit=MOST_AT_ONCE)
    return form
