import re
from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts import queries
from events.accounts.actions import sign_ins
from events.accounts.actions.attempts import count_attempt
from events.accounts.guards import cookie_name, find_signed_in, member, settings_of, signed_in
from events.accounts.rules import SHORTEST_PASSWORD, SIGN_IN_LASTS, SignedIn
from events.kernel.errors import Invalid
from events.settings import Settings
from events.web.requests import AnyRequest
from events.web.security import asked_at, client_network, evenly, our_form, signed_field
from events.web.templating import page

WORKSPACE = "/organise/"


class SignInPages(Controller):
    path = "/organise"
    include_in_schema = False

    @get("/sign-in")
    async def show_sign_in(self, request: AnyRequest) -> Response[Any]:
        way_on = _way_on(request.query_params.get("next", ""))
        if await find_signed_in(request):
            return Redirect(way_on, status_code=303)
        return _form(request, "sign_in", next=way_on, email="")

    @post("/sign-in", guards=[our_form])
    async def sign_in(self, request: AnyRequest) -> Response[Any]:
        posted = await request.form()
        email, way_on = str(posted.get("email", "")).strip(), _way_on(str(posted.get("next", "")))
        try:
            token = await sign_ins.sign_in(email, str(posted.get("password", "")), network=client_network(request))
        except Invalid as invalid:
            return _form(request, "sign_in", 422, next=way_on, email=email, problems=invalid.problems)
        return signed_in_to(way_on, token, settings_of(request))

    @post("/sign-out", guards=[signed_in], dependencies={"member": Provide(member)})
    async def sign_out(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Redirect:
        await sign_ins.sign_out(member)
        return signed_out(settings_of(request))

    @get("/password")
    async def show_forgotten(self, request: AnyRequest) -> Response[str]:
        return _form(request, "password_forgotten", sent=False)

    @post("/password", guards=[our_form])
    async def forgotten(self, request: AnyRequest) -> Response[str]:
        began, posted = asked_at(), await request.form()
        await sign_ins.forgot_password(
            str(posted.get("email", "")).strip(),
            network=client_network(request),
            secret=settings_of(request).secret_key,
        )
        await evenly(began)
        return _form(request, "password_forgotten", sent=True)

    @get("/password/{token:str}")
    async def show_new_password(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        if await queries.find_password_link(token) is None:
            return await _useless_link(request)
        return _form(request, "password_new", least=SHORTEST_PASSWORD)

    @post("/password/{token:str}", guards=[our_form])
    async def new_password(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        if await queries.find_password_link(token) is None:
            return await _useless_link(request)
        posted = await request.form()
        try:
            sign_in_token = await sign_ins.set_password(token, str(posted.get("password", "")))
        except Invalid as invalid:
            return _form(request, "password_new", 422, least=SHORTEST_PASSWORD, problems=invalid.problems)
        return signed_in_to(WORKSPACE, sign_in_token, settings_of(request))


def signed_in_to(path: str, token: str, settings: Settings) -> Redirect:
    cookie = Cookie(
        cookie_name(settings),
        value=token,
        max_age=int(SIGN_IN_LASTS.total_seconds()),
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )
    return Redirect(path, status_code=303, cookies=[cookie])


def signed_out(settings: Settings) -> Redirect:
    gone = Cookie(cookie_name(settings), max_age=0, secure=settings.secure, httponly=True, samesite="lax")
    return Redirect("/organise/sign-in", status_code=303, cookies=[gone])


async def _useless_link(request: AnyRequest) -> Response[str]:
    await count_attempt("password-link", client_network(request), limit=30, window_seconds=3600)
    return page(request, "accounts/password_link_gone.html", 410, headers={"Cache-Control": "no-store"})


def _form(request: AnyRequest, name: str, status_code: int = 200, problems: Any = (), **context: Any) -> Response[str]:
    signed = signed_field(settings_of(request).secret_key, request.scope["path"])
    no_store = {"Cache-Control": "no-store"}
    return page(
        request, f"accounts/{name}.html", status_code, headers=no_store, signed=signed, problems=problems, **context
    )


def _way_on(path: str) -> str:
    """The page that was asked for before signing in, when it is one of ours."""
    return path if re.fullmatch(r"/(?![/\\])[!-~]*", path) else WORKSPACE
