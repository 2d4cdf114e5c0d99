"""Rules of names, phones, devices, levels and the end of a session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.accounts import rules
from linli.foundation.core.rules.clocks import Span

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
DAY = timedelta(hours=12)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("13800138000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("0086-13800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("(138)00138000", "13800138000"),
        ("12800138000", ""),
        ("1380013800", ""),
        ("138001380001", ""),
        ("0355-2053000", ""),
        ("zhang.min", ""),
        ("", ""),
        ("١٣٨٠٠١٣٨٠٠٠", ""),
    ],
)
def test_mobile_numbers(typed, plain):
    assert rules.plain_phone(typed) == plain


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "+86", "0086", "+86 "]))
def test_every_way_of_writing_a_number_is_one_number(number, prefix):
    spaced = f"{prefix}{number[:3]} {number[3:7]}-{number[7:]}"
    assert rules.plain_phone(spaced) == number
    assert rules.plain_phone(rules.plain_phone(spaced)) == number


@given(st.text(max_size=60))
def test_a_name_is_never_a_phone_and_folding_is_stable(typed):
    plain = rules.plain_name(typed)
    assert rules.plain_name(plain) == plain or not rules.is_login_name(plain)
    assert not (rules.is_login_name(plain) and rules.plain_phone(plain))


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("li.na", True),
        ("a-b_c9", True),
        ("ab", False),
        ("9ab", False),
        ("张敏", False),
        ("a b c", False),
        ("x" * 41, False),
        ("abc\n", False),
    ],
)
def test_login_names(name, good):
    assert rules.is_login_name(name) is good


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) MicroMessenger/8.0", "wechat-ios"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/141.0 Safari/537.36 Edg/141.0", "edge-windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "firefox-linux"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9 Pro serial-123) Chrome/141 Mobile", "chrome-android"),
        ("", "other-other"),
    ],
)
def test_devices_are_families_only(agent, device):
    assert rules.device_of(agent) == device


@given(st.text(max_size=300))
def test_a_device_fits_its_column_and_quotes_nothing(agent):
    family, _, system = rules.device_of(agent).partition("-")
    assert family in {name for _mark, name in rules._FAMILIES} | {"other"}
    assert system in {name for _mark, name in rules._SYSTEMS} | {"other"}


def facts(**changes):
    base = {
        "began": NOW - timedelta(hours=1), "ended": False, "account_ended": False, "grant": None,
        "factor_given": False, "factor_needed": False,
    }  # fmt: skip
    return rules.SessionFacts(**{**base, **changes})


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "alive"),
        ({"ended": True}, "ended"),
        ({"account_ended": True}, "account_ended"),
        ({"began": NOW - DAY}, "too_old"),
        ({"began": NOW - DAY + timedelta(seconds=1)}, "alive"),
        ({"grant": rules.Period(NOW - DAY, None)}, "alive"),
        ({"grant": rules.Period(NOW - DAY, NOW)}, "grant_ended"),
        ({"grant": rules.Period(NOW + timedelta(seconds=1), None)}, "grant_ended"),
        ({"factor_needed": True}, "factor_missing"),
        ({"factor_needed": True, "factor_given": True}, "alive"),
    ],
)
def test_when_a_session_is_over(changes, verdict):
    assert rules.session_verdict(facts(**changes), NOW, DAY) == verdict


@given(st.booleans(), st.booleans(), st.integers(0, 30), st.booleans(), st.booleans())
def test_a_session_is_alive_only_when_nothing_speaks_against_it(ended, account_ended, hours, given_, needed):
    made = facts(
        ended=ended,
        account_ended=account_ended,
        began=NOW - timedelta(hours=hours),
        factor_given=given_,
        factor_needed=needed,
    )
    alive = not ended and not account_ended and hours < 12 and (given_ or not needed)
    assert (rules.session_verdict(made, NOW, DAY) == "alive") is alive


def test_levels_lengths_and_moments():
    assert rules.is_within_level("community", "subdistrict") and not rules.is_within_level(
        "district", "subdistrict"
    )
    assert rules.length(Span(30, "minutes")) == timedelta(minutes=30)
    assert rules.length(Span(183, "calendar_days")) == timedelta(days=183)
    with pytest.raises(KeyError):
        rules.length(Span(1, "months"))
    assert rules.hour_of(NOW) == NOW.replace(minute=0)
    assert rules.is_fresh(NOW - timedelta(minutes=9), NOW, 10) and not rules.is_fresh(
        NOW - timedelta(minutes=10), NOW, 10
    )
    assert not rules.is_fresh(None, NOW, 10)


def test_only_demonstration_accounts_outside_production_are_exempt():
    assert rules.is_factor_exempt("demo", True) and rules.is_factor_exempt("test", True)
    assert not rules.is_factor_exempt("production", True) and not rules.is_factor_exempt("demo", False)
