"""Rows of the server itself: how soon it answers, and what it holds."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import psutil

from bench.load import SERVER_CORE, on_core
from bench.result import RUNS, Result
from bench.stand import Stand
from tests.servers import Served


def start(stand: Stand) -> Iterator[Result]:
    """From `sideline serve` on a migrated database to the first 200 on `/en/`; then what it holds when idle."""
    seconds, sizes = [], []
    for _ in range(RUNS):
        other = Served(
            stand.url if stand.postgres else f"sqlite:///{stand.server.folder}/start.sqlite", stand.server.folder
        )
        if not stand.postgres:
            other.command("migrate")
        began = time.perf_counter()
        process = subprocess.Popen(
            on_core(SERVER_CORE, sys.executable, "-m", "events.cli", "serve", "--port", str(other.port)),
            env=other.environment, cwd=other.folder, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while True:
            try:
                if httpx.get(f"{other.url}/en/", timeout=5).is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.005)  # a benchmark may wait: it measures nothing finer
        seconds.append(time.perf_counter() - began)
        sizes.append(_megabytes(process.pid))
        process.terminate()
        process.wait()
    value = statistics.median(seconds)
    yield Result("serve to the first 200 on /en/", stand.database, value, "s", 2, value / 2)
    size = statistics.median(sizes)
    yield Result("memory when idle (PSS)", stand.database, size, "MiB", 150, size / 150)


def _megabytes(pid: int) -> float:
    everyone = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(process.memory_full_info().pss for process in everyone) / 2**20
