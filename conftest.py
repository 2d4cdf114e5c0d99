"""The test run's own database server and two districts, served as the application role.

Migrated by the owner role into a template once; tests run in transactions on a copy. Tests that commit use
the `committed` fixture, which restores the copy afterwards. Several processes (`-n`) share nothing: each has
its own scratch folder, server, template and copy; which tests stay together is decided by `scope`.
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
# The browser driver leaves its event loop on the thread it was used on; the next test there may use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
_one_of_several = os.environ.get("PYTEST_XDIST_WORKER", "")
_named = os.environ.get("LINLI_TEST_DATA")
_scratch = Path(_named) / _one_of_several if _named else Path(tempfile.mkdtemp(prefix="linli-test-"))
(_scratch / "static").mkdir(parents=True, exist_ok=True)
os.environ["LINLI_DATA"] = str(_scratch)
os.environ["LINLI_KEYS"] = str(_scratch / "keys.json")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.shell.settings")

import django  # noqa: E402  # the environment above must be set first
import pytest  # noqa: E402  # same
from xdist.scheduler import LoadScopeScheduling  # noqa: E402  # same

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
    if not _named:
        postgres.remove(_scratch)


def pytest_unconfigure() -> None:
    """A scratch folder of our own is gone in the end, also after a run that needed no database."""
    if not _named:
        shutil.rmtree(_scratch, ignore_errors=True)


# The first words of a path that matches say which tests stay together, in one process and one after another;
# every other file stays together with itself. Long ones first, so that the processes end at the same time.
TOGETHER = {
    "one at a time": (
        "tests/kill/",
        "tests/browser/",
        "tests/bench/",
        "linli/shell/tests/test_demo_processes.py",
        "linli/shell/tests/test_backup.py",
        "linli/shell/postgres/tests/",
        "linli/foundation/accounts/tests/test_browser.py",
        "linli/foundation/core/tests/test_pages_browser.py",
        "linli/foundation/accounts/tests/test_races.py",
        "linli/foundation/people/tests/test_races.py",
    ),
    "the matrix": ("tests/access/",),
}


def scope(nodeid: str) -> str:
    """The name of what a test stays together with."""
    path = nodeid.split("::", 1)[0]
    return next((name for name, starts in TOGETHER.items() if path.startswith(starts)), path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """The processes to come must not read the settings before their own environment is set above."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


class ByScope(LoadScopeScheduling):
    """Hands out whole scopes, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Ours instead of the one that `--dist` names, without its sorting by number of tests."""
    config.option.loadscopereorder = False
    return ByScope(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In one of several processes: what stays together in the order of TOGETHER, then the files."""
    if _one_of_several:
        order = list(TOGETHER)
        items.sort(key=lambda one: order.index(s) if (s := scope(one.nodeid)) in order else len(order))


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
