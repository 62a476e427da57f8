from events.accounts.actions.attempts import count_attempt
from events.accounts.actions.bursts import count_in_burst, count_refused, find_alarm
from events.infra.proof import new_challenge, proof_of
from events.kernel.errors import TooMany
from events.registration.abuse.rules import PER_NETWORK, SIGN_UP, TIMES_FOR_A_LIST, UNPROVED_PER_NETWORK


async def challenge_for(event: str, *, most: int, secret: str, a_list: bool = False) -> str:
    """What the form asks the browser to do just now, as JSON; "" in peace."""
    if not most or not await find_alarm(SIGN_UP, event):
        return ""
    purpose, times = _work(event, a_list=a_list)
    return new_challenge(secret, purpose, times=times)


async def meet(event: str, *, network: str, most: int, proof: str = "", secret: str, a_list: bool = False) -> bool:
    """Count one who registers; whether they must prove the address, for there is an attack and no proof of work.

    `a_list`: they send one, and the proof must be of a list's work.
    Raises TooMany: from one network, and without a proof from all networks together.
    """
    if not await count_in_burst(SIGN_UP, network, event, **PER_NETWORK, most=most):
        return False
    if await _takes(proof, secret, event, a_list=a_list):
        return False
    await count_attempt("unproved-network", f"{network} {event}", **UNPROVED_PER_NETWORK)
    await count_attempt("unproved", event, limit=most or PER_NETWORK["limit"], window_seconds=60)
    return True


async def count(network: str) -> None:
    """Count one who registers and needs no proof. Raises TooMany, from one network."""
    await count_attempt(SIGN_UP, network, **PER_NETWORK)


def _work(event: str, *, a_list: bool) -> tuple[str, int]:
    """For what the proof is, so that none does for another form, and how many times the usual work."""
    return (f"{event} list", TIMES_FOR_A_LIST) if a_list else (event, 1)


async def refused(event: str, *, most: int) -> None:
    """Somebody was refused who may be a program."""
    await count_refused(SIGN_UP, event, most=most)


async def _takes(answer: str, secret: str, event: str, *, a_list: bool) -> bool:
    """Whether it is a proof, which is taken once."""
    purpose, times = _work(event, a_list=a_list)
    proof = proof_of(answer, secret, purpose, times=times)
    if proof is None:
        return False
    try:
        await count_attempt("proof", proof, limit=1, window_seconds=3 * 3600)
    except TooMany:
        return False
    return True
