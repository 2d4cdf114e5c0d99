from __future__ import annotations

import pytest

from linli.foundation.bodies.tests.builders import Town
from linli.foundation.messaging.tests.builders import TEMPLATES, with_rules


@pytest.fixture
def town(work, monkeypatch: pytest.MonkeyPatch) -> Town:
    context, _ = work
    with_rules(monkeypatch, context.district, context.now, TEMPLATES)
    return Town(context.district, context.now)
