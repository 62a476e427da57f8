from collections.abc import Iterator

import httpx
import pytest

from tests.journeys.entrance import Entrance
from tests.journeys.installation import an_installation, as_program


@pytest.fixture(scope="module")
def entrance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    server = an_installation(tmp_path_factory.mktemp("door"), "unesco", "UNESCO", {"ana@example.org": "owner"})
    headers = as_program(server, "unesco")
    with server, httpx.Client(base_url=server.url, headers=headers) as program:
        yield Entrance(server, program)
