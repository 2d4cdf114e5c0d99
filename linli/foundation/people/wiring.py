"""What the vault declares: charter keys, verbs, event types."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, ledger, ui
from linli.foundation.core.rules.charter import TEXT, WORD, Column, Key, integer, table
from linli.foundation.core.rules.events import EventType
from linli.foundation.people import classes

KEYS = (
    Key("people.purposes", table({"code": Column(WORD), "name": Column(TEXT)}, unique="code")),
    Key("people.quota.purpose", integer(1, 1000)),
    Key("people.quota.task", integer(1, 10000)),
)

EVENTS = (
    EventType("people.revealed", "已按用途查看个人信息", "Personal data opened for a purpose",
              {"reveal": "id", "person": "id", "fields": "codes", "purpose": "code", "task_kind": "code", "task": "id"}),
    EventType("people.searched", "已精确查找人员", "Persons searched by an exact identifier", {"by": "code", "found": "ids"}),
    EventType("people.amended", "个人信息已更正", "Personal data corrected", {"person": "id", "fields": "codes"}),
    EventType("people.linked", "账号已关联到人员", "Account tied to a person", {"person": "id", "account": "id"}),
    EventType("people.household", "已登记家庭户", "Household begun", {"household": "id"}),
    EventType("people.residence", "已登记居住", "Residence registered", {"person": "id"}),
    EventType("people.moved_out", "居住登记已结束", "Residence ended", {"person": "id"}),
    EventType("people.ownership", "已登记产权", "Ownership registered", {"person": "id"}),
    EventType("people.exported", "已导出本人信息", "Own data exported", {"person": "id"}),
    EventType("people.erased", "个人信息已删除（{reason}）", "Personal data erased ({reason})", {"person": "id", "reason": "code", "texts": "count"}),
    EventType("people.text_erased", "原文已删除（{reason}）", "Original text erased ({reason})", {"texts": "count", "reason": "code"}),
    EventType("people.rotation_started", "已启用新密钥{key}", "New key {key} in use", {"key": "count", "old": "count"}),
    EventType("people.key_retired", "密钥{key}已停用", "Key {key} retired", {"key": "count"}),
    EventType("people.rotation_finished", "密钥轮换完成，新密钥{key}", "Key rotation finished, new key {key}", {"key": "count"}),
)  # fmt: skip

ENTRIES = (
    ui.DeskEntry(_("Find a person"), "people:search", "people.search", 60, "person"),
    ui.DeskEntry(_("Openings of personal data"), "people:openings", "people.audit", 70, "list"),
    ui.DeskEntry(_("Keys"), "people:keys", "keys.rotate", 80, "lock"),
)


def connect() -> None:
    """Called once when the app is ready."""
    charter.declare(*KEYS)
    charter.declare_verbs("people.reveal", "people.search", "people.audit", "people.erase", "people.register")
    ledger.declare(*EVENTS)
    for entry in ENTRIES:
        ui.desk_entry(entry)
    classes.declare_all()
