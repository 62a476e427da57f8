"""Whose registration is looked at twice: of how many at once, without proof, from an address for a day."""

from typing import Any

from disposable_email_domains import blocklist

from events.kernel.errors import Invalid
from events.kernel.words import N_
from events.registration.rules import SIGN_UPS_PER_NETWORK

SIGN_UP = "sign-up"
LEAST_SECONDS = 3
"""So long somebody needs at least to fill in the form, asked for only during an attack."""

TIMES_FOR_A_LIST = 4
"""So much more work is asked for a list of people than for one: who fills it in needs minutes."""

UNPROVED_PER_NETWORK: dict[str, Any] = {"limit": 5, "window_seconds": 600}
PER_NETWORK = SIGN_UPS_PER_NETWORK
TOO_QUICK = N_("That was sent more quickly than anybody types. Please send it again: programs register just now.")


def check_lasting(email: str) -> None:
    """Raises Invalid for an address of a service whose addresses are made to be thrown away, or of a part of one."""
    labels = email.rpartition("@")[2].casefold().split(".")
    if any(".".join(labels[first:]) in blocklist for first in range(len(labels) - 1)):
        raise Invalid.of(
            "email",
            N_("Addresses of {domain} last for a short time only, so your ticket could be lost. Use another one."),
            domain=".".join(labels),
        )
