from io import BytesIO
from xml.etree import ElementTree as ET

import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from events.infra import qr
from events.kernel.ids import CODE_LENGTH, CROCKFORD, crockford

# One without any letter would be smaller still.
CODES = st.binary(min_size=16, max_size=16).map(crockford).filter(lambda code: not code.isdecimal())
MODULES = 33  # version 2, the smallest that holds a code, and its quiet zone


def drawn(svg: str, scale: int = 8) -> Image.Image:
    """The picture that a browser makes of our rectangles."""
    paper, ink = ET.fromstring(svg)  # noqa: S314 - our own
    assert (paper.attrib["fill"], paper.attrib["d"]) == ("#fff", f"M0 0h{MODULES}v{MODULES}H0z")
    assert ink.attrib["fill"] == "#000"
    image = Image.new("1", (MODULES * scale, MODULES * scale), 1)
    for run in ink.attrib["d"].strip("Mz").split("zM"):
        start, _, rest = run.partition("h")
        x, y = map(int, start.split())
        width = int(rest.partition("v")[0])
        ImageDraw.Draw(image).rectangle((x * scale, y * scale, (x + width) * scale - 1, (y + 1) * scale - 1), fill=0)
    return image


@given(code=CODES)
@settings(max_examples=15)
def test_an_engine_that_we_did_not_write_reads_the_bare_code(code: str) -> None:
    assert len(code) == CODE_LENGTH
    for image in (drawn(qr.svg(code)), Image.open(BytesIO(qr.png(code)))):
        [found] = zxingcpp.read_barcodes(image)
        assert (found.text, found.format, found.ec_level) == (code, zxingcpp.BarcodeFormat.QRCode, "M")


def test_a_quiet_zone_of_four_modules_is_part_of_the_picture() -> None:
    image = Image.open(BytesIO(qr.png(CROCKFORD[:CODE_LENGTH]))).convert("L")
    module = image.width // MODULES
    assert image.size == (MODULES * module, MODULES * module)
    inner = image.point(lambda shade: 255 - shade).getbbox()
    assert inner == (4 * module, 4 * module, 29 * module, 29 * module)
