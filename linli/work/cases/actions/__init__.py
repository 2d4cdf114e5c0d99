"""Writes on cases, one function per verb. Every one locks the case, asks access, asks the table, records one event."""

from linli.work.cases.actions.callback import judge, not_judge, take_callback, unreached
from linli.work.cases.actions.caller import add_by_caller, judge_by_caller, urge_by_caller, withdraw_by_caller
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
from linli.work.cases.actions.filters import delete_filter, rename_filter, save_filter
from linli.work.cases.actions.freezing import correct_rates, freeze_rates
from linli.work.cases.actions.handling import answer, ask_return, contact, progress, sign
from linli.work.cases.actions.held import hold_report, refuse_report, release_report
from linli.work.cases.actions.intake import Receipt, Report, receive
from linli.work.cases.actions.keys import NewKey, create_key, end_key
from linli.work.cases.actions.sampling import check_sample, draw_samples
from linli.work.cases.actions.showing import approve_public, hide_public
from linli.work.cases.actions.sorting import JoinReceipt, join, link, merge, split, unlink, unmerge

__all__ = [
    "JoinReceipt",
    "NewKey",
    "Receipt",
    "Report",
    "accept_return",
    "add_by_caller",
    "answer",
    "approve_exclusion",
    "approve_public",
    "ask_return",
    "call_conference",
    "check_sample",
    "contact",
    "correct_rates",
    "create_key",
    "delete_filter",
    "dispatch",
    "draw_samples",
    "end_key",
    "freeze_rates",
    "hide_public",
    "hold_report",
    "join",
    "judge",
    "judge_by_caller",
    "link",
    "mark_overdue",
    "merge",
    "not_judge",
    "progress",
    "propose_exclusion",
    "recall",
    "receive",
    "refuse",
    "refuse_report",
    "refuse_return",
    "release_report",
    "rename_filter",
    "rule_conference",
    "save_filter",
    "sign",
    "split",
    "take_callback",
    "transfer",
    "unlink",
    "unmerge",
    "unreached",
    "urge_by_caller",
    "withdraw_by_caller",
    "withdraw_exclusion",
]
