"""What this room declares: charter keys, verbs, events, the panel of a compound's page, desk entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, ledger, ui
from linli.foundation.core.rules.charter import SPAN, TEXT, Key, choice
from linli.foundation.core.rules.events import EventType
from linli.foundation.notices import access, classes, panels, rules

KEYS = (
    Key("notices.*.kind", choice(*rules.KINDS)),
    Key("notices.*.name", TEXT),
    Key("notices.*.min_days", SPAN),
    Key("notices.*.frequency", SPAN, required=False),
    Key("notices.*.objections_within", SPAN, required=False),
    Key("notices.*.answer_within", SPAN, required=False),
)

EVENTS = (
    EventType("notice.drafted", "公示公告已拟稿", "Notice drafted", {"rule": "code", "kind": "code"}),
    EventType("notice.edited", "公示公告草稿已修改", "Draft of a notice changed", {"rule": "code"}),
    EventType("notice.discarded", "公示公告草稿已作废", "Draft of a notice discarded", {}),
    EventType(
        "notice.published", "已发布，展示至{last_day}（第{version}版）", "Published, shown until {last_day} (version {version})",
        {"kind": "code", "rule": "code", "version": "count", "last_day": "code", "digest": "digest"}, public=True,
    ),
    EventType("notice.superseded", "已由新版本更正", "Corrected by a new version", {"by": "id"}, public=True),
    EventType("notice.withdrawn", "已撤回", "Withdrawn", {"digest": "digest"}, public=True),
    EventType("notice.ended", "展示期满", "The days of showing are over", {"last_day": "code", "digest": "digest"}, public=True),
    EventType("notice.shown", "{day}展示中，内容未变", "Shown on {day}, content unchanged", {"day": "code", "digest": "digest"}, public=True),
    EventType(
        "notice.differs", "{day}核对：内容与发布时不一致", "Checked on {day}: the content differs from what was published",
        {"day": "code", "digest": "digest", "found": "digest"},
    ),
    EventType("objection.received", "收到异议", "Objection received", {"notice": "id", "contact": "flag"}),
    EventType("objection.answered", "异议已答复", "Objection answered", {"notice": "id"}),
    EventType("library.filed", "制度已入库", "Rule filed in the library", {"keys": "codes"}),
    EventType("library.ended", "制度已废止", "Rule in the library ended", {"valid_to": "code"}),
)  # fmt: skip


def connect() -> None:
    """Called once when the app is ready."""
    charter.declare(*KEYS)
    charter.declare_verbs(access.PUBLISH, access.LIBRARY)
    ledger.declare(*EVENTS)
    classes.declare_all()
    ui.fill("compound.public", order=40, template="notices/parts/running.html", source=panels.running)
    ui.desk_entry(ui.DeskEntry(_("Notices"), "notices:desk_list", access.PUBLISH, 50, "notice"))
    ui.desk_entry(ui.DeskEntry(_("Objections"), "notices:desk_objections", access.PUBLISH, 51, "inbox"))
    ui.desk_entry(ui.DeskEntry(_("Rules library"), "notices:desk_library", access.LIBRARY, 52, "file"))
