"""What the pages under /organise share, whichever slice they belong to."""

from typing import Any

from litestar import Response

from events.accounts.guards import csrf_token, settings_of
from events.accounts.rules import KeptFor, SignedIn
from events.web.locale import language_of_request
from events.web.requests import AnyRequest
from events.web.templating import page


def workspace_page(
    request: AnyRequest, member: SignedIn, name: str, status_code: int = 200, **context: Any
) -> Response[str]:
    """A page that extends `workspace.html`: in the member's language, kept by no cache, with `csrf` for its forms."""
    return page(
        request,
        name,
        status_code,
        headers={"Cache-Control": "no-store"},
        language=language_of_request(request, member.member.language),
        signed_in=member,
        csrf=csrf_token(settings_of(request), member),
        **context,
    )


def kept_for(request: AnyRequest) -> KeptFor:
    """Within what the operator lets people be kept."""
    settings = settings_of(request)
    return KeptFor(settings.retention_least_days, settings.retention_most_days)
