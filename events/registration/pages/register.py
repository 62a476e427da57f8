from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.queries import get_organisation_by_id
from events.kernel.clock import utc_now
from events.kernel.errors import DomainError, Invalid, Problem, TooMany
from events.kernel.words import N_
from events.programme.pages.guards import in_a_language
from events.programme.queries import get_event, get_event_by_id
from events.programme.rules import Ask, EventFacts
from events.programme.rules.errors import EventNotFound
from events.registration.abuse import actions as abuse
from events.registration.abuse.rules import LEAST_SECONDS, TOO_QUICK
from events.registration.actions.registering import register, remind_registered
from events.registration.answers.checks import read_whole
from events.registration.early.queries import find_by_token
from events.registration.early.rules import EarlyLink
from events.registration.focal_points.queries import has_any
from events.registration.forms import people
from events.registration.guests.rules import Guest, offers_for
from events.registration.pages.asking import LARGEST_FORM, asking_of, read_posted, up_to_its_files
from events.registration.queries.counts import count_by_standing
from events.registration.queries.held import kept_until
from events.registration.queries.people import suggest_affiliations
from events.registration.rules import AlreadyRegistered, Full, RegistrationClosed, Standing
from events.registration.rules.opening import Offer, meanwhile_of, offers_of, tell_by
from events.registration.rules.people import TooManyOfOne
from events.registration.rules.places import line_stops_at
from events.web.errors import status_of
from events.web.locale import language_of_request, offered
from events.web.posted import MISSING
from events.web.requests import AnyRequest
from events.web.security import asked_at, client_network, evenly, our_form, seconds_open, settings_of, signed_field
from events.web.templating import page

FIELDS = ("name", "email", "mode", "meanwhile", "language", *people.FIELDS)
_MISSING = {
    "name": N_("Write your name."),
    "email": N_("Write your e-mail address."),
    "mode": N_("Choose how you attend."),
}
_CONCERNS = {TooManyOfOne: "affiliation.organisation", RegistrationClosed: "mode", Full: "mode"}
"""The field that is to be looked at once more."""
TRAP = "website"
EARLY = "early"
_NO_STORE = {"Cache-Control": "no-store"}


class RegisterPages(Controller):
    path = "/{language:str}/events/{slug:str}/register"
    guards = [in_a_language]
    include_in_schema = False
    request_max_body_size = LARGEST_FORM

    @get()
    async def show_form(self, request: AnyRequest, slug: FromPath[str]) -> Response[str]:
        event = await get_event(slug)
        if not await is_open(request, event, None):
            return await closed_page(request, event, None)
        return await form_page(request, event, {"language": language_of_request(request)})

    @post(guards=[up_to_its_files(lambda it: get_event(it.path_params["slug"])), our_form])
    async def register(self, request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
        return await take_form(request, await get_event(slug))

    @get("/affiliations")
    async def suggest(self, request: AnyRequest, slug: FromPath[str]) -> Response[str]:
        """Names of organisations that begin as what is typed; of nobody's person."""
        event = await get_event(slug)
        if event.ask_affiliation is Ask.OFF:
            raise EventNotFound
        typed = request.query_params.get("affiliation.organisation", "")[:200]
        names = await suggest_affiliations(event.organisation, typed)
        return page(request, "registration/_suggested.html", headers=_NO_STORE, suggested=names)

    @get("/sent")
    async def show_sent(self, request: AnyRequest, slug: FromPath[str]) -> Response[str]:
        """For a new address and for one that was registered already alike."""
        return await told(request, "sent", 200, await get_event(slug))


async def take_form(
    request: AnyRequest, event: EventFacts, guest: Guest | None = None, token: str | None = None
) -> Response[Any]:
    """Register with what was posted; a `guest` comes with the `token` of their invitation."""
    began, settings = asked_at(), settings_of(request)
    posted = await request.form()
    typed = {name: value for name in FIELDS if isinstance(value := posted.get(name), str)}
    given: dict[str, Any] = {}
    try:
        given, beforehand = await read_posted(request, event, posted)
        said = people.nested(typed) | {"answers": given}
        form = await read_whole(event.slug, said, beforehand, ask=event.ask_affiliation)
        if posted.get(TRAP):
            await abuse.refused(event.slug, most=settings.sign_ups_per_minute)
            raise Invalid.of("", N_("A field that nobody sees was filled in, by a program perhaps. Send it again."))
        made = await register(
            event.slug,
            form,
            language=form.language or _language(request, guest),
            secret=settings.secret_key,
            early="" if token else request.query_params.get(EARLY, ""),
            prove=await _meet(request, event, posted, guest),
            invitation=token,
        )
    except (Invalid, TooManyOfOne) as wrong:
        return await form_page(request, event, typed, wrong, given=given, guest=guest)
    except TooMany as too_many:
        await abuse.refused(event.slug, most=settings.sign_ups_per_minute)
        return await form_page(request, event, typed, too_many, given=given, guest=guest)
    except (RegistrationClosed, Full) as refused:
        return await _refused(request, event, typed, refused, given, guest)
    except AlreadyRegistered as already:
        await remind_registered(already.registration)
        return await _sent(request, began) if already.hidden else await told(request, "already", 409, event, guest)
    if made.already:
        await remind_registered(made.already)
    proven = made.standing is not Standing.UNVERIFIED
    return Redirect(f"/t/{made.token}", status_code=303) if proven else await _sent(request, began)


async def challenge_for(request: AnyRequest, event: EventFacts, *, a_list: bool = False) -> str:
    """What the browser is to do while programs register; "" otherwise."""
    settings = settings_of(request)
    return await abuse.challenge_for(
        event.slug, most=settings.sign_ups_per_minute, secret=settings.secret_key, a_list=a_list
    )


async def meet(request: AnyRequest, event: EventFacts, posted: Mapping[str, Any], *, a_list: bool = False) -> bool:
    """Whether addresses must be proven, as they are where programs register just now and no work was done."""
    settings, signed, proof = settings_of(request), posted.get("signed"), posted.get("proof")
    prove = await abuse.meet(
        event.slug,
        network=client_network(request),
        most=settings.sign_ups_per_minute,
        proof=proof if isinstance(proof, str) else "",
        secret=settings.secret_key,
        a_list=a_list,
    )
    if prove and seconds_open(settings.secret_key, request.scope["path"], str(signed)) < LEAST_SECONDS:
        raise Invalid.of("", TOO_QUICK)
    return prove


async def _meet(request: AnyRequest, event: EventFacts, posted: Mapping[str, Any], guest: Guest | None) -> bool:
    """Who comes with an invitation is no program, and is only counted with the others of their network."""
    if guest is None:
        return await meet(request, event, posted)
    await abuse.count(client_network(request))
    return False


async def _sent(request: AnyRequest, began: float) -> Redirect:
    await evenly(began)
    return Redirect(f"{request.scope['path'].rstrip('/')}/sent", status_code=303)


async def told(
    request: AnyRequest, name: str, status: int, event: EventFacts, guest: Guest | None = None, **context: Any
) -> Response[str]:
    organisation = await get_organisation_by_id(event.organisation)
    language = _language(request, guest)
    return page(
        request,
        f"registration/{name}.html",
        status,
        _NO_STORE,
        language,
        event=event,
        organisation=organisation,
        **context,
    )


async def _refused(
    request: AnyRequest,
    event: EventFacts,
    typed: Mapping[str, str],
    refused: DomainError,
    given: Mapping[str, Any],
    guest: Guest | None,
) -> Response[str]:
    """It closed or filled up while the form was being filled in; perhaps there is another way to attend."""
    event = await get_event_by_id(event.id)
    if await is_open(request, event, guest):
        return await form_page(request, event, typed, refused, given=given, guest=guest)
    return await closed_page(request, event, guest)


async def closed_page(request: AnyRequest, event: EventFacts, guest: Guest | None) -> Response[str]:
    offers = await _offers(request, event, guest)
    return await told(request, "closed", 409, event, guest, offers=offers, early=await _early_state(request, event))


async def _link(request: AnyRequest, event: EventFacts) -> EarlyLink | None:
    """The link for early registration by which they came, if it is one of this event's."""
    token = request.query_params.get(EARLY)
    link = await find_by_token(token) if token else None
    return link if link and link.event == event.id else None


async def _early_state(request: AnyRequest, event: EventFacts) -> str:
    """What there is to say of it: that it works, why it does not (any more), or nothing where there is none."""
    if not request.query_params.get(EARLY):
        return ""
    link = await _link(request, event)
    return str(link.state(utc_now())) if link else "unknown"


async def is_open(request: AnyRequest, event: EventFacts, guest: Guest | None) -> bool:
    return any(offer.refusal is None for offer in await _offers(request, event, guest))


async def _offers(request: AnyRequest, event: EventFacts, guest: Guest | None) -> list[Offer]:
    if guest:
        return offers_for(guest, event, utc_now())
    link = await _link(request, event)
    return offers_of(event, utc_now(), link.opening(utc_now()) if link else None)


def _language(request: AnyRequest, guest: Guest | None) -> str:
    return language_of_request(request, guest.language if guest else None)


async def form_page(
    request: AnyRequest,
    event: EventFacts,
    typed: Mapping[str, str],
    refused: DomainError | None = None,
    *,
    given: Mapping[str, Any] | None = None,
    guest: Guest | None = None,
) -> Response[str]:
    language = _language(request, guest)
    organisation = await get_organisation_by_id(event.organisation)
    asking = await asking_of(language, event, given)
    return page(
        request,
        "registration/register.html",
        status_of(refused) if refused else 200,
        _NO_STORE | ({"Retry-After": str(refused.retry_after)} if isinstance(refused, TooMany) else {}),
        language,
        event=event,
        guest=guest,
        address=request.scope["path"].rstrip("/"),
        typed={**dict.fromkeys(FIELDS, ""), **typed},
        problems=_problems(refused),
        asking=asking,
        **await _ways_to_attend(request, event, guest),
        suggested=await suggest_affiliations(event.organisation, "", limit=50)
        if event.ask_affiliation != "off"
        else [],
        early=await _early_state(request, event),
        focal_points=event.ask_affiliation is not Ask.OFF and await has_any(event.id),
        tell_by=tell_by(event, utc_now()),
        organisation=organisation,
        kept_until=(until := kept_until(event, organisation)),
        sensitive_until=asking.sensitive_until(event.ends_at, until) if asking else (),
        choices=[(tag, language.name) for tag, language in offered(request).items()],
        signed=signed_field(settings_of(request).secret_key, request.scope["path"]),
        trap=TRAP,
        challenge="" if guest else await challenge_for(request, event),
    )


async def _ways_to_attend(request: AnyRequest, event: EventFacts, guest: Guest | None) -> dict[str, Any]:
    offers = await _offers(request, event, guest)
    open_offers = [offer for offer in offers if offer.refusal is None]
    counts = await count_by_standing(event.id)
    return {
        "open_offers": open_offers,
        "shut_offers": [offer for offer in offers if offer.refusal is not None],
        "meanwhile": meanwhile_of(open_offers),
        "line_stopped": utc_now() >= line_stops_at(event),
        "waiting": {offer.mode: counts.get((offer.mode, Standing.WAITING), 0) for offer in offers},
    }


def _problems(refused: DomainError | None) -> Sequence[Problem]:
    """In the order of the fields; what is missing is named, for on top of the page they all stand together."""
    if refused is None:
        return ()
    if not isinstance(refused, Invalid):
        return [Problem(_CONCERNS.get(type(refused), ""), refused.message, refused.params)]
    named = (_named(problem) for problem in refused.problems)
    return sorted(named, key=lambda problem: FIELDS.index(problem.field) if problem.field in FIELDS else len(FIELDS))


def _named(problem: Problem) -> Problem:
    return Problem(problem.field, _MISSING.get(problem.field, MISSING)) if problem.message == MISSING else problem
