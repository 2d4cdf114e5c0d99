"""Codes, plates, geometry and search words."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.places.rules import codes, geo, plates, words
from linli.foundation.places.rules.divisions import parse_divisions
from linli.foundation.places.tests.builders import divisions

digits15 = st.text("0123456789", min_size=15, max_size=15)


def test_the_published_vector() -> None:
    assert codes.check_character("140403004001001") == "5"
    assert codes.compound_code("140403004001", 1) == "1404030040010015"
    assert codes.shown("1404030040010015") == "140403-004-001-001-5"


@pytest.mark.parametrize(
    "typed",
    [
        "140403-004-001-001-5",
        "1404030040010015",
        " 140403 004 001 001 5 ",
        "１４０４０３－００４－００１－００１－５",
        "140403—004—001—001—5",
    ],
)
def test_typed_codes_become_one(typed: str) -> None:
    assert codes.normal_compound_code(typed) == "1404030040010015"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("1.40403E+14", "number"),
        ("1.40403004001002E+15", "number"),
        ("140403004001001.5", "number"),
        ("140403-004-001-001-6", "check"),
        ("140403-004-001-001", "length"),
        ("140403-004-0O1-001-5", "characters"),
        ("14040300X0010015", "characters"),
        ("和平小区", "characters"),
    ],
)
def test_refused_codes_name_their_reason(typed: str, reason: str) -> None:
    with pytest.raises(codes.CodeRefused) as refused:
        codes.normal_compound_code(typed)
    assert refused.value.reason == reason


@given(digits15)
def test_check_character_is_iso_7064(body: str) -> None:
    """The defining property: weights 2^(16-i), check weight 1, sum equals 1 modulo 11."""
    check = codes.check_character(body)
    value = 10 if check == "X" else int(check)
    total = sum(int(digit) * pow(2, 15 - i) for i, digit in enumerate(body)) + value
    assert total % 11 == 1


@given(digits15, st.integers(0, 14), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(body: str, at: int, step: int) -> None:
    code = body + codes.check_character(body)
    wrong = code[:at] + str((int(code[at]) + step) % 10) + code[at + 1 :]
    with pytest.raises(codes.CodeRefused):
        codes.normal_compound_code(wrong)


@given(digits15, st.integers(0, 13))
def test_every_exchange_of_neighbours_is_found(body: str, at: int) -> None:
    code = body + codes.check_character(body)
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    if swapped != code:
        with pytest.raises(codes.CodeRefused):
            codes.normal_compound_code(swapped)


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(1, 999))
def test_shown_codes_read_back(community: str, running: int) -> None:
    code = codes.compound_code(community, running)
    assert codes.normal_compound_code(codes.shown(code)) == code
    assert codes.parent_code(code) == community
    assert codes.level_of(code) == "compound"


@pytest.mark.parametrize("running", [0, 1000, -1])
def test_running_numbers_have_three_digits(running: int) -> None:
    with pytest.raises(codes.CodeRefused):
        codes.compound_code("140403004001", running)


def test_levels_by_length() -> None:
    assert [codes.level_of(c) for c in ("140403", "140403004", "140403004001", "14040")] == [
        "district", "subdistrict", "community", None,
    ]  # fmt: skip
    assert codes.normal_division_code("140403-004-001") == "140403004001"
    with pytest.raises(codes.CodeRefused):
        codes.normal_division_code("1.40403E+11")


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        ("building", "1号楼", "001"), ("building", "12#楼", "012"), ("building", "A1", "0A1"), ("building", "0012", "012"),
        ("building", "３栋", "003"), ("stairwell", "2单元", "02"), ("stairwell", "2", "02"), ("dwelling", "101室", "0101"),
        ("dwelling", "1203", "1203"), ("dwelling", "12-03", "1203"),
    ],
)  # fmt: skip
def test_part_codes(kind: codes.PartKind, typed: str, code: str) -> None:
    assert codes.part_code(kind, typed) == code


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("building", "1234"),
        ("building", ""),
        ("stairwell", "东单元"),
        ("dwelling", "12345"),
        ("building", "000"),
        ("dwelling", "1.2E+3"),
    ],
)
def test_part_codes_refused(kind: codes.PartKind, typed: str) -> None:
    with pytest.raises(codes.CodeRefused):
        codes.part_code(kind, typed)


@given(st.integers(0, 2**32), st.integers(0, 8), st.integers(1, 30))
def test_plate_codes_find_a_wrong_character(seed: int, at: int, step: int) -> None:
    code = plates.new_code(random.Random(seed).randrange)
    assert plates.normal_code(plates.shown(code).lower()) == code
    wrong = plates.ALPHABET[(plates.ALPHABET.index(code[at]) + step) % 31]
    assert plates.normal_code(code[:at] + wrong + code[at + 1 :]) is None


@given(st.integers(0, 2**32), st.integers(0, 6))
def test_plate_codes_find_an_exchange(seed: int, at: int) -> None:
    code = plates.new_code(random.Random(seed).randrange)
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert swapped == code or plates.normal_code(swapped) is None


@pytest.mark.parametrize("typed", ["", "ABC", "0OIL12345", "22222222", "和平小区和平小区和"])
def test_no_plate_code(typed: str) -> None:
    assert plates.normal_code(typed) is None


def test_distance_of_a_known_pair() -> None:
    assert geo.distance(113.0, 36.0, 113.0, 37.0) == pytest.approx(111_195, rel=1e-3)
    assert geo.distance(113.1, 36.2, 113.1, 36.2) == 0


@given(st.floats(73, 135), st.floats(4, 53))
def test_coordinate_conversion_returns(lon: float, lat: float) -> None:
    x, y = geo.to_gcj02(lon, lat)
    back = geo.to_wgs84(x, y)
    assert back == pytest.approx((lon, lat), abs=2e-6)
    assert 5 < geo.distance(lon, lat, x, y) < 2000


def test_conversion_leaves_other_countries_alone() -> None:
    assert geo.to_gcj02(13.4, 52.5) == (13.4, 52.5) == geo.to_wgs84(13.4, 52.5)


@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(10, 20000))
def test_box_holds_the_circle(lon: float, lat: float, metres: float) -> None:
    west, south, east, north = geo.box(lon, lat, metres)
    assert geo.distance(lon, lat, lon, north) >= metres * 0.999
    assert east - lon >= (north - lat) * 0.999
    assert west < lon < east
    assert south < lat < north


def test_search_words() -> None:
    assert words.terms(" 和平，  He-Ping  １２ ") == ["和平", "heping", "12"]
    assert words.terms("140403-004-001") == ["140403004001"]
    assert words.terms("？！") == []
    assert words.search_text(["和平小区", "hepingxiaoqu", "hpxq", "hpxq"]) == "|和平小区|hepingxiaoqu|hpxq"
    assert (words.pattern("h"), words.pattern("平"), words.pattern("ping")) == ("|h", "平", "ping")


@given(st.text(max_size=200))
def test_search_words_are_bounded(text: str) -> None:
    found = words.terms(text)
    assert len(found) <= words.MAX_TERMS
    assert all(word and "|" not in word and "%" not in word for word in found)


def test_the_real_list_of_divisions() -> None:
    parsed = divisions()
    count = {level: sum(1 for row in parsed.rows if row.level == level) for level in codes.LEVELS}
    assert count == {"district": 1, "subdistrict": 16, "community": 83, "compound": 0}
    # 126 villages, 6 collective-asset units, 3 zones, province and city above
    assert parsed.skipped == 126 + 6 + 3 + 2
    assert len({row.name for row in parsed.rows}) < len(parsed.rows)


def test_a_code_that_does_not_fit_its_level_is_refused() -> None:
    with pytest.raises(ValueError, match="140403001"):
        parse_divisions(["code,name,level,parent", "140403001,和平,community,140403"])
