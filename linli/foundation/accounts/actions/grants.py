"""Grants are filed and ended by the rooms that appoint; the sessions acting under a grant die with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts import access, rules
from linli.foundation.accounts.actions.sign_ins import end_rows
from linli.foundation.accounts.models import Grant, SignedIn, User
from linli.foundation.core import charter, ledger
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.charter import Text


def file_grant(
    *, actor: Actor, user: User, appointment: int, body: int, role: str, place: int, scope_path: str,
    label: Text | tuple[str, str], kinds: Iterable[str] = (), valid_from: datetime, now: datetime,
) -> Grant:  # fmt: skip
    """Give an account the rights of one appointment; an open grant of the same appointment ends.

    `label` is (Chinese, English) and names office and body, never a person. `body`, `place` and `appointment`
    are ids. Raises NotAllowed (verb, oneself, level), OutOfScope (account or place beyond reach), Invalid (role,
    ended account).
    """
    _check(actor, user, role, scope_path, now)
    zh, en = (label.zh, label.en) if isinstance(label, Text) else label
    wanted = sorted(set(kinds))
    with transaction.atomic(savepoint=False):
        locked = User.objects.select_for_update(no_key=True).get(district=actor.district, id=user.id)
        if locked.ended_at is not None:
            raise Invalid(
                "grant.account_ended", _("This account has been ended. Open a new one before appointing.")
            )
        old, sessions = _end_open(actor.district, appointment, now)
        grant = Grant(
            district=actor.district, user=locked, appointment=appointment, body=body, role=role, place=place,
            scope_path=scope_path, kinds=wanted, label_zh=zh[:120], label_en=en[:120], valid_from=valid_from,
        )  # fmt: skip
        _insert(grant)
        ledger.record(
            "grant.filed", actor=actor, subject=("grant", grant.id), now=now, place=place, seq=1,
            data={
                "user": user.id, "appointment": appointment, "body": body, "role": role, "scope": place,
                "kinds": wanted, "replaces": old.id if old else None, "sessions": sessions,
            },
        )  # fmt: skip
    return grant


def end_grant(*, actor: Actor, appointment: int, now: datetime) -> Grant:
    """Take the rights of an appointment away; sessions acting under them die at once.

    Raises OutOfScope when the appointment has no open grant here, NotAllowed without the verb or the place.
    """
    with transaction.atomic(savepoint=False):
        grant = Grant.objects.filter(
            district=actor.district, appointment=appointment, valid_to__isnull=True
        ).first()
        if grant is None:
            raise OutOfScope("grant.none", _("This appointment has no rights on file here."))
        if not any(actor.may(verb) for verb in access.FILE_GRANT) or not actor.covers(grant.scope_path):
            raise NotAllowed(
                "grant.end",
                _("The appointment you act in may not end this one. Ask the body that appointed."),
            )
        User.objects.select_for_update(no_key=True).get(district=actor.district, id=grant.user_id)
        ended, sessions = _end_open(actor.district, appointment, now)
        if ended is None:
            raise OutOfScope("grant.none", _("This appointment has no rights on file here."))
        record_ended(actor, ended, sessions, now)
    return ended


def record_ended(actor: Actor, grant: Grant, sessions: int, now: datetime) -> None:
    """The event of an ended grant."""
    ledger.record(
        "grant.ended", actor=actor, subject=("grant", grant.id), now=now, place=grant.place,
        data={"user": grant.user_id, "appointment": grant.appointment, "role": grant.role, "sessions": sessions},
    )  # fmt: skip


def _insert(grant: Grant) -> None:
    try:
        grant.save(force_insert=True)
    except IntegrityError as problem:
        raise Conflict(
            "grant.taken",
            _(
                "Somebody else filed this appointment at the same moment. Look at it, then file yours again if it is still needed."
            ),
        ) from problem


def _end_open(district: int, appointment: int, now: datetime) -> tuple[Grant | None, int]:
    """End the open grant of an appointment under its lock: (it, how many sessions died)."""
    rows = Grant.objects.select_for_update(of=("self",), no_key=True)
    grant = rows.filter(district=district, appointment=appointment, valid_to__isnull=True).first()
    if grant is None:
        return None, 0
    # A grant that was to begin later is ended on its first moment: it never held.
    grant.valid_to = max(now, grant.valid_from)
    grant.save(update_fields=["valid_to"])
    return grant, end_rows(SignedIn.objects.filter(district=district, grant=grant), now)


def _check(actor: Actor, user: User, role: str, scope_path: str, now: datetime) -> None:
    if user.district != actor.district:
        raise OutOfScope("grant.account", _("There is no such account here."))
    if not any(actor.may(verb) for verb in access.FILE_GRANT):
        raise NotAllowed(
            "grant.file", _("The appointment you act in may not appoint. Ask the office of the body.")
        )
    found = charter.current(actor.district, now).get(f"role.{role}")
    if found is None:
        raise Invalid("grant.role", _("The charter knows no such role. Choose one of the roles it lists."))
    if actor.kind == "system":
        return
    if actor.user == user.id:
        raise NotAllowed(
            "grant.self",
            _("Nobody appoints themselves. Ask another person of the office to file this appointment."),
        )
    if not access.may_file_grant(actor, user, scope_path):
        raise OutOfScope(
            "grant.scope", _("This place is not within the reach of the appointment you act in.")
        )
    own = charter.current(actor.district, now).get(f"role.{actor.role}")
    if own is None or not rules.is_within_level(found["level"], own["level"]):
        raise NotAllowed("grant.level", _("This role stands above your own. The district's office files it."))
