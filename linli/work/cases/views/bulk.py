"""Several cases to one body: choose, see beforehand what will pass, send once, read what became of each."""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.core.requests import actor_of, context_of
from linli.work.cases import actions, queries
from linli.work.cases.rules.bulk import MOST
from linli.work.cases.views import wording
from linli.work.cases.views.listing import kind_names


@never_cache
@require_http_methods(["GET", "POST"])
@acting("cases.dispatch")
def choose(request: HttpRequest) -> HttpResponse:
    """The chosen cases, the body they are to go to, and which of them will pass; POST sends."""
    actor, context = actor_of(request), context_of(request)
    if request.method == "POST":
        run = actions.bulk_dispatch(
            actor=actor, context=context, cases=request.POST.getlist("case"), body=request.POST.get("body", ""),
            kind=request.POST.get("kind", ""), note=request.POST.get("note", ""), key=request.POST.get("key", ""),
        )  # fmt: skip
        return redirect("cases:bulk_run", run=run.public_id)
    cases = queries.chosen(actor, request.GET.getlist("case"))
    by_place = queries.serving(cases)
    bodies = queries.offered(cases, by_place)
    kinds = kind_names(context)
    kind = request.GET.get("kind", "") if request.GET.get("kind", "") in kinds else ""
    body = next((one.body for one in bodies if one.body.public_id == request.GET.get("body", "")), None)
    candidates = queries.preview(actor, cases, by_place, body, kind) if body else []
    shown = {
        "cases": cases,
        "bodies": bodies,
        "body": body,
        "kinds": kinds,
        "kind": kind,
        "most": MOST,
        "key": secrets.token_urlsafe(18),
        "rows": [(one.case, wording.NOT_GIVEN.get(one.reason, "")) for one in candidates],
        "passing": sum(not one.reason for one in candidates),
    }
    return render(request, "cases/desk_bulk.html", shown)


@never_cache
@require_safe
@acting("cases.dispatch")
def result(request: HttpRequest, run: str) -> HttpResponse:
    """What became of each case; asks again each second while some wait."""
    actor = actor_of(request)
    order, rows = queries.bulk_run(actor, run)
    outcomes = [row.outcome for row in rows]
    shown = {
        "run": order,
        "rows": [(row, wording.NOT_GIVEN.get(row.reason, "")) for row in rows],
        "waiting": outcomes.count("waiting"),
        "done": outcomes.count("done"),
        "refused": outcomes.count("refused"),
    }
    part = (
        "cases/desk_bulk_result_part.html"
        if request.headers.get("HX-Request")
        else "cases/desk_bulk_result.html"
    )
    return render(request, part, shown)
