"""A programme to fill in: what a table looks like that needs no mapping."""

import asyncio
import io

from events.infra.sheets import BOM, Workbook, csv_of

COLUMNS = (
    "key", "date", "starts", "ends", "room", "title.en", "title.fr", "summary.en", "summary.fr", "track",
    "speakers", "languages", "capacity",
)  # fmt: skip
_HEADINGS = {
    "No.": 8, "Date": 12, "Start": 8, "End": 8, "Room": 18, "Title": 40, "Titre": 40, "Summary": 50, "Résumé": 50,
    "Track": 20, "Speakers": 40, "Languages": 18, "Capacity": 10,
}  # fmt: skip
_EXAMPLES = (
    ("1", "2027-02-05", "09:30", "11:00", "Room 1", "Opening", "Ouverture", "", "", "",
     "Opening remarks: Amina Diallo (UNICEF)", "English, French", 200),
    ("2", "2027-02-05", "11:30", "13:00", "Room 2", "Care skills count", "Les compétences du soin comptent",
     "What unpaid care teaches.", "Ce que le soin non rémunéré enseigne.", "",
     "Moderator: Ben Okri; Chen Li", "English", 80),
)  # fmt: skip


def template_csv() -> bytes:
    return BOM + csv_of([list(_HEADINGS), *_EXAMPLES])


async def template_xlsx() -> bytes:
    return await asyncio.to_thread(_xlsx)


def _xlsx() -> bytes:
    file = io.BytesIO()
    book = Workbook(file, _HEADINGS, "UTC")
    try:
        book.add(_EXAMPLES)
        book.close()
    finally:
        book.discard()
    return file.getvalue()
