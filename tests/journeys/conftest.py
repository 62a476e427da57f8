from collections.abc import Iterator

import httpx
import pytest

from tests.journeys.entrance import Entrance
from tests.journeys.installation import an_installation, as_program
from tests.journeys.registering import Site


@pytest.fixture(scope="module")
def entrance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    server = an_installation(tmp_path_factory.mktemp("door"), "unesco", "UNESCO", {"ana@example.org": "owner"})
    headers = as_program(server, "unesco")
    with server, httpx.Client(base_url=server.url, headers=headers) as program:
        yield Entrance(server, program)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    server = an_installation(tmp_path_factory.mktemp("registering"), "make-mothers-matter", "Make Mothers Matter")
    headers = as_program(server, "make-mothers-matter")
    with server, httpx.Client(base_url=server.url, headers=headers) as program:
        yield Site(server, program)
