"""What the doors of connected systems tell core: charter keys, one verb, event types, field classes, desk pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, classes, ledger, ui
from linli.foundation.core.rules.charter import TEXT, Key, choice, codes
from linli.foundation.core.rules.events import EventType

KEYS = (
    Key("cases.open311.without_key", choice("refuse", "hold")),
    Key("cases.open311.hold_words", codes()),
    Key("cases.open311.contact", TEXT),
    Key("cases.open311.key_service", TEXT),
)

VERBS = ("cases.api_keys",)

EVENTS = (
    EventType("cases.key_created", "已开通接口密钥", "Key for a connected system made", {"scopes": "codes"}),
    EventType("cases.key_ended", "接口密钥已停用", "Key of a connected system ended", {}),
    EventType(
        "cases.report_held", "来件待审核", "A report waits for the abuse check",
        {"reason": "code", "kind": "code", "text": "digest", "contact": "id", "original": "id"},
    ),
    EventType("cases.report_released", "审核通过，已转为工单", "Report released; it is a case now", {"case": "id"}),
    EventType("cases.report_not_taken", "审核未通过", "Report not taken after the abuse check", {}),
    EventType(
        "case.shown_to_public", "公开摘要已审核发布", "Public summary approved",
        {"card": "id", "text": "digest", "photos": "count"}, public=True,
    ),
    EventType(
        "case.hidden_from_public", "公开摘要已撤下", "Public summary taken back", {"card": "id"}, public=True
    ),
)  # fmt: skip


def connect() -> None:
    charter.declare(*KEYS)
    charter.declare_verbs(*VERBS)
    ledger.declare(*EVENTS)
    classes.declare(
        "cases.HeldReport", public_id="code", api_key="id", reason="code", place="id", kind="code",
        text="free_masked", answers="free_masked", text_original="id", contact="id", longitude="place", latitude="place", photos="code",
        received_at="moment", state="code", decided_at="moment", decided_by="id", case="id",
    )  # fmt: skip
    classes.declare(
        "cases.PublicCard", case="id", text="free_public", answer="free_public", photos="code",
        approved_at="moment", approved_by="id", ended_at="moment",
    )  # fmt: skip
    ui.desk_entry(ui.DeskEntry(_("Reports to check"), "cases:held", "cases.record", 16, "lock"))
    ui.desk_entry(ui.DeskEntry(_("Connected systems"), "cases:keys", "cases.api_keys", 70, "settings"))
