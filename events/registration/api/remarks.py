from litestar import Controller, Response, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from events.accounts.guards import actor, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.registration.api.listed import ListedAnswer, as_listed
from events.registration.forms.remarks import TagsForm
from events.registration.remarks.actions import set_tags
from events.web.posted import parse, read_json
from events.web.requests import AnyRequest


class TagsApi(Controller):
    path = "/api/v1/registrations/{code:str}/tags"
    tags = ["registrations"]

    @put(
        guards=[scope("registrations:write")],
        dependencies={"actor": Provide(actor)},
        summary="Give a registration these tags and no others; the person is not told",
        opt={"body": TagsForm, "answer": ListedAnswer},
    )
    async def set_tags(
        self, request: AnyRequest, code: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        form = parse(TagsForm, await read_json(request))
        return await answer_once(
            request, lambda: as_listed(set_tags.step(code, form.tags, by=actor)), caller=actor, status=200
        )
