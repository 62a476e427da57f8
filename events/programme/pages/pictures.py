"""The pictures that other sites show beside a link to an event."""

import asyncio

from litestar import Response, get
from litestar.params import FromPath

from events.accounts.queries import get_organisation
from events.infra import pictures
from events.programme.pages.guards import in_a_language
from events.programme.picture import card_of
from events.programme.queries import get_event
from events.web.caching import keep
from events.web.locale import language_of_request
from events.web.requests import AnyRequest
from events.web.security import settings_of


@get("/{language:str}/events/{slug:str}/picture.png", guards=[in_a_language], include_in_schema=False)
async def picture(request: AnyRequest, slug: FromPath[str]) -> Response[bytes]:
    """`/{language}/events/{slug}.png`, which `with_suffixes` leads here."""
    event = await get_event(slug)
    organisation = await get_organisation(event.organisation_slug)
    language, domain = language_of_request(request), settings_of(request).domain

    def drawn() -> bytes:
        return pictures.png(card_of(event, language, accent=organisation.accent, domain=domain))

    content = await asyncio.to_thread(drawn)
    keep(request, last_modified=event.changed_at, cache_control="public, max-age=3600")
    return Response(content, media_type="image/png", headers={"Access-Control-Allow-Origin": "*"})


ROUTES = [picture]
