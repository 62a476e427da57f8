from typing import Any

from litestar import Controller, Response, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from events.accounts.guards import actor, caller, scope
from events.accounts.rules import Actor
from events.programme.queries import get_event
from events.questions.actions import put_form
from events.questions.forms import FormForm, document_of
from events.questions.queries import get_form
from events.questions.rules import Asked
from events.web.posted import read_json
from events.web.requests import AnyRequest


class FormApi(Controller):
    """What is asked of those who register, by the names that their `answers` go by."""

    path = "/api/v1/events/{slug:str}/form"
    tags = ["registrations"]

    @get(
        dependencies={"caller": Provide(caller)},
        summary="What the registration form asks besides name, address and mode",
        opt={"answer": FormForm},
    )
    async def show_form(self, slug: FromPath[str], caller: NamedDependency[Actor | None]) -> dict[str, Any]:
        """With a token of the organisation also what is asked at the door and what only organisers note."""
        event = await get_event(slug, viewer=caller.organisation if caller else None)
        form = await get_form(event.id, event.form)
        own = caller is not None and caller.organisation == event.organisation
        return document_of(form if own else form.asking(Asked.REGISTERING))

    @put(
        guards=[scope("events:write")],
        dependencies={"actor": Provide(actor)},
        summary="Set the registration form; questions of the same name and kind stay the same, others are retired",
        opt={"body": FormForm, "answer": FormForm},
    )
    async def set_form(
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[dict[str, Any]]:
        form = await put_form(slug, await read_json(request), by=actor)
        return Response(document_of(form))
