"""What each command does: one action. They import what they need as they run, so that each starts quickly."""

import argparse
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterator

from events.settings import Settings


class Refused(Exception):
    """One line for standard error."""


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


async def migrate(_: argparse.Namespace, settings: Settings) -> None:
    from events.infra import migrations

    settings.var.mkdir(parents=True, exist_ok=True)
    async with _database(migrated=False):
        for name in await migrations.migrate():
            print(f"migrated: {name}")


async def demo(_: argparse.Namespace, settings: Settings) -> None:
    from events.demo import load_demo

    if settings.env == "production":
        raise Refused("The demo is for trying Sideline out. Set SIDELINE_ENV=demo to load it.")
    async with _database():
        with _progress("Loading the demo") as progress:
            sign_in = await load_demo(settings, progress)
    print(f"url: {settings.base_url}")
    if sign_in:
        print(f"e-mail: {sign_in.email}\npassword: {sign_in.password}")


async def worker(_: argparse.Namespace, settings: Settings) -> None:
    from events.app import work
    from events.infra.processes import until_told
    from events.web import logs

    logs.set_up(settings.log_format)
    async with _database():
        await until_told(work(settings))


async def doctor(_: argparse.Namespace, settings: Settings) -> int:
    from events.doctor import examine

    return await examine(settings)


async def backup(args: argparse.Namespace, _: Settings) -> None:
    from events.infra.backup import write_backup
    from events.piccolo_app import APP_CONFIG

    async with _database():
        with _progress("Backing up") as progress:
            rows = await write_backup(args.file, APP_CONFIG.table_classes, progress)
    print(f"{args.file}: {rows} rows, {args.file.stat().st_size} bytes")


async def restore(args: argparse.Namespace, settings: Settings) -> None:
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


async def organisation_create(args: argparse.Namespace, settings: Settings) -> None:
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


async def user_create(args: argparse.Namespace, _: Settings) -> None:
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


async def token_create(args: argparse.Namespace, _: Settings) -> None:
    from events.accounts import queries
    from events.accounts.actions.tokens import create_token

    async with _database():
        organisation = await queries.get_organisation(args.organisation)
        print(await create_token(organisation.id, name=args.name, scopes=args.scopes))


async def export(args: argparse.Namespace, _: Settings) -> None:
    from events.reports.exports import export

    async with _database():
        with _progress("Exporting") as progress:
            await export(args.event, args.format, args.output, progress)


async def retention(args: argparse.Namespace, _: Settings) -> None:
    from events.registration.retention.report import lines, run

    async with _database():
        done = await run(dry=args.dry_run)
        for line in (*lines("would erase" if args.dry_run else "erased", done.due), *lines("later", done.later)):
            print(line)


async def import_events(args: argparse.Namespace, settings: Settings) -> int:
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
