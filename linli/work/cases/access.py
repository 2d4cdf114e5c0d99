"""Who may see a case and do what to it. The same conditions in the question and in the queryset."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from linli.foundation.core.rules.actor import Actor
from linli.work.cases.models import Assignment, Case, JointTurn, WhistleCall
from linli.work.cases.rules import flow
from linli.work.cases.rules.levels import LEVELS, approves_parking, gives_out, level_of_scope

VERB_NEEDS = {
    "dispatch": "cases.dispatch", "answer_at_intake": "cases.record", "recall": "cases.dispatch", "refuse": "cases.dispatch",
    "transfer_emergency": "cases.dispatch", "transfer_petition": "cases.dispatch", "merge": "cases.dispatch",
    "unmerge": "cases.dispatch", "accept_return": "cases.dispatch", "refuse_return": "cases.dispatch",
    "sign": "cases.sign", "ask_return": "cases.return", "contact": "cases.contact",
    "progress": "cases.answer", "answer": "cases.answer", "ask_caller": "cases.contact",
    "ask_extension": "cases.answer", "grant_extension": "cases.extend", "deny_extension": "cases.extend",
    "ask_parking": "cases.answer", "approve_parking": "cases.park", "deny_parking": "cases.park",
    "renew_parking": "cases.park", "end_parking": "cases.park",
    "call_conference": "cases.conference", "rule_keep": "cases.conference", "rule_reassign": "cases.conference",
    "rule_close": "cases.conference",
    "add_joint": "cases.joint", "accept_joint": "cases.sign", "joint_report": "cases.answer",
    "call_whistle": "cases.whistle", "end_whistle": "cases.whistle",
    "whistle_ack": "cases.sign", "whistle_visit": "cases.answer", "whistle_plan": "cases.answer",
    "whistle_done": "cases.answer", "rate_whistle": "cases.answer", "climb": "cases.climb",
    "take_callback": "cases.callback", "unreached": "cases.callback",
    "exclude": "cases.exclude", "approve_exclusion": "cases.approve_exclusion", "check_sample": "cases.callback",
    "confirm_solved": "cases.callback", "reopen": "cases.callback", "to_conference": "cases.callback",
    "close_unsolved": "cases.callback",
}  # fmt: skip
# A report of misconduct is sealed: within a scope only this verb opens it.
SEALED = "cases.sealed"
# These belong to the body that has the case now, not to whoever sees it.
HANDLER_VERBS = frozenset(flow.HANDLER_VERBS)
CALLBACK_VERBS = frozenset(
    {"take_callback", "unreached", "confirm_solved", "reopen", "to_conference", "close_unsolved"}
)
# What a clerk decides at the level the case has reached; a lower clerk reads on.
LEVEL_VERBS = frozenset(flow.CLERK_VERBS) - {"answer_at_intake", "call_whistle", "end_whistle"}
# The calling side of a whistle call does not need to handle cases to judge the other side.
CALLING_SIDE = "cases.whistle"


@dataclass(frozen=True, slots=True)
class Beside:
    """Which bodies take part in a case beside the one that has it."""

    joint: frozenset[int]
    department: int | None
    calling: int | None


def beside(case: Case) -> Beside:
    """Open joint turns and the newest whistle call of a case. Two statements."""
    here = {"district": case.district, "case": case}
    joint = JointTurn.objects.filter(**here, ended_at=None).values_list("body", flat=True)
    call = WhistleCall.objects.filter(**here).order_by("-called_at", "-id").first()
    return Beside(
        frozenset(joint), call.department_id if call else None, call.calling_body_id if call else None
    )


TAKING_PART: tuple[tuple[Any, str], ...] = (
    (Assignment.objects, "body"),
    (JointTurn.objects, "body"),
    (WhistleCall.objects, "department"),
)


def visible_to(actor: Actor) -> QuerySet[Case]:
    """Cases an acting person may open: those of places within the scope, and those a body handles or handled."""
    rows = Case.objects.filter(district=actor.district)
    if actor.kind == "system":
        return rows
    reach = Q()
    allowed = False
    if actor.may("cases.read") and actor.scope:
        within = Q(place__path__startswith=actor.scope)
        reach |= within if actor.may(SEALED) else within & ~Q(kind_of_request="misconduct")
        allowed = True
    if actor.may("cases.read_assigned") and actor.body is not None:
        for rows_of, column in TAKING_PART:
            mine = rows_of.filter(district=actor.district, case=OuterRef("pk"), **{column: actor.body})
            reach |= Q(Exists(mine))
        allowed = True
    return rows.filter(reach) if allowed else rows.none()


def may_read(actor: Actor, case: Case) -> bool:
    """Whether the actor may open this case."""
    if case.district != actor.district:
        return False
    open_to_scope = case.kind_of_request != "misconduct" or actor.may(SEALED)
    if actor.kind == "system" or (
        actor.may("cases.read") and open_to_scope and actor.covers(case.place.path)
    ):
        return True
    if not actor.may("cases.read_assigned") or actor.body is None:
        return False
    here = {"district": actor.district, "case": case}
    return any(rows_of.filter(**here, **{column: actor.body}).exists() for rows_of, column in TAKING_PART)


def may(verb: str, actor: Actor, case: Case, others: Beside | None = None) -> bool:
    """Whether the actor may do a verb to a case it can read; the stage is the table's to check.

    `others` saves the two statements of `beside` where a page asks for many verbs.
    """
    if actor.kind == "system":
        return True
    needed = VERB_NEEDS.get(verb)
    if needed is None or not (actor.may(needed) or (verb == "rate_whistle" and actor.may(CALLING_SIDE))):
        return False
    if verb in HANDLER_VERBS:
        return actor.body is not None and case.handling_body_id == actor.body
    if verb in CALLBACK_VERBS:
        return actor.body is not None and case.handling_body_id != actor.body
    if verb == "climb":
        return _may_climb(actor, case)
    if verb in TAKEN_PART:
        return actor.body is not None and actor.body in TAKEN_PART[verb](others or beside(case))
    if verb in LEVEL_VERBS and not gives_out(case.level, actor.scope):
        return False
    return actor.covers(case.place.path)


def _may_climb(actor: Actor, case: Case) -> bool:
    """The body that has it, or a clerk of its level."""
    if actor.body is not None and actor.body == case.handling_body_id:
        return True
    return (
        actor.may("cases.dispatch") and actor.covers(case.place.path) and gives_out(case.level, actor.scope)
    )


TAKEN_PART: dict[str, Callable[[Beside], Collection[int | None]]] = {
    **dict.fromkeys(flow.JOINT_VERBS, lambda found: found.joint),
    **dict.fromkeys(flow.WHISTLED_VERBS, lambda found: (found.department,)),
    "end_whistle": lambda found: (found.calling,),
    "rate_whistle": lambda found: (found.department, found.calling),
}


def is_one_level_up(actor: Actor, case: Case) -> bool:
    """Whether the actor's level stands above the matter and the body that has it, as parking needs."""
    if actor.kind == "system":
        return True
    has = case.handling_body.level if case.handling_body is not None else "compound"
    return approves_parking(case.level, has, level_of_scope(actor.scope))


def to_give_out(actor: Actor) -> QuerySet[Case]:
    """Cases that wait for this clerk: not yet with a body, and of a level the appointment gives out."""
    levels = [level for level in LEVELS if gives_out(level, actor.scope)] if actor.kind == "staff" else LEVELS
    return visible_to(actor).filter(stage="received", level__in=levels)


def had_its_turn(verb: str, actor: Actor, case: Case) -> bool:
    """Whether only the moment is wrong: a handler's verb on a readable case that was taken back and is with nobody."""
    return verb in HANDLER_VERBS and case.handling_body_id is None and actor.may(VERB_NEEDS[verb])


def may_see_contact(actor: Actor, case: Case, hidden_kinds: tuple[str, ...], body_kind: str) -> bool:
    """Whether masked contact data may stand on the page: never for the kinds of body the charter names."""
    return body_kind not in hidden_kinds and (actor.may("people.reveal") or actor.may("cases.callback"))
