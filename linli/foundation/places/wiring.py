"""Charter keys, verbs and events of places."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, ledger, ui
from linli.foundation.core.rules.charter import Key, integer
from linli.foundation.core.rules.events import EventType
from linli.foundation.core.ui import DeskEntry
from linli.foundation.places.field_classes import declare_all

KEYS = (
    Key("places.import.max_bytes", integer(10_000, 16_000_000)),
    Key("places.import.max_rows", integer(100, 200_000)),
    Key("places.nearest.metres", integer(100, 50_000)),
)

EVENTS = (
    EventType("place.added", "已建档，编码{code}", "Place added with code {code}", {"level": "code", "parent": "id", "code": "code"}),
    EventType("place.renamed", "已更名，自{valid_from}起", "Renamed from {valid_from}", {"name": "id", "former": "id", "valid_from": "moment"}),
    EventType("place.recoded", "编码已变更：{former} 改为 {code}", "Code changed from {former} to {code}", {"code": "code", "former": "code", "valid_from": "moment"}),
    EventType("place.closed", "已撤销，自{valid_to}起", "Closed from {valid_to}", {"valid_to": "moment"}),
    EventType("divisions.loaded", "行政区划已导入：新增{added}，更名{renamed}，未变{unchanged}", "Divisions loaded: {added} added, {renamed} renamed, {unchanged} unchanged",
        {"added": "count", "renamed": "count", "unchanged": "count", "absent": "count"}),
    EventType("compound.facts_set", "小区档案已更新", "Compound file updated", {"fields": "codes"}),
    EventType("building.added", "新增楼栋{code}，{stairwells}个单元", "Building {code} added with {stairwells} stairwells", {"building": "id", "code": "code", "stairwells": "count"}),
    EventType("stairwells.added", "新增{count}个单元", "{count} stairwells added", {"building": "id", "codes": "codes", "count": "count"}),
    EventType("gates.added", "新增{count}个出入口", "{count} gates added", {"gates": "ids", "count": "count"}),
    EventType("dwellings.added", "新增{count}套房屋", "{count} dwellings added", {"building": "id", "count": "count"}),
    EventType("grid.made", "网格已划定，含{count}个小区", "Grid made with {count} compounds", {"grid": "id", "places": "ids", "count": "count"}),
    EventType("plate.issued", "门牌二维码已制发", "Plate issued", {"plate": "id", "kind": "code", "count": "count"}),
    EventType("plates.issued", "已制发{count}块门牌二维码", "{count} plates issued", {"plates": "ids", "count": "count"}),
    EventType("plate.ended", "门牌二维码已停用", "Plate ended", {"plate": "id"}),
    EventType("place.imported", "表格导入：{count}行新增或更新", "Imported from a list: {count} rows added or changed", {"run": "id", "kind": "code", "count": "count"}),
    EventType("list.received", "表格已收到，{rows}行", "List received: {rows} rows", {"kind": "code", "rows": "count"}),
    EventType("list.mapped", "表格各列已对应", "Columns of the list chosen", {"fields": "codes"}),
    EventType("list.imported", "表格已导入：{good}行可用，{bad}行有问题，新增{created}，更新{changed}", "List imported: {good} good rows, {bad} with problems, {created} added, {changed} changed",
        {"run": "id", "kind": "code", "good": "count", "bad": "count", "created": "count", "changed": "count"}),
)  # fmt: skip


def connect() -> None:
    """Called once when the app is ready."""
    declare_all()
    charter.declare(*KEYS)
    charter.declare_verbs("places.read", "places.manage", "places.import")
    ledger.declare(*EVENTS)
    ui.desk_entry(DeskEntry(_("Places"), "places:compounds", "places.read", 60, "compound"))
    ui.desk_entry(DeskEntry(_("Import lists"), "places:upload", "places.import", 65, "file"))
