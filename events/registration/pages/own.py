"""What somebody does with their own data and their place: take along, correct, hand over."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from events.activity.queries import list_looks
from events.kernel.clock import utc_now
from events.kernel.errors import Conflict, DomainError, Invalid, Problem, TooMany
from events.kernel.words import N_
from events.programme.rules import Ask
from events.registration.actions.private import correct_own
from events.registration.delegations.queries import find_of
from events.registration.documents import OrganisersSide, own_document
from events.registration.early.queries import find_link_of
from events.registration.forms import people, read_correction, read_hand_over
from events.registration.guests.queries import find_of_registration
from events.registration.handing_over.actions import count_hand_over, hand_over, take_back_offer
from events.registration.handing_over.queries import find_offer_of
from events.registration.host_list.queries import list_handed
from events.registration.pages.asking import own_answers
from events.registration.pages.private import PRIVATE, held_behind, private_page, refused_page
from events.registration.queries.deciding import list_request_answers
from events.registration.queries.held import Held
from events.registration.queries.people import find_visit, suggest_affiliations
from events.registration.remarks.queries import list_notes, list_tags
from events.registration.rules import AlreadyRegistered
from events.registration.rules.opening import tell_by
from events.registration.rules.switching import can_hand_over
from events.web.errors import status_of
from events.web.locale import offered
from events.web.posted import MISSING
from events.web.requests import AnyRequest
from events.web.security import our_form, settings_of, signed_field

FIELDS = ("name", "language", *people.FIELDS)
_MOST_LOOKS = 10_000
HAND_OVER_FIELDS = ("name", "email", "language")


class OwnDataPages(Controller):
    path = "/t/{token:str}"
    include_in_schema = False
    exception_handlers = {DomainError: refused_page}

    @get("/data.json")
    async def download(self, request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
        held = await held_behind(request, token)
        answered = (await own_answers(request, held))["answered"]
        ticket = held.ticket
        looks = await list_looks(held.organisation.id, subject=f"event:{ticket.event}", limit=_MOST_LOOKS)
        theirs = [one for one in looks if one.at >= ticket.registered_at and one.registration in {None, ticket.id}]
        organisers = OrganisersSide(
            answers=await list_request_answers(ticket.id),
            tags=(await list_tags([ticket.id])).get(ticket.id, ()),
            notes=await list_notes(ticket.id),
            early_link=await find_link_of(ticket.id),
            invitation=await find_of_registration(ticket.id),
        )
        delegation = await find_of(ticket.id)
        visit = await find_visit(ticket.id)
        handed = await list_handed(ticket.id, ticket.code)
        document = own_document(
            held,
            visit,
            answered,
            organisers,
            theirs,
            handed,
            delegation=delegation,
            offered=await find_offer_of(ticket.id),
        )
        headers = PRIVATE | {"Content-Disposition": f'attachment; filename="{held.event.slug}-my-data.json"'}
        written = msgspec.json.format(msgspec.json.encode(document), indent=2)
        return Response(written, headers=headers, media_type="application/json")

    @get("/change")
    async def show_change(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        held = await held_behind(request, token)
        return await _change_page(request, token, held, _typed(held))

    @post("/change", guards=[our_form])
    async def change(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        held = await held_behind(request, token)
        posted = await request.form()
        typed = {name: value for name in FIELDS if isinstance(value := posted.get(name), str)}
        ask = Ask.OFF if held.ticket.assists else held.event.ask_affiliation
        try:
            form = read_correction(people.nested(typed), ask=ask)
            await correct_own(token, form, secret=settings_of(request).secret_key)
        except (Invalid, Conflict) as refused:
            return await _change_page(request, token, held, typed, refused)
        return Redirect(f"/t/{token}?done=changed#held", status_code=303, headers=PRIVATE)

    @get("/hand-over")
    async def show_hand_over(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        return await _hand_over_page(request, token, await held_behind(request, token), {})

    @post("/hand-over", guards=[our_form])
    async def hand_over(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        held = await held_behind(request, token)
        posted = await request.form()
        typed = {name: value for name in HAND_OVER_FIELDS if isinstance(value := posted.get(name), str)}
        try:
            form = read_hand_over({name: value for name, value in typed.items() if value})
            await count_hand_over(held.ticket.id)
            await hand_over(token, form, secret=settings_of(request).secret_key)
        except (Invalid, Conflict, TooMany) as refused:
            return await _hand_over_page(request, token, held, typed, refused)
        return Redirect(f"/t/{token}#offered", status_code=303, headers=PRIVATE)  # where it says what happened

    @post("/take-back", guards=[our_form])
    async def take_back(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        await held_behind(request, token)
        await take_back_offer(token)
        return Redirect(f"/t/{token}", status_code=303, headers=PRIVATE)


def _typed(held: Held) -> dict[str, str]:
    """The form as it is filled in with what is held."""
    ticket, said, access = held.ticket, held.ticket.affiliation, held.access
    typed = {"name": ticket.name, "language": ticket.language}
    typed |= {f"affiliation.{name}": str(getattr(said, name) or "") for name in said.__struct_fields__}
    typed |= {f"access.{need}": "true" for need in people.NEEDS if getattr(access, need)}
    return typed | {"access.interpretation": access.interpretation or "", "access.other": access.other}


async def _change_page(
    request: AnyRequest, token: str, held: Held, typed: Mapping[str, str], refused: DomainError | None = None
) -> Response[str]:
    event = held.event
    asked = event.ask_affiliation != Ask.OFF
    return private_page(
        request,
        held,
        "registration/change.html",
        status_of(refused) if refused else 200,
        event=event,
        address=f"/t/{token}",
        typed=dict.fromkeys(FIELDS, "") | dict(typed),
        problems=_problems(refused, FIELDS),
        choices=_languages(request),
        suggested=await suggest_affiliations(event.organisation, "", limit=50) if asked else [],
        tell_by=tell_by(event, utc_now()),
        over=held.ticket.is_over or event.is_over(utc_now()),
        signed=signed_field(settings_of(request).secret_key, f"/t/{token}/change"),
    )


async def _hand_over_page(
    request: AnyRequest, token: str, held: Held, typed: Mapping[str, str], refused: DomainError | None = None
) -> Response[str]:
    return private_page(
        request,
        held,
        "registration/hand_over.html",
        status_of(refused) if refused else 200,
        address=f"/t/{token}",
        typed={"name": "", "email": "", "language": held.ticket.language} | dict(typed),
        problems=_problems(refused, HAND_OVER_FIELDS, "email" if isinstance(refused, AlreadyRegistered) else ""),
        choices=_languages(request),
        offered=await find_offer_of(held.ticket.id),
        possible=can_hand_over(held.ticket, held.event, utc_now()),
        signed=signed_field(settings_of(request).secret_key, f"/t/{token}/hand-over"),
    )


def _languages(request: AnyRequest) -> list[tuple[str, str]]:
    return [(tag, language.name) for tag, language in offered(request).items()]


def _problems(refused: DomainError | None, fields: Sequence[str], field: str = "") -> Sequence[Problem]:
    """In the order of the fields."""
    if refused is None:
        return ()
    if not isinstance(refused, Invalid):
        return [Problem(field, refused.message, refused.params)]
    named = (_NAMED.get((one.field, one.message), one) for one in refused.problems)
    return sorted(named, key=lambda one: fields.index(one.field) if one.field in fields else len(fields))


_NAMED = {
    ("name", MISSING): Problem("name", N_("Write the name.")),
    ("email", MISSING): Problem("email", N_("Write the e-mail address.")),
}
