"""Pages that combine rooms: the public front page, the desk's first page, the privacy notice."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.core import charter
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.places import queries as places
from linli.work.cases import queries as cases


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Three choices: report, follow, call. Below: the compound this device has chosen."""
    context = context_of(request)
    chosen = request.COOKIES.get("linli_place", "")
    compound = places.place(context.district, chosen) if chosen else None
    shown = {
        "compound": compound,
        "matters": cases.near(context, compound) if compound else [],
        "kinds": {
            row["code"]: row["name"] for row in charter.current(context.district, context.now)["cases.kinds"]
        },
    }
    return render(request, "shell/home.html", shown)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about a person, why, how long, and how to see or erase it."""
    context = context_of(request)
    rules = charter.current(context.district, context.now)
    return render(request, "shell/privacy.html", {"notice": rules.rule("cases.privacy_notice")})


@never_cache
@require_safe
@acting()
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for the acting person: the queues they work, or the first page they may open."""
    actor = actor_of(request)
    works = actor.may("cases.read") or actor.may("cases.read_assigned")
    if not works:
        return render(request, "shell/desk.html", {"works": False})
    page = cases.queue_page(actor, "due")
    context = context_of(request)
    shown = {
        "works": True,
        "counts": cases.counts(actor),
        "rows": page.rows[:8],
        "kinds": {
            row["code"]: row["name"] for row in charter.current(context.district, context.now)["cases.kinds"]
        },
    }
    return render(request, "shell/desk.html", shown)
