"""Questions and answers as their readers read them."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache

from babel.numbers import get_decimal_symbol

from events.kernel.ids import folded
from events.kernel.words import N_, Text, in_language
from events.programme.rules import Mode
from events.questions.rules import CHOICES, MODE, NO, YES, Condition, Kind, Question
from events.questions.values import country_codes
from events.web import dates
from events.web.locale import gettext, listed, locale_of

KINDS: dict[Kind, str] = {
    Kind.SHORT_TEXT: N_("Short text"),
    Kind.LONG_TEXT: N_("Long text"),
    Kind.NUMBER: N_("Number"),
    Kind.DATE: N_("Date"),
    Kind.SINGLE_CHOICE: N_("One of several choices"),
    Kind.MULTIPLE_CHOICE: N_("Any of several choices"),
    Kind.YES_NO: N_("Yes or no"),
    Kind.COUNTRY: N_("Country"),
    Kind.ORGANISATION: N_("Organisation"),
    Kind.PHONE: N_("Telephone"),
    Kind.EMAIL: N_("E-mail address"),
    Kind.FILE: N_("File"),
    Kind.CONSENT: N_("Consent"),
    Kind.NOTE: N_("Note, nothing to answer"),
}
_YES_OR_NO = {YES: N_("Yes"), NO: N_("No")}
_MODES = {Mode.IN_PERSON: N_("In person"), Mode.ONLINE: N_("Online")}


@cache
def countries(language: str) -> Sequence[tuple[str, str]]:
    """Code and name, in the order of a list in that language."""
    names = [(code, country(language, code)) for code in country_codes()]
    return sorted(names, key=lambda named: folded(named[1]))


def country(language: str, code: str) -> str:
    return str(locale_of(language).territories.get(code, code))


def value_text(language: str, wording: Question, value: str) -> str:  # noqa: PLR0911 - one for each kind
    """One value as it was offered, in the reader's language."""
    if wording.kind in CHOICES:
        label: Text = next((choice.label for choice in wording.choices if choice.key == value), {"": value})
        return in_language(label, language)
    if wording.kind is Kind.YES_NO:
        return gettext(language, _YES_OR_NO.get(value, value))
    if wording.kind is Kind.CONSENT:
        return gettext(language, N_("Agreed"))
    if wording.kind is Kind.COUNTRY:
        return country(language, value)
    if wording.kind is Kind.DATE:
        return dates.full_date(language, date.fromisoformat(value))
    if wording.kind is Kind.NUMBER:
        return value.replace(".", get_decimal_symbol(locale_of(language)))
    return value


def answer_text(language: str, wording: Question, values: Iterable[str], joined_by: str = "; ") -> str:
    return joined_by.join(value_text(language, wording, value) for value in values)


def condition_text(language: str, condition: Condition, above: Iterable[Question]) -> str:
    """What has to be answered further up for a question to be asked."""
    if condition.question == MODE:
        label = gettext(language, "How do you attend?")
        values = [gettext(language, _MODES[Mode(value)]) for value in condition.values]
    else:
        source = next(one for one in above if one.name == condition.question)
        label = in_language(source.label, language)
        values = [value_text(language, source, value) for value in condition.values]
    only = N_("Only if “{question}” is answered: {values}.")
    return gettext(language, only).format(question=label, values=listed(language, values, "or"))
