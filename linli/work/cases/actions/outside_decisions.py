"""What the city decided or said of an order: returns, extensions, judgements, receipts. Moves go by the flow's table."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from linli.foundation.core import charter
from linli.foundation.core.calendar import basis
from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import Actor, system
from linli.foundation.core.rules.clocks import Span, due_at
from linli.foundation.core.rules.workdays import CalendarMissing
from linli.work.cases.actions.callback import judge
from linli.work.cases.actions.dispatching import accept_return, refuse, refuse_return
from linli.work.cases.actions.extending import deny_extension, grant_extension
from linli.work.cases.actions.outside_known import Known, case_of, order_of
from linli.work.cases.actions.outside_orders import bind_case
from linli.work.cases.models import Case, CaseHold, OutsideMessage, OutsideOrder
from linli.work.cases.rules.exchange import OutsideRow, RowProblem


def take_return_ruling(
    actor: Actor, context: Context, row: OutsideRow, known: Known
) -> tuple[str, OutsideOrder]:
    """Agreed: the order goes elsewhere and its caller is told. Refused: a ruling, it is not returned again."""
    order = order_of(context, row)
    if order.state == "returned":
        if row.ruling == "refused":
            order.state = "place_missing"
            order.save(update_fields=["state"])
        return "updated", order
    words = charter.current(context.district, context.now)["cases.exchange.taken_back"].zh
    case = Case.objects.get(district=context.district, id=case_of(order))
    by, id_ = system(context.district), case.public_id
    if row.ruling == "agreed":
        accept_return(actor=by, context=context, case=id_, note=row.text)
        refuse(actor=by, context=context, case=id_, reason="outside", note=words)
    else:
        why = row.text or _("The city's hotline does not agree with the return.")
        refuse_return(actor=by, context=context, case=id_, note=why)
    return "updated", order


def take_extension_ruling(
    actor: Actor, context: Context, row: OutsideRow, known: Known
) -> tuple[str, OutsideOrder]:
    """Agreed: both deadlines move, the city's to what it says, else by what was asked for. Refused: both stand."""
    order = order_of(context, row)
    case = Case.objects.get(district=context.district, id=case_of(order))
    by, id_ = system(context.district), case.public_id
    if row.ruling == "refused":
        why = row.text or _("The city's hotline does not agree with the extension.")
        deny_extension(actor=by, context=context, case=id_, note=why)
        return "updated", order
    holds = CaseHold.objects.filter(district=context.district, case=case, kind="extension", closed_at=None)
    asked = holds.first()
    grant_extension(actor=by, context=context, case=id_, note=row.text)
    if order.deadline is not None and asked is not None:
        order.deadline = row.deadline or _longer(context, order.deadline, asked)
        order.save(update_fields=["deadline"])
        bind_case(actor=by, context=context, case=case.id)
    return "updated", order


def _longer(context: Context, deadline: datetime, asked: CaseHold) -> datetime:
    """The city's deadline and what was asked for on top; unmoved while the calendar for it is missing."""
    span = Span.parse({"amount": asked.amount, "unit": asked.unit})
    try:
        return max(
            deadline, due_at(deadline, span, basis(context.district, context.zone, context.now, "at_once"))
        )
    except CalendarMissing:
        return deadline


def take_judgement(actor: Actor, context: Context, row: OutsideRow, known: Known) -> tuple[str, OutsideOrder]:
    order = order_of(context, row)
    case = Case.objects.get(district=context.district, id=case_of(order))
    by = system(context.district)
    judge(actor=by, context=context, case=case.public_id, solved=row.solved, rating=row.rating, note=row.text)
    return "updated", order


def take_acknowledgement(
    actor: Actor, context: Context, row: OutsideRow, known: Known
) -> tuple[str, OutsideOrder]:
    order = order_of(context, row)
    rows = OutsideMessage.objects.filter(
        district=context.district, order=order, direction="out", public_id=row.receipt, state__in=["sent", "acknowledged"]
    )  # fmt: skip
    if not rows.exists():
        raise RowProblem("receipt", "receipt")
    rows.filter(state="sent").update(state="acknowledged", acknowledged_at=context.now)
    return "updated", order
