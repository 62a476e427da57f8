"""Registering a delegation, and what its contact does afterwards."""

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from events.accounts.actions.attempts import count_accepted
from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, Problem
from events.kernel.ids import digest, new_code
from events.outbox.steps import enqueue
from events.programme import queries as events
from events.programme import steps as programme
from events.programme.rules import EventFacts
from events.programme.rules.places import AllPlaces
from events.registration import steps
from events.registration.actions.registering import Registered, register, remind_registered
from events.registration.delegations import queries
from events.registration.delegations.forms import DelegateForm, DelegationForm, PeopleForm, ReplacementForm
from events.registration.delegations.rules import (
    DELEGATIONS_PER_NETWORK,
    REGISTERED_KIND,
    REPLACED_KIND,
    Delegation,
    NoDelegations,
    check_is_shown,
    check_may_replace,
    delegation_token,
    too_many_for,
)
from events.registration.delegations.steps import forget_contact
from events.registration.delegations.tables import Delegate as DelegateRow
from events.registration.delegations.tables import Delegation as DelegationRow
from events.registration.forms import HandOver, SignUp
from events.registration.forms.people import AffiliationForm
from events.registration.handing_over.actions import give_place, offer_place
from events.registration.handing_over.queries import find_offer_of
from events.registration.handing_over.steps import end_offer
from events.registration.rules import (
    ATTENDEE,
    AlreadyRegistered,
    Full,
    RegistrationClosed,
    Standing,
)
from events.registration.rules.opening import check_takes_place
from events.registration.rules.people import Affiliation
from events.registration.steps import limits, people

_DELEGATION = db.prepared_insert(DelegationRow)
_DELEGATE = db.prepared_insert(DelegateRow)
CONTACT = "contact"
_LOCK = db.Prepared("UPDATE delegation SET asked = asked + :more WHERE id = :id RETURNING id")


class Made(Struct, frozen=True):
    """`people` are in the order in which they were named; who is `already` registered where nobody may learn of it,
    is to be reminded. `token` opens the contact's page.
    """

    id: int
    token: str
    people: tuple[Registered, ...]
    already: tuple[int, ...]
    hidden: bool


@db.write
async def register_delegation(
    slug: str,
    form: DelegationForm,
    *,
    language: str,
    secret: str,
    by: Actor | None = None,
    network: str = "",
    prove: bool = False,
) -> Made:
    """All of them or nobody. Those whom places are left for have them, in order; the rest waits in line.

    `network` is whence it comes where nobody vouches. `prove`: as things are now each address must be proven,
    wherever it is.
    Raises EventNotFound, NoDelegations, TooManyOfOne, TooMany, and Invalid with what stands against each row.
    """
    event = await events.get_event(slug, viewer=by.organisation if by else None)
    if not event.delegations:
        raise NoDelegations
    if by is None:
        await count_accepted("delegation", network, **DELEGATIONS_PER_NETWORK)
    token = await _insert(event, form, language=language, secret=secret)
    known = await queries.get_by_token(token)
    made, already = await _register_each(event, known, form.people, secret=secret, by=by, prove=prove)
    await record(
        by.name if by else ATTENDEE,
        "delegated",
        f"event:{event.id}",
        organisation=event.organisation,
        number=len(form.people),
    )
    await enqueue(REGISTERED_KIND, known.id, known.email)
    return Made(known.id, token, made, already, hidden=_hides(event, by, prove=prove))


@db.write
async def add_people(token: str, form: PeopleForm, *, secret: str, network: str = "", prove: bool = False) -> Made:
    """More people of the delegation. Raises as `register_delegation` does, DelegationNotFound and DelegationGone."""
    known = await queries.get_by_token(token)
    event = await events.get_event_by_id(known.event)
    if not event.delegations:
        raise NoDelegations
    await count_accepted("delegation", network, **DELEGATIONS_PER_NETWORK)
    await _LOCK.rows(more=len(form.people), id=known.id)
    made, already = await _register_each(event, known, form.people, secret=secret, by=None, prove=prove)
    return Made(known.id, token, made, already, hidden=_hides(event, None, prove=prove))


async def _insert(event: EventFacts, form: DelegationForm, *, language: str, secret: str) -> str:
    """The token of who registers it; nobody is in it yet."""
    code = new_code()
    token = delegation_token(secret, code, 0)
    said = form.affiliation.said
    await _DELEGATION.row(
        event=event.id,
        name=form.contact.name,
        email=form.contact.email,
        language=language,
        affiliation=said.organisation,
        affiliation_type=said.type,
        affiliation_country=said.country,
        asked=len(form.people),
        code=code,
        token_digest=digest(token),
        token_counter=0,
        made_at=utc_now(),
        erased_at=None,
    )
    return token


async def remind_all(made: Made) -> None:
    """Who was registered before hears of it, and nobody else."""
    for registration in made.already:
        await remind_registered(registration)


async def _register_each(
    event: EventFacts, known: Delegation, wanted: Sequence[DelegateForm], *, secret: str, by: Actor | None, prove: bool
) -> tuple[tuple[Registered, ...], tuple[int, ...]]:
    places = await programme.lock_all_places(event.id)
    problems = _full(places, wanted)
    made: list[Registered] = []
    already: dict[int, DelegateForm] = {}
    hidden: list[int] = []
    for number, person in enumerate(wanted):
        try:
            one = await _register_one(event, known, person, secret=secret, by=by, prove=prove)
        except AlreadyRegistered as earlier:
            await people.forget_affiliation(event.organisation, known.affiliation.organisation)  # named for nobody
            if earlier.hidden and by is None:
                already[earlier.registration] = person
            else:
                problems.append(Problem(f"people.{number}.email", earlier.message))
        except (RegistrationClosed, Full) as refused:
            problems.append(Problem(f"people.{number}.mode", refused.message, refused.params))
        except Invalid as invalid:
            problems += [_placed(problem, number) for problem in invalid.problems]
        else:
            if one.already:
                hidden.append(one.already)
                continue
            made.append(one)
            await _DELEGATE.rows(delegation=known.id, registration=one.id)
    if problems:
        raise Invalid(list({(problem.field, problem.message): problem for problem in problems}.values()))
    if by is None:
        await _check_limit_tells_nothing(places, known.affiliation, already.values())
    return tuple(made), (*already, *hidden)


async def _register_one(
    event: EventFacts, known: Delegation, person: DelegateForm, *, secret: str, by: Actor | None, prove: bool
) -> Registered:
    said = known.affiliation
    affiliation = AffiliationForm(said.organisation, said.type, person.function, said.country)
    form = SignUp(name=person.name, email=person.email, mode=person.mode, affiliation=affiliation)
    return await register.step(
        event.slug, form, language=known.language, secret=secret, by=by, prove=prove, registered_by=known.name
    )


def _full(places: AllPlaces, wanted: Sequence[DelegateForm]) -> list[Problem]:
    """Counted before anybody is looked for: who is registered already must not make room."""
    free = too_many_for(places, Counter(person.mode for person in wanted))
    seen: Counter[str] = Counter()
    problems = []
    for number, person in enumerate(wanted):
        seen[person.mode] += 1
        if person.mode in free and seen[person.mode] > free[person.mode]:
            problems.append(Problem(f"people.{number}.mode", Full().message))
    return problems


async def _check_limit_tells_nothing(places: AllPlaces, said: Affiliation, already: Iterable[DelegateForm]) -> None:
    """Who is registered already is held against the limit of the organisation as anybody would be."""
    for mode, number in Counter(person.mode for person in already).items():
        if mode in places:
            await limits.is_beyond(places[mode], said, mode=mode, more=number)


def _placed(problem: Problem, number: int) -> Problem:
    """What concerns all of them is told once, what concerns one beside that one."""
    if problem.field.startswith("affiliation"):
        return problem
    return Problem(f"people.{number}.{problem.field}", problem.message, problem.params)


def _hides(event: EventFacts, by: Actor | None, *, prove: bool) -> bool:
    return (event.prove_address or prove) and by is None


@db.write
async def withdraw(token: str, registration: int) -> None:
    """The contact takes somebody back; they are told. Raises NotOneOfThem, RegistrationOver, RegistrationClosed."""
    known = await queries.get_by_token(token)
    places, ticket = await steps.lock_and_reload(await queries.get_one_of(known.id, registration))
    check_is_shown(ticket)
    own = places[ticket.mode]
    check_takes_place(own.status, own.ends_at, utc_now())
    await steps.end(ticket, places, Standing.CANCELLED)
    await record(CONTACT, "cancelled", f"registration:{ticket.id}", organisation=own.organisation)
    facts = {"was": ticket.standing, "withdrawn_by": known.name}
    await enqueue("registration.cancelled", ticket.id, ticket.email, facts=facts)


@db.write
async def replace(token: str, registration: int, form: ReplacementForm, *, secret: str) -> None:
    """Somebody else of the organisation comes instead, with a ticket of their own; who was to come is told.

    Where addresses are proven that is offered to them first. Raises as handing over does, and NotOneOfThem.
    """
    known = await queries.get_by_token(token)
    ticket = await queries.get_one_of(known.id, registration)
    places, ticket = await steps.lock_and_reload(ticket)
    check_is_shown(ticket)
    check_may_replace(ticket, places, utc_now())
    own = places[ticket.mode]
    given = HandOver(name=form.name, email=form.email, language=ticket.language)
    if own.prove_address:
        until = min(own.starts_at, own.closes_at)
        await offer_place(own, ticket, given, secret=secret, until=until, delegation=known.id, function=form.function)
        return
    said = known.affiliation
    affiliation = Affiliation(said.organisation, said.type, form.function, said.country)
    await give_place(places, ticket, given, secret=secret, by=known.name, affiliation=affiliation)
    await enqueue(REPLACED_KIND, known.id, ticket.email, facts={"language": ticket.language})


@db.write
async def take_back_offer(token: str, registration: int) -> None:
    """Who was to come keeps the place that the contact offered; again changes nothing. Raises NotOneOfThem."""
    known = await queries.get_by_token(token)
    places, ticket = await steps.lock_and_reload(await queries.get_one_of(known.id, registration))
    offer = await find_offer_of(ticket.id)
    if offer and offer.delegation == known.id and await end_offer(ticket.id):
        organisation = places[ticket.mode].organisation
        await record(CONTACT, "took_offer_back", f"registration:{ticket.id}", organisation=organisation)


@db.write
async def erase_contact(token: str) -> None:
    """Forget who registered the others; their registrations are their own and stay."""
    known = await queries.get_by_token(token)
    event = await events.get_event_by_id(known.event)
    await forget_contact(known.id)
    await record(CONTACT, "erased", f"delegation:{known.id}", organisation=event.organisation)
