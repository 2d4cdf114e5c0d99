from __future__ import annotations

import pytest

from linli.foundation.bodies.tests.builders import Town


@pytest.fixture
def town(work) -> Town:
    context, _ = work
    return Town(context.district, context.now)
