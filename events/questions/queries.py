from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from events.infra import db
from events.kernel.ids import digest
from events.questions.rules import NOTHING, Form, Question, Template, TemplateNotFound

_FORM = db.Prepared("SELECT document FROM question_form WHERE event = :event")
_WORDINGS = db.Prepared(
    "SELECT v.id, v.wording FROM question_version v JOIN question q ON q.id = v.question WHERE q.event = :event"
    " ORDER BY v.id"
)
_TEMPLATES = db.Prepared("SELECT id, name FROM question_template WHERE organisation = :organisation ORDER BY name, id")
_TEMPLATE = db.Prepared("SELECT document FROM question_template WHERE organisation = :organisation AND id = :id")

BUILT_IN = Path(__file__).parent / "templates"
_KEPT: dict[str, Form] = {}
_MOST_KEPT = 500


async def get_form(event: int, form: str) -> Form:
    """What the event asks; `form` is the digest that stands with it. Read once, for what has a digest never changes."""
    if not form:
        return NOTHING
    if form in _KEPT:
        return _KEPT[form]
    row = await _FORM.row(event=event)
    if row is None:
        return NOTHING
    if len(_KEPT) >= _MOST_KEPT:
        _KEPT.clear()
    # Under its own digest: it may have been changed since the other one was read.
    found = _KEPT[digest(row["document"])] = msgspec.json.decode(row["document"], type=Form)
    return found


async def find_whole_form(event: int) -> Form:
    """The form with what is retired, which has no digest once nothing is asked any more."""
    row = await _FORM.row(event=event)
    return msgspec.json.decode(row["document"], type=Form) if row else NOTHING


async def list_wordings(event: int) -> Mapping[int, Question]:
    """Every wording that a question of the event ever had, by its version, oldest first."""
    return {row["id"]: msgspec.json.decode(row["wording"], type=Question) for row in await _WORDINGS.rows(event=event)}


async def list_templates(organisation: int) -> list[Template]:
    """Those that come with Sideline, then the organisation's own."""
    own = [
        Template(row["id"], str(row["id"]), {"": row["name"]})
        for row in await _TEMPLATES.rows(organisation=organisation)
    ]
    return [*(Template(None, key, document["name"]) for key, document in built_in().items()), *own]


async def get_template(organisation: int, key: str) -> object:
    """A document that `read_form` reads; raises TemplateNotFound."""
    if key in built_in():
        return {"sections": built_in()[key]["sections"]}
    number = int(key) if key.isascii() and key.isdecimal() and len(key) < 10 else 0  # noqa: PLR2004 - digits that fit
    row = await _TEMPLATE.row(organisation=organisation, id=number)
    if row is None:
        raise TemplateNotFound
    return msgspec.json.decode(row["document"])


@cache
def built_in() -> dict[str, dict[str, Any]]:
    return {path.stem: msgspec.json.decode(path.read_bytes()) for path in sorted(BUILT_IN.glob("*.json"))}
