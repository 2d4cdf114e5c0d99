"""Leaving a case out of the base of the rates: one body proposes with a reason, another body approves."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.actions import keep_text
from linli.foundation.people.rules import mask_text
from linli.work.cases import access
from linli.work.cases.actions.steps import handled_by, need_text
from linli.work.cases.models import Case, Exclusion
from linli.work.cases.rules.judging import other_body


def _locked(actor: Actor, **which: object) -> Case:
    rows = access.visible_to(actor).filter(**which)
    case = rows.select_related("place").select_for_update(of=("self",)).first()
    if case is None:
        raise OutOfScope("case.not_found", _("There is no such case within your reach."))
    return case


def _right(verb: str, actor: Actor, case: Case) -> tuple[int, int]:
    """(body, appointment) of an actor who may do this. Raises NotAllowed."""
    if not access.may(verb, actor, case) or actor.body is None or actor.appointment is None:
        raise NotAllowed(
            "case.exclusion_right",
            _("The appointment you act in may not leave cases out of the rates. Switch appointment."),
        )
    return actor.body, actor.appointment


def _record(code: str, actor: Actor, context: Context, case: Case, row: Exclusion) -> None:
    case.seq += 1
    case.save(update_fields=["seq"])
    ledger.record(
        f"case.{code}", actor=actor, subject=("case", case.id), now=context.now, place=case.place_id,
        data={"exclusion": row.id, "reason": row.reason}, seq=case.seq,
    )  # fmt: skip


def propose_exclusion(*, actor: Actor, context: Context, case: str, reason: str, text: str) -> Exclusion:
    """Propose to leave a case out, with a reason of the charter and an explanation. Nothing changes until approved."""
    words = need_text(text, 1000)
    with transaction.atomic(savepoint=False):
        found = _locked(actor, public_id=case)
        body, appointment = _right("exclude", actor, found)
        known = charter.current(context.district, context.now)["cases.rates.exclusion_reasons"]
        if reason not in {row["code"] for row in known}:
            raise Invalid(
                "case.reason", _("Choose a reason from the list. Nothing was changed."), fields={"reason": _("Choose a reason.")}
            )  # fmt: skip
        if Exclusion.objects.filter(district=found.district, case=found, withdrawn_at=None).exists():
            raise Conflict(
                "case.exclusion_open",
                _("This case has been proposed already or is left out. Look at the list of exclusions."),
            )
        original = keep_text(actor=actor, subject=("case", found.id), text=words, now=context.now)
        row = Exclusion.objects.create(
            district=found.district, public_id=secrets.token_hex(9), case=found, reason=reason, text=mask_text(words),
            text_original=original, proposed_at=context.now, proposed_body=body, proposed_by=appointment,
        )  # fmt: skip
        _record("exclusion_proposed", actor, context, found, row)
        return row


def _open(actor: Actor, exclusion: str) -> tuple[Case, Exclusion]:
    """A standing exclusion with its case locked, case first. Raises OutOfScope."""
    named = Exclusion.objects.filter(district=actor.district, public_id=exclusion).first()
    if named is None:
        raise OutOfScope("case.exclusion_unknown", _("There is no such proposal within your reach."))
    case = _locked(actor, id=named.case_id)
    row = Exclusion.objects.select_for_update().get(district=actor.district, id=named.id)
    if row.withdrawn_at is not None:
        raise Conflict("case.exclusion_over", _("This proposal was taken back. Nothing was changed."))
    return case, row


def approve_exclusion(*, actor: Actor, context: Context, exclusion: str) -> Exclusion:
    """Another body approves: from now on the case is outside the base. It has neither proposed nor handled it."""
    with transaction.atomic(savepoint=False):
        case, row = _open(actor, exclusion)
        body, appointment = _right("approve_exclusion", actor, case)
        if row.approved_at is not None:
            raise Conflict(
                "case.exclusion_done", _("This proposal was approved already. Nothing was changed.")
            )
        if not other_body(body, {row.proposed_body, *handled_by(case)}) or appointment == row.proposed_by:
            raise Invalid(
                "case.exclusion_same_body",
                _(
                    "Your body proposed this or handled the case, so it may not approve it. Leave it to another body."
                ),
            )
        row.approved_at, row.approved_body, row.approved_by = context.now, body, appointment
        row.save(update_fields=["approved_at", "approved_body", "approved_by"])
        _record("exclusion_approved", actor, context, case, row)
        return row


def withdraw_exclusion(*, actor: Actor, context: Context, exclusion: str) -> Exclusion:
    """Take a proposal back, refuse it, or end an approved exclusion: the case counts again from now on."""
    with transaction.atomic(savepoint=False):
        case, row = _open(actor, exclusion)
        needed = "approve_exclusion" if actor.may("cases.approve_exclusion") else "exclude"
        body, appointment = _right(needed, actor, case)
        if needed == "exclude" and (row.approved_at is not None or body != row.proposed_body):
            raise NotAllowed(
                "case.exclusion_not_yours",
                _("Your body takes back only what it proposed itself and nobody has approved yet."),
            )
        row.withdrawn_at, row.withdrawn_body, row.withdrawn_by = context.now, body, appointment
        row.save(update_fields=["withdrawn_at", "withdrawn_body", "withdrawn_by"])
        _record("exclusion_withdrawn", actor, context, case, row)
        return row
