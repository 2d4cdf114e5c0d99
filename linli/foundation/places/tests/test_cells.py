"""Columns and cells of lists."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.places.rules import cells, columns
from linli.foundation.places.rules.cells import CellRefused


@pytest.mark.parametrize(
    ("kind", "headers", "expected"),
    [
        ("compounds", ["序号", "所属社区", "小区名称", "小区编号", "户数"], {"community": 1, "name": 2, "code": 3, "household_count": 4}),
        ("compounds", ["Community", "Name", "Year built", "Lat", "Lon"], {"community": 0, "name": 1, "built_year": 2, "latitude": 3, "longitude": 4}),
        ("buildings", ["小区", "楼栋号", "层数", "单元数", "竣工日期"], {"compound": 0, "code": 1, "storeys": 2, "stairwells": 3, "completed_on": 4}),
        ("dwellings", ["小区名称", "楼号", "单元", "房号", "楼层", "建筑面积（㎡）"], {"compound": 0, "building": 1, "stairwell": 2, "number": 3, "floor": 4, "area": 5}),
        ("dwellings", ["compound", "building", "stairwell", "room", "floor", "area m2"], {"compound": 0, "building": 1, "stairwell": 2, "number": 3, "floor": 4, "area": 5}),
        ("compounds", ["甲", "乙"], {}),
    ],
)  # fmt: skip
def test_guessing_columns(kind: columns.Kind, headers: list[str], expected: dict[str, int]) -> None:
    assert columns.guess(kind, headers) == expected


@given(st.lists(st.text(max_size=12), max_size=20), st.sampled_from(columns.KINDS))
def test_a_guess_never_uses_a_column_twice(headers: list[str], kind: columns.Kind) -> None:
    found = columns.guess(kind, headers)
    assert len(set(found.values())) == len(found)
    assert columns.usable(kind, found, len(headers)) == found


def test_a_mapping_keeps_only_what_exists() -> None:
    assert columns.usable("compounds", {"name": 1, "owner": 2, "code": 9, "community": -1}, 3) == {"name": 1}
    assert columns.missing("compounds", {"name": 1}) == ["community"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1404030040010015", "1404030040010015"),
        (140403004001.0, "140403004001"),
        (140403, "140403"),
        ("  和平 ", "和平"),
        (None, ""),
    ],
)
def test_codes(cell: cells.Cell, value: str) -> None:
    assert cells.code(cell) == value


@pytest.mark.parametrize(
    "cell", [1.40403004001002e15, "1.40403E+14", "1.40403E+11", float("inf"), 1404030040010015, 12.5]
)
def test_codes_that_became_numbers(cell: cells.Cell) -> None:
    with pytest.raises(CellRefused) as refused:
        cells.code(cell)
    assert refused.value.reason == "code_number"


@pytest.mark.parametrize(
    "cell",
    [
        date(2003, 5, 1),
        datetime(2003, 5, 1, 8, 0),
        "2003-05-01",
        "2003/5/1",
        "2003.5.1",
        "2003年5月1日",
        "20030501",
        "２００３－５－１",
    ],
)
def test_days(cell: cells.Cell) -> None:
    assert cells.day(cell) == date(2003, 5, 1)


@pytest.mark.parametrize(
    "cell", ["2003-13-01", "2003-02-30", "2003", "37742", 37742.0, "五月一日", "01/05/2003", "2003-05"]
)
def test_wrong_days(cell: cells.Cell) -> None:
    with pytest.raises(CellRefused):
        cells.day(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("89.56", 8956), (89.56, 8956), (0.1 + 0.2, 30), ("1,089.5㎡", 108950), ("120", 12000), (None, None)],
)
def test_areas(cell: cells.Cell, value: int | None) -> None:
    assert cells.area(cell) == value


@pytest.mark.parametrize(
    "cell", ["0", "-3", "89.567", "八十", "1E3000", "nan", True, "10000000", datetime(2020, 1, 1)]
)
def test_wrong_areas(cell: cells.Cell) -> None:
    with pytest.raises(CellRefused):
        cells.area(cell)


@given(st.integers(1, 10**8))
def test_areas_are_exact_as_float_and_as_text(hundredths: int) -> None:
    whole = Decimal(hundredths) / 100
    assert cells.area(str(whole)) == cells.area(float(whole)) == hundredths


@pytest.mark.parametrize(("cell", "value"), [("1998年", 1998), (1998.0, 1998), ("６层", 6), ("", None)])
def test_whole_numbers(cell: cells.Cell, value: int | None) -> None:
    assert cells.integer(cell, 1, 2200) == value


@pytest.mark.parametrize("cell", ["约200", "12.5", "-1", "99999", "1e3", True, date(1998, 1, 1)])
def test_wrong_whole_numbers(cell: cells.Cell) -> None:
    with pytest.raises(CellRefused):
        cells.integer(cell, 1, 2200)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("自管小区", "self_managed"),
        ("专业物业", "professional"),
        ("三无", "unmanaged"),
        ("", ""),
        ("Self-managed", "self_managed"),
    ],
)
def test_management(cell: cells.Cell, value: str) -> None:
    assert cells.management(cell) == value


def test_unknown_management_and_degrees() -> None:
    with pytest.raises(CellRefused):
        cells.management("军管")
    assert cells.degree("113.12", -180, 180) == 113.12
    for cell in ("113°7'", "313.1", "1e2"):
        with pytest.raises(CellRefused):
            cells.degree(cell, -180, 180)


@given(
    st.one_of(
        st.none(), st.text(max_size=40), st.floats(), st.integers(), st.booleans(), st.dates(), st.datetimes()
    )
)
def test_no_cell_breaks_a_reader(cell: cells.Cell) -> None:
    for kind in columns.KINDS:
        for column in columns.COLUMNS[kind]:
            try:
                cells.read(column, cell)
            except CellRefused as refused:
                assert refused.reason
