"""A card as a picture: what other sites show where somebody passes the link of a page on.

One font has the scripts of the six languages of the United Nations (see static/vendor/manifest.json and
docs/decisions/0044-pictures-are-drawn-here.md). Writing that runs from right to left needs FriBidi, which Pillow takes
from the system; where it is missing, such texts are not drawable, as are characters that the font lacks.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont, features

WIDTH, HEIGHT = 1200, 630
_FONT = Path(__file__).parents[2] / "static/vendor/noto-sans/pictures.woff2"
_PAPER, _INK, _SOFT, _RULE, _REFUSED = "#fbf8f1", "#1d2230", "#565969", "#ddd6c7", "#9b1c1c"
MARGIN = 76
_BAND = 20
_ROOM = WIDTH - 2 * MARGIN - _BAND
_TITLE_SIZES = (84, 72, 62, 54, 46, 40)
_TITLE_TOP, _TITLE_ROOM = 148, 262
_LEADING = 1.26
_NOT_FIRST = frozenset("、。，．：；！？）》」』】〉…—%")
_NOT_THERE = "\ufdd0"  # a code point that is no character, so no font has it
Font = ImageFont.FreeTypeFont


class Card(Struct, frozen=True):
    """`mark` stands above all, such as “Cancelled”; `lines` under the title, the first of them larger."""

    title: str
    host: str
    lines: tuple[str, ...]
    foot: str
    accent: str
    mark: str = ""


def drawable(text: str) -> bool:
    if _runs_right_to_left(text) and not has_bidi():
        return False
    return all(_has_glyph(character) for character in set(text) if not character.isspace())


@lru_cache(maxsize=256)
def png(card: Card) -> bytes:
    """The picture, which follows from the card alone."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    draw, rtl = ImageDraw.Draw(image), _runs_right_to_left(card.title)
    draw.rectangle((WIDTH - _BAND, 0, WIDTH, HEIGHT) if rtl else (0, 0, _BAND - 1, HEIGHT), card.accent)
    pen = _Pen(draw, rtl=rtl)
    beside = pen.badge(card.mark) if card.mark else 0
    pen.line(card.host, 76, 34, card.accent, beside=beside)
    title, size = _fitted(card.title)
    for number, text in enumerate(title):
        pen.line(text, _TITLE_TOP + round(number * size * _LEADING), size, _INK)
    for text, top, height, colour in zip(card.lines, (428, 480, 524), (40, 32, 32), (_INK, _INK, _SOFT), strict=False):
        pen.line(text, top, height, colour)
    draw.line((pen.left, 574, pen.left + _ROOM, 574), _RULE, 2)
    pen.line(card.foot, 586, 24, _SOFT)
    file = BytesIO()
    image.quantize(64, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


class _Pen:
    """Writes lines that begin at the margin: the right one where the title runs from right to left."""

    def __init__(self, draw: ImageDraw.ImageDraw, *, rtl: bool) -> None:
        self._draw = draw
        self._rtl = rtl
        self.left = MARGIN if rtl else MARGIN + _BAND
        self._start = self.left + _ROOM * rtl

    def line(self, text: str, top: int, size: int, colour: str, *, beside: int = 0) -> None:
        font = _font(size)
        text = _cut(text, font, _ROOM - beside)
        start = self._start - beside if self._rtl else self._start + beside
        self._draw.text(
            (start, top + size), text, colour, font, anchor="rs" if self._rtl else "ls", direction=_way(text)
        )

    def badge(self, text: str) -> int:
        """How much room it takes."""
        font = _font(28)
        text = _cut(text, font, _ROOM // 2)
        width = round(_length(text, font)) + 40
        left = self._start - width if self._rtl else self._start
        self._draw.rounded_rectangle((left, 72, left + width, 122), 8, _REFUSED)
        self._draw.text((left + width / 2, 97), text, "#ffffff", font, anchor="mm", direction=_way(text))
        return width + 24


def _fitted(title: str) -> tuple[list[str], int]:
    """The title's lines in the largest size in which they have room; in the smallest the rest is left out."""
    for size in _TITLE_SIZES:
        lines = _wrapped(title, _font(size))
        if len(lines) * size * _LEADING <= _TITLE_ROOM:
            return lines, size
    most = int(_TITLE_ROOM / (size * _LEADING))
    return [*lines[: most - 1], _cut(f"{lines[most - 1]} …", _font(size), _ROOM, cut=True)], size


def _wrapped(text: str, font: Font) -> list[str]:
    lines, line = [], ""
    for piece in _pieces(text, font):
        if line and _length((line + piece).rstrip(), font) > _ROOM:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str, font: Font) -> Iterator[str]:
    """What stays together on a line: a word with the space after it, a Chinese character; too long a word in parts."""
    piece = ""
    for character, following in zip(text, f"{text[1:]} ", strict=True):
        piece += character
        wide = _is_wide(character) or _is_wide(following)
        ends = (character == " " or wide) and following not in _NOT_FIRST and following != " "
        if ends or _length(piece + following, font) > _ROOM:
            yield piece
            piece = ""
    if piece:
        yield piece


def _cut(text: str, font: Font, room: float, *, cut: bool = False) -> str:
    while text and (_length(text, font) > room):
        text, cut = text.rstrip(" …")[:-1].rstrip() + "…", True
    return f"{text.rstrip(' …')}…" if cut else text


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _runs_right_to_left(text: str) -> bool:
    """As its first letter does."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((way for way in strong if way in {"L", "R", "AL"}), "L") != "L"


def _way(text: str) -> str | None:
    if not has_bidi():
        return None
    return "rtl" if _runs_right_to_left(text) else "ltr"


def _length(text: str, font: Font) -> float:
    return font.getlength(text, direction=_way(text))


@cache
def has_bidi() -> bool:
    return bool(features.check("raqm"))


@cache
def _font(size: int) -> Font:
    return ImageFont.truetype(_FONT, size)


@lru_cache(maxsize=8192)
def _has_glyph(character: str) -> bool:
    font = _font(24)
    if unicodedata.category(character) in {"Mn", "Mc", "Cf"}:  # drawn with what is before it, or not at all
        return True
    return bytes(font.getmask(character)) != bytes(font.getmask(_NOT_THERE))
