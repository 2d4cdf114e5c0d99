"""A charter with test templates, bodies with offices, staff clients."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

import pytest

from linli.foundation.core import charter as charters
from linli.foundation.core.rules.charter import Charter, Rule, Text
from linli.foundation.core.rules.clocks import OpeningHours


def with_rules(monkeypatch: pytest.MonkeyPatch, district: int, now: Any, values: Mapping[str, Any]) -> None:
    """Lay values over the charter in force, for this test only."""
    real = charters.current(district, now)
    sample = real.rules["messaging.channel"]
    rules = dict(real.rules)
    for key, value in values.items():
        rules[key] = Rule(
            key=key, value=value, raw=None, basis=sample.basis, status="ours", valid_from=sample.valid_from,
            valid_to=None, source="test",
        )  # fmt: skip
    changed = Charter(rules, real.digest)
    monkeypatch.setattr(charters, "current", lambda _district, _now: changed)


TEMPLATES: dict[str, Any] = {
    "message.test_receipt": Text(
        "您的诉求已受理，查询码{code}，咨询{hotline}。",
        "Your report was received. Code {code}, ask {hotline}.",
    ),
    "message.test_judge": Text(
        "{subject}办好了吗？回复1满意2一般3不满意。", "Was {subject} settled? Answer 1 yes, 2 partly, 3 no."
    ),
    "message.test_danger": Text("紧急：{subject}", "Urgent: {subject}"),
    "messaging.asks": ("test_judge",),
    "messaging.urgent": ("test_danger",),
    "messaging.hours": OpeningHours(((time(0), time(0)),)),
}
