"""Getting a file from an address that somebody typed, without being led into our own network.

Names are resolved here, every address that comes of it is judged, and the connection goes to what was judged: nothing
asks for the name a second time. Each step of a redirect is judged anew. Proxies of the environment are not asked.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import httpcore
from httpcore import AnyIOBackend, AsyncConnectionPool, AsyncNetworkBackend, AsyncNetworkStream

from events.infra.unreadable import Unreadable
from events.kernel.words import N_

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
PORTS = (80, 443)
LOWEST_OTHER_PORT = 1024
SECONDS = 20
MOST_REDIRECTS = 4
LONGEST = 2000
_MAPPED = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_REDIRECTS = {301, 302, 303, 307, 308}
_SUBSCRIBED = ("webcal://", "webcals://")
_ASKED = (
    (b"User-Agent", b"Sideline"),
    (b"Accept", b"text/calendar, text/plain;q=0.8, */*;q=0.5"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"close"),
)


def is_public(address: Address) -> bool:
    """Whether it is somebody's on the Internet; an IPv4 address inside an IPv6 one is judged as what it is."""
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
        if address in _LOCAL_NAT64 or address.is_site_local:
            return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_private or address.is_unspecified
    )


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or (address in _MAPPED and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


async def resolve(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found))


async def fetch(
    url: str,
    *,
    most: int,
    resolve: Resolve = resolve,
    may: Callable[[Address], bool] = is_public,
    seconds: float = SECONDS,
) -> bytes:
    """What the address answers, at most so many bytes; raises Unreadable in words for whoever typed it."""
    if url.casefold().startswith(_SUBSCRIBED):
        url = f"https:{url.partition(':')[2]}"
    try:
        async with asyncio.timeout(seconds):
            for _ in range(MOST_REDIRECTS + 1):
                found = await _get(_checked(url), most, _Judged(resolve, may))
                if isinstance(found, bytes):
                    return found
                url = urljoin(url, found)
    except TimeoutError:
        raise Unreadable(N_("The address does not answer in time.")) from None
    raise Unreadable(N_("The address leads from one to the next without end."))


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unreadable(N_("This is not a web address.")) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or len(url) > LONGEST or not url.isprintable():
        raise Unreadable(N_("Write a whole web address that begins with https:// or http://."))
    if parts.username is not None or parts.password is not None:
        raise Unreadable(N_("Leave the user name and password out of the address: it would be kept with them."))
    if port is not None and port not in PORTS and port < LOWEST_OTHER_PORT:
        raise Unreadable(N_("Calendars are not served from port {port}."), port=str(port))
    return parts


async def _get(parts: SplitResult, most: int, backend: "_Judged") -> bytes | str:
    """The body, or where the answer leads to."""
    target = parts.path or "/"
    url = httpcore.URL(
        scheme=parts.scheme.encode(),
        host=_ascii(parts.hostname or "").encode(),
        port=parts.port,
        target=_quoted(f"{target}?{parts.query}" if parts.query else target),
    )
    try:
        async with (
            AsyncConnectionPool(ssl_context=ssl.create_default_context(), network_backend=backend) as pool,
            pool.stream("GET", url, headers=[(b"Host", _host(parts)), *_ASKED]) as answer,
        ):
            return await _taken(answer, most)
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.TimeoutException,
        ssl.SSLError,
        OSError,
        UnicodeError,
    ):
        raise Unreadable(N_("The address cannot be reached, or does not speak as a web server does.")) from None
    finally:
        await backend.aclose()


async def _taken(answer: httpcore.Response, most: int) -> bytes | str:
    headers = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
    if answer.status in _REDIRECTS and headers.get(b"location"):
        return headers[b"location"]
    if answer.status != 200:  # noqa: PLR2004 - the one answer that has what was asked for
        raise Unreadable(N_("The address answers with status {status}, not with a file."), status=str(answer.status))
    if headers.get(b"content-encoding", "identity") != "identity":
        raise Unreadable(N_("The address sends its file packed, though we asked for it plain."))
    body = bytearray()
    async for piece in answer.aiter_stream():
        body += piece
        if len(body) > most:
            raise Unreadable(N_("The file is larger than {most} MB."), most=most // 1_000_000)
    return bytes(body)


class _Judged(AsyncNetworkBackend):
    """Connects to the very address that was found to be public."""

    def __init__(self, resolve: Resolve, may: Callable[[Address], bool]) -> None:
        self._resolve, self._may, self._below = resolve, may, AnyIOBackend()
        self._opened: list[AsyncNetworkStream] = []

    async def aclose(self) -> None:
        """Httpcore 1.0 leaves open what is cut off in the middle of a TLS handshake."""
        for stream in self._opened:
            await stream.aclose()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        try:
            found = await self._resolve(host, port)
        except OSError:
            raise Unreadable(N_("There is no server called {host}."), host=host[:100]) from None
        if not found or not all(self._may(ip_address(one)) for one in found):
            raise Unreadable(
                N_(
                    "{host} is not on the public Internet, and only from there are calendars taken."
                    " Save the calendar as a file and choose that instead."
                ),
                host=host[:100],
            )
        for one in found:
            try:
                stream = await self._below.connect_tcp(one, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if one == found[-1]:
                    raise
            else:
                self._opened.append(stream)
                return stream
        raise AssertionError("unreachable")

    async def connect_unix_socket(self, *_: Any, **__: Any) -> AsyncNetworkStream:
        raise NotImplementedError

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode()


def _host(parts: SplitResult) -> bytes:
    host = _ascii(parts.hostname or "")
    bracketed = f"[{host}]" if ":" in host else host
    return (f"{bracketed}:{parts.port}" if parts.port else bracketed).encode()


def _quoted(target: str) -> bytes:
    return quote(target, safe="!#$%&'()*+,/:;=?@[]~").encode()
