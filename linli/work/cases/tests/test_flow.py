"""Every (stage, holds, verb) is decided, and decided as domain-rules 4.3 and issue 3 want it.

The expectation is written by hand as rules in words, never read from the table.
"""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from linli.foundation.core.rules.flows import Flow, move
from linli.work.cases.access import VERB_NEEDS
from linli.work.cases.rules.flow import FINAL, FLOW, HOLDS, STAGES

CALLER_ALWAYS = {"urge", "add", "withdraw"}
WITH_A_BODY = {"dispatched", "signed", "contacted", "handling"}
WORKED_ON = {"contacted", "handling"}
ANSWERED = {"submitted", "callback"}
ENDED = {
    "closed", "not_judged", "not_accepted", "withdrawn", "transferred_emergency", "transferred_petition",
    "answered_at_intake", "merged",
}  # fmt: skip


def clerk_may(stage: str, held: set[str]) -> set[str]:
    """What whoever gives out and decides may do."""
    may: set[str] = set()
    if stage == "received":
        may |= {
            "dispatch",
            "answer_at_intake",
            "refuse",
            "transfer_emergency",
            "transfer_petition",
            "merge",
            "climb",
        }
    if stage in WITH_A_BODY:
        may |= {"transfer_emergency", "add_joint"}
        may |= {"call_whistle"} if "whistle" not in held else set()
        may |= {"refuse", "transfer_petition"} if "conference" not in held else set()
        may |= {"rule_keep", "rule_reassign"} if "conference" in held else set()
        may |= {"call_conference"} if not held & {"conference", "parked"} else set()
        may |= {"climb_unmet"} if not held & {"conference", "parked"} else set()
        may |= {"merge", "climb"} if not held & {"return", "conference", "parked"} else set()
    if stage == "received" and held & {"return", "conference", "parked"}:
        may -= {"merge", "climb"}
    if stage == "received" and "conference" in held:
        may -= {"refuse", "transfer_petition"}
    if stage == "handling" and "conference" in held:
        may |= {"rule_close"}
    if stage == "dispatched" and not held & {"return", "conference"}:
        may |= {"recall"}
    if stage in {"dispatched", "signed"} and "return" in held:
        may |= {"accept_return", "refuse_return"}
    if stage in WORKED_ON:
        may |= {"grant_extension", "deny_extension"} if "extension" in held else set()
        may |= {"deny_parking"} if "park_asked" in held else set()
        may |= {"approve_parking"} if "park_asked" in held and not held & {"conference", "parked"} else set()
        may |= {"renew_parking", "end_parking"} if "parked" in held else set()
    if stage in WITH_A_BODY | ANSWERED and "whistle" in held:
        may |= {"end_whistle"}
    return may


def body_may(stage: str, held: set[str]) -> set[str]:
    """What the body that has the case, its helpers and a department that was called may do."""
    may: set[str] = set()
    if stage == "dispatched" and "return" not in held:
        may |= {"sign"}
    if stage in {"dispatched", "signed"} and not held & {"return", "conference"}:
        may |= {"ask_return"}
    if stage == "signed" and "return" not in held:
        may |= {"contact"}
    if stage in WORKED_ON:
        may |= {"progress"}
        may |= {"answer"} if not held & {"parked", "conference"} else set()
        asked = held & {"extension", "park_asked", "parked", "conference"}
        may |= {"ask_extension", "ask_parking"} if not asked else set()
    if stage in WORKED_ON | {"signed"}:
        may |= {"ask_caller"} if not held & {"question", "return"} else set()
    if stage in WITH_A_BODY:
        may |= {"accept_joint", "joint_report"}
    if stage in WITH_A_BODY | ANSWERED and "whistle" in held:
        may |= {"whistle_ack", "whistle_visit", "whistle_plan", "whistle_done"}
    return may


def expected(stage: str, held: set[str]) -> set[str]:
    """Everything that may be done in a situation."""
    if stage == "merged":
        return {"unmerge"}
    if stage in ENDED:
        return set()
    may = CALLER_ALWAYS | clerk_may(stage, held) | body_may(stage, held)
    if stage in WORKED_ON | {"signed"} and "question" in held:
        may |= {"reply_question"}
    if stage in ANSWERED:
        may |= {"confirm_solved", "reopen", "to_conference", "close_unsolved", "not_judge"}
    may |= {"take_callback"} if stage == "submitted" else set()
    may |= {"unreached"} if stage == "callback" else set()
    return may


def every_set_of_holds() -> list[set[str]]:
    holds = ["return", "conference", "extension", "park_asked", "parked", "whistle", "question"]
    return [set(s) for s in chain.from_iterable(combinations(holds, n) for n in range(len(holds) + 1))]


@pytest.mark.parametrize("stage", STAGES)
def test_every_situation_is_decided(stage: str) -> None:
    decided = 0
    for held in every_set_of_holds():
        wanted = expected(stage, held)
        for verb in FLOW.verbs:
            found = FLOW.decide(stage, held, verb) is not None
            assert found == (verb in wanted), f"{verb} in {stage} with {sorted(held)}"
            decided += 1
        assert set(FLOW.possible(stage, held)) == wanted
    assert decided == 2 ** len(HOLDS) * len(FLOW.verbs)


# Where a verb leads, which holds it opens and which it closes: by hand, verb by verb.
LEADS = {
    "dispatch": "dispatched", "answer_at_intake": "answered_at_intake", "recall": "received", "refuse": "not_accepted",
    "transfer_emergency": "transferred_emergency", "transfer_petition": "transferred_petition", "merge": "merged",
    "unmerge": "received", "sign": "signed", "accept_return": "received", "contact": "contacted", "progress": "handling",
    "answer": "submitted", "rule_reassign": "received", "rule_close": "closed", "climb": "received",
    "climb_unmet": "received", "take_callback": "callback", "unreached": "submitted", "confirm_solved": "closed",
    "reopen": "handling", "to_conference": "handling", "close_unsolved": "closed", "not_judge": "not_judged",
    "withdraw": "withdrawn",
}  # fmt: skip
OPENS = {
    "ask_return": "return", "ask_extension": "extension", "ask_parking": "park_asked", "approve_parking": "parked",
    "call_conference": "conference", "to_conference": "conference", "call_whistle": "whistle", "ask_caller": "question",
}  # fmt: skip
CLOSES = {
    "refuse_return": "return", "answer": "question extension park_asked", "grant_extension": "extension",
    "deny_extension": "extension", "approve_parking": "park_asked", "deny_parking": "park_asked", "end_parking": "parked",
    "call_conference": "return", "rule_keep": "conference", "whistle_done": "whistle", "end_whistle": "whistle",
    "reply_question": "question",
}  # fmt: skip
CLOCKS = {
    "grant_extension": "extend:finish", "approve_parking": "pause:finish", "end_parking": "resume:finish",
    "reopen": "stop:judge restart:finish", "to_conference": "stop:judge restart:finish",
    "unmerge": "anew:dispatch anew:finish", "sign": "stop:sign_in", "contact": "stop:contact",
    "answer": "stop:finish start:judge", "call_whistle": "start:whistle_ack", "whistle_ack": "stop:whistle_ack",
}  # fmt: skip


@pytest.mark.parametrize("row", FLOW.moves, ids=lambda row: row.verb)
def test_every_verb_leads_where_it_should(row) -> None:
    assert row.to == LEADS.get(row.verb)
    assert set(row.opens) == set(OPENS.get(row.verb, "").split())
    over = (
        (row.to in FINAL or row.to == "received") and row.stages != {"received"} and row.stages != {"merged"}
    )
    wanted = set(HOLDS) if over else set(CLOSES.get(row.verb, "").split())
    assert set(row.closes) == wanted
    if row.verb in CLOCKS:
        assert " ".join(row.clocks) == CLOCKS[row.verb]


def test_final_stages_allow_nothing_but_taking_a_merger_apart() -> None:
    assert set(FINAL) == ENDED
    for stage in FINAL - {"merged"}:
        assert FLOW.possible(stage, []) == ()
        assert FLOW.possible(stage, HOLDS) == ()
    assert FLOW.possible("merged", []) == ("unmerge",)


def test_no_handler_verb_leads_to_closed() -> None:
    for row in FLOW.moves:
        if row.to == "closed":
            assert VERB_NEEDS[row.verb] in ("cases.callback", "cases.conference")
            assert {"judge", "judged_again"} & set(row.guards)


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


def test_every_hold_can_be_opened_and_closed_by_its_own_verb() -> None:
    for hold in HOLDS:
        assert any(hold in row.opens for row in FLOW.moves)
        assert any(hold in row.closes and row.to is None for row in FLOW.moves)


def test_contradiction_in_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="decided twice"):
        Flow("x", ("a", "b"), frozenset({"b"}), (), (move("go", "a", "b"), move("go", "a", "a")))
    with pytest.raises(ValueError, match="not declared"):
        Flow("x", ("a",), frozenset(), (), (move("go", "a", "nowhere"),))
    # One needs a hold that keeps the other away: no situation fits both.
    apart = (move("go", "a", "b", needs="h"), move("go", "a", "a", blocked="h"))
    assert Flow("x", ("a", "b"), frozenset({"b"}), ("h",), apart).decide("a", {"h"}, "go") is apart[0]
    with pytest.raises(ValueError, match="decided twice"):
        Flow("x", ("a", "b"), frozenset({"b"}), ("h",), (apart[0], move("go", "a", "a")))


def test_diagram_names_every_move() -> None:
    text = FLOW.diagram() + FLOW.table()
    for verb in FLOW.verbs:
        assert verb in text
    assert "-all" in FLOW.diagram() and "all holds" in FLOW.table()
