"""vdirsyncer and khal: a subscription as people have it who keep their calendars as files."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

_VDIRSYNCER = """
[general]
status_path = "{folder}/status"
[pair sideline]
a = "here"
b = "feed"
collections = null
[storage here]
type = "filesystem"
path = "{folder}/events"
fileext = ".ics"
[storage feed]
type = "http"
url = "{url}"
"""
_KHAL = """
[calendars]
[[sideline]]
path = {folder}/events
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%dT%H:%M
longdatetimeformat = %Y-%m-%dT%H:%M
[sqlite]
path = {folder}/khal.sqlite
"""


class Subscription:
    def __init__(self, folder: Path, url: str) -> None:
        (folder / "events").mkdir(parents=True)
        self._vdirsyncer, self._khal = folder / "vdirsyncer.conf", folder / "khal.conf"
        self._vdirsyncer.write_text(_VDIRSYNCER.format(folder=folder, url=url))
        self._khal.write_text(_KHAL.format(folder=folder))
        self._environment = os.environ | {"HOME": str(folder), "LC_ALL": "C.UTF-8"}
        self._run("vdirsyncer", "--config", self._vdirsyncer, "discover")

    def sync(self) -> list[str]:
        """What was copied and deleted, a line for each."""
        return self._run("vdirsyncer", "--config", self._vdirsyncer, "sync").stderr.splitlines()[1:]

    def events(self, since: str, days: int) -> dict[str, tuple[datetime, datetime, str]]:
        """Start, end and title of each, by the slug in its address."""
        asked = ("list", "--format", "{url} {start-long} {end-long} {title}", "--day-format", "", since, f"{days}d")
        read = {}
        for line in self._run("khal", "--config", self._khal, *asked).stdout.splitlines():
            url, starts, ends, title = line.split(maxsplit=3)
            read[url.rpartition("/")[2]] = (_utc(starts), _utc(ends), title)
        return read

    def _run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [Path(sys.executable).with_name(program), *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
