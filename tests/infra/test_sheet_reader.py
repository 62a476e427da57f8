"""Tables as people's programs write them, and workbooks that were made to do harm."""

import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest

from events.infra.sheet_reader import read_table
from events.infra.unreadable import Unreadable
from tests.imports.files import workbook

KNOWN = ("titre", "date", "début", "salle")


def rows(data: bytes) -> list[tuple[str, ...]]:
    found = read_table(data, known=KNOWN)
    return [found.headings, *(row.cells for row in found.rows)]


def refusal(data: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        read_table(data)
    (problem,) = refused.value.problems
    return problem.message.format(**problem.params)


TABLE = "Titre{0}Date{0}Salle\nOuverture, accueil{0}05/02/2027{0}Salle « A »\nClôture{0}06/02/2027{0}\n"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_csv_file_is_read_however_it_was_saved(delimiter: str, encoding: str) -> None:
    assert rows(TABLE.format(delimiter).encode(encoding)) == [
        ("Titre", "Date", "Salle"),
        ("Ouverture, accueil", "05/02/2027", "Salle « A »"),
        ("Clôture", "06/02/2027", ""),
    ]


def test_utf_16_without_its_mark_is_told_by_its_zeros() -> None:
    assert rows(TABLE.format(";").encode("utf-16-le"))[1][0] == "Ouverture, accueil"


def test_cells_in_quotes_may_hold_commas_and_lines() -> None:
    found = read_table(b'Title,Summary\n"Care, skills","one\ntwo"\nOther,x\n')
    assert [(row.line, row.cells) for row in found.rows] == [(2, ("Care, skills", "one\ntwo")), (3, ("Other", "x"))]


def test_headings_are_found_below_what_stands_above_them() -> None:
    found = read_table(
        "Programme de la conférence\n\nVersion;3\nTitre;Date;Salle\nOuverture;2027-02-05;A\n".encode(), known=KNOWN
    )
    assert (found.headings, found.rows[0].line) == (("Titre", "Date", "Salle"), 5)


def test_a_workbook_gives_dates_times_and_numbers_as_they_are_meant() -> None:
    data = workbook(
        ["Titre", "Date", "Début", "Les deux", "Places", "Oui"],
        ["Ouverture", date(2027, 2, 5), time(13, 15), datetime.fromisoformat("2027-02-05T13:15:00"), 80.0, True],
        [None, None, None, None, None, None],
        ["Clôture", "5 février", "13h15", "", 2.5, "non"],
    )
    assert rows(data)[1:] == [
        ("Ouverture", "2027-02-05", "13:15", "2027-02-05T13:15", "80", "true"),
        ("Clôture", "5 février", "13h15", "", "2.5", "non"),
    ]
    assert [row.line for row in read_table(data).rows] == [2, 4]


def test_the_first_sheet_with_something_in_it_is_read_and_the_others_are_named() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Empty"
    sheet = book.create_sheet("Programme")
    for row in (["Titre", "Date"], ["Ouverture", "2027-02-05"]):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    found = read_table(file.getvalue())
    assert found.headings == ("Titre", "Date")
    assert [note.params for note in found.notes] == [{"name": "Programme", "others": ["Empty"]}]


def test_a_formula_without_a_result_is_told_in_its_row() -> None:
    found = read_table(workbook(["Titre", "Places"], ["Ouverture", "=40+40"], ["Clôture", 3]))
    assert [[(note.field, note.stops) for note in row.notes] for row in found.rows] == [[("1", True)], []]


def repacked(data: bytes, **parts: bytes) -> bytes:
    """The workbook with parts put in place of its own, or added."""
    named = {
        name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"): body for name, body in parts.items()
    }
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name not in named:
                target.writestr(name, source.read(name))
        for name, body in named.items():
            target.writestr(name, body)
    return file.getvalue()


PLAIN = workbook(["Titre", "Date"], ["Ouverture", "2027-02-05"])
FAR = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<dimension ref="A1:XFD1048576"/><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>Titre</t></is></c><c r="B1" t="inlineStr"><is><t>Date</t></is></c></row>
<row r="2"><c r="A2" t="inlineStr"><is><t>Ouverture</t></is></c></row>
<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row></sheetData></worksheet>"""
BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>"""


def test_a_workbook_of_a_million_empty_rows_is_read_no_further_than_a_programme_goes() -> None:
    assert rows(repacked(PLAIN, xl__worksheets__sheet1_xml=FAR)) == [("Titre", "Date"), ("Ouverture", "")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (repacked(PLAIN, xl__worksheets__sheet1_xml=b"\0" * 70_000_000), "holds more than a programme needs"),
        (repacked(PLAIN, xl__externalLinks__externalLink1_xml=b"<x/>"), "draws on other files"),
        (repacked(PLAIN, xl__worksheets__sheet1_xml=BOMB), "not one that a spreadsheet wrote"),
        (repacked(PLAIN, xl__worksheets__sheet1_xml=b"<worksheet><sheetData>"), "is damaged"),
        (PLAIN[:-200], "is damaged"),
        (b"PK\x03\x04nonsense", "is damaged"),
        (repacked(PLAIN, **{"[Content_Types]_xml": b"<x/>"}), "is damaged"),
        (b"\xd0\xcf\x11\xe0old Excel", "Save it as XLSX or CSV"),
        (b"%PDF-1.7", "Save it as XLSX or CSV"),
        (b"Title,Date\n", "no row below the headings"),
        (b"", "no row below the headings"),
        (b"a,b\n" + b"1,2\n" * 1001, "more than 1000 rows"),
        (b"Title" + b",x" * 70 + b"\n1\n", "more than 60 columns"),
        (b'a,b\n"open,1\n' + b"x" * 200_000, "cannot be read"),
        (b"PK\x05\x06" + b"\0" * 18, "not an XLSX workbook"),
    ],
)
def test_what_is_no_table_or_meant_to_harm_is_refused_in_words(data: bytes, said: str) -> None:
    assert said in refusal(data)
