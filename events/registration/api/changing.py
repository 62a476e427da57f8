from litestar import Controller, Response, delete, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from events.accounts.guards import actor, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.registration.actions.cancelling import cancel_registration
from events.registration.actions.switching import switch_registration
from events.registration.admission.actions import set_admission
from events.registration.api.listed import ListedAnswer, as_listed
from events.registration.forms import AdmissionForm, SwitchForm
from events.web.posted import parse, read_json
from events.web.requests import AnyRequest


class ChangesApi(Controller):
    path = "/api/v1/registrations/{code:str}"
    tags = ["registrations"]
    guards = [scope("registrations:write")]
    dependencies = {"actor": Provide(actor)}

    @post(
        "/switch",
        status_code=200,
        summary="Attend another way, or stand in line for it and keep the place until then",
        opt={"body": SwitchForm, "answer": ListedAnswer},
    )
    async def switch_registration(
        self, request: AnyRequest, code: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        form = parse(SwitchForm, await read_json(request))
        return await answer_once(
            request,
            lambda: as_listed(switch_registration.step(code, form.mode, by=actor)),
            caller=actor,
            status=200,
        )

    @post(
        "/admission",
        status_code=200,
        summary="Note how somebody stands with the house, at an event with such a step",
        opt={"body": AdmissionForm, "answer": ListedAnswer},
    )
    async def set_admission(
        self, request: AnyRequest, code: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        form = parse(AdmissionForm, await read_json(request))
        return await answer_once(
            request,
            lambda: as_listed(set_admission.step(code, form.admission, by=actor)),
            caller=actor,
            status=200,
        )

    @delete(summary="Cancel a registration; again changes nothing")
    async def cancel_registration(self, code: FromPath[str], actor: NamedDependency[Actor]) -> None:
        await cancel_registration(code, by=actor)
