"""All that is held about somebody, to take along."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from events.activity.queries import Look
from events.outbox.queries import Progress
from events.programme.documents import shown
from events.registration.answers.rules import Told
from events.registration.delegations.rules import Delegation
from events.registration.guests.rules import Guest
from events.registration.handing_over.rules import PlaceOffer
from events.registration.queries.held import Held
from events.registration.remarks.rules import Note
from events.registration.rules.deciding import RequestAnswer
from events.registration.rules.people import Visit


class OrganisersSide(Struct, frozen=True):
    """What organisers wrote about somebody; that it is not shown on their page does not make it less theirs."""

    answers: Sequence[RequestAnswer]
    tags: Sequence[str]
    notes: Sequence[Note]
    early_link: str | None
    invitation: Guest | None


def own_document(
    held: Held,
    visit: Visit | None,
    answered: Sequence[Told],
    organisers: OrganisersSide,
    looks: Sequence[Look] = (),
    handed: Sequence[datetime] = (),
    *,
    delegation: Delegation | None = None,
    offered: PlaceOffer | None = None,
) -> dict[str, Any]:
    """As JSON of plain names; what others hold of the same event, or who among the organisers wrote, is not in it."""
    event = held.event
    return {
        "organisation": held.organisation.name,
        "event": {"slug": event.slug, "title": event.title, "starts": shown(event.span.starts)},
        "registration": _named(held.ticket, _REGISTRATION)
        | {"affiliation": held.ticket.affiliation, "access": held.access},
        "answered": [_answered(one) for one in answered],
        "decisions": [
            {"accepted": one.accepted, "reason": one.reason, "at": one.answered_at} for one in organisers.answers
        ],
        "tags": organisers.tags,
        "notes": [{"text": one.text, "written_at": one.written_at} for one in organisers.notes],
        "came_by_link": organisers.early_link,
        "place_in_line": held.position,
        "assists": held.assisted.name if held.assisted else None,
        "assistants": [_named(one, _REGISTRATION) | {"role": one.assists_as} for one in held.assistants],
        "registered_by": delegation and {"name": delegation.name, "email": delegation.email},
        "joined_online": visit,
        "place_offered": offered and _offered(offered),
        "invitation": organisers.invitation and _named(organisers.invitation, _INVITATION),
        "on_lists_for_the_host": handed,
        "mails": [_mail(one) for one in held.messages],
        "looked_at": [
            {"at": one.at, "what": one.verb, "of": "you" if one.registration else "everybody"} for one in looks
        ],
        "erased_on": held.kept_until.date(),
    }


_REGISTRATION = (
    "name", "email", "standing", "mode", "waits_for", "language", "code", "answers", "registered_at", "changed_at",
    "held_until", "checked_in_at", "admission",
)  # fmt: skip


_INVITATION = ("name", "email", "language", "affiliation", "invited_at", "answered_at")


def _named(held: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(held, name) for name in names}


def _answered(told: Told) -> dict[str, Any]:
    return {"name": told.question.name, "question": told.label, "answer": told.text, "erased_at": told.purged_at}


def _mail(mail: Progress) -> dict[str, Any]:
    what = mail.kind.partition(".")[2]
    return {"what": what, "to": mail.to_address, "queued_at": mail.created_at, "sent_at": mail.sent_at}


def _offered(offer: PlaceOffer) -> dict[str, Any]:
    """To whom, where it was they themselves who offered it."""
    to = {} if offer.contact else {"name": offer.name, "email": offer.email}
    return {**to, "by": offer.contact, "until": offer.held_until}
