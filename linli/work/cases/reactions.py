"""What follows from an event: messages to the caller and the body, the mark of a missed deadline."""

from __future__ import annotations

from linli.foundation.core import ledger
from linli.foundation.core.context import Context
from linli.foundation.core.ledger import on
from linli.foundation.core.models import Event
from linli.foundation.core.outbox import queue_job
from linli.foundation.core.rules.actor import public, system
from linli.foundation.messaging.actions import send
from linli.work.cases import actions
from linli.work.cases.actions import outside_out
from linli.work.cases.actions.clerks import clerks_for
from linli.work.cases.actions.indexing import forget
from linli.work.cases.models import Case, CaseHold, Supporter, WhistleCall
from linli.work.cases.rules.flow import FLOW
from linli.work.cases.rules.levels import may_climb
from linli.work.cases.rules.steps import URGENT
from linli.work.cases.supporting import waiting_for


def _case(event: Event, context: Context) -> Case:
    return Case.objects.select_related("place", "handling_body").get(
        district=context.district, id=event.subject_id
    )


def _send(
    event: Event,
    context: Context,
    template: str,
    *,
    to_body: int | None = None,
    to_appointment: int | None = None,
) -> None:
    case = _case(event, context)
    send(
        context=context, template=template, event=event.id, subject=("case", case.id), data={"number": case.number}, to_body=to_body,
        to_appointment=to_appointment,
    )  # fmt: skip


def _tell_caller(event: Event, context: Context, template: str, **more: str) -> None:
    case = _case(event, context)
    if case.contact_id is None:
        return
    send(
        context=context, template=template, event=event.id, subject=("case", case.id), to_person=case.contact_id,
        data={"number": case.number, **more},
    )  # fmt: skip


def _tell_body(event: Event, context: Context, template: str) -> None:
    case = _case(event, context)
    if case.handling_body_id is not None:
        _send(event, context, template, to_body=case.handling_body_id)


def _tell_clerks(event: Event, context: Context, template: str, verb: str, *, above: bool = False) -> None:
    """Each clerk of the case's level who may decide it; `above` starts one level over whoever has the case."""
    for clerk in clerks_for(context, _case(event, context), verb=verb, above=above):
        _send(event, context, template, to_appointment=clerk.id)


def _tell_clerk_bodies(event: Event, context: Context, template: str) -> None:
    """The bodies of those clerks: an urgent message to a body calls its duty roster."""
    for body in sorted({c.body_id for c in clerks_for(context, _case(event, context))}):
        _send(event, context, template, to_body=body)


@on("case.received", name="cases.receipt")
def receipt(event: Event, context: Context) -> None:
    """The caller gets the number in words; the follow code stays on the page they saw.

    P0 and P1 call the duty roster of whoever gives them out, by day and night. One reaction, because every
    reaction is a row of the hot path.
    """
    _tell_caller(event, context, "case_received")
    if event.data.get("class") in URGENT:
        _tell_clerk_bodies(event, context, "case_urgent_received")


@on("case.dispatched", name="cases.order")
def order(event: Event, context: Context) -> None:
    """The order to the body; an urgent one calls its duty roster."""
    urgent = _case(event, context).case_class in URGENT
    _tell_body(event, context, "case_urgent_dispatched" if urgent else "case_dispatched")


@on("case.answered", name="cases.ask_judgement")
def ask_judgement(event: Event, context: Context) -> None:
    """Message first, phone second: the caller may answer 1, 2 or 3."""
    _tell_caller(event, context, "case_judge")


@on("case.reopened", name="cases.reopened")
def reopened(event: Event, context: Context) -> None:
    _tell_body(event, context, "case_reopened")


@on("case.to_conference", name="cases.to_conference")
def to_conference(event: Event, context: Context) -> None:
    """Not solved twice: the body and whoever holds the conference are told."""
    _tell_body(event, context, "case_conference")
    _tell_clerks(event, context, "case_decision", "cases.conference")


@on("case.urged", name="cases.urged")
def urged(event: Event, context: Context) -> None:
    _tell_body(event, context, "case_urged")


@on("case.closed", name="cases.thanks")
def thanks(event: Event, context: Context) -> None:
    _tell_caller(event, context, "case_closed")


@on("case.refused", name="cases.refused")
def refused(event: Event, context: Context) -> None:
    _tell_caller(event, context, "case_refused")


@on("clock.breached", name="cases.overdue")
def overdue(event: Event, context: Context) -> None:
    """A clock of a case ran out: mark it, or end the wait for a judgement."""
    if event.data.get("subject_type") != "case":
        return
    actor = system(context.district)
    case_id = int(event.data["subject"])
    if event.data.get("kind") == "judge":
        case = Case.objects.get(district=context.district, id=case_id)
        if case.stage in ("submitted", "callback"):
            actions.not_judge(actor=actor, context=context, case=case.public_id)
        return
    kind = str(event.data.get("kind"))
    actions.mark_overdue(actor=actor, context=context, case_id=case_id, kind=kind)
    if kind in ("sign_in", "finish"):
        _climb_if_property(context, case_id, kind)


def _climb_if_property(context: Context, case_id: int, kind: str) -> None:
    """A property complaint its company did not sign for or finish in time goes to the subdistrict."""
    case = Case.objects.get(district=context.district, id=case_id)
    holds = CaseHold.objects.filter(district=context.district, case=case, closed_at=None)
    if case.case_class != "PM" or not may_climb(case.level, "subdistrict"):
        return
    if FLOW.decide(case.stage, set(holds.values_list("kind", flat=True)), "climb_unmet") is not None:
        actions.climb_unmet(actor=system(context.district), context=context, case=case.public_id, kind=kind)


# What 1, 2 and 3 mean in the wording of `message.case_judge`.
ANSWERS = {1: ("yes", "satisfied"), 2: ("yes", "basic"), 3: ("no", "dissatisfied")}


@on("message.answered", name="cases.judged_by_message")
def judged_by_message(event: Event, context: Context) -> None:
    """The caller answered the request to judge by a message; a late or second answer changes nothing."""
    if event.data.get("subject_type") != "case" or event.data.get("template") != "case_judge":
        return
    case = Case.objects.get(district=context.district, id=int(event.data["subject"]))
    if case.stage not in ("submitted", "callback"):
        return
    solved, rating = ANSWERS[int(event.data["answer"])]
    actions.judge_by_caller(
        actor=public(context.district),
        context=context,
        case=case,
        solved=solved,
        rating=rating,
        key=f"message-{event.id}",
    )


@on("case.overdue", name="cases.overdue_told")
def overdue_told(event: Event, context: Context) -> None:
    _tell_body(event, context, "case_overdue")


def _tell_supporters(event: Event, context: Context) -> None:
    number = Case.objects.values_list("number", flat=True).get(district=context.district, id=event.subject_id)
    for contact in waiting_for(context.district, event.subject_id):
        send(
            context=context, template="case_supported_answer", event=event.id, subject=("case", event.subject_id),
            to_person=contact, data={"number": number},
        )  # fmt: skip


@on("case.answered", name="cases.tell_supporters")
def tell_supporters(event: Event, context: Context) -> None:
    """Whoever reported the same matter is told that there is an answer; the first caller judges it."""
    _tell_supporters(event, context)


@on("case.refused", name="cases.tell_supporters_refused")
def tell_supporters_refused(event: Event, context: Context) -> None:
    _tell_supporters(event, context)


@on("case.supported", name="cases.supporter_receipt")
def supporter_receipt(event: Event, context: Context) -> None:
    """The supporter gets the case's number in words; the own follow code stays on the page they saw."""
    rows = Supporter.objects.select_related("case")
    row = rows.get(district=context.district, id=int(event.data["supporter"]))
    if row.contact_id is not None:
        send(
            context=context, template="case_supported", event=event.id, subject=("case", row.case_id),
            to_person=row.contact_id, data={"number": row.case.number},
        )  # fmt: skip
    """Whoever let it pass is told at once; what is urgent calls the duty roster. Others follow by the steps."""
    case = _case(event, context)
    if case.case_class not in URGENT:
        _tell_body(event, context, "case_overdue")
    elif case.handling_body_id is None:
        _tell_clerk_bodies(event, context, "case_urgent_overdue")
    else:
        _tell_body(event, context, "case_urgent_overdue")


# --- what waits, who helps, who is called -----------------------------------------------------------------------
def _until(event: Event, context: Context, kind: str) -> dict[str, str]:
    hold = CaseHold.objects.filter(district=context.district, case=event.subject_id, kind=kind).latest(
        "opened_at"
    )
    return {"due": ledger.moment(hold.until)} if hold.until else {"due": ""}


@on("case.extension_granted", name="cases.promise_changed")
def promise_changed(event: Event, context: Context) -> None:
    """The caller hears the new promise, the body the decision."""
    case = _case(event, context)
    due = ledger.moment(case.promised_at) if case.promised_at else ""
    _tell_caller(event, context, "case_promise_changed", due=due)
    _tell_body(event, context, "case_decided")


@on("case.parked", name="cases.parked")
def parked(event: Event, context: Context) -> None:
    _tell_caller(event, context, "case_parked", **_until(event, context, "parked"))
    _tell_body(event, context, "case_decided")


@on("case.parking_renewed", name="cases.parking_renewed")
def parking_renewed(event: Event, context: Context) -> None:
    _tell_caller(event, context, "case_parked", **_until(event, context, "parked"))
    _tell_body(event, context, "case_decided")


@on("case.parking_ended", name="cases.parking_ended")
def parking_ended(event: Event, context: Context) -> None:
    _tell_caller(event, context, "case_unparked")
    _tell_body(event, context, "case_decided")


def _decided(event: Event, context: Context) -> None:
    _tell_body(event, context, "case_decided")


for _code in ("extension_denied", "parking_denied", "return_refused"):
    on(f"case.{_code}", name=f"cases.{_code}")(_decided)


@on("case.return_asked", name="cases.return_asked")
def return_asked(event: Event, context: Context) -> None:
    _tell_clerks(event, context, "case_decision", "cases.dispatch")


@on("case.extension_asked", name="cases.extension_asked")
def extension_asked(event: Event, context: Context) -> None:
    _tell_clerks(event, context, "case_decision", "cases.extend")


@on("case.parking_asked", name="cases.parking_asked")
def parking_asked(event: Event, context: Context) -> None:
    """Whoever stands one level above the body that asks."""
    _tell_clerks(event, context, "case_decision", "cases.park", above=True)


@on("case.conference_called", name="cases.conference_called")
def conference_called(event: Event, context: Context) -> None:
    _tell_body(event, context, "case_conference")


@on("case.ruled_keep", name="cases.ruled")
def ruled(event: Event, context: Context) -> None:
    _tell_body(event, context, "case_ruled")


@on("case.ruled_close", name="cases.ruled_close")
def ruled_close(event: Event, context: Context) -> None:
    _tell_caller(event, context, "case_closed")


@on("case.merged", name="cases.merged_told")
def merged(event: Event, context: Context) -> None:
    _tell_caller(event, context, "case_merged")


def _transferred(event: Event, context: Context) -> None:
    _tell_caller(event, context, "case_transferred")


for _code in ("transferred_emergency", "transferred_petition"):
    on(f"case.{_code}", name=f"cases.{_code}")(_transferred)


@on("case.climbed", name="cases.climbed")
def climbed(event: Event, context: Context) -> None:
    """The clerks of the level it has reached give it out."""
    _tell_clerks(event, context, "case_climbed", "cases.dispatch")


@on("case.caller_asked", name="cases.caller_asked")
def caller_asked(event: Event, context: Context) -> None:
    _tell_caller(event, context, "case_question")


@on("case.caller_replied", name="cases.caller_replied")
def caller_replied(event: Event, context: Context) -> None:
    _tell_body(event, context, "case_replied")


@on("case.joint_asked", name="cases.joint_asked")
def joint_asked(event: Event, context: Context) -> None:
    for body in event.data["bodies"]:
        _send(event, context, "case_joint", to_body=int(body))


@on("case.joint_reported", name="cases.joint_reported")
def joint_reported(event: Event, context: Context) -> None:
    _tell_body(event, context, "case_replied")


@on("case.whistle_called", name="cases.whistle_called")
def whistle_called(event: Event, context: Context) -> None:
    _send(event, context, "case_whistle", to_body=int(event.data["body"]))


@on("case.whistle_done", name="cases.whistle_done")
def whistle_done(event: Event, context: Context) -> None:
    """Both sides are asked to rate each other."""
    call = WhistleCall.objects.filter(district=context.district, case=event.subject_id).latest("called_at")
    for body in (call.calling_body_id, call.department_id):
        _send(event, context, "case_whistle_done", to_body=body)


# --- the city's hotline ----------------------------------------------------------------------------------------


def _tell_city(event: Event, context: Context) -> None:
    outside_out.tell(context=context, event=event)


def _settle_here(event: Event, context: Context) -> None:
    outside_out.settle(context=context, event=event)


def _bind_again(event: Event, context: Context) -> None:
    outside_out.bind_again(context=context, actor=system(context.district), event=event)


for _code in outside_out.TOLD:
    on(_code, name=f"exchange.tell.{_code}")(_tell_city)
for _code in outside_out.SETTLED:
    on(_code, name=f"exchange.settle.{_code}")(_settle_here)
for _code in ("case.reopened", "case.to_conference", "case.unmerged", "case.merged"):
    on(_code, name=f"exchange.bind.{_code}")(_bind_again)


@on("place.renamed", name="cases.words_again")
def words_again(event: Event, context: Context) -> None:
    """A case is found by the name its place has now: the words of its cases are made anew."""
    cases = Case.objects.filter(district=context.district, place=event.subject_id)
    forget(context.district, cases.values_list("id", flat=True))
    queue_job("cases.index_all", district=context.district, now=context.now)
