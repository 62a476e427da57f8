"""The JSON API described: OpenAPI 3.1 at `/api/openapi.json`, and as a page at `/api/docs`.

Written from the routes by our own hand: Litestar describes what a handler's signature says, and ours read their bodies
field by field (`posted.py`), so it would know neither bodies nor refusals. A handler says in `opt` what it takes and
gives: `body` and `answer` are Structs, or the media types of a file; `query` is a Struct whose fields are the names in
the query.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from msgspec import Struct

from events.web.requests import AnyRequest
from events.web.templating import page

PREFIX = "/api/v1"
REFERENCE = "#/components/schemas/{name}"


class FieldProblem(Struct):
    field: str
    message: str


class ApiProblem(Struct):
    """RFC 9457. `type` ends in what it is: closed, full, already-registered, slug-taken and so on."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


WHEN = {
    400: "The body is not JSON.",
    401: "No token, or one that is not known.",
    403: "The token lacks a scope.",
    404: "Unknown, a draft, or another organisation's.",
    409: "Not in this state; the problem's type says why.",
    412: "The revision in If-Match is old.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "Something in it is wrong; every field is named.",
    429: "Asked too often; Retry-After says when to come back.",
    503: "The database cannot be reached; nothing was lost. Retry-After says when to come back.",
}
TAGS = ("events", "registrations", "guests", "messages", "doors")
"""The parts of the page, in this order."""
LIST_PARAMETERS = {
    "cursor": ({"type": "string"}, "`next` of the page before."),
    "limit": ({"type": "integer", "minimum": 1, "maximum": 500, "default": 50}, "How many at most."),
}


@get("/api/openapi.json", include_in_schema=False, sync_to_thread=False)
def openapi_json(request: AnyRequest) -> Response[bytes]:
    headers = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}
    return Response(msgspec.json.encode(describe(request.app)), media_type="application/json", headers=headers)


@get("/api/docs", include_in_schema=False, sync_to_thread=False)
def openapi_page(request: AnyRequest) -> Response[str]:
    return page(request, "api/docs.html", api=describe(request.app), example=example, when=WHEN)


ROUTES = [openapi_json, openapi_page]


@cache
def describe(app: Litestar) -> dict[str, Any]:
    """The whole document."""
    structs: list[Any] = [ApiProblem]
    paths: dict[str, dict[str, Any]] = {}
    for path, method, handler in _handlers(app):
        structs += [handler.opt[name] for name in ("body", "answer") if _is_struct(handler.opt.get(name))]
        paths.setdefault(path, {})[method] = _operation(path, method, handler)
    _, schemas = msgspec.json.schema_components(structs, ref_template=REFERENCE)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sideline",
            "version": "1",
            "description": "Events and side events: their registrations, doors and scans. Times are RFC 3339 with"
            " offset, beside the wall time and the IANA zone.",
        },
        "servers": [{"url": app.state.settings.base_url}],
        "tags": [{"name": name} for name in TAGS],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Made by an organiser, for one organisation, with scopes.",
                }
            },
        },
    }


def _handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in sorted(app.routes, key=lambda route: route.path):
        if isinstance(route, HTTPRoute) and route.path.startswith(PREFIX):
            for handler in route.route_handlers:
                for method in sorted(handler.http_methods - {"OPTIONS"}):
                    yield re.sub(r"{(\w+):\w+}", r"{\1}", route.path), method.lower(), handler


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _operation(path: str, method: str, handler: HTTPRouteHandler) -> dict[str, Any]:
    scope = next((guard.wanted for guard in handler.resolve_guards() if hasattr(guard, "wanted")), None)
    operation: dict[str, Any] = {
        "operationId": handler.name or handler.handler_name,
        "summary": handler.summary,
        "tags": handler.resolve_tags(),
        "parameters": list(_parameters(path, method, handler)),
        "responses": _responses(path, method, handler, scope),
        # Without a token the public ones answer too.
        "security": [{"token": [scope]}] if scope else [{}, {"token": []}],
    }
    if body := handler.opt.get("body"):
        operation["requestBody"] = {"required": True, "content": _content(body)}
    return operation


def _content(kind: Any) -> dict[str, Any]:
    """JSON, or a file of one of these types."""
    if isinstance(kind, tuple):
        return {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in kind}
    return {"application/json": {"schema": _reference(kind)}}


def _reference(kind: Any) -> dict[str, Any]:
    return {"$ref": REFERENCE.format(name=kind.__name__)} if _is_struct(kind) else {"type": "object"}


def _parameters(path: str, method: str, handler: HTTPRouteHandler) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", path):
        kind = "integer" if name.endswith("_id") else "string"
        yield {"name": name, "in": "path", "required": True, "schema": {"type": kind}}
    if query := handler.opt.get("query"):
        _, schemas = msgspec.json.schema_components([query], ref_template=REFERENCE)
        for name, schema in schemas[query.__name__]["properties"].items():
            plain = _without_references(schema, schemas)
            about = str(_sketch({}, plain, ()))
            yield {"name": name, "in": "query", "required": False, "schema": plain, "description": about}
    if "cursor" in handler.parsed_fn_signature.parameters:
        for name, (kind_of, words) in LIST_PARAMETERS.items():
            yield {"name": name, "in": "query", "required": False, "schema": kind_of, "description": words}
    if method in {"post", "patch"}:
        about = "The same key and body within 24 hours: the same answer, and nothing is done twice."
        key = {"type": "string", "minLength": 1, "maxLength": 255}
        yield {"name": "Idempotency-Key", "in": "header", "required": False, "schema": key, "description": about}


def _without_references(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """A query's own small types, written out."""
    if "$ref" in schema:
        return dict(schemas[schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return schema | {"anyOf": [_without_references(part, schemas) for part in schema["anyOf"]]}
    return schema


def _responses(path: str, method: str, handler: HTTPRouteHandler, scope: str | None) -> dict[str, Any]:
    status, answer = handler.status_code, handler.opt.get("answer")
    done: dict[str, Any] = {"description": handler.summary}
    if status != 204:  # noqa: PLR2004 - no content
        done["content"] = _content(answer)
        if handler.opt.get("list"):
            items = {"type": "array", "items": _reference(answer)}
            following = {"type": ["string", "null"], "description": "The cursor of the next page."}
            done["content"]["application/json"]["schema"] = {
                "type": "object",
                "required": ["items", "next"],
                "properties": {"items": items, "next": following},
            }
    refusals = {401, 403} if scope else {401}
    refusals |= {404} if "{" in path else set()
    refusals |= {400, 409, 412, 413, 415, 422} if method in {"post", "patch", "put"} else set()
    refusals |= {422} if method == "get" else set()
    refusals |= {429, 503}
    problem = {"application/problem+json": {"schema": {"$ref": REFERENCE.format(name="ApiProblem")}}}
    return {str(status): done} | {
        str(code): {"description": WHEN[code], "content": problem} for code in sorted(refusals)
    }


def example(api: dict[str, Any], schema: dict[str, Any]) -> str:
    """What such an object looks like, for the page: names and kinds, what is required first."""
    return msgspec.json.format(msgspec.json.encode(_sketch(api, schema, ())), indent=2).decode()


def _sketch(api: dict[str, Any], schema: dict[str, Any], above: tuple[str, ...]) -> Any:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return "…" if name in above else _sketch(api, api["components"]["schemas"][name], (*above, name))
    if "anyOf" in schema:
        kinds = [_sketch(api, part, above) for part in schema["anyOf"] if part.get("type") != "null"]
        return kinds[0] if kinds else None
    if "enum" in schema:
        return " | ".join(str(choice) for choice in schema["enum"])
    if schema.get("type") == "object":
        required = schema.get("required", [])
        properties = schema.get("properties", {})
        names = sorted(properties, key=lambda name: name not in required)
        return {name: _sketch(api, properties[name], above) for name in names}
    if schema.get("type") == "array":
        return [_sketch(api, schema["items"], above)] if "items" in schema else []
    return schema.get("type", "any")
