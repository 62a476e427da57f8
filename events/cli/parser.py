"""What may be typed: the commands, in the order in which `sideline --help` shows them."""

import argparse
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from events.cli import commands
from events.settings import Settings

Command = Callable[[argparse.Namespace, Settings], Awaitable[int | None]]


def make_parser() -> argparse.ArgumentParser:
    """What it parses has the command's function as `run`; `serve` has none, for it runs its own event loop."""
    parser = argparse.ArgumentParser(
        prog="sideline", description="Events and side events: pages, registration, tickets, calendars and the door."
    )
    every = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_running(every)
    _add_who_may(every)
    _add_lists(every)
    _add_import(every)
    return parser


def _add(parent: Any, name: str, run: Command | None, about: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = parent.add_parser(name, help=about, description=about)
    made.set_defaults(run=run)
    return made


def _add_running(every: Any) -> None:
    serve = _add(every, "serve", None, "Serve the pages, the calendars and the API, and send the mail.")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
    _add(every, "migrate", commands.migrate, "Bring the database up to this version; it is made if there is none.")
    _add(every, "demo", commands.demo, "Load the demo if the database is empty, and print who may sign in.")
    _add(every, "worker", commands.worker, "Send the mail from a process of its own.")
    _add(every, "doctor", commands.doctor, "Say what is set, where from, and what is wrong.")
    for name, run, about in (
        ("backup", commands.backup, "Write everything into one file that both databases read."),
        ("restore", commands.restore, "Read a backup into an empty database."),
    ):
        _add(every, name, run, about).add_argument("file", type=Path, metavar="FILE")


def _add_who_may(every: Any) -> None:
    """Organisations, their members and their programs: `sideline organisation create`, and so on."""
    create = _add_create(every, "organisation", "Organisations.", commands.organisation_create, "Make an organisation.")
    create.add_argument("slug", metavar="SLUG", help="its name in addresses: make-mothers-matter")
    create.add_argument("--name", required=True)

    about = "Make somebody a member; the password is read from standard input."
    create = _add_create(every, "user", "People who sign in.", commands.user_create, about)
    create.add_argument("--email", required=True)
    create.add_argument("--name", help="how the workspace calls them (the e-mail address)")
    create.add_argument("--organisation", required=True, metavar="SLUG")
    create.add_argument("--role", required=True, choices=("owner", "organiser", "viewer"))

    about = "Make a token and print it, alone; it is shown only now."
    create = _add_create(every, "token", "Tokens of the JSON API.", commands.token_create, about)
    create.add_argument("--organisation", required=True, metavar="SLUG")
    create.add_argument(
        "--scopes",
        required=True,
        help="all, or some of events:read,events:write,registrations:read,registrations:write,scans:write",
    )
    create.add_argument("--name", required=True, help="what it is for")


def _add_create(every: Any, noun: str, nouns: str, run: Command, about: str) -> argparse.ArgumentParser:
    verbs = _add(every, noun, None, nouns).add_subparsers(dest="verb", required=True, metavar="VERB")
    return _add(verbs, "create", run, about)


def _add_lists(every: Any) -> None:
    export = _add(every, "export", commands.export, "Write the list of who is registered.")
    export.add_argument("event", metavar="EVENT", help="the event's slug")
    export.add_argument("--format", required=True, choices=("csv", "xlsx", "json"))
    export.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    about = "Erase what nobody may know any more, and say what will be erased when."
    retention = _add(every, "retention", commands.retention, about)
    retention.add_argument("--dry-run", action="store_true", help="only say what would be erased now")


def _add_import(every: Any) -> None:
    about = "Make events of a calendar (.ics) or a table (.xlsx, .csv); again updates them."
    parser = _add(every, "import", commands.import_events, about)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--organisation", required=True, metavar="SLUG", help="whose events they become")
    parser.add_argument("--dry-run", action="store_true", help="only say what would come of each row")
    parser.add_argument("--part-of", default="", metavar="EVENT", help="the conference whose sessions they become")
    parser.add_argument("--zone", default="", metavar="ZONE", help="of times without a zone: Africa/Casablanca")
    parser.add_argument(
        "--language", default="", metavar="TAG", help="of the texts, where the file does not say it (en)"
    )
    parser.add_argument(
        "--kind", default="", choices=("conference", "side_event", "broadcast", "session", "meeting"),
        help="what they are, where the file does not say it",
    )  # fmt: skip
    parser.add_argument(
        "--map", action="append", default=[], metavar="HEADING=FIELD", help="what a column of a table holds"
    )
    parser.add_argument("--publish", action="store_true", help="publish what is new; otherwise they are drafts")
    parser.add_argument("--overwrite", action="store_true", help="take the file's side where both changed")
    parser.add_argument("--skip-wrong", action="store_true", help="import the other rows although some are wrong")
