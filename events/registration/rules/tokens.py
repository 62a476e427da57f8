"""What opens a private page, a way to join or a feed: made again whenever it is needed, kept as a digest."""

import hmac
from base64 import urlsafe_b64encode

from events.kernel.ids import derived_token
from events.registration.rules import Ticket


def token_of(secret: str, code: str, counter: int) -> str:
    """The token of a private page, made again for each mail."""
    return derived_token(secret, "registration", code, counter)


def opt_out_token(secret: str, registration: int, code: str) -> str:
    """What opens one registration's choice about announcements and nothing else."""
    return f"{registration}-{derived_token(secret, 'announcements', code, 0)}"


def joining_token(secret: str, ticket: Ticket) -> str:
    """Stands for the token where one only joins: calendars are shared, and must not open the page itself."""
    return f"{ticket.id}-{derived_token(secret, 'join', ticket.code, ticket.token_counter)}"


def feed_token(secret: str, nonce: str) -> str:
    """Of a private feed, 256 bits. The database has its digest, the mail that is queued the nonce."""
    return urlsafe_b64encode(hmac.digest(secret.encode(), f"feed:{nonce}".encode(), "sha256")).decode().rstrip("=")
