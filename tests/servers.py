"""`sideline serve` as operators run it: a process of its own on a free port of this machine."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import httpx

SECRET = "0" * 64
STARTS_WITHIN = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Served:
    """`with Served(url) as server:`; `folder` is the working directory, where `var/` goes."""

    def __init__(self, database_url: str, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.log = folder / f"serve-{self.port}.log"
        given = {"ENV": "demo", "SECRET_KEY": SECRET, "DATABASE_URL": database_url, "BASE_URL": self.url} | settings
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SIDELINE_")},
            **{f"SIDELINE_{name}": value for name, value in given.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(30)

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def command(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Another `sideline` command with the same settings."""
        command = [sys.executable, "-m", "events.cli", *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=self.folder, input=stdin, capture_output=True, text=True, check=False
        )

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "events.cli", "serve", "--port", str(self.port)]
            self._process = subprocess.Popen(command, env=self.environment, cwd=self.folder, stderr=log)
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).is_success:
                    return
            except httpx.TransportError:
                pass
        self._process.kill()
        self._process.wait()
        raise RuntimeError("sideline serve does not start:\n" + self.log.read_text())

    def kill(self) -> None:
        """As a power cut would: no handler runs."""
        assert self._process
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)
        self._process = None
