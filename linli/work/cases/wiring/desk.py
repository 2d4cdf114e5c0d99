"""What the desk tells core: charter keys, verbs, event types, field classes, desk pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, classes, ledger, ui
from linli.foundation.core.rules.charter import Key, integer
from linli.foundation.core.rules.events import EventType

KEYS = (
    Key("cases.export_days", integer(1, 90)),
    Key("cases.export_rows", integer(100, 50_000)),
    Key("cases.export_at_once", integer(1, 5_000)),
)
VERBS = ("cases.settings",)
EVENTS = (
    EventType("cases.filter_saved", "已保存筛选", "Filter saved", {}),
    EventType("cases.filter_renamed", "筛选已改名", "Filter renamed", {}),
    EventType("cases.filter_deleted", "筛选已删除", "Filter deleted", {}),
    EventType(
        "cases.bulk_sent", "批量派单：{cases}件", "Given out together: {cases} cases",
        {"body": "id", "kind": "code", "cases": "count"},
    ),
    EventType("cases.export_asked", "申请导出工单列表", "Export of a list asked for", {"filter": "digest"}),
    EventType(
        "cases.exported", "工单列表已导出：{rows}行", "List exported: {rows} rows",
        {"filter": "digest", "rows": "count"},
    ),
    EventType("cases.export_ended", "导出文件已到期删除", "The file of an export was deleted at its end", {}),
    EventType(
        "cases.template_saved", "答复模板已保存", "Answer template saved",
        {"former": "id", "kinds": "codes", "stage": "code"},
    ),
    EventType("cases.template_ended", "答复模板已停用", "Answer template ended", {}),
    EventType("cases.knowledge_saved", "知识条目已保存", "Knowledge saved", {"former": "id", "kinds": "codes"}),
    EventType("cases.knowledge_ended", "知识条目已停用", "Knowledge ended", {}),
)  # fmt: skip


def _classes() -> None:
    classes.declare(
        "cases.SavedFilter", public_id="code", appointment="id", name="free_masked", query="free_masked",
        at="moment", ended_at="moment",
    )  # fmt: skip
    classes.declare(
        "cases.CaseWords", case="id", seq="count", version="count", words="free_masked", pieces="free_masked"
    )
    classes.declare(
        "cases.BulkRun", public_id="code", grant="id", appointment="id", body="id", kind="code",
        note="free_masked", at="moment",
    )  # fmt: skip
    classes.declare("cases.BulkRow", run="id", case="id", outcome="code", reason="code", done_at="moment")
    classes.declare(
        "cases.ExportRun", public_id="code", grant="id", appointment="id", query="free_masked", language="code",
        rows="count", file="id", until="moment", at="moment",
    )  # fmt: skip
    classes.declare(
        "cases.AnswerTemplate", public_id="code", title="free_masked", text="free_masked", kinds="code",
        stage="code", at="moment", by="id", ended_at="moment",
    )  # fmt: skip
    classes.declare(
        "cases.KnowledgeItem", public_id="code", title="free_masked", text="free_masked", kinds="code",
        source="official", valid_until="moment", words="free_masked", at="moment", by="id", ended_at="moment",
    )  # fmt: skip


def connect() -> None:
    charter.declare(*KEYS)
    charter.declare_verbs(*VERBS)
    ledger.declare(*EVENTS)
    _classes()
    ui.desk_entry(ui.DeskEntry(_("Case settings"), "cases:settings", "cases.settings", 70, "settings"))
