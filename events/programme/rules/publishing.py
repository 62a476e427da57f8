"""When an event may become public, be taken back and be deleted."""

from events.kernel.errors import Invalid, Problem
from events.kernel.words import N_
from events.programme.rules import EventFacts, Status
from events.programme.rules.errors import EventInUse, WrongStatus


def check_can_publish(event: EventFacts, parent_status: Status | None) -> None:
    """Raises Invalid with everything that is missing, WrongStatus when it is public already."""
    if event.status is Status.CANCELLED:
        raise WrongStatus(N_("This event was cancelled. Copy it to hold it after all."))
    if event.status is Status.POSTPONED:
        raise WrongStatus(N_("This event is postponed. Give it its new date: that brings it back."))
    problems = []
    if not any(event.title.values()):
        problems.append(Problem("title", N_("Give it a title.")))
    problems += problems_of_parent(parent_status)
    if problems:
        raise Invalid(problems)


def problems_of_parent(parent_status: Status | None) -> list[Problem]:
    """What stands in the way of making something public that is part of it."""
    if parent_status is not Status.DRAFT:
        return []
    return [Problem("part_of", N_("The conference that it is part of is still a draft. Publish that first."))]


def check_can_unpublish(event: EventFacts, *, standing: int, public_parts: int) -> None:
    """`standing` counts the registrations that stand: nobody's place may vanish without a word."""
    if not event.is_public:
        raise WrongStatus(N_("This event is a draft: nobody sees it."))
    if standing:
        raise EventInUse(N_("People are registered for it. Cancel it, and they are told."))
    if public_parts:
        raise EventInUse(N_("Something that is part of it is public. Take that back first."))


def check_can_delete(event: EventFacts, *, registrations: int, parts: int) -> None:
    """`registrations` counts those too that were cancelled: what people did here is not wiped out."""
    if event.is_public:
        raise WrongStatus(N_("Only a draft can be deleted. Take the event back first."))
    if registrations:
        raise EventInUse(N_("People have registered for it, so it stays here as a draft."))
    if parts:
        raise EventInUse(N_("Something is part of it. Delete that first, or take it out."))
