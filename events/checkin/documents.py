"""Doors and answers as JSON."""

from collections.abc import Sequence
from typing import Any

from events.checkin.actions import url_of
from events.checkin.forms import are_several
from events.checkin.rules import Answer, DoorFacts
from events.kernel.words import in_language
from events.settings import Settings


def described(door: DoorFacts, settings: Settings) -> dict[str, Any]:
    """`closed_at` says since when its address opens nothing."""
    return {
        "id": door.id,
        "name": door.name,
        "url": url_of(door, settings),
        "reentry": door.reentry,
        "opens_at": door.opens_at,
        "closed_at": door.closed_at,
    }


def answered(posted: object, answers: Sequence[Answer], language: str) -> dict[str, Any]:
    """One answer to one scan; to a list, the list of answers in its order."""
    documents = [_answer(answer, language) for answer in answers]
    return {"items": documents} if are_several(posted) else documents[0]


def _answer(answer: Answer, language: str) -> dict[str, Any]:
    document: dict[str, Any] = {"result": answer.result, "name": answer.name, "mode": answer.mode}
    if answer.reason:
        document["reason"] = answer.reason
    if answer.first_scan:
        document["first_scan"] = {"at": answer.first_scan.at, "door": answer.first_scan.door}
    if answer.assists:
        document["assists"] = answer.assists
    if answer.admission:
        document["admission"] = answer.admission
    if answer.asks:
        document["asks"] = answer.asks
    if answer.other_event:
        document["other_event"] = in_language(answer.other_event, language)
    return document
