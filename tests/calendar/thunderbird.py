"""Thunderbird itself, without a window: a subscription as people have it who read their mail there."""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from datetime import UTC, date, datetime
from pathlib import Path

from tests.infra.calendar_clients import Times

_WITHIN = 90.0
_ALL_DAY = 8  # CalStorageCalendar's flag
_PROFILE: dict[str, str | bool | int] = {
    "app.donation.eoy.version.viewed": 999,
    "app.update.enabled": False,
    "calendar.list.sortOrder": "sideline",
    "calendar.registry.sideline.cache.enabled": True,
    "calendar.registry.sideline.name": "Sideline",
    "calendar.registry.sideline.readOnly": True,
    "calendar.registry.sideline.type": "ics",
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}


def read_with_thunderbird(url: str, folder: Path, number: int) -> tuple[Times, dict[str, str]]:
    """Times and titles by UID, as it keeps them once it has so many."""
    profile = folder / "profile"
    profile.mkdir(parents=True)
    wishes: dict[str, str | bool | int] = _PROFILE | {"calendar.registry.sideline.uri": url}
    lines = [f"user_pref({_js(name)}, {_js(value)});" for name, value in wishes.items()]
    (profile / "user.js").write_text("\n".join(lines))
    with (folder / "thunderbird.log").open("wb") as log:
        started = subprocess.Popen(
            ["thunderbird", "--headless", "--no-remote", "--profile", profile],
            env=os.environ | {"HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"},
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + _WITHIN
        rows: list[tuple[str, str, int, int, int]] = []
        while len(rows) < number and time.monotonic() < deadline and started.poll() is None:
            time.sleep(0.5)
            rows = _kept(profile / "calendar-data", folder / "copy")
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait(30)
    times = {uid: (_moment(starts, flags), _moment(ends, flags)) for uid, _, starts, ends, flags in rows}
    return times, {uid: title for uid, title, *_ in rows}


def _kept(folder: Path, copy: Path) -> list[tuple[str, str, int, int, int]]:
    """What is in its cache, which it keeps locked; nothing as long as it is only being made."""
    shutil.rmtree(copy, ignore_errors=True)
    try:
        shutil.copytree(folder, copy)
        database = sqlite3.connect(copy / "cache.sqlite")
        try:
            return database.execute("SELECT id, title, event_start, event_end, flags FROM cal_events").fetchall()
        finally:
            database.close()
    except (OSError, sqlite3.DatabaseError):
        return []


def _moment(microseconds: int, flags: int) -> datetime | date:
    moment = datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    return moment.date() if flags & _ALL_DAY else moment


def _js(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()
