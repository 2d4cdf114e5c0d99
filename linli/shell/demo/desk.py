"""What the desk of the demonstration holds: answer templates, knowledge for advice, searchable cases."""

from __future__ import annotations

from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import Actor
from linli.work.cases import actions
from linli.work.cases.actions.indexing import index_waiting

TEMPLATES = (
    ("已修复", "您好，{place}反映的“{kind}”（工单{number}）已于{today}修复，请您查看。如未解决，请回复我们继续办理。", (), "handling"),
    ("路灯维修中", "您好，{place}的路灯已报电力维修，预计{promised}前恢复。工单号{number}，{body}负责。", ("gb_part_01037",), ""),
    ("需要您配合", "您好，{body}需要入户查看，请告诉我们您方便的时间。工单号{number}。", (), "contacted"),
)  # fmt: skip
KNOWLEDGE = (
    ("暖气不热怎么报修", "先打所在换热站的值班电话；两小时内没有人联系，再打区热线登记为工单。", "演示内容，不是真实规定"),
    ("居住证在哪里办", "带身份证和租房合同到社区服务站办理，办理时限以窗口公示为准。", "演示内容，不是真实规定"),
    ("物业费有争议找谁", "先找物业服务企业核对账目；谈不拢，可以申请社区调解。", "演示内容，不是真实规定"),
    ("夜间施工扰民怎么办", "可拨区热线登记，由主管部门到场查看；正在发生的危险请拨110。", "演示内容，不是真实规定"),
)  # fmt: skip


def settle(context: Context, system: Actor) -> None:
    """Write templates and knowledge, then make every case searchable."""
    for title, text, kinds, stage in TEMPLATES:
        actions.save_template(actor=system, context=context, title=title, text=text, kinds=kinds, stage=stage)
    for title, text, source in KNOWLEDGE:
        actions.save_knowledge(actor=system, context=context, title=title, text=text, source=source)
    while index_waiting(context=context, everything=True):
        pass
