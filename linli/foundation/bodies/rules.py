"""Kinds of bodies, who may give which office, what may be handed to whom, gaps of a duty roster. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from linli.foundation.core.rules.charter import Text
from linli.foundation.core.rules.clocks import OpeningHours
from linli.foundation.core.rules.workdays import CalendarMissing, WorkCalendar

Level = Literal["compound", "community", "subdistrict", "district"]
LEVELS: tuple[Level, ...] = ("compound", "community", "subdistrict", "district")
LEVEL_NAMES = {
    "compound": Text("小区", "Compound"),
    "community": Text("社区", "Community"),
    "subdistrict": Text("街道（镇）", "Subdistrict"),
    "district": Text("区", "District"),
}


@dataclass(frozen=True, slots=True)
class BodyKind:
    """One kind of organisation.

    `level`: the level of its duty list; None takes the level of its place. `seats`: levels of place it may be
    founded at. `handles`: whether a case may be handed to it.
    """

    name: Text
    level: Level | None
    seats: tuple[Level, ...]
    handles: bool


_ANY = LEVELS
KINDS: dict[str, BodyKind] = {
    "party_branch": BodyKind(Text("小区党支部", "Compound party branch"), None, _ANY, True),
    "property_company": BodyKind(Text("物业服务企业", "Property company"), "compound", _ANY, True),
    "owners_committee": BodyKind(Text("业主委员会", "Owners' committee"), "compound", ("compound",), True),
    "interim_committee": BodyKind(
        Text("物业管理委员会", "Interim committee"), "compound", ("compound",), True
    ),
    "police_station": BodyKind(
        Text("派出所", "Police station"), "subdistrict", ("community", "subdistrict"), True
    ),
    "subdistrict_office": BodyKind(
        Text("街道办事处（镇政府）", "Subdistrict office"), "subdistrict", ("subdistrict",), True
    ),
    "community_committee": BodyKind(
        Text("社区居民委员会", "Community committee"), "community", ("community",), True
    ),
    "district_department": BodyKind(Text("区直部门", "District department"), "district", ("district",), True),
    "district_property_centre": BodyKind(
        Text("区物业管理服务中心", "District property centre"), "district", ("district",), True
    ),
    "subdistrict_property_centre": BodyKind(
        Text("街镇物业服务中心", "Subdistrict property centre"), "subdistrict", ("subdistrict",), True
    ),
    "environment_property_committee": BodyKind(
        Text("社区环境和物业管理委员会", "Community environment and property committee"),
        "community",
        ("community",),
        True,
    ),
    "volunteer_team": BodyKind(Text("志愿服务队", "Volunteer team"), None, _ANY, False),
    "school": BodyKind(Text("学校", "School"), None, _ANY, False),
    "hospital": BodyKind(Text("医院", "Hospital"), None, _ANY, False),
    "court": BodyKind(Text("人民法院", "Court"), "district", ("district",), False),
    "hotline_centre": BodyKind(
        Text("热线受理中心", "Hotline centre"), "district", ("subdistrict", "district"), False
    ),
    "partner_org": BodyKind(Text("共建单位", "Partner organisation"), None, _ANY, False),
}
HANDLING_KINDS = frozenset(code for code, kind in KINDS.items() if kind.handles)

TITLES: dict[str, Text] = {
    "secretary": Text("书记", "Secretary"),
    "deputy_secretary": Text("副书记", "Deputy secretary"),
    "director": Text("主任", "Director"),
    "deputy_director": Text("副主任", "Deputy director"),
    "chief": Text("所长（站长）", "Station chief"),
    "head": Text("负责人", "Head"),
    "deputy_head": Text("副职负责人", "Deputy head"),
    "project_manager": Text("项目经理", "Project manager"),
    "member": Text("委员", "Member"),
    "officer": Text("工作人员", "Officer"),
    "clerk": Text("专员", "Clerk"),
    "handler": Text("经办人", "Handler"),
    "liaison": Text("联络员", "Liaison officer"),
    "team_leader": Text("队长", "Team leader"),
}
END_REASONS: dict[str, Text] = {
    "term_over": Text("任期届满", "Term is over"),
    "resigned": Text("辞任", "Resigned"),
    "transferred": Text("调离", "Transferred"),
    "removed": Text("免职", "Removed from office"),
    "body_ended": Text("组织撤销", "The body has ended"),
    "account_ended": Text("账号已停用", "The account has ended"),
    "mistake": Text("登记有误", "Entered by mistake"),
}
SHIFT_KINDS: dict[str, Text] = {
    "leader": Text("带班领导", "Leader on duty"),
    "officer": Text("值班人员", "Officer on duty"),
}
COVERS: dict[str, Text] = {
    "always": Text("全天值班", "Day and night"),
    "off_hours": Text("下班时间、周末和节假日值班", "Outside office hours, weekends and holidays"),
}

_ROLE_ORDER = {"public": 0, "compound": 1, "community": 2, "subdistrict": 3, "district": 4}
_KIND_CODE = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")
_OFFICE_PHONE = re.compile(r"[+(]?[0-9][0-9 ()-]{1,17}[0-9]")


def level_of(kind: str, place_level: str) -> Level:
    """The level whose duty list holds for a body. `place_level` decides where the kind leaves it open."""
    fixed = KINDS[kind].level
    if fixed is not None:
        return fixed
    return next(level for level in LEVELS if level == place_level)


def may_sit(kind: str, place_level: str) -> bool:
    """Whether a body of this kind may be founded at a place of this level."""
    return place_level in KINDS[kind].seats


def role_within(given: str, own: str) -> bool:
    """Whether somebody acting in a role of level `own` may give a role of level `given`: never a higher one."""
    return _ROLE_ORDER[given] <= _ROLE_ORDER[own]


def prefixes(path: str) -> list[str]:
    """Paths of a place and all places above it, topmost first: "1.7.3." gives 1., 1.7., 1.7.3."""
    parts = [part for part in path.split(".") if part]
    return [".".join(parts[: n + 1]) + "." for n in range(len(parts))]


def is_root(path: str) -> bool:
    """Whether a path is the district itself."""
    return path.count(".") == 1


def is_kind_code(text: str) -> bool:
    """Whether a text can be the code of a kind of matter."""
    return _KIND_CODE.fullmatch(text) is not None


def is_office_phone(text: str) -> bool:
    """Whether a text can be dialled: digits, spaces, brackets and hyphens, 3 to 20 characters."""
    return _OFFICE_PHONE.fullmatch(text) is not None


# --- duty lists ------------------------------------------------------------------------------------------------

AssignReason = Literal["on_list", "no_list", "not_on_list", "assist_only", "unlisted_above", "not_a_handler"]


class Assignable(NamedTuple):
    """Whether a matter may be handed to a body as its main duty, and why."""

    ok: bool
    reason: AssignReason


def assignable(
    level: str, *, own: str | None, listed: str | None, level_has_list: bool, handles: bool = True
) -> Assignable:
    """Decide by the duty lists. `own` is the body's own entry (main, assist or None), `listed` its level's.

    A body's own entry goes before its level's. An assist item never becomes a main duty at any level. A matter
    that is not listed is kept away from compound and community bodies once their level has a list; higher
    levels coordinate what nobody has. Source: 北京市接诉即办工作条例 17, as charter rule of ours.
    """
    if not handles:
        return Assignable(False, "not_a_handler")
    entry = own or listed
    if entry == "main":
        return Assignable(True, "on_list")
    if entry == "assist":
        return Assignable(False, "assist_only")
    if level in ("subdistrict", "district"):
        return Assignable(True, "unlisted_above")
    return Assignable(False, "not_on_list") if level_has_list else Assignable(True, "no_list")


# --- duty rosters ----------------------------------------------------------------------------------------------

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time without anybody of a kind on duty."""

    kind: str
    starts_at: datetime
    ends_at: datetime


def subtract(wanted: Sequence[Interval], covered: Iterable[Interval]) -> list[Interval]:
    """What of `wanted` (in order, apart) no interval of `covered` reaches. Ends are exclusive."""
    left: list[Interval] = [pair for pair in wanted if pair[0] < pair[1]]
    for start, end in sorted(covered):
        if start >= end:
            continue
        rest: list[Interval] = []
        for a, b in left:
            if end <= a or start >= b:
                rest.append((a, b))
                continue
            if a < start:
                rest.append((a, start))
            if end < b:
                rest.append((end, b))
        left = rest
    return left


def _at(day: date, offset: timedelta, zone: ZoneInfo) -> datetime:
    """A distance from a day's midnight as wall-clock time of the zone."""
    days, seconds = divmod(offset, timedelta(days=1))
    return (datetime.combine(day, time.min) + timedelta(days=days) + seconds).replace(tzinfo=zone)


def duty_time(
    day: date, cover: str, *, calendar: WorkCalendar, hours: OpeningHours, zone: ZoneInfo
) -> list[Interval]:
    """When somebody must be on duty on a day. A day of an unknown calendar year counts whole: never guessed."""
    whole = (_at(day, timedelta(0), zone), _at(day, timedelta(days=1), zone))
    if cover == "always":
        return [whole]
    try:
        workday = calendar.is_workday(day)
    except CalendarMissing:
        workday = False
    if not workday:
        return [whole]
    return subtract([whole], [(_at(day, a, zone), _at(day, b, zone)) for a, b in hours.offsets])


def gaps(
    days: Iterable[date], cover: str, shifts: Iterable[tuple[str, datetime, datetime]], *,
    calendar: WorkCalendar, hours: OpeningHours, zone: ZoneInfo,
) -> list[Gap]:  # fmt: skip
    """Every stretch of the days without a leader or without an officer, cut at midnight, in order of time.

    `shifts` are (kind, start, end).
    """
    known = list(shifts)
    found = []
    for day in days:
        wanted = duty_time(day, cover, calendar=calendar, hours=hours, zone=zone)
        for kind in SHIFT_KINDS:
            for start, end in subtract(wanted, [(a, b) for k, a, b in known if k == kind]):
                found.append(Gap(kind, start, end))
    return sorted(found, key=lambda gap: (gap.starts_at, gap.kind))


def month_days(year: int, month: int) -> list[date]:
    """All days of a month."""
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return [first + timedelta(days=n) for n in range((following - first).days)]


# --- the yearly calendar ---------------------------------------------------------------------------------------


def missing_year(today: date, known: Iterable[int]) -> int | None:
    """The year whose days must be loaded now: this one at any time, next one from 1 November; else None."""
    years = set(known)
    if today.year not in years:
        return today.year
    return today.year + 1 if today.month >= 11 and today.year + 1 not in years else None
