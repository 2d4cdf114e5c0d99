"""Core's own charter keys, event types and start-up checks."""

from __future__ import annotations

from linli.foundation.core import charter, ledger
from linli.foundation.core.rules.charter import (
    FLAG,
    HOURS,
    SPAN,
    TEXT,
    WORD,
    Column,
    Key,
    choice,
    codes,
    integer,
    record,
)
from linli.foundation.core.rules.events import EventType

LIMIT = record({"burst": Column(integer(1, 10000)), "per_hour": Column(integer(1, 1_000_000))})
LEVELS = ("public", "compound", "community", "subdistrict", "district")

KEYS = (
    Key("office.hotline", WORD),
    Key("office.hours", HOURS),
    Key("office.day_end", choice("close", "midnight")),
    Key("job.*.*", SPAN, required=False),
    Key("limit.*.*", LIMIT, required=False),
    Key("message.*", TEXT, required=False),
    Key(
        "role.*",
        record(
            {
                "name": Column(TEXT),
                "level": Column(choice(*LEVELS)),
                "verbs": Column(codes()),
                "second_factor": Column(FLAG),
            }
        ),
    ),
    Key("retention.*.*", SPAN, required=False),
)

EVENTS = (
    EventType("district.enrolled", "区已开通", "District enrolled", {"placement": "id"}),
    EventType("charter.adopted", "治理章程已采用，自{valid_from}起施行", "Charter adopted from {valid_from}", {"digest": "digest", "valid_from": "moment"}),
    EventType("calendar.loaded", "工作日历已导入：{year}年，{days}天", "Working calendar of {year} loaded: {days} days", {"year": "count", "days": "count"}),
    EventType("clock.breached", "时限已过", "Deadline missed", {"clock": "id", "subject": "id", "kind": "code", "subject_type": "code", "due_at": "moment", "unit": "id", "round": "count"}),
)  # fmt: skip


def connect() -> None:
    """Called once when the app is ready."""
    charter.declare(*KEYS)
    charter.declare_verbs("charter.adopt", "calendar.load", "keys.rotate", "ledger.read")
    ledger.declare(*EVENTS)
