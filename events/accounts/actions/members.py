from events.accounts.rules import AlreadyMember, Role, check_password
from events.accounts.tables import Member, Membership
from events.activity.steps import record
from events.infra import db, passwords
from events.kernel.clock import utc_now
from events.kernel.ids import folded_email
from events.kernel.words import N_

_NEW = db.prepared_insert(Member, conflict="ON CONFLICT (email_folded) DO NOTHING")
_NEW_MEMBERSHIP = db.prepared_insert(Membership, conflict="ON CONFLICT (organisation, member) DO NOTHING")
_BY_EMAIL = db.Prepared("SELECT id FROM member WHERE email_folded = :email")


async def create_user(
    organisation: int, *, email: str, name: str, password: str, role: Role, language: str = "en", actor: str = "system"
) -> int:
    """Make somebody a member who can sign in at once; who is known from another organisation keeps their password."""
    check_password(password)
    password_hash = await passwords.hashed(password)
    return await _join(
        organisation, email=email, name=name, role=role, language=language, password_hash=password_hash, actor=actor
    )


@db.write
async def _join(
    organisation: int, *, email: str, name: str, role: Role, language: str, password_hash: str | None, actor: str
) -> int:
    email_folded = folded_email(email)
    row = await _NEW.row(
        email=email,
        email_folded=email_folded,
        name=name,
        language=language,
        password_hash=password_hash,
        created_at=utc_now(),
    ) or await _BY_EMAIL.row(email=email_folded)
    assert row is not None  # noqa: S101 - the address is unique: it was written now or before
    member: int = row["id"]
    if await _NEW_MEMBERSHIP.row(organisation=organisation, member=member, role=role.value) is None:
        raise AlreadyMember(N_("{email} is a member of this organisation already."), email=email)
    await record(actor, "joined", f"member:{member}", organisation=organisation, role=role.value)
    return member
