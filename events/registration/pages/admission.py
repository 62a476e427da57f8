"""What somebody says on their private page of the house's own step. One press, without JavaScript."""

from typing import Any

from litestar import Controller, Response, post
from litestar.params import FromPath
from litestar.response import Redirect

from events.kernel.errors import Conflict, DomainError
from events.registration.admission.actions import say_own
from events.registration.forms import AdmissionForm
from events.registration.pages.private import PRIVATE, held_behind, private_page, refused_page
from events.web.posted import parse
from events.web.requests import AnyRequest
from events.web.security import our_form


class AdmissionPages(Controller):
    path = "/t/{token:str}/admission"
    include_in_schema = False
    exception_handlers = {DomainError: refused_page}

    @post(guards=[our_form])
    async def say(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        await held_behind(request, token)
        form = parse(AdmissionForm, {"admission": (await request.form()).get("admission")})
        try:
            await say_own(token, form.admission)
        except Conflict as refused:
            held = await held_behind(request, token)
            return private_page(request, held, "registration/refused.html", 409, address=f"/t/{token}", refused=refused)
        return Redirect(f"/t/{token}?done=admission#admission", status_code=303, headers=PRIVATE)
