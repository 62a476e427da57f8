"""What a refusal or a problem says in the reader's language, its parameters written as that language does."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol

from events.kernel.spans import WallTime
from events.kernel.words import in_language
from events.web import dates
from events.web.locale import gettext, listed, number


class Said(Protocol):
    """A DomainError or a Problem."""

    @property
    def message(self) -> str: ...

    @property
    def params(self) -> Mapping[str, Any]: ...


def said(language: str, it: Said) -> str:
    """What a refusal or a problem says, in the reader's language, its parameters written as that language does."""
    template = gettext(language, it.message)
    params = {name: shown(language, value) for name, value in it.params.items()}
    return template.format(**params) if params else template


def shown(language: str, value: object) -> str:  # noqa: PLR0911 - one for each kind of value
    """A parameter as people read it."""
    if isinstance(value, WallTime):
        return dates.moment(language, value)
    if isinstance(value, datetime):
        return dates.instant(language, value)
    if isinstance(value, date):
        return dates.full_date(language, value)
    if isinstance(value, int) and not isinstance(value, bool):
        return number(language, value)
    if isinstance(value, Mapping):
        return in_language(value, language)
    if isinstance(value, list | tuple):
        return listed(language, [str(item) for item in value])
    return str(value)
