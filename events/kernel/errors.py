"""What may be refused, in words that help. `web/errors.py` alone maps a class to a status."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from events.kernel.words import N_


class Problem(Struct, frozen=True):
    """One thing that is wrong with one field of what was posted; `field` is empty for the whole.

    `message` is an English template for `str.format`; the edge translates it and fills in `params`.
    """

    field: str
    message: str
    params: Mapping[str, Any] = {}


class Note(Struct, frozen=True):
    """Something to tell about one part of a file, otherwise as a Problem; what `stops` is not taken."""

    message: str
    params: Mapping[str, Any] = {}
    field: str = ""
    stops: bool = False


class DomainError(Exception):
    """A refusal that the person who caused it can understand and act on; `message` and `params` as in Problem.

    `problems` are what a form shows: the refusal itself, about no field, or each of those of an Invalid.
    """

    kind = "refused"

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message.format(**params) if params else message)
        self.message = message
        self.params = params
        self.problems: tuple[Problem, ...] = (Problem("", message, params),)


class NotFound(DomainError):
    """There is no such thing, or not for whoever asks: the two are told apart to nobody."""

    kind = "not-found"


class Gone(DomainError):
    """It was here and was taken away for good."""

    kind = "gone"


class Unauthenticated(DomainError):
    """We do not know who asks."""

    kind = "unauthenticated"


class Forbidden(DomainError):
    """We know who asks, and they may not."""

    kind = "forbidden"


class Conflict(DomainError):
    """Right in itself, but not in the present state; subclasses name the state in `kind`."""

    kind = "conflict"


class Outdated(DomainError):
    """Somebody else changed it since it was read (`If-Match`)."""

    kind = "outdated"


class Invalid(DomainError):
    """What was posted cannot be taken; carries every problem at once."""

    kind = "invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(N_("Something in what was sent must be corrected."))
        self.problems = tuple(problems)

    @classmethod
    def of(cls, field: str, message: str, **params: object) -> "Invalid":
        return cls([Problem(field, message, params)])


class TooMany(DomainError):
    """Asked too often; `retry_after` in seconds."""

    kind = "too-many"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """The database cannot be reached; nothing was lost, asking again is right."""

    kind = "unavailable"
    retry_after = 5
