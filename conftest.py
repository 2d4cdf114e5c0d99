"""The test run's own database server and two districts, served as the application role.

Migrated by the owner role into a template once; tests run in transactions on a copy. Tests that commit use
the `committed` fixture, which restores the copy afterwards.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ["LINLI_MODE"] = "test"
_scratch = Path(os.environ.get("LINLI_TEST_DATA") or tempfile.mkdtemp(prefix="linli-test-"))
os.environ["LINLI_DATA"] = str(_scratch)
os.environ["LINLI_KEYS"] = str(_scratch / "keys.json")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.shell.settings")

import django  # noqa: E402  # the environment above must be set first
import pytest  # noqa: E402  # same

django.setup()

from django.conf import settings  # noqa: E402  # Django must be set up first
from django.core.management import call_command  # noqa: E402  # Django must be set up first
from django.db import connections  # noqa: E402  # Django must be set up first

from linli.foundation.core import calendar, keys  # noqa: E402  # Django must be set up first
from linli.foundation.core import charter as charters  # noqa: E402  # Django must be set up first
from linli.foundation.core.context import work_in  # noqa: E402  # Django must be set up first
from linli.foundation.core.db import blocks  # noqa: E402  # Django must be set up first
from linli.foundation.core.middleware import forget_districts  # noqa: E402  # Django must be set up first
from linli.shell import postgres  # noqa: E402  # Django must be set up first
from linli.shell.settings import _database  # noqa: E402  # Django must be set up first
from linli.shell.world import two_districts  # noqa: E402  # Django must be set up first

NAME = f"linli_test_{os.getpid()}"
TEMPLATE = f"{NAME}_template"
PLACEMENT, OTHER_PLACEMENT = 140403, 140499


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Endpoint]:
    """A running PostgreSQL of the wanted kind; its version is asserted when LINLI_PG_EXPECT says one.

    The scratch folder lets the database's own user in, and both are gone afterwards.
    """
    _scratch.mkdir(parents=True, exist_ok=True)
    _scratch.chmod(0o755)
    if not Path(os.environ["LINLI_KEYS"]).exists():
        keys.write_keyring(Path(os.environ["LINLI_KEYS"]), keys.new_keyring())
    with postgres.running(_scratch, durable=False) as endpoint:
        expected = os.environ.get("LINLI_PG_EXPECT")
        if expected:
            assert endpoint.version // 10000 == int(expected), (
                f"server_version {endpoint.version}, not {expected}"
            )
        yield endpoint
    if "LINLI_TEST_DATA" not in os.environ:
        postgres.remove(_scratch)
        shutil.rmtree(_scratch, ignore_errors=True)


def _point(url: str, owner: str = "") -> None:
    fresh = _database(url)
    connections["default"].close()
    for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT"):
        settings.DATABASES["default"][key] = fresh[key]
        connections["default"].settings_dict[key] = fresh[key]


@pytest.fixture(scope="session")
def django_db_setup(server: postgres.Endpoint, django_db_blocker: Any) -> Iterator[None]:
    """Template migrated by the owner role, two districts enrolled, one copy for the tests."""
    postgres.create_database(server, TEMPLATE)
    with django_db_blocker.unblock():
        _point(server.owner_url(TEMPLATE))
        call_command("migrate", verbosity=0)
        _point(server.app_url(TEMPLATE))
        two_districts(datetime.now(UTC))
        _disconnect()
        postgres.create_database(server, NAME, template=TEMPLATE)
        _point(server.app_url(NAME))
    yield
    with django_db_blocker.unblock():
        _disconnect()
    for name in (NAME, TEMPLATE):
        with contextlib.suppress(Exception):
            postgres.drop_database(server, name)


def _disconnect() -> None:
    connections.close_all()
    blocks.forget()


@pytest.fixture
def committed(
    server: postgres.Endpoint, django_db_setup: None, django_db_blocker: Any
) -> Iterator[postgres.Endpoint]:
    """A database whose commits are real; a fresh copy of the template is put back afterwards."""
    with django_db_blocker.unblock():
        yield server
        _disconnect()
        postgres.drop_database(server, NAME)
        postgres.create_database(server, NAME, template=TEMPLATE)
        _forget_caches()


def _forget_caches() -> None:
    charters.forget()
    forget_districts()
    calendar._cache.clear()


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """What a rolled-back test put into process caches must not reach the next."""
    yield
    _forget_caches()


@pytest.fixture
def work(db: None) -> Iterator[Any]:
    """(context, system actor) of the first district inside the test's transaction."""
    with work_in(PLACEMENT, "luzhou", "Asia/Shanghai") as pair:
        yield pair


@pytest.fixture
def other_work(db: None) -> Iterator[Any]:
    """(context, system actor) of the second district."""
    with work_in(OTHER_PLACEMENT, "qingshan", "Asia/Shanghai") as pair:
        yield pair
