"""Own clusters in own folders: these tests start, kill and spoil them."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from linli.shell.postgres import Endpoint, create_database, remove, running


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder of its own that the database user can reach (pytest's tmp_path is private)."""
    folder = Path(tempfile.mkdtemp(prefix="linli-test-"))
    folder.chmod(0o755)
    yield folder / "var"
    if (folder / "var").exists():
        remove(folder / "var")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """One server for the tests that only talk to it, with the database `linli`."""
    folder = Path(tempfile.mkdtemp(prefix="linli-test-"))
    folder.chmod(0o755)
    with running(folder / "var", durable=False) as found:
        create_database(found, "linli")
        yield found
    remove(folder / "var")
    shutil.rmtree(folder)
