"""The one place where a refusal becomes an answer: problem+json (RFC 9457) for programs, a page for people."""

import logging
from typing import Any

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException

from events.kernel import errors
from events.kernel.errors import DomainError, Invalid
from events.kernel.words import N_
from events.web.locale import gettext, language_of_request
from events.web.posted import problem_of
from events.web.requests import AnyRequest
from events.web.said import said

log = logging.getLogger(__name__)

STATUS: dict[type[DomainError], int] = {
    errors.NotFound: 404,
    errors.Gone: 410,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.Outdated: 412,
    errors.Invalid: 422,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
_TOO_LARGE = N_(
    "What was sent is too large, so nothing of it arrived. Go back, choose smaller files and send it again."
)
_UNEXPECTED = N_("Something went wrong on our side. Nothing was changed; please try again.")
PROBLEM_TYPES = "urn:sideline:problem:"


def status_of(error: DomainError) -> int:
    """The status of the nearest class above the error's own."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def domain_error(request: AnyRequest, error: DomainError) -> Response[Any]:
    headers = {}
    if isinstance(error, errors.TooMany | errors.Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return answer(request, status_of(error), error.kind, said(language_of_request(request), error), error, headers)


def http_error(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """What Litestar itself refuses: no such route, wrong method, too large, a number that a list cannot have."""
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        told = [problem_of(str(one["key"]), str(one["message"])) for one in error.extra]
        return domain_error(request, Invalid(told))
    kind = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "wrong-type"}.get(
        error.status_code, "bad-request"
    )
    detail = gettext(language_of_request(request), _TOO_LARGE) if kind == "too-large" else error.detail
    return answer(request, error.status_code, kind, detail, None, dict(error.headers or {}))


def unexpected_error(request: AnyRequest, error: Exception) -> Response[Any]:
    log.error("unexpected error in %s %s", request.method, request.scope.get("path_template", ""), exc_info=error)
    return answer(request, 500, "error", gettext(language_of_request(request), _UNEXPECTED), None, {})


def answer(
    request: AnyRequest,
    status: int,
    kind: str,
    detail: str,
    error: DomainError | None,
    headers: dict[str, str],
) -> Response[Any]:
    if request.scope["path"].endswith(".ics"):  # a calendar program shows what it understands: not a page
        return Response(_in_lines(request, detail, error), status_code=status, headers=headers, media_type="text/plain")
    if not request.scope["path"].startswith("/api/") and wants_html(request):
        from events.web.templating import error_page  # noqa: PLC0415 - templates are loaded for pages only

        return error_page(request, status, detail, headers)
    body: dict[str, Any] = {
        "type": PROBLEM_TYPES + kind,
        "title": kind.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
    }
    if isinstance(error, Invalid):
        language = language_of_request(request)
        body["errors"] = [{"field": problem.field, "message": said(language, problem)} for problem in error.problems]
    return Response(
        msgspec.json.encode(body), status_code=status, headers=headers, media_type="application/problem+json"
    )


def _in_lines(request: AnyRequest, detail: str, error: DomainError | None) -> str:
    language = language_of_request(request)
    problems = error.problems if isinstance(error, Invalid) else ()
    return "\n".join([detail, *(f"{problem.field}: {said(language, problem)}" for problem in problems)]) + "\n"


def wants_html(request: AnyRequest) -> bool:
    accept = request.headers.get("accept", "*/*")
    return "html" in accept or ("*/*" in accept and "json" not in accept)


HANDLERS = {DomainError: domain_error, HTTPException: http_error, Exception: unexpected_error}
