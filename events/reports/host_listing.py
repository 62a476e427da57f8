"""The list for the host: the columns that it asks for, as it is, as it was closed, or what changed since."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from events.accounts.rules import SENSITIVE, Actor
from events.kernel.errors import Forbidden, Invalid
from events.kernel.words import N_
from events.programme.rules import Mode
from events.questions.queries import find_whole_form
from events.questions.rules import Question
from events.registration.answers.rules import NOT_YOURS
from events.registration.host_list.queries import get_own, list_entries
from events.registration.host_list.rules import Change, change_of
from events.registration.rules import Listed, Standing, Ticket
from events.reports.queries import get_listing
from events.reports.rules import COLUMNS, Listing, headings_of
from events.web.posted import parse

ALWAYS = ("code", "name")
OFFERED = ("affiliation", "affiliation_type", "function", "country", "email", "language", "assists", "admission")
ANSWER = "answer."
_CHANGE, _CHANGE_WIDTH = "change", 11
_ANSWER_WIDTH = 30


class HostListForm(Struct):
    """`as_closed` or `since`: the id of a list that was closed. `columns` besides the code and the name."""

    as_closed: int | None = None
    since: int | None = None
    columns: list[str] = []


class HostListing(Listing, frozen=True, kw_only=True):
    """`closed` are the codes of a list, by registration; `gone` those of whose people nothing is known any more."""

    chosen: tuple[str, ...]
    closed: Mapping[int, str] | None = None
    since: bool = False
    gone: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        return "host-list-changes" if self.since else "host-list"

    @property
    def columns(self) -> dict[str, int]:
        change = {_CHANGE: _CHANGE_WIDTH} if self.since else {}
        shown = {name: COLUMNS[name] for name in (*ALWAYS, *self.chosen) if name in COLUMNS}
        answers = dict.fromkeys(headings_of(self._asked, [_CHANGE]), _ANSWER_WIDTH)
        return {**change, **shown, **answers}

    def holds(self, ticket: Ticket) -> bool:
        if ticket.id > self.last:
            return False
        if self.closed is None:
            return _comes(ticket)
        return self._change(ticket) is not None if self.since else self.closed.get(ticket.id) == ticket.code

    def row(self, ticket: Ticket) -> list[Any]:
        facts = self._facts(ticket)
        change = [self._change(ticket)] if self.since else []
        shown = [facts[name] for name in (*ALWAYS, *self.chosen) if name in COLUMNS]
        return [*change, *shown, *(ticket.answers.get(question) for question in self._asked)]

    @property
    def rest(self) -> list[list[Any]]:
        """Who was erased, or handed the place on: the host knows them by the code."""
        if not self.since:
            return []
        empty = [None] * (len(self.columns) - 2)
        return [[Change.WITHDRAWN, code, *empty] for code in self.gone]

    @property
    def _asked(self) -> list[str]:
        return [name.removeprefix(ANSWER) for name in self.chosen if name.startswith(ANSWER)]

    def _change(self, ticket: Ticket) -> Change | None:
        return change_of(self.closed or {}, ticket.id, ticket.code, comes=_comes(ticket))


def _comes(ticket: Ticket) -> bool:
    return ticket.standing is Standing.CONFIRMED and ticket.mode is Mode.IN_PERSON


def read_host_list(query: Mapping[str, str], columns: Sequence[str]) -> HostListForm:
    """Raises Invalid."""
    numbers = {name: _number(query[name]) for name in ("as_closed", "since") if query.get(name)}
    return parse(HostListForm, numbers | {"columns": list(columns)})


def _number(text: str) -> object:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text  # noqa: PLR2004 - digits that fit


async def list_questions(event: int, by: Actor) -> list[Question]:
    """What may be put into the list of what people answered; sensitive answers for who may read them."""
    asked = (await find_whole_form(event)).ever_asked
    return [one for one in asked if by.may(SENSITIVE) or not one.sensitive]


async def get_host_listing(slug: str, form: HostListForm, *, by: Actor) -> HostListing:
    """Raises EventNotFound, HostListNotFound, Invalid for a column that there is not, Forbidden."""
    number = form.as_closed if form.since is None else form.since
    closed, gone = (None, []) if number is None else await _closed(number, slug, by)
    plain = await get_listing(slug, by.organisation, Listed())
    asked = {f"{ANSWER}{one.name}": one for one in (await find_whole_form(plain.event.id)).ever_asked}
    unknown = [name for name in form.columns if name not in OFFERED and name not in asked]
    if unknown:
        raise Invalid.of("columns", N_("There is no column “{name}”."), name=unknown[0][:100])
    sensitive = any(asked[name].sensitive for name in form.columns if name in asked)
    if sensitive and not by.may(SENSITIVE):
        raise Forbidden(NOT_YOURS)
    order = {name: place for place, name in enumerate((*OFFERED, *asked))}
    return HostListing(
        event=plain.event,
        where=plain.where,
        questions=plain.questions,
        last=plain.last,
        sensitive=sensitive,
        chosen=tuple(sorted(set(form.columns), key=order.__getitem__)),
        closed=closed,
        since=form.since is not None,
        gone=tuple(gone),
    )


async def _closed(number: int, slug: str, by: Actor) -> tuple[dict[int, str], list[str]]:
    found = await get_own(number, slug, by.organisation)
    return await list_entries(found.id)
