"""An installation as a journey finds it: an organisation, who works for it, and a program of theirs."""

from collections.abc import Mapping
from pathlib import Path

from tests.people import PASSWORD
from tests.servers import Served


def an_installation(
    folder: Path, slug: str, name: str, members: Mapping[str, str] | None = None, **settings: str
) -> Served:
    """A server that has not started, with an organisation; its members, by address and role, sign in with PASSWORD."""
    server = Served(f"sqlite:///{folder}/sideline.sqlite", folder, ENV="test", **settings)
    _do(server, "migrate")
    _do(server, "organisation", "create", slug, "--name", name)
    for email, role in (members or {}).items():
        _do(server, "user", "create", "--email", email, "--organisation", slug, "--role", role)
    return server


def as_program(server: Served, slug: str) -> dict[str, str]:
    """The headers of a program that may do everything."""
    token = _do(server, "token", "create", "--organisation", slug, "--scopes", "all", "--name", "journey")
    return {"Authorization": f"Bearer {token}"}


def _do(server: Served, *command: str) -> str:
    done = server.command(*command, stdin=PASSWORD)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
