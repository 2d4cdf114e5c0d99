"""What follows from an event: messages to the caller and the body, the mark of a missed deadline."""

from __future__ import annotations

from linli.foundation.core.context import Context
from linli.foundation.core.ledger import on
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import public, system
from linli.foundation.messaging.actions import send
from linli.work.cases import actions
from linli.work.cases.models import Case, Supporter
from linli.work.cases.supporting import waiting_for


def _tell_caller(event: Event, context: Context, template: str) -> None:
    case = Case.objects.select_related("place").get(district=context.district, id=event.subject_id)
    if case.contact_id is None:
        return
    send(
        context=context, template=template, event=event.id, subject=("case", case.id), to_person=case.contact_id,
        data={"number": case.number},
    )  # fmt: skip


def _tell_body(event: Event, context: Context, template: str) -> None:
    case = Case.objects.get(district=context.district, id=event.subject_id)
    if case.handling_body_id is None:
        return
    send(
        context=context, template=template, event=event.id, subject=("case", case.id), to_body=case.handling_body_id,
        data={"number": case.number},
    )  # fmt: skip


@on("case.received", name="cases.receipt")
def receipt(event: Event, context: Context) -> None:
    """The caller gets the number in words; the follow code stays on the page they saw."""
    _tell_caller(event, context, "case_received")


@on("case.dispatched", name="cases.order")
def order(event: Event, context: Context) -> None:
    _tell_body(event, context, "case_dispatched")


@on("case.answered", name="cases.ask_judgement")
def ask_judgement(event: Event, context: Context) -> None:
    """Message first, phone second: the caller may answer 1, 2 or 3."""
    _tell_caller(event, context, "case_judge")


@on("case.reopened", name="cases.reopened")
def reopened(event: Event, context: Context) -> None:
    _tell_body(event, context, "case_reopened")


@on("case.to_conference", name="cases.to_conference")
def to_conference(event: Event, context: Context) -> None:
    _tell_body(event, context, "case_reopened")


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
    actions.mark_overdue(actor=actor, context=context, case_id=case_id, kind=str(event.data.get("kind")))


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
