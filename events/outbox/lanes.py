from typing import Self

from events.infra.smtp import Transport, transport_for
from events.settings import Settings

LANES = 3  # connections at once: what large providers allow one sender
FULL_LANE = 10  # messages that are worth a further connection


class Lanes:
    """The connections that mail goes over, at `most` so many, kept while there is mail."""

    def __init__(self, settings: Settings, most: int = LANES) -> None:
        self._settings = settings
        self._most = most
        self._kept: list[Transport] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in self._kept:
            await transport.aclose()

    def some_for(self, messages: int) -> list[Transport]:
        """One for a few messages, more for many."""
        number = min(self._most, -(-messages // FULL_LANE))
        self._kept += [transport_for(self._settings) for _ in range(number - len(self._kept))]
        return self._kept[:number]
