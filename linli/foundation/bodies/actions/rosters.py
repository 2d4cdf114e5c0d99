"""Duty rosters: open one, set, drop and swap shifts, warn of gaps."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.bodies import access, queries, rules
from linli.foundation.bodies.actions.bodies import check_phone, lock_open, new_public_id
from linli.foundation.bodies.models import Appointment, Body, GapWarning, Roster, Shift
from linli.foundation.core import charter, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope, WrongStage
from linli.foundation.core.rules.actor import Actor, system

LONGEST = timedelta(days=7)


def _check(actor: Actor, body: Body) -> None:
    if not (actor.may("bodies.roster") or actor.may("bodies.manage")):
        raise NotAllowed("bodies.roster", _("The appointment you act in may not write duty rosters."))
    if not access.may_roster(actor, body):
        raise OutOfScope("bodies.none", _("There is no such body within your reach."))


def open_roster(*, actor: Actor, body: Body, cover: str, now: datetime) -> Roster:
    """Open the body's roster, or change the hours it must cover. Raises NotAllowed, OutOfScope, Invalid."""
    _check(actor, body)
    if cover not in rules.COVERS:
        raise Invalid(
            "roster.cover", _("Choose which hours the roster covers."), fields={"cover": _("Choose one.")}
        )
    with transaction.atomic(savepoint=False):
        locked = lock_open(actor, body)
        standing = queries.roster_of(locked)
        if standing is not None and standing.cover == cover:
            return standing
        if standing is not None:
            standing.cover = cover
            standing.save(update_fields=["cover"])
            roster = standing
        else:
            roster = Roster.objects.create(district=actor.district, body=locked, cover=cover, valid_from=now)
        ledger.record(
            "roster.opened", actor=actor, subject=("roster", roster.id), place=locked.place_id, now=now,
            data={"body": locked.id, "cover": cover},
        )  # fmt: skip
    return roster


def _lock_roster(actor: Actor, roster: Roster) -> Roster:
    locked = (
        Roster.objects.select_for_update(of=("self",))
        .select_related("body__place")
        .get(district=actor.district, id=roster.id)
    )
    if locked.valid_to is not None:
        raise WrongStage("roster.ended", _("This roster has ended with its body."))
    return locked


def _check_holder(roster: Roster, appointment: Appointment, starts_at: datetime, ends_at: datetime) -> None:
    own = appointment.district == roster.district and appointment.body_id == roster.body_id
    if not own or appointment.ended_at is not None:
        raise Invalid(
            "shift.appointment",
            _("Only somebody who holds an office of this body now can be on its roster."),
            fields={"appointment": _("Choose another.")},
        )
    if starts_at < appointment.valid_from or (
        appointment.valid_to is not None and ends_at > appointment.valid_to
    ):
        sentence = _(
            "The shift lies outside the term of this appointment. Choose other times or another person."
        )
        raise Invalid("shift.term", sentence, fields={"ends_at": sentence})


def _overlaps(
    roster: Roster,
    appointment: Appointment,
    starts_at: datetime,
    ends_at: datetime,
    *,
    but: tuple[int, ...] = (),
) -> bool:
    rows = Shift.objects.filter(
        district=roster.district, roster=roster, appointment=appointment, dropped_at__isnull=True,
        starts_at__lt=ends_at, ends_at__gt=starts_at,
    )  # fmt: skip
    return rows.exclude(id__in=but).exists() if but else rows.exists()


def _check_times(kind: str, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if kind not in rules.SHIFT_KINDS:
        raise Invalid(
            "shift.kind",
            _("A shift is that of a leader or of an officer."),
            fields={"kind": _("Choose one.")},
        )
    if not timedelta(0) < ends_at - starts_at <= LONGEST or ends_at <= now:
        sentence = _(
            "A shift ends after it begins, lasts at most 7 days and is not in the past. Correct the times."
        )
        raise Invalid("shift.times", sentence, fields={"ends_at": sentence})


def set_shift(
    *, actor: Actor, roster: Roster, kind: str, appointment: Appointment, starts_at: datetime, ends_at: datetime,
    now: datetime, phone: str = "",
) -> Shift:  # fmt: skip
    """Put an office holder on duty. `phone` is a work number; empty shows the body's.

    Raises NotAllowed, OutOfScope, Invalid (times, term, number), Conflict (on duty at that time already).
    """
    if roster.district != actor.district:
        raise OutOfScope("bodies.none", _("There is no such body within your reach."))
    with transaction.atomic(savepoint=False):
        locked = _lock_roster(actor, roster)
        _check(actor, locked.body)
        _check_times(kind, starts_at, ends_at, now)
        check_phone(phone)
        _check_holder(locked, appointment, starts_at, ends_at)
        if _overlaps(locked, appointment, starts_at, ends_at):
            raise Conflict(
                "shift.twice",
                _("This office holder is on duty at that time already. Choose another time or person."),
            )
        shift = Shift.objects.create(
            district=actor.district, public_id=new_public_id(), roster=locked, kind=kind, starts_at=starts_at, ends_at=ends_at,
            appointment=appointment, phone=phone,
        )  # fmt: skip
        ledger.record(
            "roster.shift_set", actor=actor, subject=("roster", locked.id), place=locked.body.place_id, now=now,
            data={
                "body": locked.body_id, "shift": shift.id, "kind": kind, "appointment": appointment.id,
                "starts_at": ledger.moment(starts_at), "ends_at": ledger.moment(ends_at),
            },
        )  # fmt: skip
    return shift


def _lock_shifts(actor: Actor, roster: Roster, ids: list[int], now: datetime) -> dict[int, Shift]:
    rows = Shift.objects.select_for_update(of=("self",)).select_related("appointment")
    shifts = {
        row.id: row for row in rows.filter(district=actor.district, roster=roster, id__in=ids).order_by("id")
    }
    if len(shifts) != len(set(ids)):
        raise OutOfScope("shift.none", _("There is no such shift in this roster."))
    if any(row.dropped_at is not None or row.ends_at <= now for row in shifts.values()):
        raise WrongStage("shift.over", _("A shift that is over or was cancelled stays as it is."))
    return shifts


def drop_shift(*, actor: Actor, shift: Shift, now: datetime) -> None:
    """Cancel a shift that is not over."""
    if shift.district != actor.district:
        raise OutOfScope("shift.none", _("There is no such shift in this roster."))
    with transaction.atomic(savepoint=False):
        roster = _lock_roster(actor, Roster(id=shift.roster_id, district=actor.district))
        _check(actor, roster.body)
        locked = _lock_shifts(actor, roster, [shift.id], now)[shift.id]
        locked.dropped_at = now
        locked.save(update_fields=["dropped_at"])
        ledger.record(
            "roster.shift_dropped", actor=actor, subject=("roster", roster.id), place=roster.body.place_id, now=now,
            data={"body": roster.body_id, "shift": shift.id},
        )  # fmt: skip


def swap_shifts(*, actor: Actor, one: Shift, other: Shift, now: datetime) -> tuple[Shift, Shift]:
    """Two office holders take each other's shift; the event keeps both shifts and who stood in them before.

    Raises Invalid when they are one person's or a term does not reach, Conflict when one would be doubled.
    """
    if one.district != actor.district or other.district != actor.district or one.roster_id != other.roster_id:
        raise OutOfScope("shift.none", _("There is no such shift in this roster."))
    with transaction.atomic(savepoint=False):
        roster = _lock_roster(actor, Roster(id=one.roster_id, district=actor.district))
        _check(actor, roster.body)
        locked = _lock_shifts(actor, roster, [one.id, other.id], now)
        a, b = locked[one.id], locked[other.id]
        if a.appointment_id == b.appointment_id:
            raise Invalid(
                "swap.same", _("Both shifts are held by the same office holder; there is nothing to swap.")
            )
        for shift, taker in ((a, b.appointment), (b, a.appointment)):
            _check_holder(roster, taker, shift.starts_at, shift.ends_at)
            if _overlaps(roster, taker, shift.starts_at, shift.ends_at, but=(a.id, b.id)):
                raise Conflict(
                    "shift.twice",
                    _("This office holder is on duty at that time already. Choose another time or person."),
                )
        before = [a.appointment_id, b.appointment_id]
        a.appointment, b.appointment = b.appointment, a.appointment
        a.phone, b.phone = b.phone, a.phone
        for shift in (a, b):
            shift.save(update_fields=["appointment", "phone"])
        ledger.record(
            "roster.swapped", actor=actor, subject=("roster", roster.id), place=roster.body.place_id, now=now,
            data={"body": roster.body_id, "shifts": [a.id, b.id], "appointments": before},
        )  # fmt: skip
    return a, b


def warn_gaps(*, context: Context) -> int:
    """Record each gap that begins within the charter's hours once; messaging tells the body. Returns how many."""
    hours = charter.current(context.district, context.now)["bodies.gap_warning_hours"]
    actor = system(context.district)
    warned = 0
    rosters = Roster.objects.filter(district=context.district, valid_to__isnull=True).select_related("body")
    with transaction.atomic(savepoint=False):
        for roster in rosters.select_for_update(of=("self",)).order_by("id"):
            warned += _warn_roster(actor, roster, hours, context.now, context.zone)
    return warned


def _warn_roster(actor: Actor, roster: Roster, hours: int, now: datetime, zone: ZoneInfo) -> int:
    told = set(
        GapWarning.objects.filter(district=roster.district, roster=roster, ends_at__gt=now).values_list(
            "kind", "starts_at"
        )
    )
    fresh = [
        g
        for g in queries.gaps_ahead(roster, now=now, hours=hours, zone=zone)
        if (g.kind, g.starts_at) not in told
    ]
    for gap in fresh:
        GapWarning.objects.create(
            district=roster.district,
            roster=roster,
            kind=gap.kind,
            starts_at=gap.starts_at,
            ends_at=gap.ends_at,
            warned_at=now,
        )
        ledger.record(
            "roster.gap", actor=actor, subject=("roster", roster.id), place=roster.body.place_id, now=now,
            data={
                "body": roster.body_id, "roster": roster.id, "kind": gap.kind,
                "starts_at": ledger.moment(gap.starts_at), "ends_at": ledger.moment(gap.ends_at),
            },
        )  # fmt: skip
    return len(fresh)
