"""QR of a ticket: level M, quiet zone of four modules, black on white whatever the page around it looks like."""

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrcode.image.pure import PyPNGImage
    from qrcode.main import QRCode

_QUIET = 4
_PNG_MODULE = 20


def svg(code: str) -> str:
    """One path of one rectangle for each run of dark modules; `code` in capitals and digits."""
    matrix = _made(code).get_matrix()
    size = len(matrix)
    runs = "".join(_runs(y, row) for y, row in enumerate(matrix))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{runs}"/></svg>'
    )


def png(code: str) -> bytes:
    file = BytesIO()
    _made(code).make_image().save(file)
    return file.getvalue()


def _made(code: str) -> "QRCode[PyPNGImage]":
    # Where Pillow is installed it loads that too: not before the first ticket is shown.
    from qrcode.constants import ERROR_CORRECT_M  # noqa: PLC0415
    from qrcode.image.pure import PyPNGImage  # noqa: PLC0415
    from qrcode.main import QRCode  # noqa: PLC0415

    made: QRCode[PyPNGImage] = QRCode(
        image_factory=PyPNGImage, error_correction=ERROR_CORRECT_M, box_size=_PNG_MODULE, border=_QUIET
    )
    made.add_data(code, optimize=0)  # in one piece: capitals and digits make it alphanumeric
    made.make(fit=True)
    return made


def _runs(y: int, row: list[bool]) -> str:
    path, x = [], 0
    while x < len(row):
        start = x
        while x < len(row) and row[x]:
            x += 1
        if x > start:
            path.append(f"M{start} {y}h{x - start}v1H{start}z")
        x += 1
    return "".join(path)
