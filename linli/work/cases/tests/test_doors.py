"""The hotline's sheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from linli.work.cases import importing
from linli.work.cases.models import Case, ImportRun
from linli.work.cases.rules.importing import CellProblem
from linli.work.cases.tests.builders import Desk, open_desk


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


HEADER = ["工单编号", "受理时间", "问题描述", "小区", "类别", "来电号码", "诉求类型"]
MAPS = [
    "number=工单编号",
    "received=受理时间",
    "text=问题描述",
    "place=小区",
    "kind=类别",
    "phone=来电号码",
    "kind_of_request=诉求类型",
]


def rows_of(desk: Desk) -> list[list[object]]:
    good = desk.cast.places["compound"].name
    return [
        ["A1", "2019/11/22 16:54:42", "路灯不亮", good, "路灯异常", "13800138000", "投诉"],
        ["A2", "2019-11-22 16:54", "楼道垃圾", good, "暴露垃圾", "", "求助"],
        ["A3", "昨天", "没水", good, "", "", ""],
        ["A4", "2019-11-22 16:54", "", good, "", "", ""],
        ["A5", "2019-11-22 16:54", "吵闹", "没有的小区", "", "", ""],
        [1.40403e14, "2019-11-22 16:54", "编号成了数字", good, "", "", ""],
        ["1.40403E+14", "2019-11-22 16:54", "编号坏了", good, "", "", ""],
        ["A8", "2019-11-22 16:54", "=1+1", good, "不认识的类别", "123", ""],
    ]


def write_csv(path: Path, rows: list[list[object]], encoding: str) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, rows: list[list[object]]) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for number, row in enumerate([HEADER, *rows]):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell) if isinstance(cell, float) else sheet.write_string(
                number, column, str(cell)
            )
    book.close()
    return path


@pytest.mark.parametrize("form", ["utf-8", "utf-8-sig", "gb18030", "xlsx"])
def test_every_row_becomes_a_case_or_a_line_of_the_error_file(desk: Desk, tmp_path: Path, form: str) -> None:
    rows = rows_of(desk)
    path = (
        write_xlsx(tmp_path / "a.xlsx", rows) if form == "xlsx" else write_csv(tmp_path / "a.csv", rows, form)
    )
    errors = tmp_path / "errors.xlsx"
    outcome = importing.import_file(
        actor=desk.system, context=desk.context, path=path, maps=MAPS, errors_to=errors
    )
    assert outcome.rows == len(rows) == outcome.imported + len(outcome.bad)
    assert [b.line for b in outcome.bad] == [4, 5, 6, 8, 9]
    cases = {c.outside_number: c for c in Case.objects.all()}
    assert cases["A1"].kind == "gb_part_01037"
    assert (cases["A2"].kind_of_request, cases["A2"].contact) == ("help", None)
    sheet = CalamineWorkbook.from_path(str(errors)).get_sheet_by_index(0).to_python()
    assert len(sheet) == 1 + len(outcome.bad)
    assert not any(str(cell).startswith(("=", "+", "-", "@")) for row in sheet for cell in row)
    assert ImportRun.objects.get().refused == 5


def test_importing_again_makes_nothing_twice(desk: Desk, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", rows_of(desk)[:2], "utf-8")
    for expected in ((2, 0), (0, 2)):
        outcome = importing.import_file(
            actor=desk.system, context=desk.context, path=path, maps=MAPS, errors_to=tmp_path / "e.xlsx"
        )
        assert (outcome.imported, outcome.repeated) == expected
    assert Case.objects.count() == 2


def test_wrong_mapping_and_wrong_files_import_nothing(desk: Desk, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", rows_of(desk), "utf-8")
    with pytest.raises(CellProblem, match="no column"):
        importing.import_file(
            actor=desk.system,
            context=desk.context,
            path=path,
            maps=["received=时间"],
            errors_to=tmp_path / "e.xlsx",
        )
    for name, content in (
        ("b.xlsx", b"PK\x03\x04broken"),
        ("c.csv", b"\xff\xfe\x00\x01\x80"),
        ("d.csv", b""),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(importing.SheetRefused):
            importing.import_file(
                actor=desk.system,
                context=desk.context,
                path=tmp_path / name,
                maps=MAPS,
                errors_to=tmp_path / "e.xlsx",
            )
    assert Case.objects.count() == 0
