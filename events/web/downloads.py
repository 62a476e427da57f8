from urllib.parse import quote

from litestar import Response

_LOCKED_UP = "default-src 'none'; sandbox"
"""Should a browser ever show what somebody sent instead of saving it, nothing in it runs."""


def as_download(name: str, media_type: str, content: bytes) -> Response[bytes]:
    """A file that somebody sent, to be saved and never shown."""
    plain = name.encode("ascii", "ignore").decode().replace('"', "") or "file"
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": _LOCKED_UP,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )
