from enum import StrEnum

from events.kernel.errors import Conflict
from events.kernel.words import N_
from events.programme.rules import Mode


class Admission(StrEnum):
    """How somebody who comes in person stands with the house. NOT_APPLIED is where everybody begins, and not stored."""

    NOT_APPLIED = "not_applied"
    APPLIED = "applied"
    APPROVED = "approved"
    ANNUAL_PASS = "annual_pass"  # noqa: S105 - of a building
    NOT_NEEDED = "not_needed"
    REFUSED = "refused"


OWN_WORDS = (Admission.ANNUAL_PASS, Admission.APPLIED, Admission.APPROVED, Admission.REFUSED, Admission.NOT_APPLIED)
"""What people may say of themselves; that somebody needs none is for the organisers to say."""

MOST_LISTED = 1000


class NoAdmissionStep(Conflict):
    kind = "no-admission-step"

    def __init__(self) -> None:
        super().__init__(N_("Nothing is asked of this registration besides: it is over, online, or needs no pass."))


class AdmissionSettled(Conflict):
    """The organisers have it from the house itself."""

    kind = "admission-settled"

    def __init__(self) -> None:
        super().__init__(N_("The organisers have noted what the host answered. Write to them if it is not right."))


def admission_for(mode: Mode, stored: Admission | None) -> Admission:
    """Of somebody at an event that has the step."""
    if mode is Mode.ONLINE:
        return Admission.NOT_NEEDED
    return stored or Admission.NOT_APPLIED
