"""What the operator sets, read once from the environment; the only reader of os.environ."""

import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal, TypeVar, get_args
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

T = TypeVar("T")
Environment = Literal["production", "demo", "test"]
LogFormat = Literal["text", "json"]
SMTP_SCHEMES = ("smtp", "smtps", "smtp+starttls")


class SettingsError(Exception):
    """One line for each thing that is set wrongly."""


class DatabaseUrl(Struct, frozen=True):
    """Where the data are; `path` for SQLite, the rest for PostgreSQL."""

    kind: Literal["sqlite", "postgres"]
    path: Path = Path()
    host: str | None = None
    port: int | None = None
    user: str | None = None
    password: str | None = None
    database: str | None = None

    @property
    def asyncpg(self) -> dict[str, str | int]:
        """The keyword arguments of asyncpg's `connect`."""
        given = {name: getattr(self, name) for name in ("host", "port", "user", "password", "database")}
        return {name: value for name, value in given.items() if value is not None}


class InboxUrl(Struct, frozen=True):
    """The mailbox in which answers to invitations arrive; `address` is what its letters are sent to."""

    host: str
    port: int
    tls: bool
    user: str
    password: str
    mailbox: str
    address: str

    @property
    def name(self) -> str:
        return f"{self.user}@{self.host}:{self.port}/{self.mailbox}"


class Settings(Struct, frozen=True, kw_only=True):
    """`sources` says where each value came from, for `sideline doctor`."""

    database: DatabaseUrl
    database_url: str
    base_url: str
    secret_key: str
    env: Environment
    smtp_url: str | None
    mail_from: str
    inbox_url: str | None
    inbox: InboxUrl | None
    trusted_proxies: tuple[str, ...]
    log_format: LogFormat
    retention_least_days: int
    retention_most_days: int
    sign_ups_per_minute: int
    gzip_calendars_from: int
    """Bytes."""
    var: Path
    sources: Mapping[str, str]

    @property
    def secure(self) -> bool:
        """Whether the base address is https, so that cookies may be `Secure` and `__Host-`."""
        return self.base_url.startswith("https://")

    @property
    def domain(self) -> str:
        """The instance's host name: the right-hand side of UIDs and Message-IDs."""
        return urlsplit(self.base_url).hostname or "localhost"


DEFAULTS = {
    "SIDELINE_DATABASE_URL": "sqlite:///var/sideline.sqlite",
    "SIDELINE_BASE_URL": "http://127.0.0.1:8000",
    "SIDELINE_SECRET_KEY": "",
    "SIDELINE_ENV": "production",
    "SIDELINE_SMTP_URL": "",
    "SIDELINE_MAIL_FROM": "",
    "SIDELINE_INBOX_URL": "",
    "SIDELINE_TRUSTED_PROXIES": "",
    "SIDELINE_LOG_FORMAT": "text",
    "SIDELINE_RETENTION_LEAST_DAYS": "1",
    "SIDELINE_RETENTION_MOST_DAYS": "3650",
    "SIDELINE_SIGN_UPS_PER_MINUTE": "120",
    "SIDELINE_GZIP_CALENDARS_FROM_KB": "1",
}


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read `SIDELINE_…`; raises SettingsError naming everything that is wrong at once."""
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in environ.items() if name.startswith("SIDELINE_")}
    values = DEFAULTS | {name: value for name, value in given.items() if value}
    sources = {name: "environment" if given.get(name) else "default" for name in DEFAULTS}
    wrong = [*_unknown(given), *_none_of_the_choices(values)]
    base_url, smtp_url = _base_url(values, wrong), _smtp_url(values, wrong)
    inbox = _read(values, "SIDELINE_INBOX_URL", parse_inbox_url, wrong)
    database = _read(values, "SIDELINE_DATABASE_URL", parse_database_url, wrong) or DatabaseUrl("sqlite")
    least, most = _retention(values, wrong)
    per_minute = _number(values, "SIDELINE_SIGN_UPS_PER_MINUTE", wrong)
    kilobytes = _number(values, "SIDELINE_GZIP_CALENDARS_FROM_KB", wrong)
    var = database.path.parent if database.kind == "sqlite" else Path("var")
    secret_key = _secret_key(values, sources, var, wrong)
    if wrong:
        raise SettingsError("\n".join(wrong))
    return Settings(
        database=database,
        database_url=values["SIDELINE_DATABASE_URL"],
        base_url=base_url,
        secret_key=secret_key,
        env=values["SIDELINE_ENV"],  # type: ignore[arg-type]  # checked above
        smtp_url=smtp_url,
        mail_from=values["SIDELINE_MAIL_FROM"] or f"Sideline <sideline@{urlsplit(base_url).hostname}>",
        inbox_url=values["SIDELINE_INBOX_URL"] or None,
        inbox=inbox,
        trusted_proxies=tuple(values["SIDELINE_TRUSTED_PROXIES"].replace(",", " ").split()),
        log_format=values["SIDELINE_LOG_FORMAT"],  # type: ignore[arg-type]  # checked above
        retention_least_days=least,
        retention_most_days=most,
        sign_ups_per_minute=per_minute,
        gzip_calendars_from=1000 * kilobytes,
        var=var,
        sources=sources,
    )


def _unknown(given: Iterable[str]) -> list[str]:
    known = ", ".join(DEFAULTS)
    return [f"{name}: there is no such setting; known are {known}" for name in sorted(given) if name not in DEFAULTS]


def _none_of_the_choices(values: Mapping[str, str]) -> list[str]:
    return [
        f"{name}: {values[name]!r} is none of {', '.join(choices)}"
        for name, choices in (("SIDELINE_ENV", get_args(Environment)), ("SIDELINE_LOG_FORMAT", get_args(LogFormat)))
        if values[name] not in choices
    ]


def _base_url(values: Mapping[str, str], wrong: list[str]) -> str:
    url = values["SIDELINE_BASE_URL"].rstrip("/")
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
        wrong.append(f"SIDELINE_BASE_URL: {url!r} is not an http:// or https:// address")
    return url


def _smtp_url(values: Mapping[str, str], wrong: list[str]) -> str | None:
    url = values["SIDELINE_SMTP_URL"] or None
    if url and (urlsplit(url).scheme not in SMTP_SCHEMES or not urlsplit(url).hostname):
        wrong.append(
            "SIDELINE_SMTP_URL: must look like smtp://host:25, smtps://user:password@host:465 or smtp+starttls://user:password@host:587"
        )
    return url


def _read(values: Mapping[str, str], name: str, parse: Callable[[str], T], wrong: list[str]) -> T | None:
    """None where nothing is set, or nothing that can be read."""
    try:
        return parse(values[name]) if values[name] else None
    except ValueError as error:
        wrong.append(f"{name}: {error}")
        return None


def _secret_key(values: Mapping[str, str], sources: dict[str, str], var: Path, wrong: list[str]) -> str:
    """The one that is set, or a demo's own, which is kept in `var`."""
    key = values["SIDELINE_SECRET_KEY"]
    if not key and values["SIDELINE_ENV"] != "production":
        if not wrong:  # else nothing starts, and `var` may be anywhere
            key, sources["SIDELINE_SECRET_KEY"] = _kept_secret(var), str(var / "secret-key")
    elif len(key) < 32:  # noqa: PLR2004 - 128 bits in hexadecimal
        wrong.append(
            "SIDELINE_SECRET_KEY: production needs one of 32 characters or more; make it with: openssl rand -hex 32"
        )
    return key


def _number(values: Mapping[str, str], name: str, wrong: list[str]) -> int:
    if re.fullmatch("[0-9]{1,6}", values[name], re.ASCII):
        return int(values[name])
    wrong.append(f"{name}: {values[name]!r} is not a number from 0 to 999999")
    return 0


def _retention(values: Mapping[str, str], wrong: list[str]) -> tuple[int, int]:
    least, most = (f"SIDELINE_RETENTION_{which}_DAYS" for which in ("LEAST", "MOST"))
    bad = [name for name in (least, most) if not re.fullmatch("[1-9][0-9]{0,3}", values[name], re.ASCII)]
    wrong += [f"{name}: {values[name]!r} is not a number of days from 1 to 9999" for name in bad]
    if bad:
        return 1, 1
    if int(values[least]) > int(values[most]):
        wrong.append(f"{least}: must not be more than {most}")
    return int(values[least]), int(values[most])


def parse_database_url(url: str) -> DatabaseUrl:
    """`sqlite:///relative.sqlite`, `sqlite:////absolute.sqlite` or `postgresql://user:pw@host:port/db?host=/socket`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(parts.path)[1:]
        if parts.netloc or not path:
            raise ValueError("must look like sqlite:///var/sideline.sqlite (three slashes; four for an absolute path)")
        return DatabaseUrl("sqlite", path=Path(path))
    if parts.scheme in {"postgresql", "postgres"}:
        query = parse_qs(parts.query)
        if set(query) - {"host"} or not parts.path.strip("/"):
            raise ValueError(
                "must look like postgresql://user:password@host:5432/database, or with ?host=/folder/of/the/socket"
            )
        return DatabaseUrl(
            "postgres",
            host=query.get("host", [parts.hostname])[0],
            port=parts.port,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            database=unquote(parts.path.strip("/")),
        )
    raise ValueError("must begin with sqlite:/// or postgresql://")


def parse_inbox_url(url: str) -> InboxUrl:
    """`imaps://user:pw@host/mailbox?address=events@example.org`; the user is the address if it looks like one."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if parts.scheme not in {"imap", "imaps"} or not (parts.hostname and parts.username) or set(query) - {"address"}:
        raise ValueError("must look like imaps://user:password@host/INBOX?address=events@example.org")
    user, tls = unquote(parts.username), parts.scheme == "imaps"
    [address] = query.get("address", [user])
    if not re.fullmatch(r"[^\s@+]{1,25}@[^\s@]+", address, re.ASCII):
        raise ValueError("say in ?address= what its mail is sent to, at most 25 characters and no + before the @")
    mailbox = unquote(parts.path.strip("/")) or "INBOX"
    if not mailbox.isascii() or not mailbox.isprintable():
        raise ValueError("the mailbox must be named in ASCII")
    password = unquote(parts.password or "")
    return InboxUrl(parts.hostname, parts.port or (993 if tls else 143), tls, user, password, mailbox, address)


def _kept_secret(var: Path) -> str:
    """The secret key of a demo, made once and kept where only its owner reads."""
    path = var / "secret-key"
    var.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text().strip()
