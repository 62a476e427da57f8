"""The type of the requests that pages and calls take."""

from typing import Any

from litestar import Request

AnyRequest = Request[Any, Any, Any]
"""Without a user, an auth or a state of Litestar's: who asks is told by `events/accounts/guards.py`."""
