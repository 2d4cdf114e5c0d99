"""What the exchange with the city's hotline tells core: charter keys, verbs, event types, field classes, desk entry."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, classes, ledger, ui
from linli.foundation.core.rules.charter import TEXT, WORD, Column, Key, choice, codes, table
from linli.foundation.core.rules.events import EventType, FieldKind
from linli.foundation.people.registry import register_hold
from linli.work.cases.models import OutsideOrder
from linli.work.cases.rules.exchange import IN_FIELDS, OUT_FIELDS, OUT_KINDS, WORDS

KEYS = (
    Key(
        "cases.exchange.columns",
        table({"code": Column(choice(*IN_FIELDS)), "names": Column(codes())}, unique="code"),
    ),
    Key(
        "cases.exchange.out_columns",
        table({"code": Column(choice(*OUT_FIELDS)), "heading": Column(WORD)}, unique="code"),
    ),
    Key(
        "cases.exchange.words",
        table({"code": Column(choice(*WORDS)), "names": Column(codes())}, unique="code"),
    ),
    Key("cases.exchange.moments", codes()),
    Key("cases.exchange.sends", codes(*OUT_KINDS)),
    Key("cases.exchange.return_reasons", codes()),
    Key("cases.exchange.taken_back", TEXT),
    Key("cases.exchange.adapter", WORD),
)
VERBS = ("cases.exchange",)
_UPDATE: dict[str, FieldKind] = {
    "stage": "code", "due": "moment", "urges": "count", "text": "digest", "order": "id",
}  # fmt: skip
_READ: dict[str, FieldKind] = {
    **dict.fromkeys(("rows", "taken", "updated", "repeated", "waiting", "refused"), "count"), "digest": "digest",
}  # fmt: skip
EVENTS = (
    EventType("case.outside_bound", "市12345的办理时限已登记", "The city hotline's deadline governs", _UPDATE),
    EventType("case.outside_updated", "市12345更新了工单", "The city's hotline updated its order", _UPDATE),
    EventType("exchange.read", "市12345工单已读入：新{taken}件，更新{updated}件", "Orders of the city's hotline read: {taken} new, {updated} updated", _READ),
    EventType("exchange.place_missing", "市12345工单待选地点", "An order of the city's hotline waits for its place", {"reason": "code"}),
    EventType("exchange.returned", "无法受理的工单退回市12345", "An order goes back to the city's hotline", {"reason": "code"}),
    EventType("exchange.handed_over", "已移交市12345：{messages}条", "Handed over to the city's hotline: {messages} messages", {"messages": "count", "digest": "digest"}),
    EventType("exchange.set_aside", "交换差错已处理", "A problem of the exchange was set aside", {"reason": "code"}),
)  # fmt: skip


def _classes() -> None:
    classes.declare(
        "cases.OutsideOrder", public_id="code", number="code", case="id", state="code", digest="digest", deadline="moment",
        urges="count", place_told="free_masked", text="free_masked", text_original="id", contact="id", kind="code",
        kind_of_request="code", received_at="moment", recorded_at="moment",
    )  # fmt: skip
    classes.declare(
        "cases.OutsideBatch", public_id="code", way="code", digest="digest", messages="count", file="id", at="moment",
    )  # fmt: skip
    classes.declare(
        "cases.OutsideMessage", public_id="code", order="id", number="code", direction="code", kind="code", digest="digest",
        state="code", problem="code", field="code", data="settings", event="id", entry="id", file="id", batch="id",
        at="moment", sent_at="moment", acknowledged_at="moment",
    )  # fmt: skip


def connect() -> None:
    charter.declare(*KEYS)
    charter.declare_verbs(*VERBS)
    ledger.declare(*EVENTS)
    _classes()
    register_hold("cases.outside", keeps)
    ui.desk_entry(ui.DeskEntry(_("City's 12345"), "cases:exchange", "cases.exchange", 18, "send"))


def keeps(district: int, person: int, now: datetime) -> str:
    """An order that waits for its place needs its caller."""
    if OutsideOrder.objects.filter(district=district, contact=person, state="place_missing").exists():
        return gettext(
            "An order of this person waits for its place. Choose it, or give the order back to the city."
        )
    return ""
