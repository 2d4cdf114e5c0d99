"""A ground of its own for the kill tests: they need real commits, real processes and a server they may kill."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from linli.shell.proof.fleet import become_reaper
from linli.shell.proof.ground import Ground, ground


@pytest.fixture(scope="session")
def killing_ground() -> Iterator[Ground]:
    """A scratch installation with a few cases that wait for their judgement."""
    named = os.environ.pop("DATABASE_URL", None)
    become_reaper()
    try:
        with ground(waiting=20) as ready:
            yield ready
    finally:
        if named is not None:
            os.environ["DATABASE_URL"] = named
