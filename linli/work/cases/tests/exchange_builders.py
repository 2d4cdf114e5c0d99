"""Sheets and rows of a city's hotline for tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from linli.work.cases.actions.outside import take_row
from linli.work.cases.actions.outside_known import Result, known
from linli.work.cases.models import Case, OutsideOrder
from linli.work.cases.outside_sheets import Outcome, load_file
from linli.work.cases.rules.exchange import OutsideRow
from linli.work.cases.tests.builders import Desk

HEADER = [
    "工单编号", "消息类型", "受理时间", "办理时限", "诉求内容", "诉求地址", "问题分类", "诉求类型", "来电号码", "来电人",
    "催办次数", "审核结果", "是否解决", "满意度", "回执编号", "坐席工号",
]  # fmt: skip
FIELDS = (
    "number", "message", "received", "deadline", "text", "place", "kind", "request", "phone", "name", "urges", "ruling",
    "solved", "rating", "receipt",
)  # fmt: skip
WORDS = "三号楼东侧路灯不亮，联系13912345678。"
NUMBER = "CZ20261123000017"


def order_row(desk: Desk, **changes: Any) -> OutsideRow:
    """An order as the city sends it: at the cast's compound, received an hour ago."""
    told = {
        "number": NUMBER, "received": desk.context.now - timedelta(hours=1), "text": WORDS, "phone": "13912345678",
        "place": desk.cast.places["compound"].name, "kind": "路灯", "request": "投诉", "name": "李大伟",
    }  # fmt: skip
    return OutsideRow(**{**told, **changes})


def take(desk: Desk, row: OutsideRow) -> Result:
    """Take one row as the system."""
    return take_row(actor=desk.system, context=desk.context, row=row, known=known(desk.context))


def order(number: str = NUMBER) -> OutsideOrder:
    return OutsideOrder.objects.select_related("case", "contact").get(number=number)


def case(number: str = NUMBER) -> Case:
    found = order(number).case
    assert found is not None
    return found


def cells(desk: Desk, row: OutsideRow, **written: str) -> list[str]:
    """A row as the city writes it, in its own words."""

    def moment(value: Any) -> str:
        return value.astimezone(desk.context.zone).strftime("%Y-%m-%d %H:%M:%S") if value else ""

    told = {name: str(getattr(row, name) or "") for name in FIELDS}
    told |= {"message": "派单", "received": moment(row.received), "deadline": moment(row.deadline)} | written
    return [told[name] for name in FIELDS] + ["8017"]


def xlsx(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    book.close()
    return path


def gb_csv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    told = io.StringIO()
    csv.writer(told).writerows(rows)
    path.write_bytes(told.getvalue().encode("gb18030"))
    return path


def load(desk: Desk, path: Path) -> Outcome:
    return load_file(actor=desk.system, context=desk.context, path=path)
