from events.accounts.actions.attempts import count_attempt
from events.accounts.actions.bursts import count_in_burst, count_refused
from events.infra.proof import proof_of
from events.kernel.errors import TooMany
from events.registration.abuse.rules import PER_NETWORK, SIGN_UP, UNPROVED_PER_NETWORK


async def meet(event: str, *, network: str, most: int, proof: str = "", secret: str) -> bool:
    """Count one who registers; whether they must prove the address, for there is an attack and no proof of work.

    Raises TooMany: from one network, and without a proof from all networks together.
    """
    if not await count_in_burst(SIGN_UP, network, event, **PER_NETWORK, most=most):
        return False
    if await _takes(proof, secret, event):
        return False
    await count_attempt("unproved-network", f"{network} {event}", **UNPROVED_PER_NETWORK)
    await count_attempt("unproved", event, limit=most or PER_NETWORK["limit"], window_seconds=60)
    return True


async def refused(event: str, *, most: int) -> None:
    """Somebody was refused who may be a program."""
    await count_refused(SIGN_UP, event, most=most)


async def _takes(answer: str, secret: str, event: str) -> bool:
    """Whether it is a proof, which is taken once."""
    proof = proof_of(answer, secret, event)
    if proof is None:
        return False
    try:
        await count_attempt("proof", proof, limit=1, window_seconds=3 * 3600)
    except TooMany:
        return False
    return True
