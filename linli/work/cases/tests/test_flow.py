"""Every (stage, holds, verb) is decided, and decided as domain-rules 4.3 wants it."""

from __future__ import annotations

import pytest

from linli.foundation.core.rules.flows import Flow, move
from linli.work.cases.access import VERB_NEEDS
from linli.work.cases.rules.flow import FINAL, FLOW, HOLDS, STAGES

# Written by hand from domain-rules 4.3 and the issue: what may be done in each situation.
ALLOWED = {
    ("received", ""): "dispatch refuse transfer_emergency transfer_petition urge add withdraw",
    ("received", "return"): "dispatch refuse transfer_emergency transfer_petition urge add withdraw",
    ("dispatched", ""): "recall sign ask_return urge add withdraw",
    ("dispatched", "return"): "accept_return refuse_return urge add withdraw",
    ("signed", ""): "ask_return contact urge add withdraw",
    ("signed", "return"): "accept_return refuse_return urge add withdraw",
    ("contacted", ""): "progress answer urge add withdraw",
    ("contacted", "return"): "progress answer urge add withdraw",
    ("handling", ""): "progress answer urge add withdraw",
    ("handling", "return"): "progress answer urge add withdraw",
    ("submitted", ""): "take_callback confirm_solved reopen close_unsolved not_judge urge add withdraw",
    ("submitted", "return"): "take_callback confirm_solved reopen close_unsolved not_judge urge add withdraw",
    ("callback", ""): "unreached confirm_solved reopen close_unsolved not_judge urge add withdraw",
    ("callback", "return"): "unreached confirm_solved reopen close_unsolved not_judge urge add withdraw",
}


@pytest.mark.parametrize(("stage", "holds"), [(s, " ".join(sorted(h))) for s, h in FLOW.situations()])
def test_every_situation_is_decided(stage: str, holds: str) -> None:
    expected = set(ALLOWED.get((stage, holds), "").split())
    assert set(FLOW.possible(stage, holds.split())) == expected
    for verb in FLOW.verbs:
        assert (FLOW.decide(stage, holds.split(), verb) is not None) == (verb in expected)


def test_final_stages_allow_nothing() -> None:
    for stage in FINAL:
        assert FLOW.possible(stage, []) == ()
        assert FLOW.possible(stage, HOLDS) == ()


def test_no_handler_verb_leads_to_solved() -> None:
    for row in FLOW.moves:
        if row.to == "closed":
            assert VERB_NEEDS[row.verb] == "cases.callback"
            assert "judge" in row.guards


def test_every_stage_can_be_reached_and_left() -> None:
    reached, frontier = {"received"}, ["received"]
    while frontier:
        stage = frontier.pop()
        for row in FLOW.moves:
            if stage in row.stages and row.to and row.to not in reached:
                reached.add(row.to)
                frontier.append(row.to)
    assert reached == set(STAGES)
    for stage in set(STAGES) - FINAL:
        assert any(stage in row.stages and row.to not in (None, stage) for row in FLOW.moves)


def test_contradiction_in_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="decided twice"):
        Flow("x", ("a", "b"), frozenset({"b"}), (), (move("go", "a", "b"), move("go", "a", "a")))
    with pytest.raises(ValueError, match="not declared"):
        Flow("x", ("a",), frozenset(), (), (move("go", "a", "nowhere"),))


def test_diagram_names_every_move() -> None:
    text = FLOW.diagram() + FLOW.table()
    for verb in FLOW.verbs:
        assert verb in text
