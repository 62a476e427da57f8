"""What a group can be narrowed by, in words: the kinds of organisation, the countries and the answers of an event."""

from typing import Any

from events.kernel.words import in_language
from events.programme.rules import EventFacts
from events.questions.rules import CHOICES, NO, YES
from events.questions.words import value_text
from events.registration.answers.queries import count_answers
from events.registration.queries.counts import count_affiliations
from events.web.locale import countries

Offered = dict[str, str]
"""What stands in a form and in a stored group, and its words."""


async def answers_of(event: EventFacts, language: str) -> Offered:
    """`meal:none` and so on; nothing of sensitive questions: who is in the group would tell what they said.

    Who chose what is offered no more is who must be written to.
    """
    offered = {}
    for question in (one.question for one in await count_answers(event.id)):
        if not question.is_selective:
            continue
        values = [choice.key for choice in question.choices] if question.kind in CHOICES else [YES, NO]
        for value in values:
            words = f"{in_language(question.label, language)} – {value_text(language, question, value)}"
            offered[f"{question.name}:{value}"] = words
    return offered


async def narrowing(event: EventFacts, language: str, typed_country: str = "") -> dict[str, Any]:
    """For the form: what there is to choose among those who are registered, and what is chosen already."""
    _, from_countries = await count_affiliations(event.id)
    known = {*from_countries, typed_country}
    return {
        "offered_answers": await answers_of(event, language),
        "offered_countries": [(code, name) for code, name in countries(language) if code in known],
    }
