"""What the whole flow tells core: charter keys, verbs, event types, field classes."""

from __future__ import annotations

from linli.foundation.core import charter, classes, ledger
from linli.foundation.core.rules.charter import TEXT, WORD, Column, Key, table
from linli.work.cases.wiring.case import step_event

REASONS = table({"code": Column(WORD), "name": Column(TEXT)}, unique="code")
KEYS = (
    Key("cases.conference_reasons", REASONS),
)  # fmt: skip

VERBS = (
    "cases.climb", "cases.conference", "cases.extend", "cases.joint", "cases.park", "cases.whistle",
)  # fmt: skip
EVENTS = (
    step_event("conference_called", "提交会商", "Brought before a conference"),
    step_event("ruled_reassign", "会商裁定重新派单", "The conference ruled: to be given to another body"),
    step_event("ruled_keep", "会商裁定由原单位继续办理", "The conference ruled: the same body goes on"),
    step_event("ruled_close", "会商裁定按诉求人评价结束", "The conference ruled: ended as the caller judged"),
)


def _classes() -> None:
    classes.declare(
        "cases.JointTurn", case="id", body="id", asked_at="moment", asked_by="id", accepted_at="moment",
        contributed_at="moment", ended_at="moment", outcome="code",
    )  # fmt: skip
    classes.declare(
        "cases.WhistleCall", case="id", calling_body="id", department="id", stage="code", called_at="moment",
        called_by="id", acked_at="moment", visited_at="moment", planned_at="moment", ended_at="moment",
    )  # fmt: skip
    classes.declare("cases.WhistleRating", call="id", side="code", body="id", score="count", at="moment")
    classes.declare(
        "cases.Told", clock="id", step="code", due_at="moment", recipient="code", queue="code", day="moment", at="moment",
    )  # fmt: skip


def connect() -> None:
    charter.declare(*KEYS)
    charter.declare_verbs(*VERBS)
    ledger.declare(*EVENTS)
    _classes()
