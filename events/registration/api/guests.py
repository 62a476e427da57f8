from datetime import datetime
from typing import Any

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import Struct

from events.accounts.guards import actor, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.programme.queries import get_own_id
from events.programme.rules import Mode
from events.registration.guests import actions, queries
from events.registration.guests.forms import GuestsListedForm, InvitationsForm, read_invitations
from events.registration.guests.rules import Listed, State
from events.registration.rules import Standing
from events.web.paging import Cursor, Limit, cursor_of, place_of
from events.web.posted import parse, read_json
from events.web.requests import AnyRequest
from events.web.security import settings_of


class InvitedAnswer(Struct):
    """How many were invited; each gets a mail."""

    invited: int


class GuestAnswer(Struct):
    """`registration` is the code of the one that used the invitation, `standing` how it stands now.

    `reserved` is the mode in which a place is kept; `mail_failed` when the last mail did not arrive.
    """

    code: str
    name: str
    email: str
    language: str
    organisation: str | None
    mode: Mode | None
    reserved: Mode | None
    state: State
    mail_failed: bool
    invited_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    registration: str | None
    standing: Standing | None


class GuestsApi(Controller):
    path = "/api/v1/events/{slug:str}/guests"
    tags = ["guests"]
    dependencies = {"actor": Provide(actor)}

    @post(
        guards=[scope("registrations:write")],
        summary="Invite people, at most 500 in one call; all of them, or with every problem none",
        opt={"body": InvitationsForm, "answer": InvitedAnswer},
    )
    async def invite(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Response[bytes]:
        await get_own_id(slug, actor.organisation)
        guests, terms = read_invitations(await read_json(request))
        secret = settings_of(request).secret_key
        return await answer_once(
            request,
            lambda: actions.invite.step(slug, guests, terms, secret=secret, by=actor, all_or_none=True),
            caller=actor,
            shown=lambda made: {"invited": made.invited},
        )

    @get(
        guards=[scope("registrations:read")],
        summary="Who was invited, in that order, and what became of it",
        opt={"query": GuestsListedForm, "answer": GuestAnswer, "list": True},
    )
    async def list_guests(
        self,
        request: AnyRequest,
        slug: FromPath[str],
        actor: NamedDependency[Actor],
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> dict[str, Any]:
        event = await get_own_id(slug, actor.organisation)
        state = request.query_params.get("state")
        form = parse(GuestsListedForm, {"state": state} if state else {})
        place = place_of(cursor)
        guests, following = await queries.list_guests(event, form.state, after=place[1] if place else 0, limit=limit)
        after = (guests[-1].guest.invited_at, following) if following else None
        return {"items": [_listed(one) for one in guests], "next": cursor_of(after)}

    @delete(
        "/{code:str}",
        guards=[scope("registrations:write")],
        summary="Take an invitation back; again changes nothing, 409 when it was answered",
    )
    async def withdraw(self, slug: FromPath[str], code: FromPath[str], actor: NamedDependency[Actor]) -> None:
        await actions.withdraw(code, slug, by=actor)


def _listed(one: Listed) -> GuestAnswer:
    guest = one.guest
    return GuestAnswer(
        code=guest.code,
        name=guest.name,
        email=guest.email,
        language=guest.language,
        organisation=guest.affiliation,
        mode=guest.mode,
        reserved=guest.reserved,
        state=guest.state,
        mail_failed=one.failed,
        invited_at=guest.invited_at,
        expires_at=guest.expires_at,
        answered_at=guest.answered_at,
        registration=one.code,
        standing=one.standing,
    )
