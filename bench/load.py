"""wrk, a load generator in C, on the second core; the servers have the first."""

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

SECONDS = 3
CLIENTS = 16
SERVER_CORE, CLIENT_CORE = "0", "1"
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Load(NamedTuple):
    """Requests a second, and how long the median and the slowest hundredth took, in ms."""

    rate: float
    p50: float
    p99: float


def on_core(core: str, *command: str) -> list[str]:
    return ["taskset", "--cpu-list", core, *command]


def keep_on(core: str, pid: int) -> None:
    """All threads that a process has: a core is chosen for each of them."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {int(core)})


def load(url: str, *, headers: dict[str, str] | None = None, script: str = "", seconds: int = SECONDS) -> Load:
    """Ask for `url` as fast as 16 connections can; fails if an answer is an error."""
    command = on_core(CLIENT_CORE, "wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--latency")
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        Path(file.name).write_text(script)
        if script:
            command += ["-s", file.name]
        said = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    if failed := re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", said):
        raise RuntimeError(f"{url}: {failed[0]}\n{said}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    slow = {share: _milliseconds(said, share) for share in (50, 99)}
    assert rate
    return Load(float(rate[1]), slow[50], slow[99])


def _milliseconds(said: str, share: int) -> float:
    found = re.search(rf"\s{share}%\s+([\d.]+)(us|ms|s)", said)
    assert found
    return float(found[1]) * _UNITS[found[2]]


def posting(path: str, token: str, body: str) -> str:
    """Wrk's script for POST; in `body`, `%d` is another number each time, in this run and all others."""
    return f"""
local number = math.floor(os.time() * 1000000 + (tonumber(tostring({{}}):sub(8)) or 0) % 1000000)
request = function()
  number = number + 1
  return wrk.format("POST", "{path}", {{["Content-Type"] = "application/json", ["Authorization"] = "Bearer {token}"}},
    string.format('{body}', number))
end
"""


def posting_each(path: str, token: str, values: Path) -> str:
    """Wrk's script for a POST of `{"code": …}` of one line of a file after the other."""
    return f"""
local codes, at = {{}}, 0
for line in io.lines("{values}") do codes[#codes + 1] = line end
request = function()
  at = at % #codes + 1
  return wrk.format("POST", "{path}", {{["Content-Type"] = "application/json", ["Authorization"] = "Bearer {token}"}},
    '{{"code": "' .. codes[at] .. '"}}')
end
"""
