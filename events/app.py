"""Puts the slices together: the only module that knows them all."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from litestar import Litestar
from litestar.datastructures import State

from events.accounts.pages import ROUTES as ACCOUNTS
from events.infra import db
from events.registration.api import EventsApi, RegistrationsApi
from events.settings import Settings
from events.web import errors
from events.web.security import LARGEST_BODY, Security

ROUTES: list[Any] = [*ACCOUNTS, EventsApi, RegistrationsApi]


def create_app(settings: Settings) -> Litestar:
    """The whole application; `lifespan` opens the database and starts the background work."""
    app = Litestar(
        route_handlers=ROUTES,
        exception_handlers=errors.HANDLERS,  # type: ignore[arg-type]  # each takes its own class of exception
        lifespan=[_lifespan(settings)],
        openapi_config=None,
        request_max_body_size=LARGEST_BODY,
        state=State({"settings": settings}),
        debug=False,
    )
    app.asgi_handler = Security(app.asgi_handler, settings)
    return app


def _lifespan(settings: Settings) -> Callable[[Litestar], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await db.engine().open()
        try:
            yield
        finally:
            await db.engine().close()

    return lifespan

