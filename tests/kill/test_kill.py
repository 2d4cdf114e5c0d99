"""Killed at random, Linli loses and doubles nothing; with a safeguard taken away the same test says so."""

from __future__ import annotations

import pytest

from linli.shell.proof import mutants
from linli.shell.proof.ground import Ground
from linli.shell.proof.harness import Wish, run
from linli.shell.proof.killer import planned
from linli.shell.proof.lines import lines_of, red

pytestmark = [pytest.mark.kill, pytest.mark.slow]

SEED = 11
LEAST_KILLS, LEAST_ACKS = 15, 200


def test_nothing_is_lost_or_doubled_under_kills(killing_ground: Ground) -> None:
    wish = Wish("short", SEED, LEAST_ACKS, planned(16, SEED), clients=6, lease=6.0)
    outcome = run(killing_ground, wish)
    found = [line for line in lines_of(outcome, acks=LEAST_ACKS, kills={}) if line.section != "S3"]
    assert len(outcome.kills) >= LEAST_KILLS
    assert {kill.what for kill in outcome.kills} == {
        "web worker",
        "web server",
        "jobs",
        "connection",
        "database",
    }
    assert outcome.found.messages >= LEAST_ACKS
    assert [str(line) for line in red(found)] == []


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda mutant: mutant.name)
def test_planted_defect_turns_the_run_red(killing_ground: Ground, mutant: mutants.Mutant) -> None:
    line = mutants.judged(killing_ground, mutant, SEED)
    assert line.good, str(line)


def test_the_provocations_alone_are_green(killing_ground: Ground) -> None:
    line = mutants.control(killing_ground, SEED)
    assert line.good, str(line)
