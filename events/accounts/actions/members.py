from events.accounts.rules import WELCOME_LINK_LASTS, Actor, AlreadyMember, LastOwner, Role, check_password
from events.accounts.steps import new_password_link
from events.accounts.tables import Member, Membership
from events.activity.steps import record
from events.infra import db, passwords
from events.kernel.clock import utc_now
from events.kernel.errors import NotFound
from events.kernel.ids import folded_email
from events.kernel.words import N_
from events.outbox.steps import enqueue

_NEW = db.prepared_insert(Member, conflict="ON CONFLICT (email_folded) DO NOTHING")
_NEW_MEMBERSHIP = db.prepared_insert(Membership, conflict="ON CONFLICT (organisation, member) DO NOTHING")
_BY_EMAIL = db.Prepared("SELECT id FROM member WHERE email_folded = :email")
_LOCK_OWNERS = db.Prepared(
    "UPDATE membership SET role = role WHERE organisation = :organisation AND role = 'owner' RETURNING member"
)
_CHANGED = db.Prepared(
    "UPDATE membership SET role = :role WHERE organisation = :organisation AND member = :member RETURNING id"
)
_GIVEN = db.Prepared(
    "UPDATE membership SET sensitive = :given WHERE organisation = :organisation AND member = :member RETURNING id"
)
_REMOVED = db.Prepared("DELETE FROM membership WHERE organisation = :organisation AND member = :member RETURNING id")
_SIGNED_OUT = db.Prepared("DELETE FROM sign_in WHERE organisation = :organisation AND member = :member")


async def create_user(
    organisation: int, *, email: str, name: str, password: str, role: Role, language: str = "en", actor: str = "system"
) -> int:
    """Make somebody a member who can sign in at once; who is known from another organisation keeps their password."""
    check_password(password)
    password_hash = await passwords.hashed(password)
    person: dict[str, str | None] = {"email": email, "name": name, "language": language, "password_hash": password_hash}
    return await _create_user(Actor(organisation, actor), person, role)


@db.write
async def _create_user(actor: Actor, person: dict[str, str | None], role: Role) -> int:
    return await _join(actor, person, role)


@db.write
async def add_member(actor: Actor, *, email: str, name: str, role: Role, language: str, secret: str) -> int:
    """Make somebody a member, and write to them; who has no password yet gets a link to set one."""
    member = await _join(actor, {"email": email, "name": name, "language": language, "password_hash": None}, role)
    nonce = await new_password_link(member, lasts=WELCOME_LINK_LASTS, secret=secret)
    await enqueue("accounts.welcome", member, email, facts={"nonce": nonce, "organisation": actor.organisation})
    return member


@db.write
async def change_role(actor: Actor, member: int, role: Role) -> None:
    await _check_owner_stays(actor, member, stays=role is Role.OWNER)
    if await _CHANGED.row(role=role.value, organisation=actor.organisation, member=member) is None:
        raise _no_member()
    await record(actor.name, "changed_role", f"member:{member}", organisation=actor.organisation, role=role.value)


@db.write
async def give_sensitive(actor: Actor, member: int, *, given: bool) -> None:
    """Let a member read sensitive answers, or no longer; owners may anyway."""
    if await _GIVEN.row(given=given, organisation=actor.organisation, member=member) is None:
        raise _no_member()
    verb = "gave_sensitive" if given else "took_sensitive"
    await record(actor.name, verb, f"member:{member}", organisation=actor.organisation)


@db.write
async def remove_member(actor: Actor, member: int) -> None:
    """End somebody's membership and their sign-ins here; what they did stays written down."""
    await _check_owner_stays(actor, member, stays=False)
    if await _REMOVED.row(organisation=actor.organisation, member=member) is None:
        raise _no_member()
    await _SIGNED_OUT.rows(organisation=actor.organisation, member=member)
    await record(actor.name, "removed", f"member:{member}", organisation=actor.organisation)


async def _join(actor: Actor, person: dict[str, str | None], role: Role) -> int:
    address = folded_email(person["email"] or "")
    row = await _NEW.row(**person, email_folded=address, created_at=utc_now()) or await _BY_EMAIL.row(email=address)
    assert row is not None  # noqa: S101 - the address is unique: it was written now or before
    member: int = row["id"]
    if (
        await _NEW_MEMBERSHIP.row(organisation=actor.organisation, member=member, role=role.value, sensitive=False)
        is None
    ):
        raise AlreadyMember(N_("{email} is a member of this organisation already."), email=person["email"])
    await record(actor.name, "joined", f"member:{member}", organisation=actor.organisation, role=role.value)
    return member


async def _check_owner_stays(actor: Actor, member: int, *, stays: bool) -> None:
    """Locks the owners, so that two of them cannot step down at once."""
    owners = {row["member"] for row in await _LOCK_OWNERS.rows(organisation=actor.organisation)}
    if owners == {member} and not stays:
        raise LastOwner(N_("An organisation needs an owner. Make somebody else an owner first."))


def _no_member() -> NotFound:
    return NotFound(N_("There is no such member here."))
