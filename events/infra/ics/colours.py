"""COLOR takes a name of CSS3 and nothing else (RFC 7986 5.9): the name of what looks most like a colour of ours."""

from functools import lru_cache

# Those that bear white text, as ours do.
_NAMED = {
    "maroon": 0x800000, "darkred": 0x8B0000, "brown": 0xA52A2A, "firebrick": 0xB22222, "crimson": 0xDC143C,
    "sienna": 0xA0522D, "saddlebrown": 0x8B4513, "darkolivegreen": 0x556B2F, "olivedrab": 0x6B8E23, "olive": 0x808000,
    "darkgreen": 0x006400, "green": 0x008000, "forestgreen": 0x228B22, "seagreen": 0x2E8B57, "teal": 0x008080,
    "darkcyan": 0x008B8B, "darkslategray": 0x2F4F4F, "steelblue": 0x4682B4, "midnightblue": 0x191970, "navy": 0x000080,
    "darkblue": 0x00008B, "mediumblue": 0x0000CD, "blue": 0x0000FF, "royalblue": 0x4169E1, "darkslateblue": 0x483D8B,
    "slateblue": 0x6A5ACD, "indigo": 0x4B0082, "purple": 0x800080, "darkmagenta": 0x8B008B, "darkviolet": 0x9400D3,
    "mediumvioletred": 0xC71585, "dimgray": 0x696969, "slategray": 0x708090, "black": 0x000000,
}  # fmt: skip
_WHITE = (0.9505, 1.0, 1.0888)  # of daylight, D65


@lru_cache(maxsize=1000)
def css_name(colour: str) -> str:
    """Of `#8a3b12`. Hue counts for more than how dark it is, or two tracks would have one name."""
    wanted = _seen(int(colour.removeprefix("#"), 16))
    return min(_NAMED, key=lambda name: sum((a - b) ** 2 for a, b in zip(wanted, _seen(_NAMED[name]), strict=True)))


@lru_cache(maxsize=1000)
def _seen(colour: int) -> tuple[float, float, float]:
    """CIE L*a*b*, where what looks alike is near, with a third of its lightness."""
    red, green, blue = (_linear((colour >> shift & 0xFF) / 255) for shift in (16, 8, 0))
    light = (
        0.4124 * red + 0.3576 * green + 0.1805 * blue,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        0.0193 * red + 0.1192 * green + 0.9505 * blue,
    )
    x, y, z = (_response(part / white) for part, white in zip(light, _WHITE, strict=True))
    return (116 * y - 16) / 3, 500 * (x - y), 200 * (y - z)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own figures


def _response(value: float) -> float:
    return float(value ** (1 / 3)) if value > 0.008856 else 7.787 * value + 16 / 116  # noqa: PLR2004 - CIE's own
