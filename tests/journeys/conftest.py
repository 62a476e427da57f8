from collections.abc import Iterator

import httpx
import pytest

from tests.journeys.entrance import PASSWORD, Entrance
from tests.servers import Served


@pytest.fixture(scope="module")
def entrance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    folder = tmp_path_factory.mktemp("door")
    server = Served(f"sqlite:///{folder}/sideline.sqlite", folder, ENV="test")
    said = ""
    for command in (
        ["migrate"],
        ["organisation", "create", "unesco", "--name", "UNESCO"],
        ["user", "create", "--email", "ana@example.org", "--organisation", "unesco", "--role", "owner"],
        ["token", "create", "--organisation", "unesco", "--scopes", "all", "--name", "journey"],
    ):
        done = server.command(*command, stdin=PASSWORD)
        assert done.returncode == 0, done.stderr
        said = done.stdout
    headers = {"Authorization": f"Bearer {said.strip()}"}
    with server, httpx.Client(base_url=server.url, headers=headers) as program:
        yield Entrance(server, program)
