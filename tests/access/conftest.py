"""One stage for all tests of the matrix, in a transaction that never ends well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from conftest import OTHER_PLACEMENT, PLACEMENT
from linli.foundation.core.context import work_in
from tests.access.loading import Expectations, load
from tests.access.running import Runner
from tests.access.stage import Stage, open_stage


@pytest.fixture(scope="package")
def stages(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Stage, Stage]]:
    """Both districts as built."""
    with django_db_blocker.unblock(), transaction.atomic():
        with work_in(PLACEMENT, "luzhou", "Asia/Shanghai") as pair:
            home = open_stage(pair, 1)
        with work_in(OTHER_PLACEMENT, "qingshan", "Asia/Shanghai") as pair:
            away = open_stage(pair, 2)
        yield home, away
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def expectations() -> Expectations:
    return load()


@pytest.fixture(scope="package")
def runner(stages: tuple[Stage, Stage], expectations: Expectations) -> Runner:
    return Runner(expectations, *stages)
