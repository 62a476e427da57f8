from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from events.accounts import queries
from events.accounts.actions import sign_ins
from events.accounts.forms import read_profile
from events.accounts.guards import member, settings_of, signed_in
from events.accounts.pages.sign_in import signed_in_to, signed_out
from events.accounts.rules import SHORTEST_PASSWORD, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.errors import Invalid
from events.web.locale import LANGUAGES
from events.web.requests import AnyRequest

HERE = "/organise/account"


class AccountPages(Controller):
    """What a member may change about themselves."""

    path = HERE
    guards = [signed_in]
    dependencies = {"member": Provide(member)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[str]:
        return await _page(request, member)

    @post()
    async def change_profile(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[Any]:
        posted = await request.form()
        typed = {name: str(posted.get(name, "")) for name in ("name", "language")}
        try:
            form = read_profile(typed)
        except Invalid as invalid:
            return await _page(request, member, 422, problems=invalid.problems, typed=typed)
        await sign_ins.change_profile(member, name=form.name, language=form.language)
        answer = Redirect(f"{HERE}?done=profile", status_code=303)
        answer.delete_cookie("lang")  # what was chosen by the way gives way to what is chosen for good
        return answer

    @post("/password")
    async def change_password(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[Any]:
        posted = await request.form()
        try:
            token = await sign_ins.change_password(
                member, old=str(posted.get("old", "")), new=str(posted.get("new", ""))
            )
        except Invalid as invalid:
            return await _page(request, member, 422, problems=invalid.problems)
        return signed_in_to(f"{HERE}?done=password", token, settings_of(request))

    @post("/sign-out-everywhere")
    async def sign_out_everywhere(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Redirect:
        await sign_ins.sign_out_everywhere(member)
        return signed_out(settings_of(request))

    @post("/organisation")
    async def look_after(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Redirect:
        chosen = str((await request.form()).get("organisation", ""))
        organisations = await queries.list_organisations_of(member.member.id)
        wanted = next((one.id for one in organisations if one.slug == chosen), 0)
        await sign_ins.look_after(member, wanted)
        return Redirect("/organise/", status_code=303)


async def _page(
    request: AnyRequest,
    member: SignedIn,
    status_code: int = 200,
    *,
    problems: Any = (),
    typed: dict[str, str] | None = None,
) -> Response[str]:
    return workspace_page(
        request,
        member,
        "accounts/account.html",
        status_code,
        problems=problems,
        typed=typed or {"name": member.member.name, "language": member.member.language},
        language_choices=[(tag, language.name) for tag, language in LANGUAGES.items()],
        organisations=await queries.list_organisations_of(member.member.id),
        least=SHORTEST_PASSWORD,
        done=request.query_params.get("done", ""),
    )
