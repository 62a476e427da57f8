from collections.abc import Sequence

import msgspec

from events.accounts.rules import KnownToken, MemberFacts, OrganisationFacts, Person, Role, SignedIn, TokenFacts
from events.infra import db
from events.infra.engine import Row
from events.kernel.clock import utc_now
from events.kernel.errors import NotFound
from events.kernel.ids import digest, folded_email
from events.kernel.words import N_

# ruff: noqa: S608 - what is put together below are column lists of this file
_ORGANISATION = (
    "o.slug, o.name AS organisation_name, o.short_name, o.about, o.website, o.contact_email, o.accent,"
    " o.retention_days, o.refuse_disposable"
)
_MEMBER = "m.email, m.name AS member_name, m.language, m.password_hash, ms.role, ms.sensitive"

_BY_SLUG = db.Prepared(f"SELECT o.id AS organisation, {_ORGANISATION} FROM organisation o WHERE o.slug = :slug")
_BY_ID = db.Prepared(f"SELECT o.id AS organisation, {_ORGANISATION} FROM organisation o WHERE o.id = :id")
_ALL = db.Prepared(f"SELECT o.id AS organisation, {_ORGANISATION} FROM organisation o ORDER BY o.name, o.id")
_TOKEN = db.Prepared("SELECT id, organisation, scopes FROM api_token WHERE digest = :digest AND revoked_at IS NULL")
_TOKENS = db.Prepared(
    "SELECT id, name, scopes, created_at FROM api_token"
    " WHERE organisation = :organisation AND revoked_at IS NULL ORDER BY id"
)
_SIGN_IN = db.Prepared(
    f"SELECT s.id AS sign_in, s.member, s.organisation, {_MEMBER}, {_ORGANISATION},"
    " (SELECT count(*) FROM membership others WHERE others.member = s.member) AS organisations"
    " FROM sign_in s JOIN member m ON m.id = s.member JOIN organisation o ON o.id = s.organisation"
    " JOIN membership ms ON ms.member = s.member AND ms.organisation = s.organisation"
    " WHERE s.digest = :digest AND s.expires_at > :now"
)
_MEMBERS = db.Prepared(
    f"SELECT m.id AS member, {_MEMBER} FROM membership ms JOIN member m ON m.id = ms.member"
    " WHERE ms.organisation = :organisation ORDER BY m.name, m.id"
)
_CREDENTIALS = db.Prepared("SELECT id, password_hash FROM member WHERE email_folded = :email")
_MEMBER_BY_ID = db.Prepared("SELECT id, email, name, language, password_hash FROM member WHERE id = :id")
_ORGANISATIONS_OF = db.Prepared(
    f"SELECT o.id AS organisation, {_ORGANISATION} FROM membership ms JOIN organisation o ON o.id = ms.organisation"
    " WHERE ms.member = :member ORDER BY ms.id"
)
_PASSWORD_LINK = db.Prepared(
    "SELECT id, member FROM password_link WHERE digest = :digest AND used_at IS NULL AND expires_at > :now"
)
_OPEN_LINKS = db.Prepared(
    "SELECT count(*) AS number FROM password_link WHERE member = :member AND used_at IS NULL AND expires_at > :now"
)
_VERSION = db.Prepared("SELECT number FROM version WHERE name = 'public'")


async def get_organisation(slug: str) -> OrganisationFacts:
    row = await _BY_SLUG.row(slug=slug)
    if row is None:
        raise NotFound(N_("There is no such organisation here."))
    return _organisation(row)


async def get_organisation_by_id(organisation: int) -> OrganisationFacts:
    row = await _BY_ID.row(id=organisation)
    if row is None:
        raise NotFound(N_("There is no such organisation here."))
    return _organisation(row)


async def list_organisations() -> Sequence[OrganisationFacts]:
    return [_organisation(row) for row in await _ALL.rows()]


async def list_organisations_of(member: int) -> Sequence[OrganisationFacts]:
    return [_organisation(row) for row in await _ORGANISATIONS_OF.rows(member=member)]


async def find_token(token: str) -> KnownToken | None:
    """The API token that is in force; unknown and revoked ones are alike."""
    row = await _TOKEN.row(digest=digest(token))
    return KnownToken(row["id"], row["organisation"], tuple(row["scopes"].split())) if row else None


async def list_tokens(organisation: int) -> Sequence[TokenFacts]:
    rows = await _TOKENS.rows(organisation=organisation)
    return [TokenFacts(row["id"], row["name"], tuple(row["scopes"].split()), row["created_at"]) for row in rows]


async def find_sign_in(token: str) -> SignedIn | None:
    """Who the cookie's token stands for, while it lasts and they are still a member of that organisation."""
    cookie_digest = digest(token)
    row = await _SIGN_IN.row(digest=cookie_digest, now=utc_now())
    return (
        SignedIn(row["sign_in"], cookie_digest, _member(row), _organisation(row), row["organisations"]) if row else None
    )


async def list_members(organisation: int) -> Sequence[MemberFacts]:
    return [_member(row) for row in await _MEMBERS.rows(organisation=organisation)]


async def find_password_hash(email: str) -> tuple[int, str | None] | None:
    """The member behind an address, and the hash of their password if they have set one."""
    row = await _CREDENTIALS.row(email=folded_email(email))
    return (row["id"], row["password_hash"]) if row else None


async def get_person(member: int) -> Person:
    row = await _MEMBER_BY_ID.row(id=member)
    if row is None:
        raise NotFound(N_("There is no such member here."))
    return Person(row["id"], row["email"], row["name"], row["language"], row["password_hash"] is not None)


async def find_password_link(token: str) -> int | None:
    """The member whose password the link may set; None when it is unknown, used or too old."""
    row = await _PASSWORD_LINK.row(digest=digest(token), now=utc_now())
    return row["member"] if row else None


async def count_open_links(member: int) -> int:
    """How many links could set the member's password now."""
    row = await _OPEN_LINKS.row(member=member, now=utc_now())
    return row["number"] if row else 0


async def public_version() -> int:
    """Moves with everything that a public page shows; what answers kept in memory are compared with."""
    row = await _VERSION.row()
    return row["number"] if row else 0


def _organisation(row: Row) -> OrganisationFacts:
    return OrganisationFacts(
        id=row["organisation"],
        slug=row["slug"],
        name=row["organisation_name"],
        short_name=row["short_name"],
        about=msgspec.json.decode(row["about"]),
        website=row["website"],
        contact_email=row["contact_email"],
        accent=row["accent"],
        retention_days=row["retention_days"],
        refuse_disposable=bool(row["refuse_disposable"]),
    )


def _member(row: Row) -> MemberFacts:
    return MemberFacts(
        id=row["member"],
        email=row["email"],
        name=row["member_name"],
        language=row["language"],
        role=Role(row["role"]),
        invited=row["password_hash"] is None,
        sensitive=bool(row["sensitive"]),
    )


async def list_names(organisation: int) -> dict[str, str]:
    """Who may have acted, by the name that the log has for them."""
    members = {f"member:{one.id}": one.name for one in await list_members(organisation)}
    return members | {f"token:{one.id}": one.name for one in await list_tokens(organisation)}
