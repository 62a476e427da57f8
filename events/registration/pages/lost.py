from typing import Any

from litestar import Controller, Response, get, post
from litestar.response import Redirect

from events.accounts.actions.attempts import count_attempt
from events.kernel.errors import DomainError, Invalid, TooMany
from events.kernel.ids import folded_email
from events.kernel.words import N_
from events.programme.pages.guards import in_a_language
from events.registration.actions.private import ask_for_links
from events.registration.forms import read_lost_link
from events.registration.rules import LINKS_PER_ADDRESS, LINKS_PER_NETWORK
from events.web.errors import status_of
from events.web.locale import language_of_request
from events.web.requests import AnyRequest
from events.web.security import asked_at, client_network, evenly, our_form, settings_of, signed_field
from events.web.templating import page


class LostLinkPages(Controller):
    """Who lost the link asks for it by address, and is answered alike whether we know it or not."""

    path = "/{language:str}/lost-link"
    guards = [in_a_language]
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest) -> Response[str]:
        return _page(request)

    @post(guards=[our_form])
    async def ask(self, request: AnyRequest) -> Response[Any]:
        began, typed = asked_at(), str((await request.form()).get("email", ""))
        try:
            if not typed.strip():
                raise Invalid.of("email", N_("Write your e-mail address."))
            form = read_lost_link({"email": typed})
            await count_attempt("lost-link-network", client_network(request), **LINKS_PER_NETWORK)
            try:
                await count_attempt("lost-link", folded_email(form.email), **LINKS_PER_ADDRESS)
                await ask_for_links(form.email, language_of_request(request))
            except TooMany:
                pass  # said to nobody: it would tell that somebody asked before
        except (Invalid, TooMany) as refused:
            return _page(request, typed, refused)
        await evenly(began)
        return Redirect(f"{request.scope['path'].rstrip('/')}/sent", status_code=303)

    @get("/sent")
    async def show_sent(self, request: AnyRequest) -> Response[str]:
        return page(
            request, "registration/lost_link_sent.html", headers={"Cache-Control": "no-store"}, organisation=None
        )


def _page(request: AnyRequest, typed: str = "", refused: DomainError | None = None) -> Response[str]:
    headers = {"Cache-Control": "no-store"}
    if isinstance(refused, TooMany):
        headers["Retry-After"] = str(refused.retry_after)
    problems = refused.problems if refused else ()
    return page(
        request,
        "registration/lost_link.html",
        status_of(refused) if refused else 200,
        headers,
        typed=typed,
        problems=problems,
        signed=signed_field(settings_of(request).secret_key, request.scope["path"]),
        organisation=None,
    )
