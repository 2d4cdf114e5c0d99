"""What the desk tells core: event types, field classes."""

from __future__ import annotations

from linli.foundation.core import classes, ledger
from linli.foundation.core.rules.events import EventType

EVENTS = (
    EventType("cases.filter_saved", "已保存筛选", "Filter saved", {}),
    EventType("cases.filter_renamed", "筛选已改名", "Filter renamed", {}),
    EventType("cases.filter_deleted", "筛选已删除", "Filter deleted", {}),
)


def _classes() -> None:
    classes.declare(
        "cases.SavedFilter", public_id="code", appointment="id", name="free_masked", query="free_masked",
        at="moment", ended_at="moment",
    )  # fmt: skip


def connect() -> None:
    ledger.declare(*EVENTS)
    _classes()
