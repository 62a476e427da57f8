from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from events.kernel.errors import NotFound
from events.kernel.words import N_
from events.web.locale import language_of_path


async def in_a_language(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard for addresses that begin with a language: others name nothing."""
    if language_of_path(connection) is None:  # type: ignore[arg-type]  # it asks for path and settings alone
        raise NotFound(N_("There is nothing at this address."))
