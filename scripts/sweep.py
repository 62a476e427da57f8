"""Every zone's VTIMEZONE at every hour of nine years, read by two programs that others wrote, against zoneinfo.

`make sweep` takes some minutes and writes what it found into `docs/reference/time-zones.md`.
"""

import platform
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from events.infra.ics.zones import outlook_reads, vtimezone
from events.kernel.clock import utc_now
from events.kernel.zones import tzdata_version, zone_names
from tests.infra.calendar_clients import libical
from tests.infra.zone_clients import Asked, Reader, asked_of_icaljs, asked_of_libical, hours, runs_of

PAGE = Path("docs/reference/time-zones.md")
FIRST, LAST = 2024, 2032
AT_ONCE = 20
_VENDORED = Path("tests/vendor")


def with_misread(page: str) -> str:
    """The page with the zones whose rules Outlook's form cannot express, as they are today."""
    return _with(page, "misread", "\n".join(["| zone | years |", "|---|---|", *_misread()]))


def _misread() -> Iterator[str]:
    window = range(FIRST, LAST + 1)
    for zone in zone_names():
        years = [year for year in window if not outlook_reads(zone, year, year)]
        if years:
            yield f"| {zone} | {'each' if len(years) == len(window) else ', '.join(map(str, years))} |"


def _with(page: str, name: str, text: str) -> str:
    """What stands between two comments of this name, anew."""
    begun, ended = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
    return re.sub(f"(?<={re.escape(begun)}).*?(?={re.escape(ended)})", lambda _: text, page, flags=re.DOTALL)


def _icaljs_version() -> str:
    [folder] = _VENDORED.glob("ical.js-*")
    return folder.name.removeprefix("ical.js-")


def _libical_version() -> str:
    """As its file is called, once it is loaded: it tells it nowhere else."""
    libical()
    maps = Path("/proc/self/maps").read_text("utf-8")
    loaded = re.search(r"/\S*libical\.so\.([\d.]+)", maps)
    return loaded[1] if loaded else "?"


def sweep() -> tuple[list[str], int]:
    """Rows of a table, and how many hours were misread."""
    programs: dict[str, Reader] = {
        f"libical {_libical_version()} (GNOME, KDE, Cyrus)": asked_of_libical,
        f"ical.js {_icaljs_version()} (Thunderbird, Nextcloud, FullCalendar)": asked_of_icaljs,
    }
    asked, wrong, took = dict.fromkeys(programs, 0), dict.fromkeys(programs, 0), dict.fromkeys(programs, 0.0)
    zones = zone_names()
    for start in range(0, len(zones), AT_ONCE):
        some = [
            Asked(zone, vtimezone(zone, FIRST, LAST), list(runs_of(zone, hours(FIRST, LAST))))
            for zone in zones[start : start + AT_ONCE]
        ]
        for program, ask in programs.items():
            began = time.monotonic()
            told = ask(some)
            took[program] += time.monotonic() - began
            asked[program] += sum(one.asked for one in told.values())
            wrong[program] += sum(len(one.wrong) for one in told.values())
            for zone, one in told.items():
                if one.wrong:
                    at = datetime.fromtimestamp(one.wrong[0], UTC)
                    print(f"{program} misreads {zone} at {len(one.wrong)} hours, first at {at:%Y-%m-%d %H:%M} UTC")
        print(f"{start + len(some)} of {len(zones)} zones", flush=True)
    rows = [f"| {name} | {asked[name]:,} | {wrong[name]:,} | {took[name]:.0f} s |" for name in programs]
    return rows, sum(wrong.values())


def main() -> None:
    rows, wrong = sweep()
    said = (
        f"{utc_now():%d %B %Y}: {len(zone_names())} zones from {FIRST} to {LAST}, rules of tzdata {tzdata_version()}"
        f" (package {version('tzdata')}), Python {platform.python_version()}.\n\n"
        "| program | hours read | other than zoneinfo | took |\n|---|---|---|---|\n" + "\n".join(rows)
    )
    print(said)
    PAGE.write_text(with_misread(_with(PAGE.read_text("utf-8"), "result", said)), "utf-8")
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
