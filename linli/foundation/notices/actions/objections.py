"""Objections: received from anybody, masked, kept in the vault, answered."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.core import clocks, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, OutOfScope, WrongStage
from linli.foundation.core.rules.actor import Actor
from linli.foundation.notices import access, rules
from linli.foundation.notices.actions.common import new_public_id, publication_rule, today
from linli.foundation.notices.models import Notice, Objection
from linli.foundation.people.actions import keep_contact, keep_text
from linli.foundation.people.rules import mask_text

ANSWER = "objection.answer"


def object_to(
    *, actor: Actor, context: Context, notice: Notice, text: str, phone: str = "", name: str = ""
) -> Objection:
    """Say something against a running consultation notice. Contact is optional; the answer is found by number.

    Raises WrongStage when no objections are taken (any more), Invalid for an empty or too long text.
    """
    words = text.replace("\r\n", "\n").strip()
    if not words or len(words) > rules.OBJECTION_MOST:
        raise Invalid(
            "objection.text",
            _("Nothing was sent: write what you object to, in at most %(most)d characters.")
            % {"most": rules.OBJECTION_MOST},
            fields={"text": _("Write what you object to.")},
        )
    with transaction.atomic(savepoint=False):
        row = Notice.objects.select_for_update().filter(district=actor.district, id=notice.id).first()
        if row is None:
            raise OutOfScope(
                "notices.none", _("There is no such notice here. Open the list of notices and choose one.")
            )
        if rules.next_stage(row.stage, "object") is None or not rules.objections_open(
            today(context), row.objections_until
        ):
            raise WrongStage(
                "objection.closed",
                _("Nothing was sent: objections to this notice are not taken any more. Call the number above, or report the matter as a request."),
            )  # fmt: skip
        person = None
        if phone.strip():
            person = keep_contact(
                actor=actor,
                name=name,
                phone=phone,
                now=context.now,
                source="objection",
                scope_path=row.place_path,
            )
        objection = Objection.objects.create(
            district=actor.district,
            public_id=new_public_id(),
            notice=row,
            text=mask_text(words),
            person=person,
            at=context.now,
        )
        objection.kept = keep_text(
            actor=actor, subject=("objection", objection.id), text=words, now=context.now, person=person
        )
        objection.save(update_fields=["kept"])
        _start_answer_clock(actor, context, row, objection)
        ledger.record(
            "objection.received", actor=actor, subject=("objection", objection.id), place=row.place_id, now=context.now, seq=1,
            data={"notice": row.id, "contact": person is not None},
        )  # fmt: skip
    return objection


def _start_answer_clock(actor: Actor, context: Context, notice: Notice, objection: Objection) -> None:
    kept = publication_rule(actor, context, notice.rule)
    if kept.answer is not None:
        plan = clocks.Plan(ANSWER, kept.answer, "at_once")
        clocks.start(("objection", objection.id), [plan], context=context, unit=notice.body_id)


def answer_objection(*, actor: Actor, context: Context, objection: Objection, answer: str) -> Objection:
    """Answer once. The answer is read by its number and names nobody. Raises WrongStage when it is answered."""
    words = answer.replace("\r\n", "\n").strip()
    found = rules.personal_lines(words)
    if not words or len(words) > rules.OBJECTION_MOST or found:
        raise Invalid(
            "objection.answer",
            _("Not stored: write an answer of at most %(most)d characters that names no person.")
            % {"most": rules.OBJECTION_MOST},
            fields={
                "answer": _("These lines seem to name a person: %(lines)s") % {"lines": "; ".join(found[:3])}
                if found
                else _("Write an answer.")
            },
        )
    with transaction.atomic(savepoint=False):
        rows = Objection.objects.select_for_update(of=("self",)).select_related("notice")
        row = rows.filter(district=actor.district, id=objection.id).first()
        if row is None or not access.may_answer(actor, row):
            raise OutOfScope(
                "objection.none",
                _("There is no such objection within your reach. Open the list of objections."),
            )
        if row.answered_at is not None:
            raise WrongStage(
                "objection.answered",
                _("This objection has been answered already. An answer is given once and stays."),
            )
        row.answer, row.answered_at, row.answered_by = words, context.now, actor.appointment
        row.save(update_fields=["answer", "answered_at", "answered_by"])
        clocks.stop(("objection", row.id), [ANSWER], context=context)
        ledger.record(
            "objection.answered", actor=actor, subject=("objection", row.id), place=row.notice.place_id, now=context.now,
            data={"notice": row.notice_id},
        )  # fmt: skip
    return row
