"""Identifiers by vectors and properties; masks of names, phones and numbers."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.people.rules import (
    check_id_number,
    check_uscc,
    day_start,
    folded,
    id_check_digit,
    mask_id,
    mask_name,
    mask_phone,
    name_key,
    normal_phone,
    week_start,
)

TODAY = date(2026, 11, 23)
LINES = (Path(__file__).parent / "id_vectors.csv").read_text("utf-8").splitlines()
VECTORS = list(csv.DictReader(line for line in LINES if not line.startswith("#")))


@pytest.mark.parametrize("row", VECTORS, ids=[f"{r['kind']}-{r['value']}" for r in VECTORS])
def test_vectors(row: dict[str, str]) -> None:
    value, expected = row["value"], row["expected"]
    if row["kind"] == "phone":
        phone = normal_phone(value)
        wanted = {"landline": "landline", "short code": "short", "invalid": "invalid"}.get(expected, "mobile")
        assert phone.kind == wanted and bool(phone) == (wanted != "invalid")
        assert wanted != "mobile" or phone.value == "13800138000"
        return
    checked = check_uscc(value) if row["kind"] == "uscc" else check_id_number(value, TODAY)
    assert bool(checked) == expected.startswith("valid")
    assert (row["kind"] == "id15") == (checked.problem == "legacy")


def test_holders_of_merged_districts_born_before_1983_are_valid() -> None:
    for number in ("14040219800101998", "14041119800101998"):
        assert check_id_number(number + id_check_digit(number), TODAY)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "empty"),
        ("１４０４０３１９９９０３１５９９７２", ""),
        ("140403 19990315 9972", ""),
        ("040403199903159972", "characters"),
        ("14040319990315997Ａ", "characters"),
        ("140403202611249991", "future"),
    ],
)
def test_problems_of_numbers(raw: str, problem: str) -> None:
    assert check_id_number(raw, TODAY).problem == problem


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(100000, 999999), st.integers(0, 999))
def test_every_real_birthday_with_its_check_digit_is_valid_and_no_other_digit(
    born: date, code: int, order: int
) -> None:
    first = f"{code}{born:%Y%m%d}{order:03d}"
    right = id_check_digit(first)
    assert check_id_number(first + right, TODAY).value == first + right
    assert all(not check_id_number(first + c, TODAY) for c in "0123456789X" if c != right)


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        ("１３８００１３８０００", "mobile", "13800138000"),
        ("8613800138000", "mobile", "13800138000"),
        ("(0355)1234567", "landline", "0355-1234567"),
        ("(0355)2234567", "landline", "0355-2234567"),
        ("+86 355 2234567", "landline", "0355-2234567"),
        ("010-12345678", "landline", "010-12345678"),
        ("0355 1234567", "landline", "0355-1234567"),
        ("110", "short", "110"),
        ("96518", "short", "96518"),
        ("abc", "invalid", ""),
        ("138001380001", "invalid", ""),
    ],
)
def test_phones_as_people_type_them(raw: str, kind: str, value: str) -> None:
    assert (normal_phone(raw).kind, normal_phone(raw).value) == (kind, value)


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", "+86", "0086", "+86 "]),
    st.sampled_from(["", " ", "-", "　"]),
)
def test_every_mobile_number_has_one_normal_form(number: str, prefix: str, gap: str) -> None:
    assert normal_phone(prefix + gap.join((number[:3], number[3:7], number[7:]))).value == number


@given(st.text())
def test_folding_keeps_the_length_and_never_fails(text: str) -> None:
    assert len(folded(text)) == len(text)
    normal_phone(text)
    check_id_number(text, TODAY)
    check_uscc(text)


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("张三", "张*"),
        ("欧阳修远", "欧阳*"),
        ("欧阳", "欧*"),
        ("张 小 明", "张*"),
        ("John Smith", "J*"),
        ("", ""),
        ("  ", ""),
        ("李", "李*"),
        ("阿不都·热合曼", "阿*"),
    ],
)
def test_names(name: str, mask: str) -> None:
    assert mask_name(name) == mask


@pytest.mark.parametrize(
    ("phone", "mask"),
    [
        ("13800138000", "138****8000"),
        ("+86 138 0013 8000", "138****8000"),
        ("0355-1234567", "0355-***4567"),
        ("010-12345678", "010-****5678"),
        ("12345", "12345"),
        ("", ""),
        ("garbage", "****"),
    ],
)
def test_phone_masks(phone: str, mask: str) -> None:
    assert mask_phone(phone) == mask


def test_id_masks_show_neither_birthday_nor_sequence() -> None:
    assert mask_id("140403199903159972") == "1404************72"
    assert mask_id("1234") == "****"


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_mask_hides_four_digits(number: str) -> None:
    assert mask_phone(number) == number[:3] + "****" + number[7:]


def test_names_are_found_whole_whatever_the_letters() -> None:
    assert name_key("张 三") == name_key("张三") and name_key("JOHN  Smith") == name_key("john smith")


def test_days_and_weeks_begin_at_the_districts_midnight() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    now = datetime(2026, 11, 25, 17, 30, tzinfo=ZoneInfo("UTC"))
    assert day_start(now, zone) == datetime(2026, 11, 26, tzinfo=zone)
    assert week_start(now, zone) == datetime(2026, 11, 23, tzinfo=zone)
