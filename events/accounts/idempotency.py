from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import msgspec
from litestar import Response

from events.accounts.actions.answers import once, unkeyed
from events.accounts.rules import Actor, Answer
from events.kernel.errors import Invalid
from events.kernel.ids import digest
from events.kernel.words import N_
from events.web.requests import AnyRequest
from events.web.security import client_network

T = TypeVar("T")
LONGEST_KEY = 255


async def answer_once(
    request: AnyRequest,
    act: Callable[[], Coroutine[Any, Any, T]],
    *,
    caller: Actor | None,
    status: int = 201,
    shown: Callable[[T], object] = lambda made: made,
) -> Response[bytes]:
    """Run an action's step in a write of its own and answer with what it made; with an `Idempotency-Key`, once.

    return await answer_once(request, lambda: register.step(...), caller=caller, shown=as_json)
    """

    async def answering() -> Answer:
        made = shown(await act())
        return Answer(status, "" if made is None else msgspec.json.encode(made).decode())

    key = request.headers.get("idempotency-key")
    if key is None:
        answer = await unkeyed(answering)
    else:
        if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise Invalid.of("Idempotency-Key", N_("The key must be 1 to 255 printable ASCII characters."))
        body = await request.body()
        answer = await once(
            answering,
            key=key,
            scope=caller.name if caller else digest(f"{request.url.path} {client_network(request)}"),
            request_digest=digest(f"{request.method} {request.url.path} {body.hex()}"),
        )
    return Response(answer.body.encode(), status_code=answer.status, media_type="application/json")
