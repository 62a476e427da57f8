"""One value of each kind that is more than a text: read as people write it, kept in one way of writing."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from email_validator import EmailNotValidError, validate_email

from events.kernel.words import N_, one_line, several_lines
from events.questions.rules import NO, YES

NOT_A_CHOICE = N_("Choose one of what is offered.")
LONGEST_LINE, LONGEST_TEXT = 200, 5000
_DIGITS = 15
_YES_NO = frozenset({YES, NO})
_BETWEEN_DIGITS = re.compile(r"[\s'’]")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d\d?)[./\s-](\d\d?)[./\s-](\d{4})", re.ASCII)


class NotThat(ValueError):
    """It cannot be read as what was asked; `message` and `params` as a Problem has them."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


Reader = Callable[[str, str | None, str | None], str]


def _line(text: str, _least: str | None = None, _most: str | None = None) -> str:
    return _short(_clean(one_line, text), LONGEST_LINE)


def _lines(text: str, _least: str | None, _most: str | None) -> str:
    return _short(_clean(several_lines, text), LONGEST_TEXT)


def _clean(clean: Callable[[str], str], text: str) -> str:
    try:
        return clean(text)
    except ValueError:
        raise NotThat(N_("This contains a character that cannot be used.")) from None


def _short(text: str, most: int) -> str:
    if len(text) > most:
        raise NotThat(N_("Write at most {limit} characters."), limit=most)
    return text


def _yes_no(text: str, _least: str | None, _most: str | None) -> str:
    if text not in _YES_NO:
        raise NotThat(NOT_A_CHOICE)
    return text


def read_number(text: str, least: str | None = None, most: str | None = None) -> str:
    """With a comma or a point before the decimals, the spaces that some put between thousands, and any digits."""
    if least is None and most is None and len(text) <= _DIGITS and text.isascii() and text.isdigit():  # as most are
        return text.lstrip("0") or "0"
    written = _BETWEEN_DIGITS.sub("", _in_our_digits(text)).replace(",", ".").replace("−", "-")
    try:
        number = Decimal(written) if _NUMBER.fullmatch(written) else None
    except InvalidOperation:
        number = None
    if number is None or len(number.as_tuple().digits) > _DIGITS:
        raise NotThat(N_("This must be a number."))
    if least is not None and number < Decimal(least):
        raise NotThat(N_("This must be {least} or more."), least=least)
    if most is not None and number > Decimal(most):
        raise NotThat(N_("This must be {most} or less."), most=most)
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _in_our_digits(text: str) -> str:
    """Arabic's and others', and the point between them."""
    if text.isascii():
        return text
    return "".join([str(unicodedata.decimal(character, character)) for character in text]).replace("٫", ".")


def read_date(text: str, least: str | None = None, most: str | None = None) -> str:
    """As `2027-02-05`, which is what a browser's own date field sends, or day, month and year in this order."""
    text = _in_our_digits(text)
    try:
        if text[4:5] == text[7:8] == "-":  # where ISO's weeks have none
            day = date.fromisoformat(text)
        else:
            turned = _DAY_FIRST.fullmatch(text)
            day = date(*map(int, turned.groups()[::-1] if turned else ()))
    except (TypeError, ValueError):
        raise NotThat(N_("This is not a date. Write it as 2027-02-05.")) from None
    if least is not None and day < date.fromisoformat(least):
        raise NotThat(N_("This must be {day} or later."), day=date.fromisoformat(least))
    if most is not None and day > date.fromisoformat(most):
        raise NotThat(N_("This must be {day} or earlier."), day=date.fromisoformat(most))
    return day.isoformat()


@cache
def country_codes() -> frozenset[str]:
    """ISO 3166-1's, as CLDR names them."""
    from babel import Locale  # noqa: PLC0415 - read when the first form asks for a country

    no_countries = {"AC", "CP", "CQ", "DG", "EA", "IC", "TA", "EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
    codes = map(str, Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - no_countries  # noqa: PLR2004 - ISO's two letters


def _country(text: str, _least: str | None, _most: str | None) -> str:
    code = text.upper()
    if code not in country_codes():
        raise NotThat(N_("Choose a country of the list."))
    return code


def read_phone(text: str, _least: str | None = None, _most: str | None = None) -> str:
    """International, as E.164 has it; without the code of the country nobody could call it."""
    import phonenumbers  # noqa: PLC0415 - loads what is known of the world's numbers when a form asks for one

    written = re.sub(r"^\s*00", "+", _in_our_digits(text))
    try:
        number = phonenumbers.parse(written)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise NotThat(N_("This is not a telephone number. Write it with the code of the country, as +41 22 917 12 34."))
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def read_email(text: str, _least: str | None = None, _most: str | None = None) -> str:
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise NotThat(N_("This is not an e-mail address. Write it as name@example.org.")) from None


READERS: dict[str, Reader] = {
    "short_text": _line,
    "long_text": _lines,
    "organisation": _line,
    "number": read_number,
    "date": read_date,
    "yes_no": _yes_no,
    "country": _country,
    "phone": read_phone,
    "email": read_email,
}
