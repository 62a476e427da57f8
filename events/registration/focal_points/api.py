from datetime import datetime
from typing import Any

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import convert

from events.accounts.guards import actor, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.programme.queries import get_own_id
from events.registration.focal_points.actions import end_focal_point, name_focal_point, renew_link
from events.registration.focal_points.forms import FocalPointForm, read_focal_point
from events.registration.focal_points.queries import get_of_event, list_of_event
from events.registration.focal_points.rules import FocalPoint
from events.web.posted import read_json
from events.web.requests import AnyRequest
from events.web.security import settings_of


class FocalPointAnswer(FocalPointForm, kw_only=True):
    """Who accepts or declines those who come for `affiliation`, which is spelled as it is known."""

    id: int
    named_at: datetime


class FocalPointsApi(Controller):
    path = "/api/v1/events/{slug:str}/focal-points"
    tags = ["guests"]
    guards = [scope("registrations:write")]
    dependencies = {"actor": Provide(actor)}

    @get(summary="Who decides about the people of which organisation", opt={"answer": FocalPointAnswer, "list": True})
    async def list_focal_points(self, slug: FromPath[str], actor: NamedDependency[Actor]) -> dict[str, Any]:
        event = await get_own_id(slug, actor.organisation)
        return {"items": [_shown(one) for one in await list_of_event(event)], "next": None}

    @post(
        summary="Let somebody decide about the people of their organisation; they get a mail with their link",
        opt={"body": FocalPointForm, "answer": FocalPointAnswer},
    )
    async def name_focal_point(
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        event = await get_own_id(slug, actor.organisation)
        form, secret = read_focal_point(await read_json(request)), settings_of(request).secret_key

        async def name() -> FocalPoint:
            made = await name_focal_point.step(slug, form, secret=secret, by=actor)
            return await get_of_event(event, made)

        return await answer_once(request, name, caller=actor, shown=_shown)

    @post("/{focal_point_id:int}/link", status_code=204, summary="Mail them a new link; the old one opens nothing more")
    async def renew_link(
        self, request: AnyRequest, slug: FromPath[str], focal_point_id: FromPath[int], actor: NamedDependency[Actor]
    ) -> None:
        await renew_link(slug, focal_point_id, secret=settings_of(request).secret_key, by=actor)

    @delete("/{focal_point_id:int}", summary="Let them decide no more; who they were is forgotten")
    async def end_focal_point(
        self, slug: FromPath[str], focal_point_id: FromPath[int], actor: NamedDependency[Actor]
    ) -> None:
        await end_focal_point(slug, focal_point_id, by=actor)


def _shown(one: FocalPoint) -> FocalPointAnswer:
    return convert(one, FocalPointAnswer, from_attributes=True)
