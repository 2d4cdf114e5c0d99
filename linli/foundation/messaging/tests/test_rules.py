"""What a message may carry, quiet hours, answers."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.core import charter
from linli.foundation.core.rules.charter import Text
from linli.foundation.core.rules.clocks import OpeningHours
from linli.foundation.messaging import rules

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = OpeningHours(((time(8), time(21)),))


def local(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    "data",
    [
        {"phone": "13912345678"},
        {"phone": "请拨打 139 1234 5678 联系"},
        {"number": "14040319990315997X"},
        {"text": "长" * 201},
        {"Name": "x"},
        {"list": ["x"]},
        {"both": {"zh": "只有中文"}},
        {"both": {"zh": "13912345678", "en": "x"}},
    ],
)
def test_what_a_row_must_not_keep_is_refused(data: dict) -> None:
    with pytest.raises(rules.MessageRefused):
        rules.check_data(data)


def test_ids_codes_and_masked_words_pass() -> None:
    rules.check_data(
        {
            "code": "7H3K9",
            "who": "张*",
            "phone": "139****5678",
            "n": 3,
            "kind": {"zh": "噪声", "en": "noise"},
            "at": None,
        }
    )


@given(st.integers(13_000_000_000, 19_999_999_999))
def test_no_mobile_number_slips_through(number: int) -> None:
    with pytest.raises(rules.MessageRefused):
        rules.check_data({"text": f"电话{number}。"})


def test_a_link_needs_the_code_in_words() -> None:
    with pytest.raises(rules.MessageRefused, match="code"):
        rules.check_template(Text("看 https://x.cn/{code}", "See {link}"))
    with pytest.raises(rules.MessageRefused, match="same"):
        rules.check_template(Text("{code}", "{kind}"))
    rules.check_template(Text("{link} 查询码{code}", "{link} code {code}"))


def test_every_template_of_the_charter_can_be_sent() -> None:
    read = charter.read_files("luzhou", datetime.now(UTC))
    templates = read.under("message")
    assert {"roster_gap", "calendar_missing"} <= set(templates)
    for text in templates.values():
        rules.check_template(text)
    for key in ("messaging.asks", "messaging.urgent"):
        assert set(read[key]) <= set(templates)


def test_values_as_words() -> None:
    at = "2026-11-23T09:30:00.000000Z"
    assert rules.shown(at, "zh-hans", ZONE) == "11月23日17:30"
    assert rules.shown(at, "en", ZONE) == "23 November, 17:30"
    assert rules.shown({"zh": "噪声", "en": "noise"}, "en", ZONE) == "noise"
    assert rules.shown(None, "en", ZONE) == ""
    with pytest.raises(rules.MessageRefused, match="code"):
        rules.render(Text("{code}", "{code}"), {}, language="zh", zone=ZONE, known={})


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (local(7, 59), local(8)),
        (local(8), local(8)),
        (local(20, 59), local(20, 59)),
        (local(21), local(8, day=24)),
        (local(23, 30), local(8, day=24)),
        (local(0, 10), local(8)),
    ],
)
def test_quiet_hours(now: datetime, due: datetime) -> None:
    assert rules.send_at(now, HOURS, ZONE, urgent=False) == due
    assert rules.send_at(now, HOURS, ZONE, urgent=True) == now


@given(st.integers(0, 60 * 24 * 14))
def test_nothing_goes_out_in_quiet_hours(minutes: int) -> None:
    now = local(0) + timedelta(minutes=minutes)
    due = rules.send_at(now, HOURS, ZONE, urgent=False)
    assert timedelta(0) <= due - now <= timedelta(hours=11)
    assert 8 <= due.astimezone(ZONE).hour < 21


@pytest.mark.parametrize(
    ("text", "answer"),
    [("1", 1), (" ２。", 2), ("③", 3), ("一", 1), ("4", None), ("11", None), ("很满意", None), ("", None)],
)
def test_answers(text: str, answer: int | None) -> None:
    assert rules.answer_of(text) == answer


def test_no_room_counts_who_reads() -> None:
    source = (Path(rules.__file__).parent / "models.py").read_text("utf-8")
    assert "read_at" not in source and "read_by" not in source
