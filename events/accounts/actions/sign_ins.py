"""Signing in and out, and passwords."""

from events.accounts import queries
from events.accounts.actions.attempts import count_attempt
from events.accounts.rules import PASSWORD_LINK_LASTS, SIGN_IN_LASTS, SignedIn, check_password
from events.accounts.steps import new_password_link
from events.accounts.tables import SignIn
from events.activity.steps import record
from events.infra import db, passwords
from events.kernel.clock import utc_now
from events.kernel.errors import Forbidden, Invalid, NotFound
from events.kernel.ids import digest, folded_email, new_token
from events.kernel.words import N_
from events.outbox.steps import enqueue

QUARTER, HOUR = 15 * 60, 3600
MOST_OPEN_LINKS = 5

_NEW = db.prepared_insert(SignIn)
_FIRST_ORGANISATION = db.Prepared("SELECT organisation FROM membership WHERE member = :member ORDER BY id LIMIT 1")
_MOVED = db.Prepared(
    "UPDATE sign_in SET organisation = :organisation WHERE id = :id AND EXISTS (SELECT 1 FROM membership ms"
    " WHERE ms.member = sign_in.member AND ms.organisation = :same_organisation) RETURNING id"
)
_ENDED = db.Prepared("DELETE FROM sign_in WHERE id = :id")
_ALL_ENDED = db.Prepared("DELETE FROM sign_in WHERE member = :member")
_REHASHED = db.Prepared(
    "UPDATE member SET password_hash = :new WHERE id = :member AND password_hash = :old RETURNING id"
)
_PASSWORD_SET = db.Prepared("UPDATE member SET password_hash = :hash WHERE id = :member")
_LINK_USED = db.Prepared(
    "UPDATE password_link SET used_at = :now WHERE digest = :digest AND used_at IS NULL AND expires_at > :still_now"
    " RETURNING member"
)
_LINKS_CLOSED = db.Prepared("UPDATE password_link SET used_at = :now WHERE member = :member AND used_at IS NULL")
_MEMBER = db.Prepared("SELECT id, email FROM member WHERE email_folded = :email")
_PROFILE = db.Prepared("UPDATE member SET name = :name, language = :language WHERE id = :id")


async def sign_in(email: str, password: str, *, network: str) -> str:
    """Check who it is and return the token of a new sign-in; an unknown address takes as long as a wrong password."""
    address = folded_email(email)
    await count_attempt("sign-in", f"{address} {network}", limit=10, window_seconds=QUARTER)
    await count_attempt("sign-in-address", address, limit=50, window_seconds=HOUR)
    await count_attempt("sign-in-network", network, limit=100, window_seconds=QUARTER)
    found = await queries.find_password_hash(email)
    member, password_hash = found or (0, None)
    if not await passwords.matches(password, password_hash) or password_hash is None:
        raise _wrong()
    new_hash = await passwords.hashed(password) if passwords.outdated(password_hash) else password_hash
    return await _sign_in(member, password_hash, new_hash)


@db.write
async def _sign_in(member: int, password_hash: str, new_hash: str) -> str:
    """The password may have been changed since it was compared: the one that was right must still be in force."""
    if await _REHASHED.row(new=new_hash, member=member, old=password_hash) is None:
        raise _wrong()
    return await _open(member)


@db.write
async def sign_out(signed_in: SignedIn) -> None:
    await _ENDED.rows(id=signed_in.id)


@db.write
async def sign_out_everywhere(signed_in: SignedIn) -> None:
    await _ALL_ENDED.rows(member=signed_in.member.id)
    await record(signed_in.actor.name, "signed_out_everywhere", signed_in.actor.name)


@db.write
async def look_after(signed_in: SignedIn, organisation: int) -> None:
    """Go over to another organisation that one is a member of."""
    if await _MOVED.row(organisation=organisation, id=signed_in.id, same_organisation=organisation) is None:
        raise NotFound(N_("There is no such organisation here."))


@db.write
async def change_profile(signed_in: SignedIn, *, name: str, language: str) -> None:
    await _PROFILE.rows(name=name, language=language, id=signed_in.member.id)


async def forgot_password(email: str, *, network: str, secret: str) -> None:
    """Send a link to set a new password; whether the address is known is not to be seen from outside."""
    await count_attempt("password-network", network, limit=20, window_seconds=HOUR)
    await _send_link(folded_email(email), secret)


@db.write
async def _send_link(address: str, secret: str) -> None:
    row = await _MEMBER.row(email=address)
    if row is None or await queries.count_open_links(row["id"]) >= MOST_OPEN_LINKS:
        return
    nonce = await new_password_link(row["id"], lasts=PASSWORD_LINK_LASTS, secret=secret)
    await enqueue("accounts.password", row["id"], row["email"], facts={"nonce": nonce})


async def set_password(token: str, password: str) -> str:
    """Use a link: set the password, end every sign-in, and return the token of a new one."""
    check_password(password)
    return await _set_password(token, await passwords.hashed(password))


@db.write
async def _set_password(token: str, password_hash: str) -> str:
    now = utc_now()
    row = await _LINK_USED.row(now=now, digest=digest(token), still_now=now)
    if row is None:
        raise NotFound(N_("This link was used already or is too old."))
    return await _new_password(row["member"], password_hash)


async def change_password(signed_in: SignedIn, *, old: str, new: str) -> str:
    """As `set_password`, by somebody who knows the old one."""
    await count_attempt("change-password", signed_in.actor.name, limit=10, window_seconds=QUARTER)
    found = await queries.find_password_hash(signed_in.member.email)
    if found is None or not await passwords.matches(old, found[1]):
        raise Invalid.of("old", N_("This is not your present password."))
    check_password(new, field="new")
    return await _change_password(signed_in.member.id, await passwords.hashed(new))


@db.write
async def _change_password(member: int, password_hash: str) -> str:
    return await _new_password(member, password_hash)


async def _new_password(member: int, password_hash: str) -> str:
    await _PASSWORD_SET.rows(hash=password_hash, member=member)
    await _LINKS_CLOSED.rows(now=utc_now(), member=member)
    await _ALL_ENDED.rows(member=member)
    await record(f"member:{member}", "set_password", f"member:{member}")
    return await _open(member)


async def _open(member: int) -> str:
    row = await _FIRST_ORGANISATION.row(member=member)
    if row is None:
        raise Forbidden(N_("You are not a member of any organisation here any more."))
    token, now = new_token(), utc_now()
    await _NEW.rows(
        digest=digest(token),
        member=member,
        organisation=row["organisation"],
        created_at=now,
        expires_at=now + SIGN_IN_LASTS,
    )
    return token


def _wrong() -> Invalid:
    return Invalid.of("", N_("The e-mail address or the password is not right."))
