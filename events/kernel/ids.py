"""Codes for people, tokens for machines, digests for the database, slugs for addresses."""

import hashlib
import hmac
import secrets
import unicodedata
import uuid

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in CROCKFORD for second in CROCKFORD]
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
CODE_LENGTH = 26
LARGEST_ID = 2**31 - 1
"""Of a row: both databases number them so."""


def crockford(data: bytes) -> str:
    """Sixteen bytes as 26 characters of Crockford's base32."""
    number = int.from_bytes(data)
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


def new_code() -> str:
    """128 random bits: in the QR, at the door, in exports; opens nothing by itself."""
    return crockford(secrets.token_bytes(16))


def read_code(typed: str) -> str | None:
    """The code that somebody typed or scanned, without regard to case, groups and look-alikes."""
    code = unicodedata.normalize("NFKC", typed).strip().upper().translate(_LOOK_ALIKES)
    return code if len(code) == CODE_LENGTH and set(code) <= set(CROCKFORD) else None


def grouped(code: str) -> str:
    """A code as people read it: 4-4-4-4-4-4-2."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def new_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def derived_token(secret: str, purpose: str, subject: str, counter: int) -> str:
    """A token that can be re-made for each mail: 128 bits of HMAC-SHA-256, 26 lower-case characters.

    Raising the counter makes a new one; its `digest` in the database is what opens, so tokens that were
    sent keep working when the secret key is changed.
    """
    message = f"{purpose}:{subject}:{counter}".encode()
    return crockford(hmac.digest(secret.encode(), message, "sha256")[:16]).lower()


def digest(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def same_text(known: str, given: str) -> bool:
    """Whether the two are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(known.encode(), given.encode(errors="replace"))


def new_uid(domain: str) -> str:
    """An iCalendar UID (RFC 7986, 5.3): opaque and stable for life, never made from a title, a date or an address."""
    return f"e-{uuid.uuid4()}@{domain}"


def slug_of(text: str) -> str:
    """ASCII words joined by hyphens, at most 80 characters; empty when nothing in `text` can be written so."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else " " for c in ascii_text).split()
    return "-".join(words)[:80].rstrip("-")


def folded(text: str) -> str:
    """Text as it is compared and searched: NFKC, case folded, accents dropped."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def folded_email(address: str) -> str:
    """An address as it is compared, and no longer than one is; accents stay, for they tell mailboxes apart."""
    return unicodedata.normalize("NFKC", address).casefold()[:254]
