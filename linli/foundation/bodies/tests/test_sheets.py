"""The yearly notice as a spreadsheet: what is read, what is told line by line, neighbouring years."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.bodies import sheets

HEAD = ["date", "name", "kind"]


def test_columns_in_any_order_and_language() -> None:
    notice = sheets.read_notice(
        [
            ["类型", "日期", "名称"],
            ["休", "2027年1月1日", "元旦"],
            ["班", datetime(2027, 1, 3), "元旦"],
            ["", "", ""],
        ]
    )
    assert notice.rows == ((date(2027, 1, 1), "off", "元旦"), (date(2027, 1, 3), "work", "元旦"))
    assert notice.bad == ()


def test_bad_lines_are_named() -> None:
    table = [
        HEAD,
        ["2027-02-30", "x", "off"],
        ["2027-01-01", "x", "maybe"],
        ["2027-01-02", "x", "off"],
        ["2027-01-02", "x", "work"],
        ["soon"],
    ]
    notice = sheets.read_notice(table)
    assert [(b.line, b.problem) for b in notice.bad] == [(2, "date"), (3, "kind"), (5, "twice"), (6, "date")]
    assert len(notice.rows) == 1


@pytest.mark.parametrize(
    ("table", "code"),
    [([], "columns"), ([["a", "b"]], "columns"), ([HEAD, *[["2027-01-01", "x", "off"]] * 401], "length")],
)
def test_unusable_sheets(table: list, code: str) -> None:
    with pytest.raises(ValueError, match=code):
        sheets.read_notice(table)


def test_encodings() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        assert sheets.read_csv("日期,名称,类型\n".encode(encoding)) == [["日期", "名称", "类型"]]
    assert sheets.read_csv(b"# a note\ndate\n") == [["date"]]


days = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@given(
    st.dictionaries(
        days, st.tuples(st.sampled_from(["off", "work"]), st.text('春节abc," ', max_size=8)), max_size=20
    )
)
def test_the_preview_carries_every_row(rows: dict) -> None:
    given_rows = tuple((day, kind, name.strip()) for day, (kind, name) in sorted(rows.items()))
    assert sheets.read_notice(sheets.read_csv(sheets.as_text(given_rows).encode())).rows == given_rows


def test_neighbouring_years_keep_what_they_had() -> None:
    known = {2026: [(date(2026, 10, 1), "off", "国庆节"), (date(2026, 12, 31), "work", "旧")]}
    rows = [(date(2026, 12, 31), "off", "元旦"), (date(2027, 1, 1), "off", "元旦")]
    loaded, years = sheets.laid_over(rows, 2027, known)
    assert years == [2026, 2027]
    assert loaded == [
        (date(2026, 10, 1), "off", "国庆节"),
        (date(2026, 12, 31), "off", "元旦"),
        (date(2027, 1, 1), "off", "元旦"),
    ]
    with pytest.raises(ValueError, match="2028"):
        sheets.laid_over([(date(2028, 1, 1), "off", "x")], 2027, known)
