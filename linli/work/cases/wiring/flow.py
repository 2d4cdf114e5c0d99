"""What the whole flow tells core: charter keys, verbs, event types, field classes."""

from __future__ import annotations

from linli.foundation.core import charter, classes, ledger
from linli.foundation.core.rules.charter import SPAN, TEXT, WORD, Column, Key, choice, codes, integer, table
from linli.foundation.core.rules.events import EventType, FieldKind
from linli.work.cases.models import CLASSES
from linli.work.cases.rules.steps import CLOCKS, RECIPIENTS
from linli.work.cases.wiring.case import step_event

REASONS = table({"code": Column(WORD), "name": Column(TEXT)}, unique="code")
STEPS = table(
    {
        "code": Column(WORD),
        "clocks": Column(codes(*CLOCKS)),
        "classes": Column(codes(*CLASSES)),
        "when": Column(choice("before", "after")),
        "span": Column(SPAN),
        "to": Column(choice(*RECIPIENTS)),
    },
    unique="code",
)
KEYS = (
    Key("cases.climb_reasons", REASONS),
    Key("cases.conference_reasons", REASONS),
    Key("cases.extension_limit", SPAN),
    Key("cases.extension_reasons", REASONS),
    Key("cases.parking_days", integer(1, 90)),
    Key("cases.parking_reasons", REASONS),
    Key("cases.whistle.ack", SPAN),
    Key("cases.channel.emergency", TEXT),
    Key("cases.channel.petition", TEXT),
    Key("cases.steps", STEPS),
)
VERBS = (
    "cases.climb", "cases.conference", "cases.extend", "cases.joint", "cases.park", "cases.whistle",
)  # fmt: skip


def _more(code: str, zh: str, en: str, **fields: FieldKind) -> EventType:
    """A step's event type with fields of its own."""
    known = step_event(code, zh, en)
    return EventType(known.code, zh, en, {**known.fields, **fields}, public=True)


EVENTS = (
    step_event("answered_at_intake", "已即时答复", "Answered at once"),
    step_event("conference_called", "提交会商", "Brought before a conference"),
    step_event("ruled_keep", "会商裁定由原单位继续办理", "The conference ruled: the same body goes on"),
    step_event("ruled_reassign", "会商裁定重新派单", "The conference ruled: to be given to another body"),
    step_event("ruled_close", "会商裁定按诉求人评价结束", "The conference ruled: ended as the caller judged"),
    _more("extension_asked", "承办单位申请延期", "The body asks for more time", amount="count", unit="code"),
    _more("extension_granted", "同意延期，答复时间已调整", "More time granted; the promise was changed", amount="count", unit="code"),
    step_event("extension_denied", "不同意延期", "More time refused"),
    step_event("parking_asked", "承办单位申请挂账", "The body asks to park it"),
    step_event("parked", "暂不具备解决条件，已挂账", "It cannot be solved now; parked until its review date"),
    step_event("parking_denied", "不同意挂账，继续办理", "Parking refused; handling goes on"),
    step_event("parking_renewed", "复核后继续挂账", "Reviewed; parked on"),
    step_event("parking_ended", "挂账结束，继续办理", "No longer parked; handling goes on"),
    _more("joint_asked", "请其他单位协同办理", "Other bodies are asked to help", bodies="ids"),
    step_event("joint_accepted", "协办单位已接受", "An assisting body takes part"),
    step_event("joint_reported", "协办单位反馈办理情况", "An assisting body reports what it did"),
    step_event("whistle_called", "街道吹哨，部门报到", "The subdistrict calls a department"),
    step_event("whistle_acked", "部门已响应", "The department reports"),
    step_event("whistle_visited", "双方已到现场", "Both were on the spot"),
    step_event("whistle_planned", "已定办理方案", "A plan was made"),
    step_event("whistle_done", "部门办理完毕", "The department has done its part"),
    step_event("whistle_ended", "街道收回吹哨", "The call was taken back"),
    _more("whistle_rated", "吹哨双方互评", "One side of the call rated the other", score="count"),
    _more("climbed", "提级办理", "Handed to the next level", level="code"),
    step_event("caller_asked", "向诉求人询问", "A question to the caller"),
    step_event("caller_replied", "诉求人已回复", "The caller replied"),
    EventType("cases.warned", "已提醒：{told}项", "Warnings told: {told}", {"told": "count", "recipients": "count"}),
    EventType("case.warned", "时限提醒", "A deadline was pointed out", {"case": "id", "step": "code", "told": "id"}),
)  # fmt: skip


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
