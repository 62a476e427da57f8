from piccolo.columns import JSON, Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class Organisation(Table, tablename="organisation"):
    """`version` moves with every change that a reader of its public pages could see."""

    id: Serial
    slug = Varchar(length=80, default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    short_name = Varchar(length=40, default=None, null=True)
    about = JSON(default=None, null=False)
    website = Varchar(length=500, default=None, null=True)
    contact_email = Varchar(length=254, default=None, null=True)
    accent = Varchar(length=7, default=None, null=True)
    retention_days = Integer(default=None, null=False)
    refuse_disposable = Boolean(default=False, null=False)
    created_at = Timestamptz(default=None, null=False)


class Member(Table, tablename="member"):
    """Somebody who signs in; attendees do not."""

    id: Serial
    email = Varchar(length=254, default=None, null=False)
    email_folded = Varchar(length=254, default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    language = Varchar(length=35, default=None, null=False)
    password_hash = Text(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)


class Membership(Table, tablename="membership"):
    id: Serial
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    member = ForeignKey(Member, on_delete=OnDelete.restrict, default=None, null=False)
    role = Varchar(length=20, default=None, null=False)
    sensitive = Boolean(default=None, null=False)


class SignIn(Table, tablename="sign_in"):
    """One browser that is signed in, to look after one organisation; the cookie's token is kept as its digest."""

    id: Serial
    digest = Varchar(length=64, default=None, null=False)
    member = ForeignKey(Member, on_delete=OnDelete.restrict, default=None, null=False)
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)


class PasswordLink(Table, tablename="password_link"):
    """A link to set a new password, good once and for an hour."""

    id: Serial
    digest = Varchar(length=64, default=None, null=False)
    member = ForeignKey(Member, on_delete=OnDelete.restrict, default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    used_at = Timestamptz(default=None, null=True)


class ApiToken(Table, tablename="api_token"):
    """`scopes` is a space-separated list, as in RFC 6749."""

    id: Serial
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    digest = Varchar(length=64, default=None, null=False)
    scopes = Varchar(length=500, default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    revoked_at = Timestamptz(default=None, null=True)


class Idempotency(Table, tablename="idempotency"):
    """The answer that was given to an Idempotency-Key, written in the transaction of the action itself."""

    id: Serial
    scope = Varchar(length=200, default=None, null=False)
    key = Varchar(length=255, default=None, null=False)
    request_digest = Varchar(length=64, default=None, null=False)
    status = Integer(default=None, null=False)
    body = Text(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)


class Attempt(Table, tablename="attempt"):
    """How often something was tried within one window; `key` is hashed, no address is kept."""

    id: Serial
    key = Varchar(length=64, default=None, null=False)
    window_ends_at = Timestamptz(default=None, null=False)
    times = Integer(default=None, null=False)


class Version(Table, tablename="version"):
    """What answers kept in memory are compared with: moves with everything that a public page shows."""

    id: Serial
    name = Varchar(length=80, default=None, null=False)
    number = Integer(default=None, null=False)
