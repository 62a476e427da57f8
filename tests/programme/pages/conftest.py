"""What these pages have in common: an organisation, and the day on which they are read."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from piccolo.engine.base import Engine

from events.accounts.rules import Actor
from tests.make import an_organisation


@pytest.fixture(autouse=True)
def clock() -> Any:
    """The day before everything: 1 January 2027."""
    with time_machine.travel(datetime(2027, 1, 1, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
async def organisation(database: Engine[Any]) -> Actor:  # noqa: ARG001 - it must be open
    return await an_organisation()
