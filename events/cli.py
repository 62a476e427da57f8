"""`sideline …`: each command calls one action. Exit 0 done, 1 refused or failed, 2 wrong usage."""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from events.kernel.errors import DomainError, Invalid
from events.settings import Settings, SettingsError, read_settings

Command = Callable[[argparse.Namespace, Settings], Awaitable[int | None]]


class Refused(Exception):
    """One line for standard error."""


def main(arguments: list[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    try:
        settings = read_settings()
        if args.command == "serve":
            from events.server import serve

            return serve(settings, host=args.host, port=args.port)
        return asyncio.run(args.run(args, settings)) or 0
    except SettingsError as error:
        return _fail(str(error))
    except Invalid as error:
        return _fail(
            "; ".join(f"{problem.field}: {problem.message.format(**problem.params)}" for problem in error.problems)
        )
    except (DomainError, Refused, OSError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("Stopped.")


def _fail(line: str) -> int:
    print(f"sideline: {line}", file=sys.stderr)
    return 1


@contextlib.asynccontextmanager
async def _database(*, migrated: bool = True) -> AsyncIterator[None]:
    from events.infra import db, migrations

    kept = db.engine()
    await kept.open()
    try:
        if migrated and await migrations.missing():
            raise Refused("This database is not up to date. Run: sideline migrate")
        yield
    finally:
        await kept.close()


@contextlib.contextmanager
def _progress(what: str) -> Iterator[Callable[[int], object]]:
    """A bar on standard error when that is a terminal."""
    from tqdm import tqdm

    with tqdm(desc=what, unit=" rows", disable=not sys.stderr.isatty(), leave=False) as bar:
        yield bar.update


async def _migrate(_: argparse.Namespace, settings: Settings) -> None:
    from events.infra import migrations

    settings.var.mkdir(parents=True, exist_ok=True)
    async with _database(migrated=False):
        for name in await migrations.migrate():
            print(f"migrated: {name}")


async def _demo(_: argparse.Namespace, settings: Settings) -> None:
    from events.demo import load_demo

    if settings.env == "production":
        raise Refused("The demo is for trying Sideline out. Set SIDELINE_ENV=demo to load it.")
    async with _database():
        with _progress("Loading the demo") as progress:
            sign_in = await load_demo(settings, progress)
    print(f"url: {settings.base_url}")
    if sign_in:
        print(f"e-mail: {sign_in.email}\npassword: {sign_in.password}")


async def _worker(_: argparse.Namespace, settings: Settings) -> None:
    from events.app import work
    from events.web import logs

    logs.set_up(settings.log_format)
    async with _database():
        await work(settings)


async def _doctor(_: argparse.Namespace, settings: Settings) -> int:
    from events.doctor import examine

    return await examine(settings)


async def _backup(args: argparse.Namespace, _: Settings) -> None:
    from events.infra.backup import write_backup
    from events.piccolo_app import APP_CONFIG

    async with _database():
        with _progress("Backing up") as progress:
            rows = await write_backup(args.file, APP_CONFIG.table_classes, progress)
    print(f"{args.file}: {rows} rows, {args.file.stat().st_size} bytes")


async def _restore(args: argparse.Namespace, settings: Settings) -> None:
    from events.infra.backup import BackupError, restore_backup
    from events.piccolo_app import APP_CONFIG
    from events.server import only_server

    with only_server(settings):
        async with _database():
            with _progress("Restoring") as progress:
                try:
                    rows = await restore_backup(args.file, APP_CONFIG.table_classes, progress)
                except BackupError as error:
                    raise Refused(str(error)) from error
    print(f"{args.file}: {rows} rows restored")


async def _organisation_create(args: argparse.Namespace, settings: Settings) -> None:
    from events.accounts.actions.organisations import create_organisation
    from events.accounts.rules import RETENTION_DAYS, KeptFor
    from events.kernel.ids import slug_of

    if slug_of(args.slug) != args.slug:
        raise Refused(
            f"{args.slug!r}: use small letters without accents, digits and single hyphens, as in make-mothers-matter."
        )
    async with _database():
        days = KeptFor(settings.retention_least_days, settings.retention_most_days).nearest(RETENTION_DAYS)
        made = await create_organisation(args.slug, name=args.name, retention_days=days)
    print(made.slug)


async def _user_create(args: argparse.Namespace, _: Settings) -> None:
    from events.accounts import queries
    from events.accounts.actions.members import create_user
    from events.accounts.rules import parse_role

    password = _password()
    async with _database():
        organisation = await queries.get_organisation(args.organisation)
        await create_user(
            organisation.id,
            email=args.email,
            name=args.name or args.email,
            password=password,
            role=parse_role(args.role),
        )
    print(args.email)


def _password() -> str:
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")


async def _token_create(args: argparse.Namespace, _: Settings) -> None:
    from events.accounts import queries
    from events.accounts.actions.tokens import create_token

    async with _database():
        organisation = await queries.get_organisation(args.organisation)
        print(await create_token(organisation.id, name=args.name, scopes=args.scopes))


async def _export(args: argparse.Namespace, _: Settings) -> None:
    from events.reports.exports import export

    async with _database():
        with _progress("Exporting") as progress:
            await export(args.event, args.format, args.output, progress)


async def _retention(args: argparse.Namespace, _: Settings) -> None:
    from events.registration.retention.report import lines, run

    async with _database():
        done = await run(dry=args.dry_run)
        for line in (*lines("would erase" if args.dry_run else "erased", done.due), *lines("later", done.later)):
            print(line)


async def _import(args: argparse.Namespace, settings: Settings) -> int:
    from events.imports.command import Wishes, import_file

    wishes = Wishes(
        organisation=args.organisation,
        part_of=args.part_of,
        zone=args.zone,
        language=args.language,
        kind=args.kind,
        publish=args.publish,
        overwrite=args.overwrite,
        skip_wrong=args.skip_wrong,
        dry_run=args.dry_run,
        columns=args.map,
    )
    async with _database():
        with _progress("Importing") as progress:
            report = await import_file(args.file, wishes, domain=settings.domain, progress=progress)
    for line in report.told:
        print(line, file=sys.stderr)
    print(report.summary)
    if report.wrong and report.outcome is None and not args.dry_run:
        print("sideline: nothing was imported; correct the rows, or add --skip-wrong", file=sys.stderr)
    return 1 if report.wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sideline", description="Events and side events: pages, registration, tickets, calendars and the door."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Command | None, about: str, parent: Any = commands) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = parent.add_parser(name, help=about, description=about)
        made.set_defaults(run=run)
        return made

    serve = add("serve", None, "Serve the pages, the calendars and the API, and send the mail.")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
    add("migrate", _migrate, "Bring the database up to this version; it is made if there is none.")
    add("demo", _demo, "Load the demo if the database is empty, and print who may sign in.")
    add("worker", _worker, "Send the mail from a process of its own.")
    add("doctor", _doctor, "Say what is set, where from, and what is wrong.")
    for name, run, about in (
        ("backup", _backup, "Write everything into one file that both databases read."),
        ("restore", _restore, "Read a backup into an empty database."),
    ):
        add(name, run, about).add_argument("file", type=Path, metavar="FILE")

    organisation = add("organisation", None, "Organisations.").add_subparsers(
        dest="verb", required=True, metavar="VERB"
    )
    create = add("create", _organisation_create, "Make an organisation.", organisation)
    create.add_argument("slug", metavar="SLUG", help="its name in addresses: make-mothers-matter")
    create.add_argument("--name", required=True)

    user = add("user", None, "People who sign in.").add_subparsers(dest="verb", required=True, metavar="VERB")
    create = add("create", _user_create, "Make somebody a member; the password is read from standard input.", user)
    create.add_argument("--email", required=True)
    create.add_argument("--name", help="how the workspace calls them (the e-mail address)")
    create.add_argument("--organisation", required=True, metavar="SLUG")
    create.add_argument("--role", required=True, choices=("owner", "organiser", "viewer"))

    token = add("token", None, "Tokens of the JSON API.").add_subparsers(dest="verb", required=True, metavar="VERB")
    create = add("create", _token_create, "Make a token and print it, alone; it is shown only now.", token)
    create.add_argument("--organisation", required=True, metavar="SLUG")
    create.add_argument(
        "--scopes",
        required=True,
        help="all, or some of events:read,events:write,registrations:read,registrations:write,scans:write",
    )
    create.add_argument("--name", required=True, help="what it is for")

    export = add("export", _export, "Write the list of who is registered.")
    export.add_argument("event", metavar="EVENT", help="the event's slug")
    export.add_argument("--format", required=True, choices=("csv", "xlsx", "json"))
    export.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    retention = add("retention", _retention, "Erase what nobody may know any more, and say what will be erased when.")
    retention.add_argument("--dry-run", action="store_true", help="only say what would be erased now")
    _add_import(
        add("import", _import, "Make events of a calendar (.ics) or a table (.xlsx, .csv); again updates them.")
    )
    return parser


def _add_import(parser: argparse.ArgumentParser) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
