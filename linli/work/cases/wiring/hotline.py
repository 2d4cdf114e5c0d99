"""What the hotline desk and the paper form tell core: the published numbers, limits, event types, desk pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, ledger, ui
from linli.foundation.core.rules.charter import TEXT, WORD, Column, Key, choice, integer, table
from linli.foundation.core.rules.events import EventType
from linli.work.cases.models import LINES

KEYS = (
    Key(
        "cases.lines",
        table(
            {"code": Column(choice(*LINES[1:])), "name": Column(TEXT), "number": Column(WORD)}, unique="code"
        ),
    ),
    Key("cases.paper_days", integer(1, 365)),
)
EVENTS = (
    # Who looked for a caller's cases, and which were shown; the number itself is in no event.
    EventType("cases.caller_found", "接听来电时查看同一来电人的工单", "Earlier cases of a caller were shown during the call", {"found": "ids"}),
    EventType("cases.sheets_printed", "已印制纸质登记表{count}份", "Paper forms printed: {count}", {"count": "count", "first": "count", "year": "count"}),
)  # fmt: skip


def connect() -> None:
    charter.declare(*KEYS)
    ledger.declare(*EVENTS)
    ui.desk_entry(ui.DeskEntry(_("Take a call"), "cases:hotline", "cases.record", 14, "phone"))
    ui.desk_entry(ui.DeskEntry(_("Record a report"), "cases:record", "cases.record", 15, "add"))
    ui.desk_entry(ui.DeskEntry(_("Paper forms"), "cases:paper", "cases.record", 16, "print"))
