"""Duty lists: what a level, or one body, must do itself or only help with."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.bodies import access, rules
from linli.foundation.bodies.actions.bodies import check_manage, lock_open
from linli.foundation.bodies.models import Body, DutyItem
from linli.foundation.core import ledger
from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope
from linli.foundation.core.models import District
from linli.foundation.core.rules.actor import Actor


def _check(actor: Actor, level: str, body: Body | None) -> None:
    if body is not None:
        check_manage(actor, body.place)
        return
    if not actor.may("bodies.manage"):
        raise NotAllowed(
            "bodies.manage", _("The appointment you act in may not change duty lists. Ask the district.")
        )
    if not access.may_manage_level(actor):
        raise NotAllowed(
            "duty.level",
            _("The duty list of a whole level is the district's to change. Ask the district's office."),
        )
    if level not in rules.LEVELS:
        raise Invalid(
            "duty.unknown_level",
            _("Choose compound, community, subdistrict or district."),
            fields={"level": _("Choose a level.")},
        )


def _open(actor: Actor, level: str, body: Body | None, kind_code: str) -> DutyItem | None:
    rows = DutyItem.objects.select_for_update().filter(
        district=actor.district, kind_code=kind_code, valid_to__isnull=True
    )
    return (
        rows.filter(body=body) if body is not None else rows.filter(body__isnull=True, level=level)
    ).first()


def _lock_list(actor: Actor, body: Body | None) -> Body | None:
    """One writer per list: the body's row, or the district's for a level's list."""
    if body is not None:
        return lock_open(actor, body)
    District.objects.select_for_update().get(id=actor.district)
    return None


def _check_item(kind_code: str, role: str, basis: str) -> None:
    if not rules.is_kind_code(kind_code):
        sentence = _("The code of a matter is written in small letters, digits and underscores, at most 40.")
        raise Invalid("duty.kind", sentence, fields={"kind_code": sentence})
    if role not in ("main", "assist"):
        raise Invalid("duty.role", _("A duty is either main or assist."), fields={"role": _("Choose one.")})
    if len(basis) > 200:
        raise Invalid(
            "duty.basis", _("The basis has at most 200 characters."), fields={"basis": _("Shorten it.")}
        )


def set_duty(
    *,
    actor: Actor,
    kind_code: str,
    role: str,
    now: datetime,
    level: str = "",
    body: Body | None = None,
    basis: str = "",
) -> DutyItem:
    """Put a kind of matter on a level's or a body's duty list as main or assist; a standing entry ends first.

    Raises NotAllowed, OutOfScope, Invalid.
    """
    _check(actor, level, body)
    _check_item(kind_code, role, basis)
    with transaction.atomic(savepoint=False):
        owner = _lock_list(actor, body)
        level = owner.level if owner is not None else level
        standing = _open(actor, level, owner, kind_code)
        if standing is not None and (standing.role, standing.basis) == (role, basis.strip()):
            return standing
        if standing is not None:
            standing.valid_to = now
            standing.save(update_fields=["valid_to"])
        item = DutyItem.objects.create(
            district=actor.district,
            level=level,
            body=owner,
            kind_code=kind_code,
            role=role,
            basis=basis.strip(),
            valid_from=now,
        )
        _record("duty.set", actor, item, now, seq=1)
    return item


def remove_duty(
    *, actor: Actor, kind_code: str, now: datetime, level: str = "", body: Body | None = None
) -> None:
    """Take a kind of matter off a list. Raises OutOfScope when it is not there."""
    _check(actor, level, body)
    with transaction.atomic(savepoint=False):
        owner = _lock_list(actor, body)
        standing = _open(actor, owner.level if owner is not None else level, owner, kind_code)
        if standing is None:
            raise OutOfScope("duty.none", _("This matter is not on the list."))
        standing.valid_to = now
        standing.save(update_fields=["valid_to"])
        _record("duty.removed", actor, standing, now)


def _record(code: str, actor: Actor, item: DutyItem, now: datetime, seq: int | None = None) -> None:
    ledger.record(
        code, actor=actor, subject=("duty_item", item.id), now=now, seq=seq,
        data={"level": item.level, "body": item.body_id, "kind": item.kind_code, "role": item.role},
    )  # fmt: skip
