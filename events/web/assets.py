"""Stylesheet, scripts, icons and fonts: kept in memory, under an address that changes with any of them."""

import gzip
import mimetypes
from functools import cache
from hashlib import sha256
from pathlib import Path

from litestar import HttpMethod, Response, route
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from events.web.requests import AnyRequest

STATIC = Path(__file__).parents[2] / "static"
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".woff2": "font/woff2"}
_SMALLER_BY_GZIP = {".css", ".js", ".json", ".mjs", ".svg", ".txt", ".wasm"}
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_AN_HOUR = "public, max-age=3600"


class Asset(Struct, frozen=True):
    body: bytes
    gzipped: bytes | None
    digest: str
    media_type: str


@cache
def _paths() -> dict[str, Path]:
    """Every file there is by its name below `static/`: what is not in here is not served."""
    return {path.relative_to(STATIC).as_posix(): path for path in sorted(STATIC.rglob("*")) if path.is_file()}


@cache
def version() -> str:
    """Of all files together: styles and modules name each other by relative addresses, so one cannot change alone."""
    together = sha256()
    for name, path in _paths().items():
        together.update(name.encode() + b"\0" + path.read_bytes())
    return together.hexdigest()[:12]


@cache
def asset(name: str) -> str:
    """The address of `static/{name}`."""
    if name not in _paths():
        raise KeyError(f"there is no static/{name}")
    return f"/static/{version()}/{name}"


@cache
def _loaded(name: str) -> Asset:
    path = _paths()[name]
    body = path.read_bytes()
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    gzipped = gzip.compress(body, mtime=0) if path.suffix in _SMALLER_BY_GZIP else None
    return Asset(body, gzipped, sha256(body).hexdigest()[:20], media_type)


def static_files() -> HTTPRouteHandler:
    """The handler of `/static/…`, for `create_app`."""
    methods = [HttpMethod.GET, HttpMethod.HEAD]

    @route("/static/{built:str}/{name:path}", http_method=methods, include_in_schema=False, sync_to_thread=False)
    def static_file(request: AnyRequest, built: FromPath[str], name: FromPath[str]) -> Response[bytes]:
        if name.lstrip("/") not in _paths():
            raise NotFoundException
        found = _loaded(name.lstrip("/"))
        zipped = found.gzipped is not None and "gzip" in request.headers.get("accept-encoding", "")
        etag = f'"{found.digest}-gzip"' if zipped else f'"{found.digest}"'
        headers = {"ETag": etag, "Cache-Control": _FOR_EVER if built == version() else _FOR_AN_HOUR}
        if found.gzipped is not None:
            headers["Vary"] = "Accept-Encoding"
        known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
        if etag in known:
            return Response(b"", status_code=304, headers=headers, media_type=found.media_type)
        body = found.gzipped if zipped and found.gzipped is not None else found.body
        if zipped:
            headers["Content-Encoding"] = "gzip"
        return Response(body, headers=headers, media_type=found.media_type)

    return static_file
