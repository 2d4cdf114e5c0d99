"""What can be judged on any machine: statements, commits, and that the limit's script does the same work."""

from __future__ import annotations

import json
import os

import pytest

from linli.foundation.core.commands import CommandRefused
from linli.shell.bench import limit, main

BASE = 140403 << 33


def recorded(number: int, *, extra: str = "") -> dict[str, object]:
    id_ = BASE + 500 + number
    return {
        "statements": [
            "BEGIN",
            "SELECT set_config('linli.district', '140403', true), clock_timestamp()",
            f"INSERT INTO a (id, name, place, text) VALUES ({id_}, 'name-{number}-x', {BASE + 7}, 'a sentence {id_}')",
            f"INSERT INTO b SELECT * FROM UNNEST(('{{{id_},{id_ + 40}}}')::bigint[]){extra}",
            "COMMIT",
        ]
    }


def test_script_varies_what_differs_and_nothing_else() -> None:
    words = limit.script([recorded(1), recorded(2)], 140403)
    assert "VALUES (:linli_id0, ('l1-' || :linli_unit), " in words
    assert str(BASE + 7) in words
    assert f"'a sentence {BASE + 501}'" in words
    assert "ARRAY[:linli_id0, :linli_id2]" in words
    assert words.count("BEGIN;") == words.count("COMMIT;") == 1


def test_script_refuses_intakes_of_different_shape() -> None:
    with pytest.raises(CommandRefused):
        limit.script([recorded(1), recorded(2, extra=" LIMIT 'x'")], 140403)


def test_frame_is_not_counted() -> None:
    statements = recorded(1)["statements"]
    assert isinstance(statements, list)
    assert len(limit.counted(statements)) == 2


@pytest.mark.slow
def test_intake_is_one_commit_of_few_statements(capsys: pytest.CaptureFixture[str]) -> None:
    named = os.environ.pop("DATABASE_URL", None)
    try:
        main.main(["--rounds", "1", "--seconds", "2", "--json"])
    finally:
        if named is not None:
            os.environ["DATABASE_URL"] = named
    told = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    rows = {row["what"]: row for row in told["rows"]}
    assert rows["commits of one intake"]["good"], rows["commits of one intake"]
    assert rows["statements of one intake"]["good"], told["statements"]
    assert rows["sends that failed"]["good"]
    assert "pgbench" in rows["intakes at 4 clients, jobs running"]["limit"]
