"""The column map, the words and the moments of a city: whatever it writes is read alike or refused by field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.work.cases.rules.exchange import (
    IN_FIELDS,
    OUT_KINDS,
    OutsideRow,
    RowProblem,
    find_columns,
    message_cells,
    moment_of,
    named_in,
    read_format,
    read_row,
    write_moment,
)
from linli.work.cases.rules.importing import CellProblem

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
NAMES = {field: (f"列{at}", f"Column {at}") for at, field in enumerate(IN_FIELDS)}
FORM = read_format(
    [{"code": code, "names": names} for code, names in NAMES.items()],
    [{"code": "number", "heading": "编号"}],
    [
        {"code": "order", "names": ("派单",)},
        {"code": "agreed", "names": ("同意",)},
        {"code": "reply", "names": ("答复",)},
    ],
    ("YYYY-MM-DD hh:mm:ss", "YYYYMMDDhhmmss", "DD.MM.YYYY hh:mm"),
)
GOOD = {
    "number": "A-1",
    "message": "派单",
    "received": "2026-11-23 09:00:00",
    "text": "灯坏了",
    "place": "某小区",
}


@given(
    order=st.permutations(IN_FIELDS), which=st.integers(0, 1), noise=st.lists(st.text(max_size=8), max_size=4)
)
def test_columns_are_found_in_any_order_under_any_agreed_name(order, which: int, noise: list[str]) -> None:
    """Width, case and spaces do not matter, and strange columns are left alone."""
    header = [f" {NAMES[field][which].upper()}　" for field in order] + [f"其他{text}" for text in noise]
    assert find_columns(header, FORM) == {field: at for at, field in enumerate(order)}


@given(twice=st.sampled_from(IN_FIELDS))
def test_two_columns_for_one_field_are_refused(twice: str) -> None:
    with pytest.raises(RowProblem, match="two_columns") as problem:
        find_columns(["列0", *NAMES[twice]], FORM) if twice != "number" else find_columns(NAMES[twice], FORM)
    assert problem.value.column == twice


@given(
    cells=st.dictionaries(
        st.sampled_from(IN_FIELDS),
        st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.datetimes()),
    )
)
def test_whatever_stands_in_the_cells_a_row_is_read_or_its_field_named(cells: dict) -> None:
    try:
        row = read_row(cells, FORM, ZONE, NOW)
    except RowProblem as problem:
        assert problem.column in IN_FIELDS
    else:
        assert 0 < len(row.number) <= 40 and len(row.digest()) == 64


@given(at=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)))
def test_a_moment_survives_being_written_and_read(at: datetime) -> None:
    told = at.replace(microsecond=0, tzinfo=ZONE)
    assert moment_of(write_moment(told, FORM, ZONE), FORM, ZONE) == told
    assert moment_of(told.isoformat(), FORM, ZONE) == told
    assert moment_of(told.replace(tzinfo=None), FORM, ZONE) == told
    assert moment_of(int(told.strftime("%Y%m%d%H%M%S")), FORM, ZONE) == told


def test_the_same_content_has_the_same_digest_however_it_came() -> None:
    sheet = read_row(GOOD, FORM, ZONE, NOW)
    file = read_row({**GOOD, "message": "order", "received": "2026-11-23T01:00:00+00:00"}, FORM, ZONE, NOW)
    assert sheet.digest() == file.digest()
    assert sheet.digest() != read_row({**GOOD, "text": "灯又坏了"}, FORM, ZONE, NOW).digest()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": ""}, "number"), ({"number": "x" * 41}, "number"), ({"number": 1.5}, "number"), ({"message": "问好"}, "message"),
        ({"message": "答复"}, "message"), ({"received": ""}, "received"), ({"received": "2026-11-23 13:00:00"}, "received"),
        ({"received": "1900-01-01 10:00:00"}, "received"), ({"deadline": "2026-11-23 09:00:00"}, "deadline_before"),
        ({"deadline": "31.02.2027 10:00"}, "deadline"), ({"text": ""}, "text"), ({"text": "字" * 5001}, "text"),
        ({"urges": "许多"}, "urges"), ({"urges": "-1"}, "urges"), ({"message": "return_ruling"}, "ruling"),
        ({"message": "judgement", "solved": "yes"}, "solved"), ({"message": "acknowledgement"}, "receipt"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(changes: dict, code: str) -> None:
    with pytest.raises(RowProblem) as problem:
        read_row({**GOOD, **changes}, FORM, ZONE, NOW)
    assert problem.value.code == code


def test_the_boundary_of_a_deadline() -> None:
    """A deadline at the moment of receipt is none; a second later is one."""
    later = read_row({**GOOD, "deadline": "2026-11-23 09:00:01"}, FORM, ZONE, NOW)
    assert later.deadline is not None and later.received is not None
    assert later.deadline - later.received == timedelta(seconds=1)


def test_a_moment_that_is_none_is_refused() -> None:
    for told in ("明天", "2026-13-01 10:00:00", 3.7, True):
        with pytest.raises(CellProblem):
            moment_of(told, FORM, ZONE)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("潞州区英雄路阳光小区3号楼", ["阳光小区"]), ("阳光小区", ["阳光小区"]), ("新阳光小区", []), ("英雄路新阳光小区", []),
        ("阳光小区北区", ["阳光小区北区"]), ("阳光小区，东方花园", ["阳光小区", "东方花园"]), ("", []),
    ],
)  # fmt: skip
def test_names_in_an_address(address: str, found: list[str]) -> None:
    assert named_in(address, ["阳光小区", "阳光小区北区", "东方花园"]) == found


@pytest.mark.parametrize("kind", OUT_KINDS)
def test_every_message_is_written_in_the_citys_words(kind: str) -> None:
    told = message_cells(
        kind=kind, number="A-1", at=NOW, data={"amount": 3, "unit": "working_days"}, text="", reason="", digest="",
        our_number="", receipt="r", form=FORM, zone=ZONE,
    )  # fmt: skip
    assert told["message"] == {"reply": "答复"}.get(kind, kind)
    assert (told["moment"], told["more_time"]) == ("2026-11-23 12:00:00", "3个工作日")


def test_the_page_for_districts_names_every_field() -> None:
    page = (Path(__file__).parents[4] / "docs" / "exchange.md").read_text("utf-8")
    assert all(f"`{name}`" in page for name in (*IN_FIELDS, *OUT_KINDS))
    assert OutsideRow("A-1").message == "order"
