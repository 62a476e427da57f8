"""`sideline doctor`: what is set, where it came from, and what is wrong with it."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

from events.accounts.rules import KeptFor
from events.infra import db, imap, migrations
from events.infra.pictures import has_bidi
from events.infra.smtp import SmtpTransport, Unreachable
from events.kernel.clock import utc_now
from events.kernel.errors import DomainError
from events.kernel.spans import tzdata_version
from events.outbox import queries as outbox
from events.programme.queries.zones import list_reckoned_before, list_reversed
from events.programme.rules.zones import has_moved
from events.registration.retention.queries import list_beyond
from events.settings import InboxUrl, Settings

Finding = tuple[str, str]
"""`ok`, `note` or `wrong`, and a line that says what and what to do."""


async def examine(settings: Settings) -> int:
    """Print everything; 1 if something is wrong."""
    for name, value in _shown(settings).items():
        print(f"{name} = {value}   ({settings.sources[name]})")
    print()
    wrong = 0
    async for mark, line in _findings(settings):
        print(f"{mark:>5}  {line}")
        wrong += mark == "wrong"
    return 1 if wrong else 0


def _shown(settings: Settings) -> dict[str, str]:
    return {
        "SIDELINE_DATABASE_URL": _masked(settings.database_url),
        "SIDELINE_BASE_URL": settings.base_url,
        "SIDELINE_SECRET_KEY": f"({len(settings.secret_key)} characters)",
        "SIDELINE_ENV": settings.env,
        "SIDELINE_SMTP_URL": _masked(settings.smtp_url)
        if settings.smtp_url
        else f"(none: mails are written to {settings.var}/mail)",
        "SIDELINE_MAIL_FROM": settings.mail_from,
        "SIDELINE_INBOX_URL": _masked(settings.inbox_url)
        if settings.inbox_url
        else "(none: invitations ask for no answer)",
        "SIDELINE_TRUSTED_PROXIES": " ".join(settings.trusted_proxies) or "(none)",
        "SIDELINE_LOG_FORMAT": settings.log_format,
        "SIDELINE_RETENTION_LEAST_DAYS": str(settings.retention_least_days),
        "SIDELINE_RETENTION_MOST_DAYS": str(settings.retention_most_days),
        "SIDELINE_SIGN_UPS_PER_MINUTE": str(settings.sign_ups_per_minute),
        "SIDELINE_GZIP_CALENDARS_FROM_KB": str(settings.gzip_calendars_from // 1000),
    }


def _masked(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":…@")))


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    if settings.env == "production" and not settings.secure:
        yield "wrong", "SIDELINE_BASE_URL does not begin with https://: sign-in and tickets would travel in the open."
    if not has_bidi():
        yield "note", "libfribidi0 is not installed: pictures of events leave out what is written from right to left."
    kept = db.engine()
    try:
        await kept.open()
        async for finding in _database(settings):
            yield finding
    except DomainError as error:
        yield "wrong", f"database: {error}"
    finally:
        await kept.close()
    yield "ok", f"time zones: tzdata {tzdata_version()}, from the package alone"
    if settings.smtp_url:
        yield await _mail_server(settings.smtp_url, settings.domain)
    elif settings.env == "production":
        yield "wrong", "SIDELINE_SMTP_URL is not set: no mail leaves this machine."
    if settings.inbox:
        yield await _inbox(settings.inbox)


async def _inbox(inbox: InboxUrl) -> Finding:
    try:
        await imap.check(inbox)
    except imap.Unreadable as error:
        return "wrong", f"inbox: it cannot be read ({error}). Check SIDELINE_INBOX_URL."
    local, _, domain = inbox.address.partition("@")
    return "ok", f"inbox: it can be read. Its server must bring it what is sent to {local}+anything@{domain}"


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    if missing := await migrations.missing():
        yield "wrong", f"database: lacks {', '.join(missing)}. Run: sideline migrate"
        return
    yield "ok", f"database: {settings.database.kind}, migrated to {migrations.history()[-1]}"
    if settings.database.kind == "sqlite":
        [row] = await db.engine().statement("PRAGMA integrity_check", ())
        verdict = next(iter(row.values()))
        yield (
            ("ok", "database: its integrity check passes")
            if verdict == "ok"
            else ("wrong", f"database: {verdict}. Restore a backup.")
        )
    for finding in await _time_zones():
        yield finding
    for finding in await _kept_for(settings):
        yield finding
    counts = await outbox.count_by_state()
    yield "ok", f"mail: {counts['waiting']} waiting, {counts['sent']} sent"
    if counts["failed"]:
        yield (
            "wrong",
            f"mail: {counts['failed']} given up. The workspace shows them, with the reason, at each registration.",
        )
        for failed in await outbox.list_failed(10):
            yield "note", f"mail {failed.id} ({failed.kind}): {failed.last_error}"


async def _kept_for(settings: Settings) -> list[Finding]:
    """What was chosen before the limits were. Too few days may be a promise, which nobody can make longer."""
    limits = KeptFor(settings.retention_least_days, settings.retention_most_days)
    allowed = f"the limits are {limits.least} and {limits.most}"
    return [
        (
            "wrong" if days > limits.most else "note",
            f"privacy: {whose} keeps people for {days} days; {allowed}. An owner changes it in the workspace.",
        )
        for whose, days in await list_beyond(limits)
    ]


async def _time_zones() -> list[Finding]:
    """What other rules of time zones will move: the server does it when it starts, and tells people."""
    older = await list_reckoned_before(tzdata_version(), utc_now())
    moved = [event for event in older if has_moved(event)]
    versions = ", ".join(sorted({event.tzdata_version for event in older}))
    backwards: list[Finding] = [
        ("note", f"time zones: {slug} would end before it starts, for the rules have changed. Give it another end.")
        for slug in await list_reversed(utc_now())
    ]
    if not older:
        return backwards
    about = f"{len(older)} events were reckoned with {versions}; {len(moved)} of them start or end at another moment"
    found: list[Finding] = [("note", f"time zones: {about}. When Sideline starts it moves them and tells people.")]
    for event in moved[:10]:
        now, was = (f"{at:%Y-%m-%d %H:%M}" for at in (event.span.starts_at, event.starts_at))
        found.append(("note", f"time zones: {event.slug} starts at {now} UTC, not {was}"))
    return found + backwards


async def _mail_server(url: str, domain: str) -> Finding:
    transport = SmtpTransport(url, domain)
    try:
        await transport.connect()
        await transport.aclose()
    except Unreachable as error:
        return "wrong", f"mail server: it cannot be reached ({error}). Check SIDELINE_SMTP_URL."
    return "ok", "mail server: it answers"
