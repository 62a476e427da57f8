from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from events.accounts.forms import read_organisation
from events.accounts.guards import actor, member, owner, signed_in
from events.accounts.rules import Actor, OrganisationFacts, SignedIn
from events.accounts.workspace import kept_for, workspace_page
from events.kernel.errors import Invalid
from events.registration.retention.actions import change_organisation
from events.web.locale import LANGUAGES
from events.web.requests import AnyRequest

HERE = "/organise/organisation"
OUR_ACCENT = "#6b2b55"  # what a choice of colour begins with: that of the stylesheet
_LINES = ("name", "short_name", "website", "contact_email", "retention_days")


class OrganisationPages(Controller):
    """What the organisation says of itself, and how long it keeps what others told it."""

    path = HERE
    guards = [signed_in, owner]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[str]:
        return _page(request, member, typed=_typed(member.organisation))

    @post()
    async def change(
        self, request: AnyRequest, member: NamedDependency[SignedIn], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        typed = {name: str(value) for name, value in (await request.form()).multi_items()}
        try:
            form = read_organisation(_document(typed, member.organisation), kept_for(request))
            done = "longer" if await change_organisation(form, by=actor) else "changed"
        except Invalid as invalid:
            return _page(request, member, 422, typed=typed, problems=invalid.problems)
        return Redirect(f"{HERE}?done={done}", status_code=303)


def _typed(organisation: OrganisationFacts) -> dict[str, str]:
    typed = {name: str(getattr(organisation, name) or "") for name in _LINES}
    typed |= {f"about.{tag}": text for tag, text in organisation.about.items()}
    if organisation.refuse_disposable:
        typed["refuse_disposable"] = "true"
    if organisation.accent:
        typed |= {"own_accent": "true", "accent": organisation.accent}
    return typed


def _document(typed: dict[str, str], before: OrganisationFacts) -> dict[str, Any]:
    """In the languages of the form; what is written in others stays."""
    days = typed.get("retention_days", "").strip()
    about = {tag: text for tag, text in before.about.items() if f"about.{tag}" not in typed}
    about |= {tag: text for tag in LANGUAGES if (text := typed.get(f"about.{tag}", "")).strip()}
    return {
        **{name: typed.get(name, "").strip() or None for name in ("short_name", "website", "contact_email")},
        "name": typed.get("name", ""),
        "about": about,
        "accent": typed.get("accent", "").strip() if typed.get("own_accent") else None,
        "refuse_disposable": "refuse_disposable" in typed,
        "retention_days": int(days) if days.isascii() and days.isdecimal() else days,
    }


def _page(
    request: AnyRequest,
    member: SignedIn,
    status_code: int = 200,
    *,
    typed: dict[str, str],
    problems: Any = (),
) -> Response[str]:
    return workspace_page(
        request,
        member,
        "reports/organisation.html",
        status_code,
        typed={"accent": OUR_ACCENT} | typed,
        problems=problems,
        content_languages=[(tag, language.name) for tag, language in LANGUAGES.items()],
        done=request.query_params.get("done", ""),
    )
