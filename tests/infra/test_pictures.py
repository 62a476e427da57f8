"""Pictures of events: measured in their pixels, and shaped as each script is."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, features

from events.infra.pictures import HEIGHT, MARGIN, WIDTH, Card, drawable, png

TITLES = {
    "latin": "Les compétences du soin comptent",
    "cyrillic": "Навыки ухода имеют значение",
    "arabic": "مهارات الرعاية لها قيمة في 2027",
    "chinese": "护理技能很重要：二〇二七年国际论坛",
}
PAPER = (251, 248, 241)
BAND = 20


def a_card(title: str = TITLES["latin"], **changes: object) -> Card:
    facts = {
        "host": "Make Mothers Matter",
        "lines": ("Friday 5 February 2027", "13:15–14:30 (New York, UTC−5)", "In person · UN Headquarters"),
        "foot": "events.example.org",
        "accent": "#005a9c",
    }
    return Card(title=title, **facts | changes)  # type: ignore[arg-type]  # as above


def drawn(card: Card) -> Image.Image:
    image = Image.open(BytesIO(png(card)))
    assert image.format == "PNG"
    assert image.size == (WIDTH, HEIGHT) == (1200, 630)
    return image.convert("RGB")


def used(image: Image.Image, box: tuple[int, int, int, int]) -> tuple[int, int, int, int] | None:
    """Where in the box something is drawn."""
    part = image.crop(box)
    return ImageChops.difference(part, Image.new("RGB", part.size, PAPER)).convert("L").point(
        lambda level: 255 if level > 24 else 0
    ).getbbox()  # fmt: skip


def test_every_wheel_here_shapes_what_runs_from_right_to_left() -> None:
    assert features.check("raqm")


@pytest.mark.parametrize("script", TITLES)
def test_a_title_in_each_script_is_drawn(script: str) -> None:
    title = TITLES[script]
    assert drawable(title)
    assert used(drawn(a_card(title)), (MARGIN + BAND, 140, WIDTH - MARGIN, 420))


@pytest.mark.parametrize(
    "title",
    [
        "Care " * 60,
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3,
        "护理技能很重要：母亲的贡献" * 20,
        "مهارات الرعاية لها قيمة " * 14,
        "Навыки ухода " * 20,
        "W" * 300,
    ],
)
@pytest.mark.parametrize("mark", ["", "Cancelled"])
def test_nothing_is_ever_drawn_into_the_margins_or_over_the_lines_beneath(title: str, mark: str) -> None:
    image = drawn(a_card(title, mark=mark, host="The Permanent Mission of " * 8, lines=("Friday " * 30,) * 3))
    rtl = "م" in title
    left, right = (0, WIDTH - BAND) if rtl else (BAND, WIDTH)
    for box in (
        (left, 0, MARGIN - 8, HEIGHT),
        (WIDTH - MARGIN + 8, 0, right, HEIGHT),
        (MARGIN, 0, WIDTH - MARGIN, 50),
        (MARGIN, 418, WIDTH - MARGIN, 428),
    ):
        assert used(image, box) is None, box


def test_a_short_title_is_larger_than_a_long_one() -> None:
    def first_line(title: str, bottom: int) -> int:
        box = used(drawn(a_card(title)), (MARGIN + BAND, 140, MARGIN + BAND + 60, bottom))
        assert box
        return box[3] - box[1]

    assert first_line("H", 240) > first_line("H" + " and the unpaid work of care" * 5, 200) * 1.5


def test_arabic_begins_at_the_right_and_its_letters_are_joined() -> None:
    image = drawn(a_card("سلام"))
    box = used(image, (MARGIN, 150, WIDTH - MARGIN - BAND, 300))
    assert box
    assert box[2] >= WIDTH - 2 * MARGIN - BAND - 12
    apart = used(drawn(a_card("س\u200cل\u200cا\u200cم")), (MARGIN, 150, WIDTH - MARGIN - BAND, 300))
    assert apart
    assert apart[2] - apart[0] > (box[2] - box[0]) * 1.2  # letters that are kept apart take more room
    assert image.getpixel((WIDTH - 5, 300)) == pytest.approx((0, 90, 156), abs=6)
    assert image.getpixel((5, 300)) == PAPER


def test_the_accent_is_the_organisations_and_what_is_off_says_so() -> None:
    assert drawn(a_card()).getpixel((5, 300)) == pytest.approx((0, 90, 156), abs=6)
    plain, marked = drawn(a_card()), drawn(a_card(mark="Cancelled"))
    badge = (MARGIN + BAND + 4, 76, MARGIN + BAND + 12, 118)
    assert marked.crop(badge).getcolors() == [(8 * 42, marked.getpixel((badge[0], 90)))]
    assert marked.getpixel((badge[0], 90)) == pytest.approx((155, 28, 28), abs=6)
    assert used(plain, badge) != used(marked, badge)


def test_what_the_font_has_not_is_known() -> None:
    assert not drawable("देवनागरी")
    assert not drawable("Care 😀")
    assert not drawable("ひらがな")
    assert drawable("e\u0301 — “x” · № 5 ₽ €")


def test_the_same_card_is_the_same_picture() -> None:
    first = png(a_card("Twice"))
    png.cache_clear()
    assert png(a_card("Twice")) == first
    assert len(first) < 60_000
