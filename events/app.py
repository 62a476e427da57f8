"""Puts the slices together: the only module that knows them all."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.types import ASGIApp

from events import health
from events.accounts import mails as accounts_mails
from events.accounts.actions.sweep import forget_expired
from events.accounts.guards import find_signed_in
from events.accounts.pages import ROUTES as ACCOUNTS
from events.accounts.queries import public_version
from events.accounts.steps import PUBLIC
from events.activity.actions import forget_looks
from events.announcements import mails as announcement_mails
from events.announcements.actions import delivering
from events.announcements.api import ROUTES as ANNOUNCEMENTS_API
from events.announcements.pages import ROUTES as ANNOUNCEMENTS
from events.announcements.sender import Sender
from events.calendar.pages import ROUTES as CALENDAR
from events.calendar.pages import with_suffixes
from events.checkin.actions import forget_strange_codes
from events.checkin.api import DoorsApi
from events.checkin.pages import DoorPages, DoorsPages
from events.imports.actions import forget_expired_uploads
from events.imports.guests.pages import InvitingPages
from events.imports.pages import ImportPages
from events.infra import db, notices
from events.outbox.actions import forget_sent_long_ago
from events.outbox.pages import demo_mail
from events.outbox.worker import Worker
from events.programme import mails as programme_mails
from events.programme.pages import ROUTES as PROGRAMME
from events.questions.api import FormApi
from events.registration import mails as registration_mails
from events.registration.actions.proving import release_expired
from events.registration.actions.telling import tell_what_is_due
from events.registration.actions.zones import follow_zone_rules
from events.registration.admission.actions import remind_of_admission
from events.registration.answers.actions import forget_unclaimed
from events.registration.api import ROUTES as REGISTRATION_API
from events.registration.delegations import mails as delegation_mails
from events.registration.focal_points import mails as focal_point_mails
from events.registration.focal_points.actions import tell_focal_points
from events.registration.guests.actions import expire_invitations
from events.registration.handing_over.actions import end_lapsed_offers
from events.registration.host_list.actions import close_planned_lists
from events.registration.inbox import keep_reading
from events.registration.pages import ROUTES as REGISTRATION
from events.registration.retention.actions import erase_due
from events.reports.api import ExportsApi, HostListApi, SensitiveExportsApi
from events.reports.pages import ExportPages, HostListExportPages, SensitiveExportPages
from events.reports.workspace import ROUTES as WORKSPACE
from events.settings import Settings
from events.web import errors, openapi
from events.web.assets import static_files
from events.web.caching import KeptAnswers
from events.web.observing import Observing
from events.web.security import LARGEST_BODY, Security
from events.web.version import Version

ROUTES: list[Any] = [
    static_files(),
    *health.ROUTES,
    *ACCOUNTS,
    *PROGRAMME,
    FormApi,
    *REGISTRATION_API,
    *REGISTRATION,
    *CALENDAR,
    DoorsApi,
    DoorPages,
    DoorsPages,
    *ANNOUNCEMENTS_API,
    *ANNOUNCEMENTS,
    *WORKSPACE,
    ImportPages,
    InvitingPages,
    ExportsApi,
    HostListApi,
    ExportPages,
    HostListExportPages,
    SensitiveExportsApi,
    SensitiveExportPages,
    *openapi.ROUTES,
    demo_mail(find_signed_in),
]
SWEEP_SECONDS = 60
log = logging.getLogger(__name__)


def create_app(settings: Settings, *, background: bool = True) -> Litestar:
    """The whole application; its lifespan opens the database and, with `background`, sends mail and sweeps."""
    version = Version(public_version)
    app = routed(settings, lifespan=[_lifespan(settings, version, background=background)])
    app.asgi_handler = guarded(app.asgi_handler, settings, version)
    return app


def routed(settings: Settings, **options: Any) -> Litestar:
    """Every route, each with what it reads and answers, and nothing around them yet."""
    return Litestar(
        route_handlers=ROUTES,
        exception_handlers=errors.HANDLERS,  # type: ignore[arg-type]  # each takes its own class of exception
        openapi_config=None,
        logging_config=None,  # events/web/logs.py, for every command alike
        request_max_body_size=LARGEST_BODY,
        state=State({"settings": settings}),
        debug=False,
        **options,
    )


def guarded(routes: ASGIApp, settings: Settings, version: Version) -> ASGIApp:
    """What each request passes before it comes to a route; an answer that is kept comes to none."""
    return Observing(Security(KeptAnswers(with_suffixes(routes), version), settings))


async def work(settings: Settings, *, many_beside: bool = False) -> None:
    """Send the mail, let changes leave and clear away what has expired, until cancelled.

    With `many_beside`, what goes to many is sent by a process of its own.
    """
    renderers = {
        **accounts_mails.renderers(settings),
        **programme_mails.renderers(settings),
        **registration_mails.renderers(settings, partial(announcement_mails.added_to, settings)),
        **delegation_mails.renderers(settings),
        **focal_point_mails.renderers(settings),
        **delivering.renderers(settings),
    }
    outbox = Worker(settings, renderers)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(outbox.run())
        tasks.create_task(Sender(outbox if many_beside else None).run())
        tasks.create_task(_sweep())
        tasks.create_task(keep_reading(settings))


DUE = (
    follow_zone_rules,
    tell_what_is_due,
    release_expired,
    end_lapsed_offers,
    erase_due,
    remind_of_admission,
    tell_focal_points,
    expire_invitations,
    close_planned_lists,
    forget_unclaimed,
    forget_strange_codes,
    forget_looks,
    forget_expired,
    forget_sent_long_ago,
    forget_expired_uploads,
    db.settle,
)
"""What is done whenever it is due; the first finds something once after tzdata was brought up to date."""


async def _sweep() -> None:
    while True:
        for act in DUE:
            try:
                await act()
            except Exception:
                log.exception("could not do what is due; trying again in a minute")
        await asyncio.sleep(SWEEP_SECONDS)


def _lifespan(
    settings: Settings, version: Version, *, background: bool
) -> Callable[[Litestar], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await db.engine().open()
        postgres = db.engine().engine_type == "postgres"  # which does in processes of its own what takes long
        working = asyncio.create_task(work(settings, many_beside=not postgres)) if background else None
        try:
            # SQLite is asked for each answer that is kept (10 µs), PostgreSQL when it says so, and each second.
            seconds = 1.0 if postgres else 0.0
            async with notices.listening(PUBLIC, version.forget):
                with version.remembered(seconds):
                    yield
        finally:
            if working:
                working.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await working
            await db.engine().close()

    return lifespan
