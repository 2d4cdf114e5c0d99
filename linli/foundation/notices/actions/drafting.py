"""Writing: draft, edit, discard, and the draft of a correction."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.bodies.models import Body
from linli.foundation.core import ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.clocks import Span
from linli.foundation.notices import access, rules
from linli.foundation.notices.actions.common import locked, new_public_id, publication_rule, stage_after
from linli.foundation.notices.models import Notice
from linli.foundation.places.models import Place


def _checked(title: str, text: str, basis: str, personal_basis: str) -> dict[str, str]:
    """Trimmed texts. Raises Invalid with the field that is missing or too long."""
    values = {
        "title": " ".join(title.split()),
        "text": text.replace("\r\n", "\n").strip(),
        "basis": basis.strip(),
        "personal_basis": personal_basis.strip(),
    }
    faults = {}
    for field, most, needed in (
        ("title", rules.TITLE_MOST, True),
        ("text", rules.TEXT_MOST, True),
        ("basis", 300, False),
        ("personal_basis", 300, False),
    ):
        if needed and not values[field]:
            faults[field] = _("Write something here: a notice needs a title and a text.")
        elif len(values[field]) > most:
            faults[field] = _("This is longer than %(most)d characters. Shorten it.") % {"most": most}
    if faults:
        raise Invalid(
            "notices.text", _("The notice was not stored: see the fields marked below."), fields=dict(faults)
        )
    return values


def _shown(amount: int | None, least: Span) -> Span:
    """The asked period of showing, at least the rule's. Raises Invalid."""
    asked = least if amount is None else Span(amount, least.unit)
    if not rules.is_long_enough(asked, least):
        raise Invalid(
            "notices.days",
            _("The charter asks for at least %(least)d days for this kind of notice. Choose more days.")
            % {"least": least.amount},
            fields={"shown_amount": _("At least %(least)d.") % {"least": least.amount}},
        )
    return asked


def _issuer(actor: Actor, body: Body | None) -> tuple[Body | None, str]:
    """The body in whose name the notice stands: the given one, else the acting one's. Raises Invalid."""
    found = body or (
        Body.objects.filter(district=actor.district, id=actor.body).first() if actor.body else None
    )
    if found is None and actor.kind != "system":
        raise Invalid(
            "notices.body",
            _(
                "A notice stands in the name of a body. Switch to an appointment in a body and write it there."
            ),
        )
    if found is not None and found.district != actor.district:
        raise Invalid("notices.body", _("The body belongs to another district. Choose one of your own."))
    return found, found.name if found else ""


def draft(
    *, actor: Actor, context: Context, rule: str, place: Place, title: str, text: str, basis: str = "",
    personal_basis: str = "", shown_amount: int | None = None, body: Body | None = None,
    subject: tuple[str, int] | None = None,
) -> Notice:  # fmt: skip
    """Write a draft. Nothing is shown yet.

    `shown_amount` counts in the rule's unit and may be more than the charter asks, never less. `personal_basis`
    names the law that needs a person to be named in the text. Raises NotAllowed, OutOfScope, Invalid.
    """
    access.require_publish(actor, place)
    kept = publication_rule(actor, context, rule)
    values = _checked(title, text, basis, personal_basis)
    shown = _shown(shown_amount, kept.shown)
    issuer, name = _issuer(actor, body)
    with transaction.atomic(savepoint=False):
        notice = Notice.objects.create(
            district=actor.district, public_id=new_public_id(), kind=kept.kind, rule=rule, place=place, place_path=place.path,
            body=issuer, body_name=name, appointment=actor.appointment, shown_amount=shown.amount, shown_unit=shown.unit,
            subject_type=subject[0] if subject else "", subject_id=subject[1] if subject else None,
            created_at=context.now, **values,
        )  # fmt: skip
        ledger.record(
            "notice.drafted", actor=actor, subject=("notice", notice.id), place=place.id, now=context.now, seq=1,
            data={"rule": rule, "kind": kept.kind},
        )  # fmt: skip
    return notice


def edit(
    *, actor: Actor, context: Context, notice: Notice, rule: str, place: Place, title: str, text: str, basis: str = "",
    personal_basis: str = "", shown_amount: int | None = None,
) -> Notice:  # fmt: skip
    """Change a draft. What has been published is refused (WrongStage): publish a correction."""
    with transaction.atomic(savepoint=False):
        row = locked(actor, notice)
        stage_after(row, "edit")
        access.require_publish(actor, place)
        kept = publication_rule(actor, context, rule)
        if row.corrects_id is not None and (kept.code != row.rule or place.id != row.place_id):
            raise Invalid(
                "notices.correction",
                _(
                    "A correction keeps kind and place of the version it corrects. Withdraw that one and write a new notice instead."
                ),
            )
        shown = _shown(shown_amount, kept.shown)
        values = _checked(title, text, basis, personal_basis)
        row.rule, row.kind, row.place, row.place_path = rule, kept.kind, place, place.path
        row.title, row.text = values["title"], values["text"]
        row.basis, row.personal_basis = values["basis"], values["personal_basis"]
        row.shown_amount, row.shown_unit = shown.amount, shown.unit
        row.save(update_fields=[
            "rule", "kind", "place", "place_path", "title", "text", "basis", "personal_basis", "shown_amount", "shown_unit",
        ])  # fmt: skip
        ledger.record(
            "notice.edited",
            actor=actor,
            subject=("notice", row.id),
            place=place.id,
            now=context.now,
            data={"rule": rule},
        )
    return row


def discard(*, actor: Actor, context: Context, notice: Notice) -> Notice:
    """Put a draft away. It is never shown."""
    with transaction.atomic(savepoint=False):
        row = locked(actor, notice)
        row.stage = stage_after(row, "discard")
        row.save(update_fields=["stage"])
        ledger.record(
            "notice.discarded", actor=actor, subject=("notice", row.id), place=row.place_id, now=context.now
        )
    return row


def correct(*, actor: Actor, context: Context, notice: Notice) -> Notice:
    """A draft of the next version, with the text as it stands. Publishing it replaces the old version."""
    with transaction.atomic(savepoint=False):
        row = locked(actor, notice)
        stage_after(row, "supersede")
        waiting = (
            Notice.objects.filter(district=row.district, corrects=row).exclude(stage=rules.DISCARDED).first()
        )
        if waiting is not None:
            raise Conflict(
                "notices.correcting",
                _("A correction of this notice is being written already. Open it in the list of drafts."),
            )
        fresh = Notice.objects.create(
            district=row.district, public_id=new_public_id(), kind=row.kind, rule=row.rule, version=row.version + 1, corrects=row,
            place=row.place, place_path=row.place_path, body=row.body, body_name=row.body_name, appointment=actor.appointment,
            title=row.title, text=row.text, basis=row.basis, personal_basis=row.personal_basis, shown_amount=row.shown_amount,
            shown_unit=row.shown_unit, subject_type=row.subject_type, subject_id=row.subject_id, created_at=context.now,
        )  # fmt: skip
        ledger.record(
            "notice.drafted", actor=actor, subject=("notice", fresh.id), place=row.place_id, now=context.now, seq=1,
            data={"rule": row.rule, "kind": row.kind},
        )  # fmt: skip
    return fresh
