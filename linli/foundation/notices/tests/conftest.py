"""Fixtures of this room."""

from __future__ import annotations

from typing import Any

import pytest

from linli.foundation.notices.tests import builders


@pytest.fixture
def made(work: Any) -> builders.World:
    """The first district's small world."""
    return builders.world(work)
