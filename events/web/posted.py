"""What was posted, read field by field, so that every problem is told at once.

msgspec alone stops at the first bad field. Every text is trimmed and its white space folded before it is checked; a
field annotated with `LINES` keeps its line breaks.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from litestar.exceptions import ClientException, HTTPException
from msgspec import Meta, Struct, defstruct

from events.kernel.errors import Invalid, Problem
from events.kernel.words import N_, one_line, several_lines
from events.web.requests import AnyRequest

T = TypeVar("T", bound=Struct)

LINES = Meta(extra={"lines": True})
Line = Annotated[str, Meta(max_length=200)]
LongLine = Annotated[str, Meta(max_length=500)]
Lines = Annotated[str, Meta(max_length=20_000), LINES]

_MESSAGES: tuple[tuple[str, str], ...] = (
    (r"of length <= (?P<limit>\d+)", N_("Write at most {limit} characters.")),
    (r"of length >= 1\b", N_("This must be filled in.")),
    (r"`(?:int|float)` >= (?P<least>[-\d.]+)", N_("This must be {least} or more.")),
    (r"`(?:int|float)` <= (?P<most>[-\d.]+)", N_("This must be {most} or less.")),
    (r"Expected `int(?: \| null)?`", N_("This must be a whole number.")),
    (r"Expected `float(?: \| null)?`", N_("This must be a number.")),
    (r"Expected `bool(?: \| null)?`", N_("This must be yes or no (true or false).")),
    (r"Expected `str(?: \| null)?`", N_("This must be a text.")),
    (r"Expected `array(?: \| null)?`", N_("This must be a list.")),
    (r"Expected `object(?: \| null)?`", N_("This must be an object.")),
    (r"matching regex", N_("This is not written as it should be.")),
)
MISSING = N_("This must be filled in.")
UNKNOWN = N_("There is no field of this name.")


def parse(form: type[T], posted: object) -> T:
    """The Struct that `posted` describes; raises Invalid with every problem, fields named as `starts.wall`."""
    problems: list[Problem] = []
    found = _struct(form, posted, "", problems)
    if problems:
        raise Invalid(problems)
    return found  # type: ignore[no-any-return]  # without problems it is the Struct


def is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and " " not in url
    except ValueError:
        return False


async def read_json(request: AnyRequest) -> object:
    """The body of a JSON request; 415 on another type, 400 when it is not JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"application/json", "application/merge-patch+json"}:
        raise HTTPException("Send the body as application/json.", status_code=415)
    body = await request.body()
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _lenient(body)


def _lenient(body: bytes) -> object:
    """JSON with lone surrogates is JSON: it is refused in words, field by field, later."""
    try:
        return json.loads(body, parse_constant=_no_constant, object_pairs_hook=_named)
    except (ValueError, RecursionError) as error:
        raise ClientException(f"The body is not JSON: {error}") from error


def _named(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Names without lone surrogates, for what is refused is named in the answer."""
    return {name.encode(errors="replace").decode(): value for name, value in pairs}


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _struct(form: type[Struct], posted: object, path: str, problems: list[Problem]) -> Any:
    if not isinstance(posted, Mapping):
        problems.append(Problem(path.rstrip("."), N_("This must be an object.")))
        return None
    fields = _fields(form)
    problems += [Problem(f"{path}{name}"[:200], UNKNOWN) for name in posted if name not in fields]
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in posted:
            values[field.name] = _value(field.kind, posted[name], f"{path}{name}", problems)
        elif field.required:
            problems.append(Problem(f"{path}{name}", MISSING))
    return None if problems else form(**values)


class _Kind(Struct, frozen=True):
    """A field's annotation, looked through once: `inner` is the Struct, list or mapping of Structs in it, if any.

    `parts` are the kinds of what a list or a mapping holds. `carrier` is a Struct that has nothing but such a value:
    msgspec works out anew what any other annotation means each time that it converts to it.
    """

    annotation: Any
    may_be_null: bool
    inner: Any
    parts: tuple["_Kind", ...]
    carrier: type[Struct]
    clean: Callable[[str], str]


class _Field(Struct, frozen=True):
    name: str
    required: bool
    kind: _Kind


@cache
def _fields(form: type[Struct]) -> Mapping[str, _Field]:
    """By the name under which each is posted."""
    found = msgspec.structs.fields(form)
    return {field.encode_name: _Field(field.name, field.required, _kind_of(field.type)) for field in found}


def _kind_of(annotation: Any) -> _Kind:
    parts = get_args(annotation)
    inner = next((part for part in (annotation, *parts) if _holds_struct(part) or get_origin(part) is dict), None)
    clean = several_lines if _keeps_lines(annotation) else one_line
    holds = tuple(map(_kind_of, get_args(inner))) if get_origin(inner) else ()
    return _Kind(annotation, type(None) in parts, inner, holds, defstruct("Carrier", [("value", annotation)]), clean)


def _value(kind: _Kind, posted: object, path: str, problems: list[Problem]) -> Any:  # noqa: PLR0911 - one for each kind of field
    if posted is None and kind.may_be_null:
        return None
    inner = kind.inner
    if inner is None:
        return _plain(kind, posted, path, problems)
    if isinstance(inner, type):
        return _struct(inner, posted, f"{path}.", problems)
    if get_origin(inner) is list:
        if not isinstance(posted, list):
            problems.append(Problem(path, N_("This must be a list.")))
            return None
        [items] = kind.parts
        return [_value(items, item, f"{path}.{number}", problems) for number, item in enumerate(posted)]
    if not isinstance(posted, Mapping):
        problems.append(Problem(path, N_("This must be an object.")))
        return None
    keys, values = kind.parts
    if values.inner is None and (whole := _whole(kind, posted)) is not None:
        return whole
    return {
        _plain(keys, key, path, problems): _value(values, item, f"{path}.{key}", problems)
        for key, item in posted.items()
    }


def _whole(kind: _Kind, posted: Mapping[Any, Any]) -> Any:
    """A mapping of plain values at once; None when something is wrong with one of them."""
    keys, values = kind.parts
    try:
        cleaned = {keys.clean(key): _cleaned(value, values.clean) for key, value in posted.items()}
        return _converted(kind, cleaned)
    except ValueError:  # of msgspec, too
        return None


def _converted(kind: _Kind, value: object) -> Any:
    return msgspec.convert({"value": value}, kind.carrier).value  # type: ignore[attr-defined]  # all that it has


def _holds_struct(kind: Any) -> bool:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return True
    return get_origin(kind) in {list, dict} and _holds_struct(get_args(kind)[-1])


def _plain(kind: _Kind, posted: object, path: str, problems: list[Problem]) -> Any:
    try:
        return _converted(kind, _cleaned(posted, kind.clean))
    except msgspec.ValidationError as error:
        problems.append(problem_of(path, str(error), kind.annotation))
    except ValueError:
        problems.append(Problem(path, N_("This contains a character that cannot be used.")))
    return None


def _keeps_lines(kind: Any) -> bool:
    metas = (meta for meta in getattr(kind, "__metadata__", ()) if isinstance(meta, Meta))
    return any((meta.extra or {}).get("lines") for meta in metas) or any(map(_keeps_lines, get_args(kind)))


def _cleaned(posted: object, clean: Callable[[str], str]) -> object:
    if isinstance(posted, str):
        return clean(posted)
    if isinstance(posted, list):
        return [_cleaned(item, clean) for item in posted]
    if isinstance(posted, dict):
        return {clean(key): _cleaned(item, clean) for key, item in posted.items()}
    return posted


def problem_of(path: str, said: str, kind: Any = None) -> Problem:
    """What msgspec `said` of a value, in words."""
    where = re.search(r" - at `\$\.value(.*)`", said)
    if where and (part := where[1].replace("[...]", "").replace("[", ".").replace("]", "")):
        path = f"{path}.{part.lstrip('.')}"
    if "Invalid enum value" in said:
        return Problem(path, N_("Choose one of: {choices}."), {"choices": ", ".join(_choices(kind))})
    for pattern, message in _MESSAGES:
        if found := re.search(pattern, said):
            return Problem(path, message, found.groupdict())
    return Problem(path, N_("This cannot be read: {detail}."), {"detail": said})


def _choices(kind: Any) -> list[str]:
    if isinstance(kind, type) and hasattr(kind, "__members__"):
        return [str(member.value) for member in kind]  # type: ignore[attr-defined]  # an Enum
    inner = [choice for part in get_args(kind) if not isinstance(part, Meta) for choice in _choices(part)]
    return inner or [part for part in get_args(kind) if isinstance(part, str)]
