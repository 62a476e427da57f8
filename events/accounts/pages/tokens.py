from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts import queries
from events.accounts.actions.tokens import create_token, revoke_token
from events.accounts.forms import read_token
from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn, check_may_grant, parse_scopes
from events.accounts.workspace import workspace_page
from events.kernel.errors import Invalid
from events.web.requests import AnyRequest

HERE = "/organise/tokens"


class TokenPages(Controller):
    """The keys of programs that work for the organisation."""

    path = HERE
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[str]:
        return await _page(request, member)

    @post()
    async def create(
        self, request: AnyRequest, member: NamedDependency[SignedIn], actor: NamedDependency[Actor]
    ) -> Response[str]:
        """The token is in this answer and nowhere else, so there is no redirect after it."""
        posted = await request.form()
        typed = {"name": str(posted.get("name", "")), "scopes": [str(scope) for scope in posted.getall("scopes", [])]}
        try:
            form = read_token(typed)
            check_may_grant(actor, parse_scopes(form.scopes))
            token = await create_token(actor.organisation, name=form.name, scopes=form.scopes, actor=actor.name)
        except Invalid as invalid:
            return await _page(request, member, 422, problems=invalid.problems, typed=typed)
        return await _page(request, member, 201, token=token)

    @post("/{token_id:int}/revoke")
    async def revoke(self, actor: NamedDependency[Actor], token_id: FromPath[int]) -> Redirect:
        await revoke_token(token_id, organisation=actor.organisation, actor=actor.name)
        return Redirect(f"{HERE}?done=revoked", status_code=303)


async def _page(
    request: AnyRequest,
    member: SignedIn,
    status_code: int = 200,
    *,
    problems: Any = (),
    typed: dict[str, Any] | None = None,
    token: str = "",
) -> Response[str]:
    return workspace_page(
        request,
        member,
        "accounts/tokens.html",
        status_code,
        tokens=await queries.list_tokens(member.organisation.id),
        problems=problems,
        typed=typed or {"name": "", "scopes": []},
        may_grant=member.member.scopes,
        token=token,
        done=request.query_params.get("done", ""),
    )
