import msgspec

from events.accounts.forms import OrganisationForm
from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import RETENTION_DAYS, Actor, OrganisationFacts, OrganisationSlugTaken, check_accent
from events.accounts.steps import public_changed
from events.accounts.tables import Organisation
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.words import N_, Text

_NEW = db.prepared_insert(Organisation, conflict="ON CONFLICT (slug) DO NOTHING")
_CHANGED = db.Prepared(
    "UPDATE organisation SET name = :name, short_name = :short_name, about = :about, website = :website,"
    " contact_email = :contact_email, accent = :accent, retention_days = :retention_days,"
    " refuse_disposable = :refuse_disposable WHERE id = :id"
)


@db.write
async def create_organisation(
    slug: str,
    *,
    name: str,
    short_name: str | None = None,
    about: Text | None = None,
    website: str | None = None,
    contact_email: str | None = None,
    accent: str | None = None,
    retention_days: int = RETENTION_DAYS,
    actor: str = "system",
) -> OrganisationFacts:
    if accent:
        check_accent(accent)
    row = await _NEW.row(
        slug=slug,
        name=name,
        short_name=short_name,
        about=msgspec.json.encode(about or {}).decode(),
        website=website,
        contact_email=contact_email,
        accent=accent,
        retention_days=retention_days,
        refuse_disposable=False,
        created_at=utc_now(),
    )
    if row is None:
        raise OrganisationSlugTaken(N_("There is an organisation with the short address {slug} already."), slug=slug)
    made: int = row["id"]
    await record(actor, "created", f"organisation:{made}", organisation=made)
    await public_changed()
    return await get_organisation_by_id(made)


@db.write
async def change_organisation(form: OrganisationForm, *, by: Actor) -> None:
    facts = msgspec.structs.asdict(form)
    await _CHANGED.rows(**{**facts, "about": msgspec.json.encode(form.about).decode()}, id=by.organisation)
    await record(by.name, "changed", f"organisation:{by.organisation}", organisation=by.organisation)
    await public_changed()
