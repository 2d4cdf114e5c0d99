"""A hotline's sheet as nobody should send it: each row is a case or a line of the error file, or nothing happens."""

from __future__ import annotations

import argparse
import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from linli.foundation.core.commands import CommandRefused, commands
from linli.foundation.core.models import Event, IdempotencyKey
from linli.foundation.core.tests.test_sheets_hostile import swollen
from linli.work.cases import commands as _registers  # noqa: F401 - its words are needed below
from linli.work.cases import importing
from linli.work.cases.models import Case, ImportRun
from linli.work.cases.rules.importing import FORMULA_SIGNS, CellProblem, parse_map
from linli.work.cases.tests.builders import Desk, open_desk

HEADER = ["编号", "受理时间", "内容", "小区", "电话", "备注"]
MAPS = ["number=编号", "received=受理时间", "text=内容", "place=小区", "phone=电话"]
WHEN = "2019-11-22 16:54"


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


def sheet(path: Path, rows: list[list[Any]], header: list[str] = HEADER, merge: str = "") -> Path:
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm"})
    page = book.add_worksheet()
    for number, row in enumerate([header, *rows]):
        for column, cell in enumerate(row):
            page.write(number, column, cell)
    if merge:
        page.merge_range(merge, rows[0][3], book.add_format({"bold": True}))
    book.close()
    return path


def listing(path: Path, rows: list[list[str]], encoding: str = "utf-8", **form: Any) -> Path:
    text = io.StringIO()
    csv.writer(text, **form).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def brought(desk: Desk, path: Path) -> tuple[importing.Outcome, list[list[str]]]:
    """The outcome, and the error file's rows."""
    errors = path.with_name("errors.xlsx")
    outcome = importing.import_file(
        actor=desk.system, context=desk.context, path=path, maps=MAPS, errors_to=errors
    )
    assert outcome.rows == outcome.imported + outcome.repeated + len(outcome.bad)
    assert Case.objects.count() == outcome.imported
    if not errors.exists():
        return outcome, []
    return outcome, CalamineWorkbook.from_path(str(errors)).get_sheet_by_index(0).to_python()


def test_the_error_file_has_the_sheets_own_columns_and_the_row_as_it_stood(
    desk: Desk, tmp_path: Path
) -> None:
    rows = [
        ["B1", WHEN, "灯坏了", "没有的小区", "123", '=HYPERLINK("http://x")'],
        ["+86", WHEN, "@SUM(1)", "-1+1", "", "＝1"],
    ]
    path = listing(tmp_path / "a.csv", [[*HEADER[:5], "=备注"], *rows], "gb18030")
    outcome, found = brought(desk, path)
    assert (outcome.imported, len(outcome.bad)) == (0, 2)
    assert found[0] == ["line", "column", "problem", *HEADER[:5], "'=备注"]
    assert found[1][:2] == ["2", "place"] and "没有的小区" in found[1][2]
    assert found[1][3:] == ["B1", WHEN, "灯坏了", "没有的小区", "123", '\'=HYPERLINK("http://x")']
    assert found[2][3:] == ["'+86", WHEN, "'@SUM(1)", "'-1+1", "", "'＝1"]
    assert not any(str(cell).startswith(FORMULA_SIGNS) for row in found for cell in row)


@pytest.mark.parametrize(
    ("column", "value", "field", "words"),
    [
        (0, "9" * 41, "number", "40 is the limit"),
        (0, 1.5, "number", "format the column as text"),
        (1, 43791.7, "received", "bare number"),
        (1, "0001-01-01 00:00", "received", "before 1983"),
        (1, datetime(1900, 1, 5, 8, 0), "received", "before 1983"),
        (1, "9999-12-31 23:59", "received", "future"),
        (1, "2019-13-40", "received", "calendar"),
        (1, True, "received", "bare number"),
        (2, "长" * 5001, "text", "5000 is the limit"),
        (2, "\x0b", "text", "empty"),
        (3, "无" * 5000, "place", "no place"),
        (3, "", "place", "empty"),
        (4, "1" * 5000, "phone", "not a phone number"),
        (4, "1.38E+10", "phone", "format the column as text"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_with_its_column(
    desk: Desk, tmp_path: Path, column: int, value: Any, field: str, words: str
) -> None:
    good = ["C1", WHEN, "灯坏了", desk.cast.places["compound"].name, "", ""]
    bad: list[Any] = [*good[:column], value, *good[column + 1 :]]
    bad[0] = bad[0] if column == 0 else "C2"
    outcome, found = brought(desk, sheet(tmp_path / "a.xlsx", [good, bad]))
    assert (outcome.imported, len(outcome.bad)) == (1, 1)
    assert found[1][0] == "3" and found[1][1] == field and words in found[1][2]
    assert len(found[1][2]) < 200


def test_cells_of_every_kind_that_can_be_used(desk: Desk, tmp_path: Path) -> None:
    place = desk.cast.places["compound"].name
    rows = [
        [140403000001.0, datetime(2019, 11, 22, 16, 54), "=1+1", place, 13800138000.0],
        ["D2", date(2019, 11, 22), "五" * 5000, f" {place} ", "138 0013 8000"],
        ["D3", "2019年11月22日 16时54分", "灯\x07坏了<b>", place, "", "多", "余"],
    ]
    outcome, found = brought(desk, sheet(tmp_path / "a.xlsx", rows))
    assert (outcome.imported, found) == (3, [])
    texts = {case.outside_number: case.text for case in Case.objects.all()}
    assert texts["140403000001"] == "0"  # of a formula its stored result
    assert texts["D3"] == "灯坏了<b>" and len(texts["D2"]) == 5000


def test_merged_cells_count_for_their_first_row_and_the_others_are_told(desk: Desk, tmp_path: Path) -> None:
    place = desk.cast.places["compound"].name
    rows = [[f"E{n}", WHEN, "灯坏了", place, "", ""] for n in range(3)]
    outcome, found = brought(desk, sheet(tmp_path / "a.xlsx", rows, merge="D2:D4"))
    assert outcome.imported == 1
    assert [(row[0], row[1]) for row in found[1:]] == [("3", "place"), ("4", "place")]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "form", [{}, {"delimiter": ";"}, {"delimiter": "\t"}, {"lineterminator": "\r", "quoting": csv.QUOTE_ALL}]
)
def test_lists_as_people_save_them(desk: Desk, tmp_path: Path, encoding: str, form: dict[str, Any]) -> None:
    row = ["F1", WHEN, "两行\n的内容𠮷", desk.cast.places["compound"].name, "", ""]
    outcome, _found = brought(desk, listing(tmp_path / "a.csv", [HEADER, row], encoding, **form))
    assert outcome.imported == 1
    assert Case.objects.get().text == "两行\n的内容𠮷"


def _old(path: Path) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500


def _page(path: Path) -> bytes:
    return "<html><table><tr><td>受理时间</td></tr></table>".encode()


def _corner(path: Path) -> bytes:
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet().write(1_048_575, 16_383, "z")
    book.close()
    return path.read_bytes()


def _bomb(path: Path) -> bytes:
    return swollen(
        sheet(path, [["G1", WHEN, "内容", "小区"]]).read_bytes(), "xl/sharedStrings.xml", 640 << 20
    )


def _many(path: Path) -> bytes:
    line = f"H1,{WHEN},灯坏了,小区,,\n"
    return ",".join(HEADER).encode() + b"\n" + line.encode() * 200_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: b"", "has no rows"),
        (lambda path: b"\n\n  \n,,,\n", "has no rows"),
        (lambda path: b"PK\x03\x04broken", "not a readable XLSX"),
        (lambda path: b"%PDF-1.7\n", "a page"),
        (lambda path: b"\x89PNG\r\n\x1a\n\x00\x00\x00", "neither|not a text file"),
        (lambda path: b'a,b\n"' + b"x" * 200_000, "quotation mark"),
        (_old, "old XLS"),
        (_page, "a page"),
        (_corner, "more than|far outside"),
        (_bomb, "too large once unpacked"),
        (_many, "50000 rows"),
    ],
    ids=["empty", "blank", "broken", "pdf", "picture", "endless cell", "xls", "page", "corner", "bomb", "many"],
)  # fmt: skip
def test_files_that_are_no_sheets_import_nothing(desk: Desk, tmp_path: Path, make: Any, words: str) -> None:
    path = tmp_path / "a.csv"
    data = make(tmp_path / "made.xlsx")
    path.write_bytes(data)
    before = Event.objects.count()
    with pytest.raises(importing.SheetRefused, match=words) as caught:
        brought(desk, path)
    assert len(str(caught.value)) < 250
    assert (Event.objects.count(), Case.objects.count(), ImportRun.objects.count()) == (before, 0, 0)


def test_two_columns_of_one_name_and_a_sheet_without_header_are_refused(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(CellProblem, match="2 columns are called"):
        parse_map(MAPS, ["编号", "受理时间", "内容", "内容", "小区", "电话"])
    with pytest.raises(CellProblem, match="two columns"):
        parse_map([*MAPS, "text=备注"], HEADER)
    assert parse_map(["received=时间（受理）", "text=内容", "place=小区"], ["时间(受理)", "内容", "小区"])
    place = desk.cast.places["compound"].name
    headless = listing(tmp_path / "a.csv", [["I1", WHEN, "长" * 5000, place, "", ""]] * 3)
    with pytest.raises(CellProblem, match="no column") as caught:
        brought(desk, headless)
    assert len(str(caught.value)) < 1500
    assert Case.objects.count() == 0


def test_a_number_known_longer_than_its_sending_key_is_not_made_twice(desk: Desk, tmp_path: Path) -> None:
    rows = [["J1", WHEN, "灯坏了", desk.cast.places["compound"].name, "", ""]]
    first, _found = brought(desk, sheet(tmp_path / "a.xlsx", rows))
    IdempotencyKey.objects.all().delete()  # as after 180 days
    again = importing.import_file(
        actor=desk.system, context=desk.context, path=tmp_path / "a.xlsx", maps=MAPS, errors_to=tmp_path / "e.xlsx"
    )  # fmt: skip
    assert (first.imported, again.imported, again.repeated) == (1, 0, 1)
    assert Case.objects.count() == 1


def test_the_same_number_with_another_text_is_told_in_the_error_file(desk: Desk, tmp_path: Path) -> None:
    place = desk.cast.places["compound"].name
    rows = [["K1", WHEN, "灯坏了", place], ["K1", WHEN, "别的", place], ["K2", WHEN, "=灯坏了"[1:], place]]
    outcome, found = brought(desk, sheet(tmp_path / "a.xlsx", rows))
    assert outcome.imported == 2
    assert found[1][:2] == ["3", "number"] and "imported before" in found[1][2]


def _command(path: Path, errors: Path | None = None) -> Any:
    return commands()["cases import"].run(
        argparse.Namespace(file=path, map=MAPS, district="luzhou", errors=errors)
    )


def test_the_command_says_one_sentence_and_never_writes_over_its_own_file(desk: Desk, tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", [["L1", WHEN, "灯坏了", "没有的小区"]])
    raw = path.read_bytes()
    for errors in (path, tmp_path / "none" / "e.xlsx"):
        with pytest.raises(CommandRefused, match="--errors"):
            _command(path, errors)
    assert path.read_bytes() == raw
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(CommandRefused, match=r"Nothing was imported: .*--errors\.$"):
        _command(path, tmp_path / "folder.xlsx")
    assert ImportRun.objects.count() == 0
