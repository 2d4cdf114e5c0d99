"""Who may see a case and do what to it. The same conditions in the question and in the queryset."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from linli.foundation.core.rules.actor import Actor
from linli.work.cases.models import Assignment, Case

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
    "whistle_done": "cases.answer", "climb": "cases.climb",
    "take_callback": "cases.callback", "unreached": "cases.callback",
    "exclude": "cases.exclude", "approve_exclusion": "cases.approve_exclusion", "check_sample": "cases.callback",
    "confirm_solved": "cases.callback", "reopen": "cases.callback", "to_conference": "cases.callback",
    "close_unsolved": "cases.callback",
}  # fmt: skip
# A report of misconduct is sealed: within a scope only this verb opens it.
SEALED = "cases.sealed"
# These belong to the body that has the case now, not to whoever sees it.
HANDLER_VERBS = frozenset({"sign", "ask_return", "contact", "progress", "answer"})
CALLBACK_VERBS = frozenset(
    {"take_callback", "unreached", "confirm_solved", "reopen", "to_conference", "close_unsolved"}
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
        mine = Assignment.objects.filter(district=actor.district, case=OuterRef("pk"), body=actor.body)
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
    return Assignment.objects.filter(district=actor.district, case=case, body=actor.body).exists()


def may(verb: str, actor: Actor, case: Case) -> bool:
    """Whether the actor may do a verb to a case it can read; the stage is the table's to check."""
    needed = VERB_NEEDS.get(verb)
    if actor.kind == "system":
        return True
    if needed is None or not actor.may(needed):
        return False
    if verb in HANDLER_VERBS:
        return actor.body is not None and case.handling_body_id == actor.body
    if verb in CALLBACK_VERBS:
        return actor.body is not None and case.handling_body_id != actor.body
    return actor.covers(case.place.path)


def had_its_turn(verb: str, actor: Actor, case: Case) -> bool:
    """Whether only the moment is wrong: a handler's verb on a readable case that was taken back and is with nobody."""
    return verb in HANDLER_VERBS and case.handling_body_id is None and actor.may(VERB_NEEDS[verb])


def may_see_contact(actor: Actor, case: Case, hidden_kinds: tuple[str, ...], body_kind: str) -> bool:
    """Whether masked contact data may stand on the page: never for the kinds of body the charter names."""
    return body_kind not in hidden_kinds and (actor.may("people.reveal") or actor.may("cases.callback"))
