"""Somebody's own calendar. Its address is the secret: nothing here may be kept, found or referred from."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.actions.attempts import count_attempt
from events.calendar import actions
from events.calendar.feeds import private_feed
from events.calendar.queries import read_private_feed
from events.calendar.rules import window_at
from events.infra.ics.writer import FeedFacts
from events.kernel.clock import utc_now
from events.kernel.errors import DomainError, NotFound
from events.kernel.ids import digest
from events.kernel.words import N_
from events.programme.links import subscribe_to
from events.registration.rules import WRONG_LINKS_PER_NETWORK
from events.registration.rules.feeds import FeedNotFound
from events.web.caching import keep
from events.web.errors import domain_error
from events.web.locale import gettext, language_of_request, nearest_language
from events.web.requests import AnyRequest
from events.web.security import client_network, our_form, settings_of, signed_field
from events.web.templating import page

PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
_ACTS = ("alarm", "renew", "end")


def _refused(request: AnyRequest, error: DomainError) -> Response[Any]:
    answer = domain_error(request, error)
    answer.headers.update(PRIVATE)
    return answer


class PrivateCalendar(Controller):
    path = "/calendars/{token:str}"
    include_in_schema = False
    exception_handlers = {DomainError: _refused}

    @get("/calendar.ics")
    async def feed(self, request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
        state, settings = await _state(request, token), settings_of(request)
        language = nearest_language(state.language, settings.env)
        facts = FeedFacts(
            uid=f"feed-{digest(f'private:{state.feed.id}')[:32]}@{settings.domain}",
            name=gettext(language, _NAME).format(place=settings.domain),
            description=gettext(language, N_("All that you are registered for with one address.")),
            language=language,
            url=f"{settings.base_url}/{language}/",
            source=None,
            changed=state.changed,
        )
        content = private_feed(state, facts, settings.base_url, settings.secret_key)
        await actions.note_fetched(state.feed)
        gzip_from = settings.gzip_calendars_from
        keep(request, last_modified=state.changed, cache_control="private, no-cache", gzip_from=gzip_from)
        headers = {"Content-Disposition": 'inline; filename="calendar.ics"', "X-Robots-Tag": "noindex"}
        return Response(content, media_type="text/calendar", headers=headers)

    @get()
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        state, settings = await _state(request, token), settings_of(request)
        language = language_of_request(request, state.language)
        address = f"/calendars/{token}"
        name = gettext(language, _NAME).format(place=settings.domain)
        return page(
            request,
            "calendar/private.html",
            headers=PRIVATE,
            language=language,
            feed=state.feed,
            entries=len(state.entries),
            alarms=actions.ALARMS,
            subscribe=subscribe_to(f"{settings.base_url}{address}.ics", name),
            address=address,
            done=request.query_params.get("done", ""),
            signed={act: signed_field(settings.secret_key, f"{address}/{act}") for act in _ACTS},
        )

    @post("/alarm", guards=[our_form])
    async def alarm(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        await _state(request, token)
        chosen = (await request.form()).get("minutes", "")
        await actions.set_alarm(token, next((minutes for minutes in actions.ALARMS if str(minutes) == chosen), None))
        return _back(f"/calendars/{token}?done=alarm")

    @post("/renew", guards=[our_form])
    async def renew(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        """What comes by mail is another address: this page is then gone."""
        await _state(request, token)
        await actions.renew_private_feed(token, secret=settings_of(request).secret_key)
        return page(request, "calendar/over.html", headers=PRIVATE, renewed=True)

    @post("/end", guards=[our_form])
    async def end(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        await _state(request, token)
        await actions.end_private_feed(token)
        return page(request, "calendar/over.html", headers=PRIVATE, renewed=False)


class AskForFeed(Controller):
    path = "/t/{token:str}/calendar"
    include_in_schema = False
    exception_handlers = {DomainError: _refused}

    @post(guards=[our_form])
    async def ask(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        try:
            await actions.send_private_feed(token, secret=settings_of(request).secret_key)
        except NotFound:
            await count_attempt("private-link", client_network(request), **WRONG_LINKS_PER_NETWORK)
            raise
        return _back(f"/t/{token}?done=calendar")


_NAME = N_("My events at {place}")


async def _state(request: AnyRequest, token: str) -> Any:
    """What the address opens. Wrong ones are counted as those of private pages are."""
    try:
        return await read_private_feed(token, window=window_at(utc_now()))
    except FeedNotFound:
        await count_attempt("private-link", client_network(request), **WRONG_LINKS_PER_NETWORK)
        raise


def _back(address: str) -> Response[None]:
    return Redirect(address, status_code=303, headers=PRIVATE)
