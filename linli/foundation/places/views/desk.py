"""Desk pages: the list of compounds, the compound file (档案), plates to print."""

from __future__ import annotations

from typing import Any

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from linli.foundation.accounts.gate import acting
from linli.foundation.core import ledger
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.places import access, actions, queries
from linli.foundation.places.models import CompoundFile, Place, Plate
from linli.foundation.places.rules import codes, plates
from linli.foundation.places.views.common import hotline, place_or_404

HISTORY = 30


@require_GET
@acting("places.read")
def compounds(request: HttpRequest) -> HttpResponse:
    """Compounds within reach, with search and pages."""
    text, level = request.GET.get("q", "")[:80], request.GET.get("level", "compound")
    if level not in Place.Level.values:
        level = "compound"
    closed = request.GET.get("closed") == "1"
    page = queries.listing(
        actor_of(request), text=text, level=level, closed=closed,
        after=request.GET.get("after", ""), before=request.GET.get("before", ""),
    )  # fmt: skip
    kinds = dict(CompoundFile.Management.choices)
    rows = [
        {
            "place": place,
            "code": codes.shown(place.code),
            "management": kinds.get(getattr(place, "management", ""), ""),
        }
        for place in page.rows
    ]
    values = {
        "page": page,
        "rows": rows,
        "q": text,
        "level": level,
        "levels": Place.Level.choices,
        "closed": closed,
    }
    return render(request, "places/list.html", values)


def _history(place: Place) -> list[dict[str, Any]]:
    events = ledger.history(place.district, ("place", place.id)).order_by("-seq")[:HISTORY]
    return [
        {"at": event.at, "words": words, "state": "done"}
        for event, words in ledger.sentences(events, get_language() or "zh-hans")
    ]


@require_GET
@acting("places.read")
def file(request: HttpRequest, public_id: str) -> HttpResponse:
    """One place: facts, parts, names and codes by date, history, and the panels of upper rooms."""
    place = place_or_404(request, public_id)
    facts = queries.compound_facts(place)
    open_now = queries.is_open(place, context_of(request).now)
    values = {
        "place": place, "above": queries.ancestors(place), "code": codes.shown(place.code), "facts": facts,
        "area": f"{facts.area / 100:,.2f}", "open": open_now, "history": _history(place),
        "children": [] if place.level == "compound" else list(queries.children(place)[:300]),
        "codes": [(row, codes.shown(row.code)) for row in facts.codes],
        "plates": [(row, plates.shown(row.code)) for row in facts.plates],
        "manage": open_now and access.may_manage(actor_of(request), place),
    }  # fmt: skip
    return render(request, "places/file.html", values)


def _svg(address: str) -> str:
    """A QR code as inline SVG, made of our own address only."""
    return mark_safe(segno.make(address, error="m").svg_inline(omitsize=True, border=2))  # noqa: S308  # segno's own markup over our address


@require_GET
@acting("places.read")
def plate_sheets(request: HttpRequest, public_id: str) -> HttpResponse:
    """Plates of a compound to print, one a sheet; `?plate=CODE` prints one."""
    place = place_or_404(request, public_id)
    wanted = request.GET.get("plate", "")
    rows = [row for row in queries.plates_of(place) if not wanted or row.code == wanted]
    sheets = [
        {
            "plate": row,
            "shown": plates.shown(row.code),
            "svg": _svg(request.build_absolute_uri(reverse("places:plate", args=[row.code]))),
        }
        for row in rows
    ]
    values = {
        "place": place, "sheets": sheets, "hotline": hotline(request),
        "back_url": reverse("places:file", args=[place.public_id]),
    }  # fmt: skip
    return render(request, "places/plates.html", values)


@require_POST
@acting("places.manage")
def issue_plates(request: HttpRequest, public_id: str) -> HttpResponse:
    """Plates for every gate and stairwell that has none."""
    place = place_or_404(request, public_id)
    actions.issue_plates(actor=actor_of(request), place=place, now=context_of(request).now)
    return redirect("places:plate_sheets", place.public_id)


@require_POST
@acting("places.manage")
def end_plate(request: HttpRequest, public_id: str) -> HttpResponse:
    """End one plate."""
    place = place_or_404(request, public_id)
    row = Plate.objects.select_related("place").filter(
        district=place.district, place=place, code=request.POST.get("plate", "")[:9]
    )
    found = row.first()
    if found is not None:
        actions.end_plate(actor=actor_of(request), plate=found, now=context_of(request).now)
    return redirect("places:file", place.public_id)
