"""Whether anything public has changed."""

import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator

from events.kernel.errors import Unavailable


class Version:
    """The number that moves with everything public, as it is in the database now.

    `glance` reads it. Where that costs a journey to a server it may be `remembered` while somebody listens to notices
    and calls `forget`; it is then asked for again each so many seconds, in case that a notice was lost.
    """

    def __init__(self, glance: Callable[[], Awaitable[int]]) -> None:
        self._glance = glance
        self._seconds = 0.0
        self._number = 0
        self._good_until = 0.0
        self._notices = 0

    @contextlib.contextmanager
    def remembered(self, seconds: float) -> Iterator[None]:
        self._seconds = seconds
        try:
            yield
        finally:
            self._seconds = 0.0
            self.forget()

    def forget(self) -> None:
        self._notices += 1
        self._good_until = 0.0

    async def now(self) -> int | None:
        """None when the database does not answer: then nothing that is kept can be trusted."""
        if time.monotonic() < self._good_until:
            return self._number
        asked_at, notices = time.monotonic(), self._notices
        try:
            number = await self._glance()
        except Unavailable:
            return None
        if notices == self._notices:  # else it may have moved since it was read
            self._number, self._good_until = number, asked_at + self._seconds
        return number
