"""What may be posted of how many people one organisation may send."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from events.kernel.errors import Problem
from events.kernel.words import N_
from events.programme.rules import Ask
from events.programme.rules.limits import AffiliationType, Beyond

People = Annotated[int, Meta(ge=0, le=10_000)]


class AffiliationLimitForm(Struct, kw_only=True):
    """`most` people of each organisation, another number for those of some types; beyond it they are refused, or wait
    for approval. With `in_person_only` who attends online is not counted.
    """

    most: People | None = None
    by_type: dict[AffiliationType, People] = {}
    in_person_only: bool = False
    beyond: Beyond = Beyond.REFUSED


def limit_problems(ask: Ask, limit: AffiliationLimitForm | None) -> Iterator[Problem]:
    if limit is None:
        return
    if limit.most is None and not limit.by_type:
        yield Problem("affiliation_limit.most", N_("Say how many, or set no limit."))
    if ask is Ask.OFF:
        yield Problem("ask_affiliation", N_("Ask whom people come for: who does not say it cannot be counted."))
