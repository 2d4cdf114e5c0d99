"""What everybody may read of a case is approved by a clerk, and taken back by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import files, idempotency, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.rules import mask_text
from linli.work.cases import access
from linli.work.cases.actions.intake import kinds
from linli.work.cases.models import Case, PublicCard

APPROVE = "cases.dispatch"
LONGEST = 2000


def _locked(actor: Actor, context: Context, case: str) -> Case:
    """The case, locked. Raises OutOfScope, NotAllowed, Invalid for what is never public."""
    rows = access.visible_to(actor).filter(public_id=case).select_related("place")
    found = rows.select_for_update(of=("self",)).first()
    if found is None:
        raise OutOfScope("case.not_found", _("There is no such case within your reach."))
    if not actor.may(APPROVE) or not actor.covers(found.place.path):
        raise NotAllowed(APPROVE, _("Only the clerk of the place says what everybody may read of a case."))
    row = kinds(context).get(found.kind)
    if found.kind_of_request == "misconduct" or row is None or not row["public"]:
        raise Invalid(
            "case.never_public",
            _("Cases of this kind are not public by the charter (cases.kinds). Nothing was shown."),
        )
    return found


def approve_public(
    *, actor: Actor, context: Context, case: str, text: str, answer: str = "", photos: Sequence[str] = ()
) -> PublicCard:
    """Show a text, an answer and pictures of a case to everybody. An earlier card ends.

    Raises OutOfScope, NotAllowed, and Invalid when a text still holds a name, a number or a room.
    """
    told, answered = text.strip(), answer.strip()
    fields: dict[str, Any] = {
        name: words for name, words in (("text", _trace(told)), ("answer", _trace(answered))) if words
    }
    if not told:
        fields["text"] = _("Say in a sentence what it was about.")
    if fields:
        raise Invalid(
            "case.public_text",
            _("Nothing was shown yet. Names, numbers and rooms must not be public (Personal Information Protection Law art. 25)."),
            fields=dict(fields),
        )  # fmt: skip
    with transaction.atomic(savepoint=False):
        found = _locked(actor, context, case)
        own = {f.public_id for f in files.of(context.district, ("case", found.id))}
        if not set(photos) <= own:
            raise Invalid(
                "case.public_photo", _("One of the pictures does not belong to this case. Nothing was shown.")
            )
        _end(found, context)
        card = PublicCard.objects.create(
            district=context.district, case=found, text=told, answer=answered, photos=list(dict.fromkeys(photos)),
            approved_at=context.now, approved_by=actor.appointment,
        )  # fmt: skip
        _record("case.shown_to_public", actor, context, found, {
            "card": card.id, "text": idempotency.digest(told, answered).hex(), "photos": len(card.photos),
        })  # fmt: skip
    return card


def hide_public(*, actor: Actor, context: Context, case: str) -> Case:
    """Take back what was shown: the kind's name stays. Raises OutOfScope, NotAllowed, Conflict."""
    with transaction.atomic(savepoint=False):
        found = _locked(actor, context, case)
        ended = _end(found, context)
        if ended is None:
            raise Conflict("case.not_shown", _("Nothing of this case is shown. Nothing was changed."))
        _record("case.hidden_from_public", actor, context, found, {"card": ended.id})
    return found


def _trace(text: str) -> str:
    """A sentence when a text names somebody; the masks of the masked text may stay."""
    if len(text) > LONGEST:
        return str(_("At most %(limit)d characters fit.") % {"limit": LONGEST})
    if mask_text(text) != text:
        return str(
            _("This still names a person, a number or a room. It would read: %(text)s")
            % {"text": mask_text(text)}
        )
    return ""


def _end(case: Case, context: Context) -> PublicCard | None:
    card = PublicCard.objects.filter(district=context.district, case=case, ended_at=None).first()
    if card is not None:
        card.ended_at = context.now
        card.save(update_fields=["ended_at"])
    return card


def _record(code: str, actor: Actor, context: Context, case: Case, data: dict[str, int | str]) -> None:
    case.seq += 1
    ledger.record(
        code,
        actor=actor,
        subject=("case", case.id),
        now=context.now,
        place=case.place_id,
        data=dict(data),
        seq=case.seq,
    )
    case.save(update_fields=["seq"])
