"""How many people one organisation may send."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class AffiliationType(StrEnum):
    MEMBER_STATE = "member_state"
    UN_ENTITY = "un_entity"
    IGO = "igo"
    NGO_GENERAL = "ngo_general"
    NGO_SPECIAL = "ngo_special"
    NGO_ROSTER = "ngo_roster"
    NGO = "ngo"
    ACADEMIA = "academia"
    PRIVATE_SECTOR = "private_sector"
    MEDIA = "media"
    INDIVIDUAL = "individual"


class Beyond(StrEnum):
    """What becomes of those who are above the limit."""

    REFUSED = "refused"
    APPROVAL = "approval"


class AffiliationLimit(Struct, frozen=True):
    """`most` people of each organisation, another number for some types; None is no limit.

    With `in_person_only` who attends online is not counted.
    """

    most: int | None = None
    by_type: Mapping[AffiliationType, int] = {}
    in_person_only: bool = False
    beyond: Beyond = Beyond.REFUSED

    def most_of(self, kind: AffiliationType | None) -> int | None:
        return self.by_type.get(kind, self.most) if kind else self.most
