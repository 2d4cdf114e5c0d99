"""Verbs, charter keys, events, desk pages and panels of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.bodies import panels
from linli.foundation.core import charter, classes, ledger, ui
from linli.foundation.core.rules.charter import Key, integer
from linli.foundation.core.rules.events import EventType

KEYS = (Key("bodies.gap_warning_hours", integer(1, 168)),)

EVENTS = (
    EventType("body.founded", "组织已建立", "Body founded", {"kind": "code", "level": "code", "places": "ids"}),
    EventType("body.changed", "组织信息已修改", "Body's details changed", {"fields": "codes"}),
    EventType("body.place_added", "组织增加服务地点", "Body serves another place", {"served": "id"}),
    EventType("body.place_ended", "组织不再服务该地点", "Body no longer serves a place", {"served": "id"}),
    EventType("body.ended", "组织已撤销", "Body ended", {}),
    EventType(
        "appointment.made", "已任职", "Appointed",
        {"body": "id", "user": "id", "person": "id", "role": "code", "title": "code", "valid_from": "moment", "valid_to": "moment"},
    ),
    EventType(
        "appointment.ended", "任职已结束", "Appointment ended",
        {"body": "id", "user": "id", "role": "code", "reason": "code", "shifts_dropped": "count"},
    ),
    EventType("duty.set", "职责清单已登记", "Duty list entry set", {"level": "code", "body": "id", "kind": "code", "role": "code"}),
    EventType("duty.removed", "职责清单事项已移除", "Duty list entry removed", {"level": "code", "body": "id", "kind": "code", "role": "code"}),
    EventType("roster.opened", "值班表已建立", "Duty roster opened", {"body": "id", "cover": "code"}),
    EventType("roster.shift_set", "已排班", "Shift set", {"body": "id", "shift": "id", "kind": "code", "appointment": "id", "starts_at": "moment", "ends_at": "moment"}),
    EventType("roster.shift_dropped", "已取消排班", "Shift dropped", {"body": "id", "shift": "id"}),
    EventType("roster.swapped", "已换班", "Shifts swapped", {"body": "id", "shifts": "ids", "appointments": "ids"}),
    EventType("roster.gap", "值班表将出现空档", "Duty roster will have a gap", {"body": "id", "roster": "id", "kind": "code", "starts_at": "moment", "ends_at": "moment"}),
    EventType("calendar.missing", "{year}年工作日历尚未导入", "The working calendar of {year} has not been loaded", {"year": "count"}),
)  # fmt: skip


def _declare_classes() -> None:
    """What each field of this room holds; no name and no number of a person is among them."""
    term = {"valid_from": "moment", "valid_to": "moment"}
    classes.declare(
        "bodies.Body", public_id="code", kind="code", level="code", name="official", place="id", uscc="official",
        phone="official", **term,
    )  # fmt: skip
    classes.declare("bodies.BodyPlace", body="id", place="id", **term)
    classes.declare(
        "bodies.Appointment", public_id="code", body="id", user="id", person="id", role="code", title="code",
        place="id", ended_at="moment", end_reason="code", **term,
    )  # fmt: skip
    classes.declare(
        "bodies.DutyItem", level="code", body="id", kind_code="code", role="code", basis="free_public", **term
    )
    classes.declare("bodies.Roster", body="id", cover="code", **term)
    classes.declare(
        "bodies.Shift", public_id="code", roster="id", kind="code", starts_at="moment", ends_at="moment",
        appointment="id", phone="official", dropped_at="moment",
    )  # fmt: skip
    classes.declare(
        "bodies.GapWarning",
        roster="id",
        kind="code",
        starts_at="moment",
        ends_at="moment",
        warned_at="moment",
    )


def connect() -> None:
    """Called once when the app is ready."""
    _declare_classes()
    charter.declare(*KEYS)
    charter.declare_verbs("bodies.manage", "bodies.appoint", "bodies.roster")
    ledger.declare(*EVENTS)
    ui.fill("compound.public", order=30, template="bodies/panel_responsible.html", source=panels.responsible)
    ui.fill("compound.file", order=30, template="bodies/panel_responsible.html", source=panels.responsible)
    ui.desk_entry(ui.DeskEntry(_("Bodies and offices"), "bodies:list", "bodies.manage", 60, "building"))
    ui.desk_entry(ui.DeskEntry(_("Duty roster"), "bodies:own_roster", "bodies.roster", 61, "clock"))
    ui.desk_entry(ui.DeskEntry(_("Working calendar"), "bodies:calendar", "calendar.load", 62, "calendar"))
