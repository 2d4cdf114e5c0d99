"""Reads: one body, who may be handed a matter, who is on duty, lists for the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from linli.foundation.bodies import access, rules
from linli.foundation.bodies.models import Appointment, Body, BodyPlace, DutyItem, Roster, Shift
from linli.foundation.bodies.paging import SIZE, Page, decode, encode
from linli.foundation.bodies.rules import Assignable, Gap
from linli.foundation.core import calendar, charter
from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.models import CalendarDay, CalendarYear
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.models import Place


def _nothing() -> OutOfScope:
    return OutOfScope(
        "bodies.none", _("There is no such body within your reach. Check the address or ask your office.")
    )


def body(district: int, id: int) -> Body:
    """A body of the district by its id, with its seat. Raises OutOfScope."""
    found = Body.objects.filter(district=district, id=id).select_related("place").first()
    if found is None:
        raise _nothing()
    return found


def in_scope(actor: Actor) -> QuerySet[Body]:
    """Open bodies that are there for the actor."""
    return access.visible_to(actor).filter(valid_to__isnull=True)


def seen(actor: Actor, public_id: str) -> Body:
    """A body, open or ended, by what addresses carry. Raises OutOfScope."""
    found = access.visible_to(actor).filter(public_id=public_id).select_related("place").first()
    if found is None:
        raise _nothing()
    return found


def page(actor: Actor, *, text: str = "", kind: str = "", after: str = "", size: int = SIZE) -> Page[Body]:
    """Open bodies in the actor's scope by name, one page; `text` is part of a name. One statement."""
    rows = in_scope(actor).select_related("place")
    if text:
        rows = rows.filter(name__icontains=text)
    if kind in rules.KINDS:
        rows = rows.filter(kind=kind)
    cursor = decode(after, 2)
    if cursor is not None:
        rows = rows.filter(Q(name__gt=cursor[0]) | Q(name=cursor[0], public_id__gt=cursor[1]))
    found = list(rows.order_by("name", "public_id")[: size + 1])
    more = encode(found[size - 1].name, found[size - 1].public_id) if len(found) > size else ""
    return Page(found[:size], more)


def places_of(body: Body) -> list[Place]:
    """Places a body serves now, by path."""
    rows = BodyPlace.objects.filter(district=body.district, body=body, valid_to__isnull=True)
    return [row.place for row in rows.select_related("place").order_by("place__path")]


def handling_bodies(district: int, place: Place) -> list[Body]:
    """Bodies that may be handed a matter of this place, nearest served place first. One statement."""
    rows = (
        BodyPlace.objects.filter(
            district=district,
            valid_to__isnull=True,
            place__path__in=rules.prefixes(place.path),
            body__valid_to__isnull=True,
            body__kind__in=rules.HANDLING_KINDS,
        )
        .select_related("body__place")
        .order_by(Length("place__path").desc(), "body__kind", "body__name", "body__public_id")
    )
    nearest: dict[int, Body] = {}
    for row in rows:
        nearest.setdefault(row.body_id, row.body)
    return list(nearest.values())


def may_be_assigned(body: Body, kind_code: str) -> Assignable:
    """Whether a matter of this kind may be handed to the body as its main duty: (ok, reason). One statement."""
    rows = DutyItem.objects.filter(district=body.district, valid_to__isnull=True).filter(
        Q(body=body) | Q(body__isnull=True, level=body.level)
    )
    own = listed = None
    level_has_list = False
    for item in rows:
        level_has_list = level_has_list or item.body_id is None
        if item.kind_code == kind_code and item.body_id is None:
            listed = item.role
        elif item.kind_code == kind_code:
            own = item.role
    handles = body.kind in rules.HANDLING_KINDS and body.valid_to is None
    return rules.assignable(
        body.level, own=own, listed=listed, level_has_list=level_has_list, handles=handles
    )


def duty_list(district: int, *, level: str = "", body: Body | None = None) -> list[DutyItem]:
    """Open entries of a level's list, or of a body's own."""
    rows = DutyItem.objects.filter(district=district, valid_to__isnull=True)
    rows = rows.filter(body=body) if body is not None else rows.filter(body__isnull=True, level=level)
    return list(rows.order_by("role", "kind_code"))


def open_appointments(district: int) -> QuerySet[Appointment]:
    """Appointments that have not ended."""
    return Appointment.objects.filter(district=district, ended_at__isnull=True)


def members(body: Body) -> QuerySet[Appointment]:
    """Open appointments of a body with their places and accounts."""
    rows = open_appointments(body.district).filter(body=body).select_related("place", "user")
    return rows.order_by("title", "valid_from", "public_id")


def past_members(body: Body, limit: int = 50) -> list[Appointment]:
    """Ended appointments of a body, newest end first."""
    rows = Appointment.objects.filter(district=body.district, body=body, ended_at__isnull=False)
    return list(rows.select_related("place", "user").order_by("-ended_at", "public_id")[:limit])


def appointment(actor: Actor, public_id: str) -> Appointment:
    """An appointment of a body that is there for the actor. Raises OutOfScope."""
    found = (
        Appointment.objects.filter(
            district=actor.district, public_id=public_id, body__in=access.visible_to(actor)
        )
        .select_related("body__place", "place")
        .first()
    )
    if found is None:
        raise OutOfScope("appointment.none", _("There is no such appointment within your reach."))
    return found


def holders_of_verb(district: int, verb: str, now: datetime) -> list[int]:
    """Ids of open appointments with an account whose role holds a verb by the charter in force."""
    known = charter.current(district, now).under("role")
    roles = [code for code, value in known.items() if verb in value["verbs"]]
    rows = open_appointments(district).filter(role__in=roles, user__isnull=False, valid_from__lte=now)
    return list(rows.values_list("id", flat=True))


def responsible(district: int, place: Place) -> list[tuple[Body, list[Appointment]]]:
    """Open bodies that serve a place, nearest first, each with its open offices. Two statements."""
    bodies = handling_bodies(district, place)
    by_body: dict[int, list[Appointment]] = {found.id: [] for found in bodies}
    for row in open_appointments(district).filter(body__in=list(by_body)).order_by("title", "public_id"):
        by_body[row.body_id].append(row)
    return [(found, by_body[found.id]) for found in bodies]


# --- duty rosters ----------------------------------------------------------------------------------------------


def roster_of(body: Body) -> Roster | None:
    """The open roster of a body."""
    return Roster.objects.filter(district=body.district, body=body, valid_to__isnull=True).first()


def on_duty(body: Body, at: datetime) -> list[Shift]:
    """Who is on duty at a moment, leader first, with appointment and body. One statement."""
    rows = Shift.objects.filter(
        district=body.district, roster__body=body, roster__valid_to__isnull=True, dropped_at__isnull=True,
        starts_at__lte=at, ends_at__gt=at,
    )  # fmt: skip
    return list(rows.select_related("appointment", "roster__body").order_by("kind", "starts_at", "public_id"))


def phone_of(shift: Shift) -> str:
    """The work number of a shift: its own, else its body's."""
    return shift.phone or shift.roster.body.phone


def shifts_between(roster: Roster, start: datetime, end: datetime) -> list[Shift]:
    """Shifts that touch a stretch of time, in order."""
    rows = Shift.objects.filter(
        district=roster.district, roster=roster, dropped_at__isnull=True, starts_at__lt=end, ends_at__gt=start
    )
    return list(rows.select_related("appointment__user").order_by("starts_at", "kind", "public_id"))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """A day's beginning in the district's zone, as an instant."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def gaps_of(
    roster: Roster, days: Sequence[date], shifts: Sequence[Shift], *, zone: ZoneInfo, now: datetime
) -> list[Gap]:
    """Gaps of a roster on some days, from shifts already read."""
    return rules.gaps(
        days, roster.cover, [(s.kind, s.starts_at, s.ends_at) for s in shifts],
        calendar=calendar.calendar(roster.district), hours=charter.current(roster.district, now)["office.hours"],
        zone=zone,
    )  # fmt: skip


def gaps_ahead(roster: Roster, *, now: datetime, hours: int, zone: ZoneInfo) -> list[Gap]:
    """Gaps that begin within the next hours and are not over; a gap is cut at midnight. One statement."""
    first, last = now.astimezone(zone).date(), (now + timedelta(hours=hours)).astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    shifts = shifts_between(roster, midnight(days[0], zone), midnight(days[-1] + timedelta(days=1), zone))
    found = gaps_of(roster, days, shifts, zone=zone, now=now)
    return [gap for gap in found if gap.ends_at > now and gap.starts_at <= now + timedelta(hours=hours)]


def shift(actor: Actor, body: Body, public_id: str) -> Shift:
    """A shift of a body that stands. Raises OutOfScope."""
    found = (
        Shift.objects.filter(
            district=actor.district, roster__body=body, public_id=public_id, dropped_at__isnull=True
        )
        .select_related("roster__body__place", "appointment")
        .first()
    )
    if found is None:
        raise OutOfScope("shift.none", _("There is no such shift in this roster."))
    return found


# --- the working calendar --------------------------------------------------------------------------------------


def calendar_years(district: int) -> list[tuple[CalendarYear, int, int]]:
    """Known years, newest first, with how many rest days and make-up days each names. Two statements."""
    counts: dict[tuple[int, str], int] = {}
    for day, kind in CalendarDay.objects.filter(district=district).values_list("day", "kind"):
        counts[day.year, kind] = counts.get((day.year, kind), 0) + 1
    years = CalendarYear.objects.filter(district=district).order_by("-year")
    return [(y, counts.get((y.year, "off"), 0), counts.get((y.year, "work"), 0)) for y in years]


def holidays_between(district: int, first: date, last: date) -> dict[date, CalendarDay]:
    """Named days of a stretch, by day."""
    rows = CalendarDay.objects.filter(district=district, day__gte=first, day__lte=last)
    return {row.day: row for row in rows}


def missing_year(district: int, today: date) -> int | None:
    """The year whose days must be loaded now, or None."""
    return rules.missing_year(today, calendar.calendar(district).years)
