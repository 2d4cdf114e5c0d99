"""The doors of outside systems: Open311 and the hotline's sheet."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xlsxwriter
from django.test import Client
from python_calamine import CalamineWorkbook

from linli.foundation.core.models import Event, SecurityEvent
from linli.work.cases import importing
from linli.work.cases.models import ApiKey, Case, ImportRun
from linli.work.cases.rules.importing import CellProblem
from linli.work.cases.tests.builders import TEXT, Desk, open_desk

SECRET = "open-sesame"
DOOR = "/open311/v2/requests"


@pytest.fixture
def desk(work) -> Desk:
    found = open_desk(work)
    ApiKey.objects.create(
        district=found.cast.district,
        label="partner",
        digest=hashlib.sha256(SECRET.encode()).hexdigest(),
        created_at=work[0].now,
    )
    return found


def body(desk: Desk, **changes: str) -> dict[str, str]:
    place = desk.cast.places["compound"]
    told = {
        "api_key": SECRET,
        "service_code": "gb_part_01037",
        "lat": str(place.latitude),
        "long": str(place.longitude),
        "description": TEXT,
        "phone": "13800138000",
        "first_name": "小明",
    }
    return {**told, **changes}


def test_post_makes_a_case_and_get_reads_it(desk: Desk) -> None:
    answer = Client().post(f"{DOOR}.json", body(desk))
    assert answer.status_code == 201
    (row,) = answer.json()
    got = Client().get(f"{DOOR}/{row['service_request_id']}.json").json()[0]
    assert (got["status"], got["service_code"], got["address"]) == (
        "open",
        "gb_part_01037",
        desk.cast.places["compound"].name,
    )
    assert got["expected_datetime"].endswith("+08:00")
    assert "13800138000" not in str(got) and "小明" not in str(got) and TEXT not in str(got)


def test_xml_says_the_same(desk: Desk) -> None:
    answer = Client().post(f"{DOOR}.xml", body(desk, description="<b>&灯</b>"))
    root = ElementTree.fromstring(answer.content)
    found = root.findtext("request/service_request_id")
    got = ElementTree.fromstring(Client().get(f"{DOOR}/{found}.xml").content)
    assert got.findtext("request/service_request_id") == found


def test_equal_body_within_ten_minutes_is_one_case(desk: Desk) -> None:
    ids = {Client().post(f"{DOOR}.json", body(desk)).json()[0]["service_request_id"] for _ in range(3)}
    assert len(ids) == 1
    assert Case.objects.count() == 1


def test_key_of_the_sender_with_another_body_is_refused_and_noticed(desk: Desk) -> None:
    Client().post(f"{DOOR}.json", body(desk), headers={"Idempotency-Key": "same"})
    answer = Client().post(
        f"{DOOR}.json", body(desk, description="别的"), headers={"Idempotency-Key": "same"}
    )
    assert answer.status_code == 422
    assert SecurityEvent.objects.filter(code="idempotency.reused").count() == 1
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"api_key": ""}, 403), ({"api_key": "wrong"}, 403), ({"description": ""}, 400), ({"service_code": "none"}, 422),
        ({"lat": "1", "long": "1"}, 400), ({"lat": "x", "long": ""}, 400), ({"phone": "12345678901"}, 400),
    ],
)  # fmt: skip
def test_refusals_are_in_the_standards_form_and_write_nothing(desk: Desk, changes: dict, status: int) -> None:
    before = Event.objects.count()
    answer = Client().post(f"{DOOR}.json", body(desk, **changes))
    assert answer.status_code == status
    assert answer.json()[0]["code"] == str(status)
    assert answer.json()[0]["description"]
    assert Event.objects.count() == before


def test_kinds_that_are_not_public_are_not_told(desk: Desk) -> None:
    receipt = desk.report(kind="local_neighbours")
    assert Client().get(f"{DOOR}/{receipt.public_id}.json").status_code == 404
    secret = desk.report(key="2", kind_of_request="misconduct")
    assert Client().get(f"{DOOR}/{secret.public_id}.json").status_code == 404


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
