"""Writes on cases, one function per verb. Every one locks the case, asks access, asks the table, records one event."""

from linli.work.cases.actions.advising import answer_at_intake
from linli.work.cases.actions.asking import ask_caller, reply_by_caller
from linli.work.cases.actions.bulk import bulk_dispatch
from linli.work.cases.actions.callback import judge, not_judge, take_callback, unreached
from linli.work.cases.actions.caller import add_by_caller, judge_by_caller, urge_by_caller, withdraw_by_caller
from linli.work.cases.actions.climbing import climb, climb_unmet
from linli.work.cases.actions.conference import call_conference, rule_conference
from linli.work.cases.actions.dispatching import (
    accept_return,
    dispatch,
    mark_overdue,
    recall,
    refuse,
    refuse_return,
    transfer,
)
from linli.work.cases.actions.exclusions import approve_exclusion, propose_exclusion, withdraw_exclusion
from linli.work.cases.actions.extending import ask_extension, deny_extension, grant_extension
from linli.work.cases.actions.filters import delete_filter, rename_filter, save_filter
from linli.work.cases.actions.freezing import correct_rates, freeze_rates
from linli.work.cases.actions.handling import answer, ask_return, contact, progress, sign
from linli.work.cases.actions.held import hold_report, refuse_report, release_report
from linli.work.cases.actions.hotline import look_up_caller, said_by_phone
from linli.work.cases.actions.intake import Receipt, Report, receive
from linli.work.cases.actions.joining import accept_joint, add_joint, joint_report
from linli.work.cases.actions.keys import NewKey, create_key, end_key
from linli.work.cases.actions.paper import print_sheets, receive_paper
from linli.work.cases.actions.parking import (
    approve_parking,
    ask_parking,
    deny_parking,
    end_parking,
    renew_parking,
    review_parked,
)
from linli.work.cases.actions.sampling import check_sample, draw_samples
from linli.work.cases.actions.settings import end_knowledge, end_template, save_knowledge, save_template
from linli.work.cases.actions.showing import approve_public, hide_public
from linli.work.cases.actions.sorting import JoinReceipt, join, link, merge, split, unlink, unmerge
from linli.work.cases.actions.whistling import (
    call_whistle,
    end_whistle,
    rate_whistle,
    whistle_ack,
    whistle_done,
    whistle_plan,
    whistle_visit,
)

__all__ = [
    "JoinReceipt",
    "NewKey",
    "Receipt",
    "Report",
    "accept_joint",
    "accept_return",
    "add_by_caller",
    "add_joint",
    "answer",
    "answer_at_intake",
    "approve_exclusion",
    "approve_parking",
    "approve_public",
    "ask_caller",
    "ask_extension",
    "ask_parking",
    "ask_return",
    "bulk_dispatch",
    "call_conference",
    "call_whistle",
    "check_sample",
    "climb",
    "climb_unmet",
    "contact",
    "correct_rates",
    "create_key",
    "delete_filter",
    "deny_extension",
    "deny_parking",
    "dispatch",
    "draw_samples",
    "end_key",
    "end_knowledge",
    "end_parking",
    "end_template",
    "end_whistle",
    "freeze_rates",
    "grant_extension",
    "hide_public",
    "hold_report",
    "join",
    "joint_report",
    "judge",
    "judge_by_caller",
    "link",
    "look_up_caller",
    "mark_overdue",
    "merge",
    "not_judge",
    "print_sheets",
    "progress",
    "propose_exclusion",
    "rate_whistle",
    "recall",
    "receive",
    "receive_paper",
    "refuse",
    "refuse_report",
    "refuse_return",
    "release_report",
    "rename_filter",
    "renew_parking",
    "reply_by_caller",
    "review_parked",
    "rule_conference",
    "said_by_phone",
    "save_filter",
    "save_knowledge",
    "save_template",
    "sign",
    "split",
    "take_callback",
    "transfer",
    "unlink",
    "unmerge",
    "unreached",
    "urge_by_caller",
    "whistle_ack",
    "whistle_done",
    "whistle_plan",
    "whistle_visit",
    "withdraw_by_caller",
    "withdraw_exclusion",
]
