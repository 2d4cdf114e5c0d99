"""A few dozen cases in the middle of things, through the rooms' own actions: waiting, parked, helped, called, climbed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from linli.foundation.accounts.models import Grant
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import Actor, public
from linli.shell.cast import Cast, Office
from linli.work.cases import actions
from linli.work.cases.actions.intake import Receipt, Report
from linli.work.cases.models import Case

DEPARTMENT = Office(
    "department.handler",
    "handler",
    "department",
    "district",
    "",
    "区直部门经办人",
    "Handler in a district department",
)
Seat = Callable[[str], Actor]
CLERK, STREET, DISTRICT, HANDLER, HELPER = (
    "community.clerk", "subdistrict.clerk", "district.clerk", "property.handler", DEPARTMENT.login,
)  # fmt: skip


@dataclass(slots=True)
class Told:
    """One case as it is played: its moment moves on with every step."""

    context: Context
    seat: Seat
    receipt: Receipt

    def do(self, who: str, verb: str, *, hours: float = 1, **more: Any) -> None:
        """One verb, some time after the last one."""
        self.context = replace(self.context, now=self.context.now + timedelta(hours=hours))
        getattr(actions, verb)(
            actor=self.seat(who), context=self.context, case=self.receipt.public_id, **more
        )

    def caller(self, act: Callable[..., object], **more: Any) -> None:
        """What the caller does with number and code."""
        self.context = replace(self.context, now=self.context.now + timedelta(hours=3))
        row = Case.objects.get(district=self.context.district, public_id=self.receipt.public_id)
        act(
            actor=public(row.district), context=self.context, case=row, key=f"demo-{row.id}-{row.seq}", **more
        )

    def day(self, days: int) -> Any:
        return self.context.now.astimezone(self.context.zone).date() + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Stage:
    """The district as the stories find it."""

    context: Context
    cast: Cast
    seat: Seat

    def report(self, days_ago: int, kind: str, text: str, key: str, request: str = "complaint") -> Told:
        """A report on a past working morning in one of the company's compounds."""
        zone = self.context.zone
        day = self.context.now.astimezone(zone).date() - timedelta(days=days_ago)
        moment = datetime.combine(day, time(9, 20), tzinfo=zone)
        past = replace(self.context, now=moment)
        place = self.cast.places["compound" if days_ago % 2 else "second_compound"]
        receipt = actions.receive(
            actor=public(past.district), context=past, key=key, door="cases.report",
            report=Report(place=place.public_id, text=text, kind=kind, kind_of_request=request),
        )  # fmt: skip
        return Told(past, self.seat, receipt)

    def handled(self, days_ago: int, kind: str, text: str, key: str) -> Told:
        """The same, given to the company and taken up by it."""
        told = self.report(days_ago, kind, text, key)
        told.do(CLERK, "dispatch", hours=0.1, body=self.cast.bodies["company"].public_id)
        told.do(HANDLER, "sign", hours=0.3)
        told.do(HANDLER, "contact", hours=0.4)
        told.do(HANDLER, "progress", text="已到现场查看，正在处理。")
        return told


def play(context: Context, cast: Cast, *, each: Callable[[int, str], Iterator[int]]) -> int:
    """Play every story twice, some days apart; returns how many cases there are."""
    known = charter.current(context.district, context.now)

    def seat(login: str) -> Actor:
        grant = Grant.objects.get(district=cast.district, user=cast.users[login], valid_to=None)
        verbs = frozenset(known[f"role.{grant.role}"]["verbs"])
        return Actor(
            district=cast.district, kind="staff", user=grant.user_id, grant=grant.id, appointment=grant.appointment,
            body=grant.body, role=grant.role, scope=grant.scope_path, verbs=verbs,
        )  # fmt: skip

    stage = Stage(context, cast, seat)
    for number in each(len(STORIES) * 2, "cases in the middle of things"):
        story = STORIES[number // 2]
        story(stage, 4 + number % 2 * 3, f"demo-flow-{number}")
    return len(STORIES) * 2


EXTENSION: dict[str, Any] = {"reason": "needs_parts", "amount": 5, "note": "配件厂家下周发货，到货当天更换。"}
PARKING: dict[str, Any] = {"reason": "funding", "text": "需动用维修资金，业主表决尚未通过，附会议记录编号。"}


def _extension_asked(stage: Stage, ago: int, key: str) -> None:
    told = stage.handled(ago, "local_lift_fault", "3号楼2单元电梯停了三天，老人下不了楼。", key)
    told.do(HANDLER, "ask_extension", **EXTENSION)


def _extension_granted(stage: Stage, ago: int, key: str) -> None:
    told = stage.handled(ago, "gb_part_01037", "5号楼后面的路灯灭了一排，需要换线。", key)
    told.do(HANDLER, "ask_extension", **EXTENSION)
    told.do(CLERK, "grant_extension", note="同意延期，请按期完成。")


def _parking_asked(stage: Stage, ago: int, key: str) -> None:
    told = stage.handled(ago, "local_leak_indoor", "外墙渗水，一下雨卧室墙就发霉。", key)
    told.do(HANDLER, "ask_parking", until=told.day(60), **PARKING)


def _parked(stage: Stage, ago: int, key: str) -> None:
    told = stage.handled(ago, "gb_event_06013", "小区主路塌陷，需要整体翻修。", key)
    told.do(HANDLER, "ask_parking", until=told.day(45), **PARKING)
    told.do(CLERK, "approve_parking", note="同意挂账，请按月报告资金进展。")


def _conference(stage: Stage, ago: int, key: str) -> None:
    told = stage.handled(ago, "gb_event_09009", "门口道路归谁管说不清，车停得乱七八糟。", key)
    told.do(CLERK, "call_conference", reason="duty_unclear", note="物业、街道、交警职责需议定。")


def _judged_again(stage: Stage, ago: int, key: str) -> None:
    told = stage.handled(ago, "gb_event_06028", "楼下烧烤店半夜还在划拳，孩子睡不着。", key)
    for text in ("已上门劝导，商户答应收敛。", "已再次约谈商户，要求22点后停止户外营业。"):
        told.do(HANDLER, "answer", text=text)
        told.caller(actions.judge_by_caller, solved="no", rating="dissatisfied", note="还是吵。")


def _ruled(stage: Stage, ago: int, key: str) -> None:
    told = stage.handled(ago, "gb_event_06010", "垃圾堆在楼后没人清，苍蝇很多。", key)
    told.do(CLERK, "call_conference", reason="stuck", note="清运频次谈不拢。")
    told.do(DISTRICT, "rule_conference", outcome="keep", text="由物业每日两次清运，社区每周抽查。")


def _joint(stage: Stage, ago: int, key: str) -> None:
    told = stage.handled(ago, "gb_event_06001", "楼顶搭了阳光房，我家开始漏水。", key)
    told.do(CLERK, "add_joint", helpers=[stage.cast.bodies["department"].public_id], note="请核实是否违建。")
    told.do(HELPER, "accept_joint")
    if ago > 4:
        told.do(HELPER, "joint_report", text="经核实属违法搭建，已下达限期拆除通知。")


def _whistle(stage: Stage, ago: int, key: str) -> None:
    told = stage.handled(ago, "gb_event_09012", "消防通道天天停满车，万一着火太危险。", key)
    told.do(
        STREET,
        "call_whistle",
        department=stage.cast.bodies["department"].public_id,
        note="请到现场联合整治。",
    )
    if ago == 4:
        return
    told.do(HELPER, "whistle_ack")
    for verb, text in (
        ("visit", "双方已到场，占道车辆23台。"),
        ("plan", "周五集中清理，划线并安装隔离桩。"),
        ("done", "已清理并安装隔离桩。"),
    ):
        told.do(HELPER, f"whistle_{verb}", text=text)
    told.do(STREET, "rate_whistle", score=5, note="到场及时。")
    told.do(HELPER, "rate_whistle", score=4)


def _climbed(stage: Stage, ago: int, key: str) -> None:
    told = stage.handled(ago, "local_no_water_power", "整栋楼反复停电，需要增容。", key)
    told.do(HANDLER, "climb", reason="beyond_powers", note="配电增容超出物业权限。")
    if ago > 4:
        told.do(CLERK, "climb", reason="needs_higher", note="需街道协调供电部门。")


def _question(stage: Stage, ago: int, key: str) -> None:
    told = stage.handled(ago, "gb_part_01037", "楼后的灯不亮。", key)
    told.do(HANDLER, "ask_caller", text="请问是东边还是西边的那盏？")
    if ago > 4:
        told.caller(actions.reply_by_caller, text="东边靠近车棚的那盏。")


def _advice(stage: Stage, ago: int, key: str) -> None:
    told = stage.report(ago, "local_other", "老年饭桌什么时候开？", key, request="question")
    told.do(CLERK, "answer_at_intake", hours=0.1, text="每天11点半到13点，在社区服务站一楼，凭身份证办卡。")


def _other_channel(stage: Stage, ago: int, key: str) -> None:
    told = stage.handled(ago, "local_property_fee", "物业费标准不合理，已经起诉了。", key)
    told.do(CLERK, "refuse", reason="litigation", note="此事已由法院受理，请按法院程序办理。")


def _returned(stage: Stage, ago: int, key: str) -> None:
    told = stage.report(ago, "gb_event_09009", "路口乱停车，公交车拐不过弯。", key)
    told.do(CLERK, "dispatch", hours=0.1, body=stage.cast.bodies["company"].public_id)
    told.do(HANDLER, "ask_return", reason="not_our_place", note="市政道路不在服务范围内。")
    if ago > 4:
        told.do(DISTRICT, "refuse_return", note="该路段在小区红线内，由物业办理。")


def _merged(stage: Stage, ago: int, key: str) -> None:
    first = stage.report(ago, "gb_part_01018", "化粪池井盖翘起来了。", f"{key}-a")
    again = stage.report(ago, "gb_part_01018", "井盖松了，孩子差点掉进去。", f"{key}-b")
    again.do(CLERK, "merge", into=first.receipt.public_id)


STORIES = (
    _extension_asked, _extension_granted, _parking_asked, _parked, _conference, _judged_again, _ruled, _joint, _whistle,
    _climbed, _question, _advice, _other_channel, _returned, _merged,
)  # fmt: skip
