"""What the case room tells core: charter keys, verbs, event types, desk pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, clocks, ledger, ui
from linli.foundation.core.rules.charter import (
    FLAG,
    SPAN,
    TEXT,
    WORD,
    Column,
    Key,
    choice,
    codes,
    integer,
    table,
)
from linli.foundation.core.rules.events import EventType, FieldKind
from linli.foundation.messaging import linking
from linli.work.cases import classes, vaulting
from linli.work.cases.models import CLASSES, Case
from linli.work.cases.rules.levels import MATTERS

KINDS = table(
    {
        "code": Column(WORD),
        "standard": Column(WORD),
        "name": Column(TEXT),
        "class": Column(choice(*CLASSES)),
        "public": Column(FLAG),
        "danger": Column(FLAG, required=False),
        "matter": Column(choice(*MATTERS), required=False),
    },
    unique="code",
)

KEYS = (
    Key("cases.kinds", KINDS),
    Key("cases.class.*.dispatch", SPAN),
    Key("cases.class.*.sign_in", SPAN),
    Key("cases.class.*.contact", SPAN),
    Key("cases.class.*.finish", SPAN),
    Key("cases.class.*.starts", choice("at_once", "next_opening")),
    Key("cases.return_limit", SPAN),
    Key("cases.judge", SPAN),
    Key("cases.callback.tries", integer(1, 10)),
    Key("cases.callback.days", integer(1, 10)),
    Key("cases.public_min_homes", integer(1, 1000)),
    Key("cases.photos", integer(0, 9)),
    Key("cases.photo_mb", integer(1, 16)),
    Key("cases.text_limit", integer(200, 5000)),
    Key("cases.danger_words", codes()),
    Key("cases.contact_hidden_from", codes()),
    Key("cases.privacy_notice", TEXT),
    Key("cases.privacy_notice_version", WORD),
    Key(
        "cases.refuse_reasons",
        table({"code": Column(WORD), "name": Column(TEXT), "channel": Column(TEXT)}, unique="code"),
    ),
    Key("cases.return_reasons", table({"code": Column(WORD), "name": Column(TEXT)}, unique="code")),
)

VERBS = (
    "cases.read", "cases.read_assigned", "cases.record", "cases.dispatch", "cases.sign", "cases.contact",
    "cases.answer", "cases.return", "cases.callback", "cases.sealed",
)  # fmt: skip

_STEP: dict[str, FieldKind] = {
    "stage": "code", "body": "id", "reason": "code", "entry": "id", "round": "count", "hold": "code",
    "solved": "code", "rating": "code", "by": "code", "reached": "flag", "text": "digest",
}  # fmt: skip


def step_event(code: str, zh: str, en: str) -> EventType:
    """An event type of a step on a case, shown to its caller."""
    return EventType(f"case.{code}", zh, en, _STEP, public=True)


EVENTS = (
    EventType(
        "case.received", "已收到", "Received",
        {
            "stage": "code", "channel": "code", "kind": "code", "class": "code", "level": "code", "request": "code",
            "contact": "id", "original": "id", "text": "digest", "photos": "count",
        },
        public=True,
    ),
    step_event("dispatched", "已派给承办单位", "Given to the responsible body"),
    step_event("recalled", "已收回，重新派单", "Taken back to be given again"),
    step_event("refused", "不予受理，已告知正确渠道", "Not accepted; the right channel was named"),
    step_event("transferred_emergency", "已转应急部门", "Handed to the emergency services"),
    step_event("transferred_petition", "已转信访渠道", "Handed to the petition channel"),
    step_event("signed", "承办单位已签收", "Signed for by the responsible body"),
    step_event("return_asked", "承办单位申请退单", "The body asks to return it"),
    step_event("return_accepted", "同意退单，重新派单", "Return accepted; to be given again"),
    step_event("return_refused", "不同意退单，继续办理", "Return refused; handling goes on"),
    step_event("contacted", "已联系诉求人", "The caller was contacted"),
    step_event("progressed", "有新进展", "There is progress"),
    step_event("answered", "已答复，等您评价", "Answered; waiting for the caller's judgement"),
    step_event("callback_taken", "回访中", "Call-back under way"),
    step_event("unreached", "回访未接通", "Caller not reached"),
    step_event("closed", "诉求人评价后办结", "Closed after the caller's judgement"),
    step_event("reopened", "诉求人认为未解决，重新办理", "Not solved for the caller; handled again"),
    step_event("to_conference", "诉求人再次认为未解决，提交会商", "Not solved for the caller again; goes to a conference"),
    step_event("not_judged", "无人评价，按未评价结束", "Ended without a judgement"),
    step_event("urged", "诉求人催办", "The caller urges"),
    step_event("added", "诉求人补充", "The caller added something"),
    step_event("withdrawn", "诉求人撤回", "Withdrawn by the caller"),
    step_event("overdue", "超过时限", "A deadline has passed"),
    EventType("cases.imported", "热线工单已导入：{imported}件", "Hotline sheet imported: {imported} cases", {"rows": "count", "imported": "count", "repeated": "count", "refused": "count", "digest": "digest"}),
)  # fmt: skip


def _pages(district: int, ids: list[int]) -> dict[int, str]:
    """Where a message about a case leads a person of the desk."""
    rows = Case.objects.filter(district=district, id__in=ids).values_list("id", "public_id")
    return {id_: reverse("cases:case", args=[public_id]) for id_, public_id in rows}


def connect() -> None:
    charter.declare(*KEYS)
    charter.declare_verbs(*VERBS)
    ledger.declare(*EVENTS)
    clocks.mirrored("case", "cases.mirror_clocks")
    vaulting.connect()
    classes.connect()
    linking.register("case", _pages)
    ui.desk_entry(ui.DeskEntry(_("Cases"), "cases:queue", "cases.read", 10, "list"))
    ui.desk_entry(ui.DeskEntry(_("Cases"), "cases:queue", "cases.read_assigned", 10, "list"))
    ui.desk_entry(ui.DeskEntry(_("Call-backs"), "cases:callbacks", "cases.callback", 12, "phone"))
