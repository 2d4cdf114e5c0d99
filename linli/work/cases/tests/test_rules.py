"""Numbers, codes, judgements, imported cells."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.work.cases.rules import importing, judging, numbers

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_published_check_digits() -> None:
    # ISO 7064 MOD 11,10: the standard's own example 0794 has check digit 5.
    assert numbers.check_digit("0794") == "5"


@given(st.integers(1, 9_999_999), st.integers(2018, 2099))
def test_number_survives_how_people_type(counter: int, year: int) -> None:
    number = numbers.case_number(counter, year)
    for typed in (
        number,
        number.replace("-", ""),
        number.replace("-", " "),
        "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in number),
    ):
        assert numbers.normal_number(typed) == number


@given(st.integers(1, 9_999_999), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(counter: int, position: int, shift: int) -> None:
    digits = numbers.case_number(counter, 2026).replace("-", "")
    wrong = digits[:position] + str((int(digits[position]) + shift) % 10) + digits[position + 1 :]
    assert numbers.normal_number(wrong) is None


@pytest.mark.parametrize(
    "typed", ["", "abc", "26-0001042", "26-0001042-0", "1" * 40, "²³", "26-0001042-9; DROP"]
)
def test_what_cannot_be_a_number(typed: str) -> None:
    assert numbers.normal_number(typed) is None


def test_follow_code_has_no_lookalikes() -> None:
    assert not set("01OIL") & set(numbers.ALPHABET)
    assert numbers.normal_code(" ab2-3 cd45 ") == "AB23CD45"


@pytest.mark.parametrize(
    ("solved", "reopened", "verb"),
    [
        ("yes", 0, "confirm_solved"),
        ("yes", 3, "confirm_solved"),
        ("no", 0, "reopen"),
        ("no", 1, "to_conference"),
        ("no", 2, "close_unsolved"),
        ("no", 3, "close_unsolved"),
    ],
)
def test_what_a_judgement_does(solved: judging.Solved, reopened: int, verb: str) -> None:
    assert judging.verb_for(judging.Judgement(solved, "basic"), reopened) == verb


def test_return_limit_is_inclusive() -> None:
    limit = NOW + timedelta(days=2)
    assert judging.may_return(NOW, limit, limit, False)
    assert not judging.may_return(NOW, limit, limit + timedelta(microseconds=1), False)
    assert not judging.may_return(NOW, limit, NOW, True)


def test_call_back_is_given_up_after_three_tries_on_two_days() -> None:
    same_day = [NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2)]
    assert not judging.unreached_is_final(same_day, 3, 2)
    assert not judging.unreached_is_final([NOW, NOW + timedelta(days=1)], 3, 2)
    assert judging.unreached_is_final([*same_day[:2], NOW + timedelta(days=1)], 3, 2)


def test_nobody_of_the_handling_body_calls_back() -> None:
    assert not judging.other_body(5, {5, 6})
    assert not judging.other_body(None, set())
    assert judging.other_body(7, {5, 6})


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2019/11/22 16:54:42", datetime(2019, 11, 22, 16, 54, 42, tzinfo=ZONE)),
        ("2019-11-22 16:54", datetime(2019, 11, 22, 16, 54, tzinfo=ZONE)),
        ("2019/1/2 6:04", datetime(2019, 1, 2, 6, 4, tzinfo=ZONE)),
        ("2019年11月22日 16时54分", datetime(2019, 11, 22, 16, 54, tzinfo=ZONE)),
        ("2019-11-22", datetime(2019, 11, 22, tzinfo=ZONE)),
        (datetime(2019, 11, 22, 16, 54), datetime(2019, 11, 22, 16, 54, tzinfo=ZONE)),
        (date(2019, 11, 22), datetime(2019, 11, 22, tzinfo=ZONE)),
    ],
)
def test_moments_as_hotlines_write_them(cell: object, expected: datetime | None) -> None:
    if expected is None:
        with pytest.raises(importing.CellProblem):
            importing.read_moment(cell, ZONE)
    else:
        assert importing.read_moment(cell, ZONE) == expected


@pytest.mark.parametrize(
    "cell", ["", "yesterday", "2019-02-30 10:00", "2019-13-01", 43791.7, None, "22/11/2019"]
)
def test_moments_that_are_none(cell: object) -> None:
    with pytest.raises(importing.CellProblem):
        importing.read_moment(cell, ZONE)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("0355-1234567", "0355-1234567"), (13800138000.0, "13800138000"), (None, ""), ("１２", "12")],
)
def test_codes_stay_text(cell: object, expected: str) -> None:
    assert importing.read_code(cell, "phone") == expected


@pytest.mark.parametrize("cell", ["1.40403E+14", 1.5, 1e18, "2.0e+5"])
def test_codes_a_spreadsheet_broke(cell: object) -> None:
    with pytest.raises(importing.CellProblem, match="text"):
        importing.read_code(cell, "code")


def test_row_names_line_and_column() -> None:
    good = {"received": "2019/11/22 16:54:42", "text": "路灯不亮", "place": "一运小区"}
    row = importing.read_row(7, good, ZONE, NOW)
    assert isinstance(row, importing.ImportedRow)
    assert (row.line, row.place, row.number) == (7, "一运小区", "")
    bad = importing.read_row(8, {**good, "text": " "}, ZONE, NOW)
    assert isinstance(bad, importing.BadRow)
    assert (bad.line, bad.column) == (8, "text")
    late = importing.read_row(9, {**good, "received": "2031-01-01 00:00"}, ZONE, NOW)
    assert isinstance(late, importing.BadRow)
    assert late.column == "received"


def test_mapping_says_what_is_missing() -> None:
    header = ["受理时间", "内容", "小区"]
    assert importing.parse_map(["received=受理时间", "text=内容", "place=小区"], header) == {
        "received": 0,
        "text": 1,
        "place": 2,
    }
    with pytest.raises(importing.CellProblem, match="place"):
        importing.parse_map(["received=受理时间", "text=内容"], header)
    with pytest.raises(importing.CellProblem, match="no column"):
        importing.parse_map(["received=时间"], header)


@given(st.text(max_size=60))
def test_reading_cells_never_breaks(text: str) -> None:
    for read in (
        lambda: importing.read_moment(text, ZONE),
        lambda: importing.read_code(text, "x"),
        lambda: importing.read_text(text),
    ):
        try:
            read()
        except importing.CellProblem as problem:
            assert str(problem)
