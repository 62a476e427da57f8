"""The form of a delegation, and its table of people wherever it is filled in."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from events.accounts.actions.attempts import count_attempt
from events.accounts.queries import get_organisation_by_id
from events.kernel.clock import utc_now
from events.kernel.errors import Conflict, DomainError, Invalid, Problem, TooMany
from events.kernel.ids import folded
from events.kernel.words import N_
from events.programme.pages.guards import in_a_language
from events.programme.queries import get_event
from events.programme.rules import EventFacts, Mode
from events.programme.rules.errors import EventNotFound
from events.registration.abuse import actions as abuse
from events.registration.delegations.actions import register_delegation, remind_all
from events.registration.delegations.forms import (
    AFFILIATION,
    CONTACT,
    PARTS,
    nested,
    pasted_rows,
    read_delegation,
    rows_in,
    worded,
)
from events.registration.delegations.rules import LISTS_PER_NETWORK, MOST_AT_ONCE
from events.registration.pages.register import TRAP, challenge_for, meet
from events.registration.queries.held import kept_until
from events.registration.queries.people import suggest_affiliations
from events.registration.rules.opening import offers_of
from events.registration.rules.people import TooManyOfOne
from events.web.errors import status_of
from events.web.locale import gettext, language_of_request, offered
from events.web.requests import AnyRequest
from events.web.security import (
    asked_at,
    client_network,
    evenly,
    our_form,
    settings_of,
    signed_field,
)
from events.web.templating import page

ROWS_AT_LEAST, ROWS_FREE, ROWS_MORE = 5, 2, 5
_NO_STORE = {"Cache-Control": "no-store"}
_WORDS = {Mode.IN_PERSON: N_("In person"), Mode.ONLINE: N_("Online")}


class Table(Struct, frozen=True):
    """What the rows hold, how many are shown, and what was pasted and could not be read."""

    rows: Sequence[Mapping[str, str]] = ()
    number: int = ROWS_AT_LEAST
    pasted: str = ""
    to_look_at: bool = False
    """It is shown once more before it is sent: rows were pasted, or asked for."""

    def names(self, language: str) -> dict[str, str]:
        """What a list of problems calls each field."""
        called = {"name": N_("name"), "email": N_("e-mail"), "function": N_("function"), "mode": N_("way to attend")}
        words = gettext(language, N_("Person {number}, {field}"))
        return {
            f"people.{number}.{part}": words.format(number=number + 1, field=gettext(language, called[part]))
            for number in range(self.number)
            for part in PARTS
        }


def table_in(posted: Mapping[str, Any], language: str) -> tuple[Table, list[Problem]]:
    """The table as it was sent, with what was pasted below it as further rows."""
    texts = {name: value for name, value in posted.items() if isinstance(value, str)}
    rows, pasted = rows_in(texts), texts.get("pasted", "")
    problems: list[Problem] = []
    further: list[dict[str, str]] = []
    if pasted.strip():
        try:
            further = pasted_rows(pasted, _mode_words(language))
            pasted = ""
        except Invalid as invalid:
            problems += invalid.problems
    more = ROWS_MORE if texts.get("do") == "more" else ROWS_FREE if further else 0
    number = max(ROWS_AT_LEAST, len(rows) + len(further) + more)
    return Table([*rows, *further], number, pasted, bool(further or texts.get("do"))), problems


def _mode_words(language: str) -> dict[str, Mode]:
    words = {mode.value: mode for mode in Mode}
    for tag in {language, "en", "fr"}:
        words |= {folded(gettext(tag, text)): mode for mode, text in _WORDS.items()}
    return words


def open_modes(event: EventFacts) -> list[Mode]:
    return [offer.places.mode for offer in offers_of(event, utc_now()) if offer.refusal is None]


def problems_shown(refused: DomainError | None) -> Sequence[Problem]:
    """Of the contact, of the organisation, then row by row."""
    if refused is None:
        return ()
    if not isinstance(refused, Invalid):
        field = "affiliation.organisation" if isinstance(refused, TooManyOfOne) else ""
        return [Problem(field, refused.message, refused.params)]
    return sorted((worded(one) for one in refused.problems), key=_place)


def _place(problem: Problem) -> tuple[int, int, int]:
    block, _, rest = problem.field.partition(".")
    number, _, part = rest.partition(".")
    if block == "people" and number.isdecimal():
        return 2, int(number), PARTS.index(part) if part in PARTS else len(PARTS)
    fields = (*CONTACT, *AFFILIATION)
    return (0, fields.index(problem.field), 0) if problem.field in fields else (1, 0, 0)


class DelegatingPages(Controller):
    path = "/{language:str}/events/{slug:str}/delegation"
    guards = [in_a_language]
    include_in_schema = False

    @get()
    async def show_form(self, request: AnyRequest, slug: FromPath[str]) -> Response[str]:
        event = await _event(slug)
        return await _form(request, event, {"language": language_of_request(request)}, Table())

    @post(guards=[our_form])
    async def register(self, request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
        began, event = asked_at(), await _event(slug)
        posted = await request.form()
        names = (*CONTACT, *AFFILIATION, "language")
        typed = {name: value for name in names if isinstance(value := posted.get(name), str)}
        table, unread = table_in(posted, language_of_request(request))
        if unread or table.to_look_at:
            return await _form(request, event, typed, table, Invalid(unread) if unread else None)
        try:
            form = read_delegation(nested(typed, table.rows, open_modes(event)), ask=event.ask_affiliation)
            if posted.get(TRAP):
                await abuse.refused(event.slug, most=settings_of(request).sign_ups_per_minute)
                raise Invalid.of("", N_("A field that nobody sees was filled in, by a program perhaps. Send it again."))
            prove = await meet_list(request, event, posted)
            language = form.language or language_of_request(request)
            secret, network = settings_of(request).secret_key, client_network(request)
            made = await register_delegation(slug, form, language=language, secret=secret, network=network, prove=prove)
        except (Invalid, Conflict, TooMany) as refused:
            return await _form(request, event, typed, table, refused)
        await remind_all(made)
        if made.hidden:
            await evenly(began)
            return Redirect(f"{request.scope['path'].rstrip('/')}/sent", status_code=303)
        return Redirect(f"/delegations/{made.token}?done=registered", status_code=303)

    @get("/sent")
    async def show_sent(self, request: AnyRequest, slug: FromPath[str]) -> Response[str]:
        event = await _event(slug)
        organisation = await get_organisation_by_id(event.organisation)
        return page(
            request, "registration/delegation_sent.html", headers=_NO_STORE, event=event, organisation=organisation
        )


async def meet_list(request: AnyRequest, event: EventFacts, posted: Mapping[str, Any]) -> bool:
    """Whether each address must be proven, as where one person registers. Raises TooMany, Invalid."""
    await count_attempt("delegation-list", client_network(request), **LISTS_PER_NETWORK)
    return await meet(request, event, posted, a_list=True)


async def _event(slug: str) -> EventFacts:
    event = await get_event(slug)
    if not event.delegations:
        raise EventNotFound
    return event


async def _form(
    request: AnyRequest,
    event: EventFacts,
    typed: Mapping[str, str],
    table: Table,
    refused: DomainError | None = None,
) -> Response[str]:
    language = language_of_request(request)
    organisation = await get_organisation_by_id(event.organisation)
    headers = _NO_STORE | ({"Retry-After": str(refused.retry_after)} if isinstance(refused, TooMany) else {})
    offers = offers_of(event, utc_now())
    return page(
        request,
        "registration/delegation.html",
        status_of(refused) if refused else 200,
        headers,
        event=event,
        organisation=organisation,
        typed={**dict.fromkeys((*CONTACT, *AFFILIATION, "affiliation.function", "language"), ""), **typed},
        table=table,
        problems=problems_shown(refused),
        names=table.names(language),
        open_offers=[offer for offer in offers if offer.refusal is None],
        shut_offers=[offer for offer in offers if offer.refusal is not None],
        most=MOST_AT_ONCE,
        suggested=await suggest_affiliations(event.organisation, "", limit=50),
        kept_until=kept_until(event, organisation),
        choices=[(tag, known.name) for tag, known in offered(request).items()],
        signed=signed_field(settings_of(request).secret_key, request.scope["path"]),
        trap=TRAP,
        challenge=await challenge_for(request, event, a_list=True),
    )
