"""Samples: cases asked again, or looked at, by another body. The lot is the rule's; nobody chooses."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import Actor
from linli.work.cases import access
from linli.work.cases.actions.freezing import rules_at
from linli.work.cases.models import PURPOSES, RESULTS, Assignment, Case, Sample, SampleDraw
from linli.work.cases.rules.periods import Period, containing, named
from linli.work.cases.rules.sampling import draw


def population(context: Context, purpose: str, period: Period) -> dict[str, int]:
    """Case ids by number: what ended in the month and is drawn from. Sealed reports are never drawn."""
    start, end = period.bounds(context.zone)
    rows = Case.objects.filter(district=context.district, ended_at__gt=start, ended_at__lte=end)
    rows = rows.exclude(kind_of_request="misconduct")
    if purpose == "heard_again":
        rows = rows.filter(stage="closed", judged_by="callback")
    else:
        rows = rows.filter(
            stage__in=["closed", "not_judged"], contact__isnull=True, first_receiver=F("handling_body_id")
        )
    return dict(rows.values_list("number", "id"))


def draw_samples(*, actor: Actor, context: Context, name: str, purpose: str) -> SampleDraw:
    """Draw a month's sample once it is over; a drawn one is given back unchanged. Raises Invalid, NotAllowed."""
    if actor.kind != "system":
        raise NotAllowed("rates.draw", _("Samples are drawn by the software alone."))
    period = named(name)
    if period.span != "month" or purpose not in PURPOSES or period.bounds(context.zone)[1] > context.now:
        raise Invalid("rates.draw_early", _("A sample is drawn for a month that is over."))
    with transaction.atomic(savepoint=False):
        standing = SampleDraw.objects.filter(district=context.district, period=name, purpose=purpose).first()
        if standing is not None:
            return standing
        rules = rules_at(context, period.bounds(context.zone)[1])
        ids = population(context, purpose, period)
        percent = rules[f"cases.rates.sample_percent.{purpose}"]
        seed, numbers = draw(purpose, name, ids, percent)
        row = SampleDraw.objects.create(
            district=context.district, period=name, purpose=purpose, seed=seed, population=len(ids), percent=percent,
            size=len(numbers), drawn_at=context.now, charter=rules.digest,
        )  # fmt: skip
        Sample.objects.bulk_create(
            Sample(
                district=context.district,
                public_id=secrets.token_hex(9),
                draw=row,
                case_id=ids[number],
                position=at,
            )
            for at, number in enumerate(numbers, 1)
        )
        ledger.record(
            "rates.sample_drawn", actor=actor, subject=("sample_draw", row.id), now=context.now, seq=1,
            data={"population": len(ids), "size": len(numbers), "seed": seed},
        )  # fmt: skip
        return row


def months_to_draw(context: Context, months: int = 2) -> list[str]:
    """The last months that are over and not drawn: older cases are not asked about again."""
    drawn = SampleDraw.objects.filter(district=context.district).values_list("period", "purpose")
    done = set(drawn)
    month, found = containing("month", context.now.astimezone(context.zone).date()), []
    for _n in range(months):
        month = month.previous()
        if any((month.name, purpose) not in done for purpose in PURPOSES):
            found.append(month.name)
    return found[::-1]


def checkable(actor: Actor, samples: Sequence[Sample]) -> set[int]:
    """Ids of the visible samples this actor may look at again, in two statements.

    Another body than any that recorded or handled the case, another office than the one that asked first.
    """
    if not actor.may("cases.callback") or actor.body is None or actor.appointment is None:
        return set()
    ids = [sample.case_id for sample in samples]
    turns = Assignment.objects.filter(district=actor.district, case__in=ids, body=actor.body)
    handled = set(turns.values_list("case", flat=True))
    asked = Event.objects.filter(
        district=actor.district,
        subject_type="case",
        subject_id__in=ids,
        code="case.closed",
        appointment=actor.appointment,
    )
    own = handled | set(asked.values_list("subject_id", flat=True))
    return {s.id for s in samples if s.case_id not in own and s.case.first_receiver != actor.body}


def check_sample(*, actor: Actor, context: Context, sample: str, result: str) -> Sample:
    """Write down what asking again showed: confirmed, differs, or not possible. It changes no judgement.

    Raises OutOfScope, NotAllowed, Invalid, Conflict.
    """
    if result not in RESULTS[1:]:
        raise Invalid(
            "case.sample_result", _("Choose what asking again showed. Nothing was changed."), fields={"result": _("Choose one.")}
        )  # fmt: skip
    with transaction.atomic(savepoint=False):
        named_row = Sample.objects.filter(district=actor.district, public_id=sample).first()
        cases = access.visible_to(actor).filter(id=named_row.case_id if named_row else 0)
        case = cases.select_for_update(of=("self",)).first()
        if named_row is None or case is None:
            raise OutOfScope("case.sample_unknown", _("There is no such sample within your reach."))
        row = (
            Sample.objects.select_related("case__place")
            .select_for_update(of=("self",))
            .get(id=named_row.id, district=actor.district)
        )
        if row.id not in checkable(actor, [row]):
            raise NotAllowed(
                "case.sample_right",
                _("Your body recorded or handled this case, or you asked first. Another office asks again."),
            )
        if row.checked_at is not None:
            raise Conflict("case.sample_done", _("Somebody wrote this down already. Nothing was changed."))
        row.result, row.checked_at = result, context.now
        row.checked_body, row.checked_by = actor.body, actor.appointment
        row.save(update_fields=["result", "checked_at", "checked_body", "checked_by"])
        case.seq += 1
        case.save(update_fields=["seq"])
        ledger.record(
            "case.sample_checked", actor=actor, subject=("case", case.id), now=context.now, place=case.place_id,
            data={"sample": row.id, "result": result}, seq=case.seq,
        )  # fmt: skip
        return row
