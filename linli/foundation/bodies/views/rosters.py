"""Duty rosters: a month at a glance, shifts set, dropped and swapped."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.bodies import access, actions, queries, rules
from linli.foundation.bodies.forms import CoverForm, ShiftForm, SwapForm, office_name
from linli.foundation.bodies.models import Body, Roster, Shift
from linli.foundation.bodies.rules import Gap
from linli.foundation.bodies.views.common import attempt, who
from linli.foundation.core import calendar
from linli.foundation.core.context import Context
from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.rules.workdays import CalendarMissing


@acting("bodies.roster")
@require_safe
def own_roster(request: HttpRequest) -> HttpResponse:
    """The roster of the acting body."""
    _context, actor = who(request)
    body = queries.body(actor.district, actor.body or 0)
    return redirect("bodies:roster", body.public_id)


def _month(request: HttpRequest, today: date) -> date:
    """The month asked for as its first day; this one when it is not a month."""
    try:
        asked = datetime.strptime(request.GET.get("month", ""), "%Y-%m").date()  # noqa: DTZ007  # a month, no moment
    except ValueError:
        return today.replace(day=1)
    return asked if 2018 <= asked.year <= 2100 else today.replace(day=1)


def _office_words(shift: Shift) -> str:
    language = get_language() or "zh-hans"
    account = shift.appointment.user
    return f"{office_name(shift.appointment.title, language)} {account.login_name if account else ''}".strip()


def _shift_words(shift: Shift, zone: ZoneInfo) -> str:
    start = shift.starts_at.astimezone(zone)
    kind = rules.SHIFT_KINDS[shift.kind].in_language(get_language() or "zh-hans")
    return f"{start:%m-%d %H:%M} {kind} {_office_words(shift)}"


def _day_word(day: date, named: dict[date, Any], known: Any) -> tuple[str, bool]:
    """What a day is called and whether it is a rest day."""
    row = named.get(day)
    try:
        rest = not known.is_workday(day)
    except CalendarMissing:
        return _("calendar not loaded"), False
    if row is not None:
        return (row.name if rest else _("%(name)s: make-up working day") % {"name": row.name}), rest
    return (_("rest day") if rest else ""), rest


def _days(roster: Roster, first: date, context: Context) -> tuple[list[dict[str, Any]], list[Shift]]:
    """The month day by day: shifts that touch the day, gaps, its name. Four statements whatever stands in it."""
    days = rules.month_days(first.year, first.month)
    begin, end = (
        queries.midnight(days[0], context.zone),
        queries.midnight(days[-1] + timedelta(days=1), context.zone),
    )
    shifts = queries.shifts_between(roster, begin, end)
    gaps = queries.gaps_of(roster, days, shifts, zone=context.zone, now=context.now)
    named = queries.holidays_between(roster.district, days[0], days[-1])
    known = calendar.calendar(roster.district)
    rows = []
    for day in days:
        a, b = queries.midnight(day, context.zone), queries.midnight(day + timedelta(days=1), context.zone)
        word, rest = _day_word(day, named, known)
        on = [s for s in shifts if s.starts_at < b and s.ends_at > a]
        rows.append(
            {
                "day": day, "word": word, "rest": rest,
                "leaders": [_line(s, context) for s in on if s.kind == "leader"],
                "officers": [_line(s, context) for s in on if s.kind == "officer"],
                "gaps": _gap_lines([g for g in gaps if a <= g.starts_at < b], context),
            }
        )  # fmt: skip
    return rows, shifts


def _gap_lines(gaps: list[Gap], context: Context) -> list[dict[str, Any]]:
    """One line per kind: its empty stretches of the day, with 24:00 for midnight; over when all have passed."""
    lines = []
    for kind, name in rules.SHIFT_KINDS.items():
        mine = [gap for gap in gaps if gap.kind == kind]
        if mine:
            times = [f"{_hour(g.starts_at, context)}–{_hour(g.ends_at, context, end=True)}" for g in mine]
            past = all(gap.ends_at <= context.now for gap in mine)
            lines.append({"kind": name, "times": times, "past": past, "count": 0 if past else len(mine)})
    return lines


def _hour(at: datetime, context: Context, *, end: bool = False) -> str:
    words = f"{at.astimezone(context.zone):%H:%M}"
    return "24:00" if end and words == "00:00" else words


def _line(shift: Shift, context: Context) -> dict[str, Any]:
    return {"shift": shift, "words": _office_words(shift), "over": shift.ends_at <= context.now}


def _body(request: HttpRequest, public_id: str) -> Body:
    """A body whose roster the actor may see: his own, or one within reach."""
    _context, actor = who(request)
    return queries.seen(actor, public_id)


def _page(
    request: HttpRequest, body: Body, *, form: ShiftForm | None = None, swap: SwapForm | None = None
) -> HttpResponse:
    context, actor = who(request)
    today = context.now.astimezone(context.zone).date()
    first = _month(request, today)
    roster = queries.roster_of(body)
    shown: dict[str, Any] = {
        "body": body, "roster": roster, "may": access.may_roster(actor, body), "first": first, "today": today,
        "previous": (first - timedelta(days=1)).replace(day=1), "following": (first + timedelta(days=31)).replace(day=1),
        "cover_form": CoverForm(initial={"cover": roster.cover if roster else "always"}),
    }  # fmt: skip
    if roster is not None:
        roster.body = body
        rows, shifts = _days(roster, first, context)
        coming = [(s, _shift_words(s, context.zone)) for s in shifts if s.ends_at > context.now]
        shown |= {
            "days": rows,
            "cover": rules.COVERS[roster.cover],
            "gap_count": sum(gap["count"] for row in rows for gap in row["gaps"]),
            "form": form
            or ShiftForm(
                roster,
                context.zone,
                initial={"first_day": max(first, today), "first_time": "18:00", "ends_at": 14},
            ),
            "swap": swap or (SwapForm(coming) if len(coming) > 1 else None),
        }
    bad = (form is not None and form.errors) or (swap is not None and swap.errors)
    return render(request, "bodies/roster.html", shown, status=422 if bad else 200)


@acting()
@require_safe
def roster(request: HttpRequest, public_id: str) -> HttpResponse:
    """One month of a body's roster, gaps in words."""
    return _page(request, _body(request, public_id))


@acting()
@require_POST
def cover(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open the roster or change which hours it covers."""
    context, actor = who(request)
    body = _body(request, public_id)
    actions.open_roster(actor=actor, body=body, cover=request.POST.get("cover", "")[:12], now=context.now)
    messages.success(request, _("The roster's hours have been set."))
    return redirect("bodies:roster", public_id)


def _roster(body: Body) -> Roster:
    found = queries.roster_of(body)
    if found is None:
        raise OutOfScope("roster.none", _("This body has no duty roster yet. Open one first."))
    found.body = body
    return found


def _back(body: Body, day: date) -> HttpResponse:
    return redirect(f"{reverse('bodies:roster', args=[body.public_id])}?month={day:%Y-%m}")


@acting()
@require_http_methods(["POST"])
def set_shift(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put an office holder on duty."""
    context, actor = who(request)
    body = _body(request, public_id)
    standing = _roster(body)
    form = ShiftForm(standing, context.zone, request.POST)
    if form.is_valid():
        start, end = form.times()
        data = form.cleaned_data
        made = attempt(
            form,
            lambda: actions.set_shift(
                actor=actor, roster=standing, kind=data["kind"], appointment=form.offices[data["appointment"]],
                starts_at=start, ends_at=end, now=context.now, phone=data["phone"],
            ),
        )  # fmt: skip
        if made is not None:
            messages.success(request, _("The shift has been set."))
            return _back(body, data["first_day"])
    return _page(request, body, form=form)


@acting()
@require_POST
def drop_shift(request: HttpRequest, public_id: str, shift_id: str) -> HttpResponse:
    """Cancel a shift."""
    context, actor = who(request)
    body = _body(request, public_id)
    shift = queries.shift(actor, body, shift_id)
    actions.drop_shift(actor=actor, shift=shift, now=context.now)
    messages.success(request, _("The shift has been cancelled."))
    return _back(body, shift.starts_at.astimezone(context.zone).date())


@acting()
@require_POST
def swap(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let two office holders change shifts."""
    context, actor = who(request)
    body = _body(request, public_id)
    one = queries.shift(actor, body, request.POST.get("one", "")[:24])
    other = queries.shift(actor, body, request.POST.get("other", "")[:24])
    form = SwapForm([(s, _shift_words(s, context.zone)) for s in (one, other)], request.POST)
    if attempt(form, lambda: actions.swap_shifts(actor=actor, one=one, other=other, now=context.now)) is None:
        return _page(request, body, swap=form)
    messages.success(request, _("The two shifts have been swapped; both are recorded."))
    return _back(body, one.starts_at.astimezone(context.zone).date())
