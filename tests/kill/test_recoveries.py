"""Which kill a delay is counted to."""

from __future__ import annotations

from linli.shell.proof.harness import recoveries
from linli.shell.proof.killer import Kill
from linli.shell.proof.ledgers import Ledgers


def ledgers(*pairs: tuple[float, float]) -> Ledgers:
    """Sends as (sent, acknowledged at)."""
    return Ledgers(reports=[{"what": "report", "answer": "x", "sent": sent, "at": at} for sent, at in pairs])


def test_a_kill_alone_has_its_own_seconds() -> None:
    found, silence = recoveries(ledgers((0, 1), (9, 12), (13, 14)), [Kill("web worker", 1, 8.0)])
    assert found == {"web worker": [4.0]}
    assert silence == 11


def test_a_worker_killed_while_the_database_is_away_is_not_blamed_for_it() -> None:
    kills = [Kill("database", 1, 10.0), Kill("web worker", 2, 12.0)]
    found, _silence = recoveries(ledgers((11, 15), (12.5, 15.5)), kills)
    assert found == {"database": [5.0, 3.5]}


def test_a_database_killed_while_a_worker_is_away_has_both() -> None:
    kills = [Kill("web worker", 2, 10.0), Kill("database", 1, 11.0)]
    found, _silence = recoveries(ledgers((11.5, 16)), kills)
    assert found == {"database": [6.0, 5.0]}


def test_outages_that_follow_each_other_stay_apart() -> None:
    kills = [Kill("database", 1, 10.0), Kill("web worker", 2, 16.0)]
    found, _silence = recoveries(ledgers((11, 15), (16.5, 17)), kills)
    assert found == {"database": [5.0], "web worker": [1.0]}
