"""The working calendar: years known, the yearly notice loaded from a spreadsheet after a preview."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.foundation.accounts.gate import acting
from linli.foundation.bodies import queries, sheets
from linli.foundation.bodies.forms import ConfirmForm, NoticeForm
from linli.foundation.bodies.views.common import who
from linli.foundation.core import actions as core
from linli.foundation.core.errors import Invalid
from linli.foundation.core.models import CalendarDay
from linli.foundation.core.requests import district_of
from linli.foundation.core.rules.workdays import DayKind, HolidayRow
from linli.foundation.core.sheets import SheetUnreadable, xlsx_rows

VERB = "calendar.load"
MOST_BYTES = 2 * 2**20
MOST_ROWS = 5000


def _today(request: HttpRequest) -> date:
    context, _actor = who(request)
    return context.now.astimezone(context.zone).date()


def _page(request: HttpRequest, form: NoticeForm, **more: Any) -> HttpResponse:
    _context, actor = who(request)
    missing = queries.missing_year(actor.district, _today(request))
    shown = {"form": form, "years": queries.calendar_years(actor.district), "missing": missing, **more}
    return render(request, "bodies/calendar.html", shown, status=422 if form.errors else 200)


@acting(VERB)
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """Years known; an uploaded notice is shown day by day before anything is stored."""
    today = _today(request)
    if request.method == "GET":
        return _page(
            request,
            NoticeForm(initial={"year": queries.missing_year(who(request)[1].district, today) or today.year}),
        )
    form = NoticeForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    try:
        notice = _read(form.cleaned_data["file"])
    except ValueError as problem:
        form.add_error("file", _sheet_sentence(str(problem)))
        return _page(request, form)
    if notice.bad or not notice.rows:
        if not notice.rows and not notice.bad:
            form.add_error("file", _("The spreadsheet names no day."))
        else:
            form.add_error(
                "file",
                _(
                    "Some lines cannot be used; correct them in the spreadsheet and send it again. Nothing was stored."
                ),
            )
        return _page(request, form, bad=[{"line": b.line, "words": _bad_words(b)} for b in notice.bad[:50]])
    year = form.cleaned_data["year"]
    confirm = ConfirmForm(
        initial={"year": year, "source": form.cleaned_data["source"], "rows": sheets.as_text(notice.rows)}
    )
    off = sum(1 for _day, kind, _name in notice.rows if kind == "off")
    shown = {
        "confirm": confirm, "rows": notice.rows, "year": year, "source": form.cleaned_data["source"],
        "off": off, "work": len(notice.rows) - off,
    }  # fmt: skip
    return render(request, "bodies/calendar_preview.html", shown)


def _read(file: Any) -> sheets.Notice:
    """Raises ValueError with the code of what is wrong with the whole sheet."""
    if file.size > MOST_BYTES:
        raise ValueError("length")
    raw = file.read()
    if raw[:2] != b"PK":
        return sheets.read_notice(sheets.read_csv(raw))
    try:
        return sheets.read_notice(xlsx_rows(raw, most_rows=MOST_ROWS))
    except SheetUnreadable as problem:
        raise ValueError("encoding" if problem.reason == "damaged" else "length") from problem


def _sheet_sentence(code: str) -> str:
    return {
        "columns": _("The first line must name the columns date, name and kind, or 日期, 名称 and 类型."),
        "length": _("The spreadsheet is too long: a yearly notice names at most 400 days."),
        "encoding": _(
            "The file can be read neither as CSV (UTF-8 or GB 18030) nor as XLSX. Save it again in one of them."
        ),
    }[code]


def _bad_words(bad: sheets.BadLine) -> str:
    sentence = {
        "date": _("“%(value)s” is not a day; write it as 2027-01-01."),
        "kind": _("“%(value)s” is not a kind; write off or work, or 休 or 班."),
        "twice": _("%(value)s stands twice."),
    }[bad.problem]
    return sentence % {"value": bad.value}


@acting(VERB)
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Load a previewed notice; clocks that waited for the year are computed at once."""
    context, actor = who(request)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        raise Invalid(
            "calendar.preview",
            _("The preview was not complete. Nothing was stored; send the spreadsheet again."),
        )
    year = form.cleaned_data["year"]
    try:
        notice = sheets.read_notice(sheets.read_csv(form.cleaned_data["rows"].encode()))
        rows, years = sheets.laid_over(notice.rows, year, _known(actor.district))
    except ValueError as problem:
        raise Invalid(
            "calendar.neighbour",
            _(
                "The notice names a day of %(year)s, a year that is not loaded. Load that year first, then this one."
            )
            % {"year": problem},
        ) from problem
    core.load_calendar(
        actor=actor,
        context=context,
        district=district_of(request),
        rows=rows,
        years=years,
        source=form.cleaned_data["source"],
    )
    messages.success(request, _("The working calendar of %(year)s has been loaded.") % {"year": year})
    return redirect("bodies:calendar")


def _known(district: int) -> dict[int, list[HolidayRow]]:
    """Named days of every loaded year."""
    known: dict[int, list[HolidayRow]] = {
        year.year: [] for year, _off, _work in queries.calendar_years(district)
    }
    for row in CalendarDay.objects.filter(district=district).order_by("day"):
        kind: DayKind = "off" if row.kind == "off" else "work"
        known.setdefault(row.day.year, []).append((row.day, kind, row.name))
    return known
