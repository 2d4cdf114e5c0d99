"""The file of expectations itself: whole, hand-written, and written by nobody but people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.access.loading import FILE, Unusable, cells, load, patterns

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def test_every_address_has_a_block_and_every_block_an_address() -> None:
    known, written = set(patterns()), {block["url"] for block in load().blocks}
    assert known - written == set(), "addresses without expectations: write them by hand"
    assert written - known == set(), "expectations of addresses that are gone"


def test_every_block_asks_something_in_at_least_five_thousand_cells() -> None:
    found = load()
    asked = [cell for cell in cells(found) if cell.spec]
    assert {cell.block for cell in asked} == set(range(len(found.blocks)))
    assert len(asked) >= 5000


@pytest.mark.parametrize(
    "head",
    [
        "# generated\n",
        "# Written by hand. Generated 2026.\n",
        "# Written by hand, recorded from answers. Do not edit.\n",
        "",
    ],
)
def test_a_made_file_is_refused(head: str) -> None:
    body = FILE.read_text("utf-8")
    with pytest.raises(Unusable, match="written by hand"):
        load(head + body[body.index("[roles]") :])


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ('url = "shell:desk"\nGET = { roles = "staff" }', "positive marker"),
        ('url = "shell:desk"\nGET = { roles = "nobody", marker = "x" }', "unknown role"),
        ('url = "shell:desk"\nGET = { roles = "staff", marker = "x", anything = 1 }', "unknown"),
        ('url = "shell:desk"\ndoor = "back"\nGET = { roles = "staff", marker = "x" }', "unknown key or door"),
    ],
)
def test_a_block_that_proves_nothing_is_refused(block: str, words: str) -> None:
    body = FILE.read_text("utf-8")
    with pytest.raises(Unusable, match=words):
        load(f"{body}\n[[block]]\n{block}\n")


def test_no_code_writes_the_file() -> None:
    """Only the loader names the file, and the loader writes nothing."""
    naming = [
        p
        for folder in ("linli", "tests")
        for p in (ROOT / folder).rglob("*.py")
        if FILE.name in p.read_text("utf-8")
    ]
    assert {p.relative_to(HERE).as_posix() for p in naming if p.is_relative_to(HERE)} <= {
        "loading.py",
        "test_expectations.py",
    }
    assert all(p.is_relative_to(HERE) for p in naming)
    loader = (HERE / "loading.py").read_text("utf-8")
    assert not any(
        word in loader for word in ("write_text", "write_bytes", "open(", "unlink", "rename(", "dump")
    )
