"""Proof of work in the protocol of ALTCHA: a browser computes for a second what is checked in milliseconds."""

from datetime import timedelta
from typing import Any

import msgspec
from altcha import Payload, create_challenge, verify_solution

from events.kernel.clock import utc_now

LASTS = timedelta(hours=2)
ALGORITHM = "PBKDF2/SHA-256"
COST = 5_000
PREFIX = "00"  # one try in 256 is right
_LONGEST = 4_000


def new_challenge(secret: str, purpose: str, *, times: int = 1) -> str:
    """What the browser is given, as JSON, `times` the usual work; it does for this purpose alone."""
    made = create_challenge(
        ALGORITHM,
        COST * times,
        key_prefix=PREFIX,
        expires_at=utc_now() + LASTS,
        data={"for": purpose},
        hmac_secret=_key(secret),
    )
    return msgspec.json.encode(made.to_dict()).decode()


def proof_of(answer: str, secret: str, purpose: str, *, times: int = 1) -> str | None:
    """What names this proof, so that it is taken once; None if it is none, is too old, or was for something else."""
    if not 0 < len(answer) <= _LONGEST or not answer.isascii():
        return None
    try:
        payload = Payload.from_base64(answer)
        parameters: Any = payload.challenge.parameters
        ours = (parameters.algorithm, parameters.cost, parameters.data) == (ALGORITHM, COST * times, {"for": purpose})
        if not ours or not verify_solution(payload, _key(secret)).verified:
            return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None  # it was made up
    return str(payload.challenge.signature)


def _key(secret: str) -> str:
    return f"proof:{secret}"
