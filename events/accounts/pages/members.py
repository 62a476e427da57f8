from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts import queries
from events.accounts.actions import members
from events.accounts.forms import read_member
from events.accounts.guards import actor, member, owner, settings_of, signed_in
from events.accounts.rules import Actor, Role, SignedIn, parse_role
from events.accounts.workspace import workspace_page
from events.kernel.errors import Conflict, Invalid, Problem
from events.web.locale import language_of_request
from events.web.requests import AnyRequest

HERE = "/organise/members"


class MemberPages(Controller):
    """Who looks after the organisation's events."""

    path = HERE
    guards = [signed_in, owner]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[str]:
        return await _page(request, member)

    @post()
    async def add(
        self, request: AnyRequest, member: NamedDependency[SignedIn], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        posted = await request.form()
        typed = {name: str(posted.get(name, "")) for name in ("name", "email", "role")}
        try:
            form = read_member(typed)
            await members.add_member(
                actor,
                email=form.email,
                name=form.name,
                role=form.role,
                language=language_of_request(request, member.member.language),
                secret=settings_of(request).secret_key,
            )
        except Invalid as invalid:
            return await _page(request, member, 422, problems=invalid.problems, typed=typed)
        except Conflict as conflict:
            problem = Problem("email", conflict.message, conflict.params)
            return await _page(request, member, 409, problems=[problem], typed=typed)
        return Redirect(f"{HERE}?done=added", status_code=303)

    @post("/{member_id:int}/role")
    async def change_role(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        member_id: FromPath[int],
    ) -> Response[Any]:
        role = parse_role(str((await request.form()).get("role", "")))
        try:
            await members.change_role(actor, member_id, role)
        except Conflict as conflict:
            return await _page(request, member, 409, problems=[Problem("", conflict.message, conflict.params)])
        return Redirect(f"{HERE}?done=changed", status_code=303)

    @post("/{member_id:int}/sensitive")
    async def give_sensitive(
        self, request: AnyRequest, actor: NamedDependency[Actor], member_id: FromPath[int]
    ) -> Redirect:
        given = str((await request.form()).get("given", "")) == "true"
        await members.give_sensitive(actor, member_id, given=given)
        return Redirect(f"{HERE}?done=changed", status_code=303)

    @post("/{member_id:int}/remove")
    async def remove(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        member_id: FromPath[int],
    ) -> Response[Any]:
        try:
            await members.remove_member(actor, member_id)
        except Conflict as conflict:
            return await _page(request, member, 409, problems=[Problem("", conflict.message, conflict.params)])
        return Redirect(f"{HERE}?done=removed", status_code=303)


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
        "accounts/members.html",
        status_code,
        members=await queries.list_members(member.organisation.id),
        problems=problems,
        typed=typed or {"name": "", "email": "", "role": Role.ORGANISER},
        done=request.query_params.get("done", ""),
    )
