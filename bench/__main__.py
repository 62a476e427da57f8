"""`python -m bench [--rows registration,feed] [--databases sqlite,postgres]`."""

import argparse
import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.acts import form, promotion, registration, reminders, scans, stored
from bench.pages import event_page, feed, feed_2000, programme, vtimezone
from bench.reminders import nothing_to_send
from bench.result import Result
from bench.serving import start
from bench.stand import Stand, on, plain_server, stand_on

RESULTS = Path(__file__).with_name("results.json")
ROWS: dict[str, Callable[[Stand], Iterator[Result]]] = {
    "event_page": event_page,
    "feed": feed,
    "registration": registration,
    "form": form,
    "promotion": promotion,
    "scan": scans,
    "reminders": reminders,
    "stored": stored,
    "start": start,
    "vtimezone": vtimezone,
    "feed_2000": feed_2000,
    "programme": programme,  # last: it adds to what feeds hold
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"some of {', '.join(ROWS)}")
    parser.add_argument("--databases", default="sqlite,postgres")
    args = parser.parse_args()
    results: list[Result] = []
    print(
        f"{'row':36} {'database':9} {'value':>10} {'unit':10} {'ceiling':>9} {'ratio':>6} {'p50 ms':>8} {'p99 ms':>8}"
    )
    with plain_server() as plain:
        for database in args.databases.split(","):
            with stand_on(database, plain) as stand:
                for row in args.rows.split(","):
                    asyncio.run(on(stand.url, nothing_to_send))
                    for result in ROWS[row](stand):
                        results.append(result)
                        p50, p99 = (f"{ms:8.1f}" if ms is not None else " " * 8 for ms in result[-2:])
                        numbers = f"{result.value:10.1f} {result.unit:10} {result.ceiling:9.1f} {result.ratio:6.0%}"
                        print(f"{result.row:36} {database:9} {numbers} {p50} {p99}", flush=True)
    RESULTS.write_text(json.dumps([result._asdict() for result in results], indent=1) + "\n")


if __name__ == "__main__":
    main()
