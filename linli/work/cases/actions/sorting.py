"""Same issues: joining a case that is open already, and what staff do about two cases: link, merge, split, undo."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, idempotency, ledger, ratelimit
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.actions import keep_contact, keep_text
from linli.foundation.people.rules import mask_text
from linli.work.cases import access
from linli.work.cases.actions.intake import Receipt, Report, opened_from
from linli.work.cases.actions.steps import done, need_text, step
from linli.work.cases.codes import follow_code
from linli.work.cases.models import Case, Link, Supporter


@dataclass(frozen=True, slots=True)
class JoinReceipt:
    """What a supporter keeps: the case's number and an own follow code. `replay` when the same send came before."""

    public_id: str
    number: str
    code: str
    replay: bool


def join(
    *, actor: Actor, context: Context, case: Case, text: str = "", name: str = "", phone: str = "", key: str,
    door: str, channel: str = "public", who: str = "", limit: ratelimit.Limit | None = None,
) -> JoinReceipt:  # fmt: skip
    """Support a case that is open already instead of opening a second one; the first caller judges it.

    `case` is one that the same-issue hint offered. Raises Conflict when it has ended meanwhile, Invalid, TooMany,
    KeyReused.
    """
    if len(text.strip()) > charter.current(context.district, context.now)["cases.text_limit"]:
        raise Invalid("case.text_long", _("The text is too long. Nothing was sent yet; shorten it a little."),
                      fields={"text": _("Shorten the text.")})  # fmt: skip
    with transaction.atomic(savepoint=False):
        public_id = _public_id()
        slot = idempotency.take(
            district=context.district, door=door, key=key, now=context.now, answer=idempotency.Answer(201, public_id),
            body=idempotency.digest(case.public_id, text, name, phone),
            limited=ratelimit.Try(door, who, limit) if limit else None,
        )  # fmt: skip
        if slot.replay is not None:
            row = Supporter.objects.select_related("case").get(
                district=context.district, public_id=slot.replay.reference
            )
            return _join_receipt(row, replay=True)
        held = _lock_open(context, case.id)
        return _join_receipt(
            _supporter(actor, context, held, public_id, channel, (text, name, phone)), replay=False
        )


def _public_id() -> str:
    return secrets.token_urlsafe(9).replace("-", "a").replace("_", "b")


def _join_receipt(row: Supporter, *, replay: bool) -> JoinReceipt:
    return JoinReceipt(row.public_id, row.case.number, follow_code(row.district, row.public_id), replay)


def _lock_open(context: Context, case: int) -> Case:
    held = Case.objects.select_for_update().filter(district=context.district, id=case, ended_at=None).first()
    if held is None:
        raise Conflict(
            "case.ended_meanwhile",
            _(
                "That case has ended meanwhile. Nothing was sent. Go back and send yours as a report of its own."
            ),
        )
    return held


def _supporter(
    actor: Actor, context: Context, case: Case, public_id: str, channel: str, told: tuple[str, str, str]
) -> Supporter:
    text, name, phone = told[0].strip(), told[1], told[2]
    row = Supporter(
        district=case.district,
        public_id=public_id,
        case=case,
        channel=channel,
        text=mask_text(text),
        at=context.now,
    )
    row.id = Supporter._meta.pk.get_pk_value_on_save(row)
    if name or phone:
        row.contact = keep_contact(actor=actor, name=name, phone=phone, now=context.now, source="report")
    if text:
        row.text_original = keep_text(
            actor=actor, subject=("supporter", row.id), text=text, now=context.now, person=row.contact
        )
    row.save(force_insert=True)
    case.seq += 1
    case.save(update_fields=["seq"])
    ledger.record(
        "case.supported", actor=actor, subject=("case", case.id), now=context.now, place=case.place_id, seq=case.seq,
        data={"stage": case.stage, "supporter": row.id, "text": idempotency.digest(row.text).hex()},
    )  # fmt: skip
    return row


# --- staff ------------------------------------------------------------------------------------------------------


def _pair(actor: Actor, case: str, other: str) -> tuple[Case, Case]:
    """Two cases of one's own places, locked in the order of their ids. Raises OutOfScope, NotAllowed, Invalid."""
    if not actor.may("cases.dispatch") and actor.kind != "system":
        raise NotAllowed(
            "cases.dispatch", _("Cases are put together by whoever gives them out. Switch appointment.")
        )
    rows = access.visible_to(actor).filter(public_id__in={case, other}).order_by("id")
    found = {row.public_id: row for row in rows.select_related("place").select_for_update(of=("self",))}
    if case == other:
        raise Invalid("case.link_self", _("A case cannot be put together with itself. Choose another one."))
    if len(found) < 2 or not all(
        actor.kind == "system" or actor.covers(c.place.path) for c in found.values()
    ):
        raise OutOfScope("case.not_found", _("There is no such case within your reach."))
    if any(row.kind_of_request == "misconduct" for row in found.values()):
        raise Invalid("case.link_sealed", _("A report of misconduct stays by itself. Nothing was changed."))
    return found[case], found[other]


def _note(actor: Actor, context: Context, case: Case, code: str, link: Link) -> None:
    """One event on a case whose stage does not change."""
    case.seq += 1
    case.save(update_fields=["seq"])
    ledger.record(
        f"case.{code}", actor=actor, subject=("case", case.id), now=context.now, place=case.place_id, seq=case.seq,
        data={"stage": case.stage, "link": link.id, "other": link.case_id if link.other_id == case.id else link.other_id},
    )  # fmt: skip


def _linked(actor: Actor, context: Context, kind: str, case: Case, other: Case) -> Link:
    return Link.objects.create(
        district=case.district, kind=kind, case=case, other=other, at=context.now, by=actor.appointment
    )


def link(*, actor: Actor, context: Context, case: str, other: str) -> Link:
    """Say that two cases belong together; each goes its own way. A second time changes nothing."""
    with transaction.atomic(savepoint=False):
        first, second = _pair(actor, case, other)
        rows = Link.objects.filter(district=actor.district, kind="related", ended_at=None)
        held = rows.filter(case__in=(first, second), other__in=(first, second)).first()
        if held is not None:
            return held
        made = _linked(actor, context, "related", first, second)
        _note(actor, context, first, "linked", made)
        return made


def unlink(*, actor: Actor, context: Context, case: str, link: int) -> Link:
    """Undo that two cases belong together. Raises OutOfScope, NotAllowed, Conflict for a merge or a split."""
    with transaction.atomic(savepoint=False):
        rows = Link.objects.filter(district=actor.district, id=link).select_related("case", "other")
        held = rows.select_for_update(of=("self",)).first()
        if held is None or case not in (held.case.public_id, held.other.public_id):
            raise OutOfScope("case.no_link", _("There is no such link on this case."))
        first, second = _pair(actor, held.case.public_id, held.other.public_id)
        if held.kind == "merged":
            raise Conflict("case.link_kind", _("These two were merged. Take the merge apart instead."))
        if held.ended_at is None:
            held.ended_at = context.now
            held.save(update_fields=["ended_at"])
            _note(actor, context, first if case == first.public_id else second, "unlinked", held)
        return held


def merge(*, actor: Actor, context: Context, case: str, into: str) -> Case:
    """End a case as the same matter as another open one; its caller supports that one and is told its answer.

    The case that goes on is the one that was received first unless staff choose otherwise: its clocks run on.
    """
    with transaction.atomic(savepoint=False):
        _first, goes_on = _pair(actor, case, into)
        if goes_on.ended_at is not None:
            raise Conflict("case.merge_ended", _("The case to merge into has ended. Choose an open one."))
        with step("merge", public_id=case, actor=actor, context=context) as at:
            made = _linked(actor, context, "merged", at.case, goes_on)
            Supporter.objects.create(
                district=at.case.district, public_id=_public_id(), case=goes_on, contact_id=at.case.contact_id,
                channel=at.case.channel, text=at.case.text, merged_from=at.case.id, at=context.now,
            )  # fmt: skip
            done(at, "merged", data={"link": made.id, "other": goes_on.id})
            return at.case


def unmerge(*, actor: Actor, context: Context, case: str) -> Case:
    """Take a merge apart: the case is open again, to be given out, with its own clocks from its own receipt."""
    with (
        transaction.atomic(savepoint=False),
        step("unmerge", public_id=case, actor=actor, context=context) as at,
    ):
        held = Link.objects.get(district=at.case.district, case=at.case, kind="merged", ended_at=None)
        held.ended_at = context.now
        held.save(update_fields=["ended_at"])
        Supporter.objects.filter(district=at.case.district, merged_from=at.case.id, ended_at=None).update(
            ended_at=context.now
        )
        done(at, "unmerged", data={"link": held.id, "other": held.other_id})
        return at.case


def split(*, actor: Actor, context: Context, case: str, kind: str, text: str, key: str) -> Receipt:
    """Open a second case for a part of what was reported: same place, caller and moment of receipt.

    The promise of the new case counts from the first receipt, so that splitting wins no time.
    """
    words = need_text(text)
    with transaction.atomic(savepoint=False):
        if not actor.may("cases.dispatch") and actor.kind != "system":
            raise NotAllowed(
                "cases.dispatch", _("Cases are split by whoever gives them out. Switch appointment.")
            )
        rows = access.visible_to(actor).filter(public_id=case).select_related("place", "contact")
        held = rows.select_for_update(of=("self",)).first()
        if held is None or not (actor.kind == "system" or actor.covers(held.place.path)):
            raise OutOfScope("case.not_found", _("There is no such case within your reach."))
        if held.ended_at is not None:
            raise Conflict(
                "case.split_ended", _("This case has ended; it cannot be split any more. Record a new one.")
            )
        told = Report(
            place=held.place.public_id, text=words, kind=kind, kind_of_request=held.kind_of_request, channel=held.channel,
            received_at=held.received_at, line=held.line,
        )  # fmt: skip
        receipt = opened_from(
            actor=actor, context=context, report=told, contact=held.contact, key=key, door="cases.split"
        )
        if not receipt.replay:
            fresh = Case.objects.get(district=held.district, public_id=receipt.public_id)
            _note(actor, context, held, "split", _linked(actor, context, "split", fresh, held))
        return receipt
