"""What a first visitor finds: a real organisation, its real events, and invented editions that lie ahead of today.

`real-events.json` has the facts as their source states them, `words.json` our texts and what is invented; what is
sample data says so on its page.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from events.accounts import queries as accounts
from events.accounts.actions.members import create_user
from events.accounts.actions.organisations import create_organisation
from events.accounts.rules import SCOPES, Actor, Role
from events.demo import asking
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import slug_of
from events.outbox.steps import forget
from events.programme.actions import create_event, make_series, plan_session, publish_event
from events.programme.documents import document_of
from events.programme.forms import read_event
from events.programme.queries import get_event
from events.programme.queries.addresses import find_id
from events.programme.rules.clashes import Acceptance, ClashKind
from events.programme.rules.recurrence import read_rule
from events.programme.rules.series import proposal
from events.registration.actions.registering import register
from events.registration.admission.rules import Admission
from events.registration.admission.steps import set_state
from events.registration.forms import read_sign_up
from events.registration.rules import KINDS
from events.reports.actions import release_programme
from events.settings import Settings

EMAIL = "organiser@makemothersmatter.example"
FOLDER = Path(__file__).parent
SAME_WEEKDAY_NEXT_YEAR = timedelta(weeks=52)
Document = dict[str, Any]

REGISTERED = {
    "hrc-side-panel-2027": (slice(44), ("in_person",)),  # forty places: four people wait
    "csocd65-side-event": (slice(5, 20), ("online",)),
    "maternal-wellbeing-lse-2027": (slice(10, 31), ("in_person", "online", "in_person")),
    "early-childhood-tashkent-2027": (slice(18, 42), ("in_person", "in_person", "online")),
    "early-childhood-tashkent-2027-side-event": (slice(20, 30), ("in_person",)),
    "mothers4peace-casablanca-2027": (slice(28, 46), ("in_person",)),
}


_PASSES = (Admission.APPROVED, None, Admission.APPLIED, Admission.ANNUAL_PASS, None, Admission.APPROVED, None)
"""How those who come to an event that asks for a pass stand with the house."""


class SignIn(Struct, frozen=True):
    """Who may look after the demo's organisation."""

    email: str
    password: str


async def load_demo(settings: Settings, progress: Callable[[int], object]) -> SignIn | None:
    """Fill an empty database and say who may sign in; None when it holds something else."""
    words = _read("words.json")
    if not await accounts.list_organisations():
        await _load(settings, words, progress)
    slug = words["organisation"]["slug"]
    organisation = next((found.id for found in await accounts.list_organisations() if found.slug == slug), None)
    return None if organisation is None else await _sign_in(settings, organisation)


async def _sign_in(settings: Settings, organisation: int) -> SignIn:
    """The demo's organiser with a password that was made once, kept where only its owner reads it."""
    path = settings.var / "demo-sign-in"
    if not path.exists():
        settings.var.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"{EMAIL}\n{secrets.token_urlsafe(12)}\n")
    email, password = path.read_text().split()
    if await accounts.find_password_hash(email) is None:
        await create_user(organisation, email=email, name="Demo organiser", password=password, role=Role.OWNER)
    return SignIn(email, password)


@db.write
async def _load(settings: Settings, words: Document, progress: Callable[[int], object]) -> None:
    """By the same actions as everybody's, in one transaction: all of the demo or nothing."""
    organisation = await create_organisation.step(**words["organisation"])
    actor = Actor(organisation.id, "system", SCOPES)
    for document in documents(words, today=utc_now().date()):
        event = await create_event.step(read_event(document), by=actor, domain=settings.domain)
        await publish_event.step(event.slug, by=actor)
        progress(1)
    await _release_versions(words["versions"], actor, settings.domain)
    progress(await _load_exchange(settings, words, actor))
    progress(await _load_rehearsal(settings, words, actor))
    await asking.ask(actor)
    asked: list[int] = []
    for slug, (some, modes) in REGISTERED.items():
        for number, name in enumerate(words["names"][some]):
            person = {"name": name, "email": f"{slug_of(name).replace('-', '.')}@example.org"}
            said = words["said"][number % len(words["said"])] if words["upcoming"][slug].get("ask_access") else {}
            said = said | (asking.answers_of(number) if slug == asking.EVENT else {})
            form = read_sign_up(person | {"mode": modes[number % len(modes)]} | said)
            language = "fr" if number % 3 == 1 else "en"
            registered = await register.step(slug, form, language=language, secret=settings.secret_key)
            await forget(registered.id, kinds=KINDS)  # nobody reads mail at example.org
            if "admission_step" in words["upcoming"][slug] and (state := _PASSES[number % len(_PASSES)]):
                await set_state(registered.id, state, by_organiser=state is Admission.APPROVED)
            if slug == asking.EVENT:
                asked.append(registered.id)
            progress(1)
    await asking.write_to(asked, actor)


async def _release_versions(versions: Document, by: Actor, domain: str) -> None:
    """Two versions of a programme, and what its organisers prepare for the third."""
    conference = versions["conference"]
    await release_programme.step(conference, note=versions["first"], by=by)
    for slug, change in versions["changes"].items():
        session = document_of(await get_event(f"{conference}-{slug}"))
        times = {
            end: {"wall": f"{session[end]['wall'][:11]}{change[end]}"} for end in ("starts", "ends") if end in change
        }
        await plan_session.step(f"{conference}-{slug}", change | times, by=by)
    await release_programme.step(conference, note=versions["second"], by=by)
    for slug, change in versions["prepared"].items():
        await plan_session.step(f"{conference}-{slug}", change, by=by)
    model = document_of(await get_event(f"{conference}-{versions['draft']['like']}"))
    draft = model | {"slug": f"{conference}-{versions['draft']['slug']}", "speakers": []} | versions["draft"]["changes"]
    await create_event.step(read_event(draft), by=by, domain=domain)


async def _load_exchange(settings: Settings, words: Document, by: Actor) -> int:
    """What repeats, by a rule."""
    exchange, domain = words["exchange"], settings.domain
    event = await create_event.step(read_event(_put_ahead(exchange["event"], words)), by=by, domain=domain)
    await publish_event.step(event.slug, by=by)
    rule = f"FREQ=WEEKLY;INTERVAL={exchange['weeks']};BYDAY=TU;COUNT={exchange['dates']}"
    dates = [proposal(wall, event.span) for wall in read_rule(rule).walls(event.span.starts.wall)]
    made = await make_series.step(event.slug, dates, rules=f"RRULE:{rule}", publish=True, by=by, domain=domain)
    return 1 + len(made)


async def _load_rehearsal(settings: Settings, words: Document, by: Actor) -> int:
    """A draft in a room that is taken, with the reason why it was saved all the same."""
    rehearsal = words["rehearsal"]
    document = _put_ahead(rehearsal["event"], words) | {"venue": words["venues"][rehearsal["venue"]]}
    taken_by = await find_id(rehearsal["clashes_with"])
    acceptance = Acceptance(rehearsal["reason"], frozenset({f"{ClashKind.ROOM}-{taken_by}"}))
    await create_event.step(read_event(document), by=by, domain=settings.domain, acceptance=acceptance)
    return 1


def _put_ahead(document: Document, words: Document) -> Document:
    ahead = _ahead(document["starts"]["wall"], utc_now().date())
    times = {name: document[name] | {"wall": _put_off(document[name]["wall"], ahead)} for name in ("starts", "ends")}
    return document | times | {"sample": words["sample_edition"]}


def documents(words: Document, *, today: date) -> Iterator[Document]:
    """Every event as it may be posted, conferences before what is part of them."""
    facts = _read("real-events.json")
    for event in facts["events"]:
        known = event | facts["sample_values"].get(event["key"], {})
        yield _document(known["key"], known, words, words["past"][known["key"]])
    upcoming = facts["upcoming_samples"]
    for slug, event in upcoming.items():
        if slug == "about":
            continue
        whole = upcoming[event.get("part_of", slug)]
        ahead = _ahead(whole["starts"], today)
        document = _document(slug, event, words, words["upcoming"][slug], ahead)
        yield document | {"sample": words["sample_edition"]}
        for session in words["sessions"].get(slug, ()):
            yield _session(session, document, words, ahead)


def _ahead(starts: str, today: date) -> timedelta:
    """By how much a sample is put off so that it lies ahead of today: whole years, its weekdays kept."""
    ahead = timedelta()
    while (datetime.fromisoformat(starts) + ahead).date() <= today:
        ahead += SAME_WEEKDAY_NEXT_YEAR
    return ahead


_SAME_NAME = (
    "description", "standing_in_parent", "host_body", "session_number", "theme", "listing_url", "partners",
    "admission", "joining_link", "ask_affiliation", "ask_access", "recording_url", "documents", "rooms", "languages",
    "accessibility", "tags", "sample",
)  # fmt: skip


def _document(
    slug: str, facts: Mapping[str, Any], words: Document, ours: Document, ahead: timedelta = timedelta()
) -> Document:
    def time(text: str) -> Document:
        return {"wall": _put_off(text, ahead), "zone": facts["zone"]}

    document = {name: ours[name] for name in _SAME_NAME if name in ours} | {
        "slug": slug,
        "kind": facts["kind"],
        "part_of": facts.get("part_of"),
        "title": facts.get("title", {}) | ours.get("title", {}),
        "summary": facts.get("summary", {}) | ours.get("summary", {}),
        "starts": time(facts["starts"]),
        "ends": time(facts["ends"]),
        "all_day": "T" not in facts["starts"],
        "interpretation": ours.get("interpretation", facts.get("interpretation", [])),
        "also_show": ours.get("also_show", facts.get("also_show", [])),
    }
    capacity = ours.get("capacity", facts.get("capacity", {}))
    document["modes"] = {mode: {"capacity": capacity.get(mode)} for mode in facts.get("modes", ())}
    if "closes" in ours:
        for mode in document["modes"].values():
            mode["closes"] = time(ours["closes"])
    if step := ours.get("admission_step"):
        document["admission_step"] = step | {"deadline": time(step["deadline"])}
    if "speakers" in ours:
        document["speakers"] = [_speaker(one, words) for one in ours["speakers"]]
    if "plenary" in ours:
        document["plenary"] = [
            one | {"starts": time(one["starts"]), "ends": time(one["ends"])} for one in ours["plenary"]
        ]
        document["tracks"] = words["tracks"]
    if facts.get("official"):
        document["standing_in_parent"] = "official"
    if "venue" in ours:
        document["venue"] = words["venues"][ours["venue"]] | ({"room": ours["room"]} if "room" in ours else {})
    return document


def _session(session: Document, conference: Document, words: Document, ahead: timedelta) -> Document:
    """One session of the conference's programme; who has a place there has one here, so it has no places of its own."""
    zone = conference["starts"]["zone"]
    return {
        "slug": f"{conference['slug']}-{session['slug']}",
        "kind": "session",
        "part_of": conference["slug"],
        "title": session["title"],
        "summary": session["summary"],
        "track": session["track"],
        "speakers": [_speaker(one, words) for one in session["speakers"]],
        "starts": {"wall": _put_off(session["starts"], ahead), "zone": zone},
        "ends": {"wall": _put_off(session["ends"], ahead), "zone": zone},
        "venue": conference["venue"] | {"room": session["room"]},
        "modes": {},
        "languages": conference["languages"],
        "interpretation": conference["interpretation"] if session["room"] == "Hall A" else [],
        "sample": words["sample_edition"],
    }


def _speaker(appearance: Document, words: Document) -> Document:
    known: Document = words["people"][appearance["name"]]
    return appearance | known


def _put_off(text: str, ahead: timedelta) -> str:
    return (datetime.fromisoformat(text) + ahead).isoformat(timespec="minutes")[: len(text)]


def _read(name: str) -> Document:
    document: Document = msgspec.json.decode((FOLDER / name).read_bytes())
    return document
