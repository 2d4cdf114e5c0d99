"""Verbs, charter keys, events, the inbox's place in the header."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.bodies.models import Body
from linli.foundation.core import charter, classes, ledger, ui
from linli.foundation.core.requests import actor_of
from linli.foundation.core.rules.charter import HOURS, WORD, Key, codes
from linli.foundation.core.rules.events import EventType
from linli.foundation.messaging import access, addresses, linking, queries
from linli.foundation.people import registry

KEYS = (
    Key("messaging.hours", HOURS),
    Key("messaging.channel", WORD),
    Key("messaging.urgent", codes()),
    Key("messaging.asks", codes()),
)

EVENTS = (
    EventType("message.queued", "消息已生成：{template}", "Message made: {template}", {"template": "code", "messages": "ids", "channels": "codes"}),
    EventType("message.sent", "消息已发出", "Message sent", {"template": "code", "channel": "code"}),
    EventType("message.failed", "消息未能送达", "Message could not be delivered", {"template": "code", "reason": "code", "subject_type": "code", "subject": "id"}),
    EventType("message.answered", "收到回复：{answer}", "Answered: {answer}", {"subject_type": "code", "subject": "id", "template": "code", "answer": "count", "inbound": "id"}),
    EventType("message.received", "收到来信", "Words received", {"channel": "code", "answer": "count"}),
)  # fmt: skip


def _rosters(district: int, ids: list[int]) -> dict[int, str]:
    rows = Body.objects.filter(district=district, id__in=ids).values_list("id", "public_id")
    return {id_: reverse("bodies:roster", args=[public_id]) for id_, public_id in rows}


HOLDING = registry.Holding("messaging.messages", rows=queries.sent_to, subjects=lambda district, person: ())


def _declare_classes() -> None:
    """What each field of this room holds; numbers and names stay in the vault."""
    classes.declare(
        "messaging.Message", public_id="code", event="id", template="code", language="code", recipient_kind="code",
        recipient="id", subject_type="code", subject_id="id", data="free_masked", channel="code", urgent="count",
        state="code", reason="code", reference="code", created_at="moment", due_at="moment", sent_at="moment",
    )  # fmt: skip
    classes.declare("messaging.Recorded", message="id", channel="code", text="free_masked", at="moment")
    classes.declare(
        "messaging.InboundMessage",
        channel="code",
        message="id",
        answer="count",
        text_masked="free_masked",
        at="moment",
    )


def connect() -> None:
    """Called once when the app is ready."""
    _declare_classes()
    charter.declare(*KEYS)
    charter.declare_verbs(access.READ)
    ledger.declare(*EVENTS)
    registry.register_task(addresses.TASK, addresses.is_task)
    registry.register_holding(HOLDING)
    linking.register("body", _rosters)
    linking.register("calendar", lambda district, ids: dict.fromkeys(ids, reverse("bodies:calendar")))
    ui.desk_entry(ui.DeskEntry(_("Inbox"), "messaging:inbox", access.READ, 5, "inbox"))
    ui.inbox_count(lambda request: queries.unread(actor_of(request)))
