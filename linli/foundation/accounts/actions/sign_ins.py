"""Sign-ins begin, act under a grant, and end. Beginning and switching are not recorded: no sign-in is counted."""

from __future__ import annotations

from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts import access, queries, rules
from linli.foundation.accounts.models import Grant, SignedIn, User
from linli.foundation.core import ledger, security
from linli.foundation.core.errors import NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor


def end_rows(rows: QuerySet[SignedIn], now: datetime) -> int:
    """End open sign-ins and take their sessions away, in the caller's transaction. Returns how many."""
    open_rows = list(rows.filter(ended_at__isnull=True).order_by("id").select_for_update(of=("self",)))
    if not open_rows:
        return 0
    district = open_rows[0].district
    SignedIn.objects.filter(district=district, id__in=[r.id for r in open_rows]).update(ended_at=now)
    Session.objects.filter(session_key__in=[r.key_hash for r in open_rows]).delete()
    return len(open_rows)


def of_user(user: User) -> QuerySet[SignedIn]:
    """All sign-ins of an account."""
    return SignedIn.objects.filter(district=user.district, user=user)


def begin_sign_in(
    *, user: User, key_hash: str, device: str, grant: Grant | None, second_factor: bool, now: datetime
) -> SignedIn:
    """Store a finished sign-in. A kind of device never used before is noted as a security event."""
    with transaction.atomic(savepoint=False):
        known = queries.has_used_device(user, device)
        row = SignedIn.objects.create(
            district=user.district, user=user, grant=grant, key_hash=key_hash, device=device,
            second_factor=second_factor, created_at=now, last_seen=rules.hour_of(now),
        )  # fmt: skip
        if not known:
            security.notice(
                "accounts.new_device",
                district=user.district,
                actor=user.id,
                door="accounts:sign_in",
                data={"device": device},
            )
    return row


def act_under(*, actor: Actor, row: SignedIn, grant: Grant, now: datetime) -> None:
    """Act under another of one's own grants in this session. Raises OutOfScope, NotAllowed."""
    own = row.district == actor.district and row.user_id == actor.user
    if (
        not own
        or grant.user_id != actor.user
        or not rules.Period(grant.valid_from, grant.valid_to).holds(now)
    ):
        raise OutOfScope(
            "grant.none",
            _("This appointment is not one of yours, or it has ended. Choose one from the list."),
        )
    if not row.second_factor and queries.needs_factor(row.user, [grant], now):
        raise NotAllowed(
            "factor.missing",
            _(
                "This appointment needs a second factor. Nothing was changed. Sign out, sign in again, and set up the second factor when the page asks for it."
            ),
        )
    with transaction.atomic(savepoint=False):
        SignedIn.objects.filter(district=row.district, id=row.id).update(grant=grant)


def note_factor(*, row: SignedIn) -> None:
    """The person has just shown a second factor in this session, by setting one up."""
    with transaction.atomic(savepoint=False):
        SignedIn.objects.filter(district=row.district, id=row.id).update(second_factor=True)


def sign_out(*, row: SignedIn, now: datetime) -> None:
    """End one's own sign-in on this device."""
    with transaction.atomic(savepoint=False):
        end_rows(SignedIn.objects.filter(district=row.district, id=row.id), now)


def end_sign_in(*, actor: Actor, row: SignedIn, now: datetime) -> None:
    """End one of one's own sign-ins on another device. Raises OutOfScope."""
    if not access.may_end_sign_in(actor, row):
        raise OutOfScope("signedin.none", _("This sign-in is over already."))
    _end_and_record(actor, SignedIn.objects.filter(district=row.district, id=row.id), now)


def end_other_sign_ins(*, actor: Actor, keep: SignedIn | None, now: datetime) -> int:
    """End all of one's own sign-ins but this one. Returns how many."""
    rows = access.sign_ins_visible_to(actor)
    return _end_and_record(actor, rows.exclude(id=keep.id) if keep is not None else rows, now)


def _end_and_record(actor: Actor, rows: QuerySet[SignedIn], now: datetime) -> int:
    assert actor.user is not None
    with transaction.atomic(savepoint=False):
        User.objects.select_for_update(no_key=True).get(district=actor.district, id=actor.user)
        count = end_rows(rows, now)
        if count:
            ledger.record(
                "account.sessions_ended",
                actor=actor,
                subject=("account", actor.user),
                now=now,
                data={"count": count},
            )
    return count


def forget_old(*, district: int, now: datetime, keep: timedelta) -> int:
    """Delete sign-ins that ended longer ago than `keep`, dead sessions and old wrong tries. Returns how many sign-ins."""
    gone, _by_model = SignedIn.objects.filter(district=district, ended_at__lt=now - keep).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    AccessAttempt.objects.filter(attempt_time__lt=now - timedelta(days=1)).delete()
    # A session that expired unused leaves its sign-in open: it is over as well.
    SignedIn.objects.filter(
        district=district, ended_at__isnull=True, last_seen__lt=now - timedelta(days=2)
    ).update(ended_at=now)
    return gone
