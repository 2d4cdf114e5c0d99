"""Reports that wait for the abuse check: kept with masks and vault, released into a case or not taken."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, idempotency, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.actions import keep_contact, keep_text
from linli.foundation.people.rules import mask_text
from linli.foundation.places.models import Place
from linli.work.cases.actions.intake import Kept, Receipt, Report, check, kinds, receive
from linli.work.cases.models import ApiKey, Case, HeldReport
from linli.work.cases.rules.kinds import MAX_ANSWER

CHECK = "cases.record"


def hold_report(
    *, actor: Actor, context: Context, report: Report, place: Place, reason: str, key: ApiKey | None
) -> HeldReport:
    """Keep a report until a clerk has looked at it. Raises Invalid with sentences by field."""
    said = check(report, kinds(context), charter.current(context.district, context.now))
    text = report.text.strip()
    with transaction.atomic(savepoint=False):
        held = HeldReport(
            district=context.district, api_key=key, reason=reason, place=place, kind=report.kind, text=mask_text(text),
            longitude=report.longitude, latitude=report.latitude, photos=list(report.photos), received_at=context.now,
            answers={one.code: mask_text(one.value)[:MAX_ANSWER] if one.words else one.value for one in said},
        )  # fmt: skip
        held.id = HeldReport._meta.pk.get_pk_value_on_save(held)
        subject = ("held_report", held.id)
        if report.phone or report.name:
            held.contact = keep_contact(
                actor=actor, name=report.name, phone=report.phone, now=context.now, source="report",
                scope_path=place.path,
            )  # fmt: skip
        held.text_original = keep_text(
            actor=actor, subject=subject, text=text, now=context.now, person=held.contact
        )
        held.save(force_insert=True)
        ledger.record(
            "cases.report_held", actor=actor, subject=subject, now=context.now, place=place.id, seq=1,
            data={
                "reason": reason, "kind": held.kind, "text": idempotency.digest(held.text).hex(),
                "contact": held.contact_id, "original": held.text_original_id,
            },
        )  # fmt: skip
    return held


def _waiting(actor: Actor, context: Context, token: str) -> HeldReport:
    """The locked report. Raises NotAllowed, OutOfScope, Conflict."""
    if not actor.may(CHECK):
        raise NotAllowed(CHECK, _("Your appointment does not take reports. Ask the clerk of the place."))
    rows = HeldReport.objects.filter(district=context.district, public_id=token)
    held = rows.select_related("place").select_for_update(of=("self",)).first()
    if held is None or not actor.covers(held.place.path):
        raise OutOfScope("cases.held", _("There is no such report within your reach."))
    if held.state != "held":
        raise Conflict(
            "cases.held_decided", _("Somebody has decided on this report already. Nothing was changed.")
        )
    return held


def release_report(*, actor: Actor, context: Context, held: str) -> Receipt:
    """It is a report like any other: make the case, with the clocks running from the moment it came in.

    `held` is the token. Raises NotAllowed, OutOfScope, Conflict, Invalid.
    """
    with transaction.atomic(savepoint=False):
        found = _waiting(actor, context, held)
        report = Report(
            place=found.place.public_id, text=found.text, kind=found.kind, photos=tuple(found.photos),
            longitude=found.longitude, latitude=found.latitude, channel="open311", received_at=found.received_at,
            kept=Kept(found.contact_id, found.text_original_id), answers=found.answers,
        )  # fmt: skip
        receipt = receive(
            actor=actor, context=context, report=report, key=f"held-{found.id}", door="cases.held"
        )
        case = Case.objects.get(district=context.district, public_id=receipt.public_id)
        _decide(found, actor, context, "released", case)
        ledger.record(
            "cases.report_released", actor=actor, subject=("held_report", found.id), now=context.now,
            place=found.place_id, data={"case": case.id},
        )  # fmt: skip
    return receipt


def refuse_report(*, actor: Actor, context: Context, held: str) -> HeldReport:
    """Abuse or nonsense: no case comes of it; the sender's token says so. Raises NotAllowed, OutOfScope, Conflict."""
    with transaction.atomic(savepoint=False):
        found = _waiting(actor, context, held)
        _decide(found, actor, context, "refused", None)
        ledger.record(
            "cases.report_not_taken", actor=actor, subject=("held_report", found.id), now=context.now,
            place=found.place_id,
        )  # fmt: skip
    return found


def _decide(held: HeldReport, actor: Actor, context: Context, state: str, case: Case | None) -> None:
    held.state, held.case, held.decided_at, held.decided_by = state, case, context.now, actor.appointment
    held.save(update_fields=["state", "case", "decided_at", "decided_by"])
