"""Changes to a document."""

from collections.abc import Mapping
from typing import Any


def merged(document: Mapping[str, Any], patch: object) -> Any:
    """JSON Merge Patch (RFC 7396)."""
    if not isinstance(patch, Mapping):
        return patch
    result: dict[str, Any] = dict(document)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            inner = result.get(name)
            result[name] = merged(inner if isinstance(inner, Mapping) else {}, value)
    return result
