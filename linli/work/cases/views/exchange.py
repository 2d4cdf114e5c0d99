"""The desk of the exchange with the city's hotline: sheets in and out, orders without a place, problems."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.core import files
from linli.foundation.core.errors import Invalid, TooLarge
from linli.foundation.core.requests import actor_of, context_of, too_large
from linli.foundation.places import queries as places
from linli.work.cases.actions import outside_out
from linli.work.cases.actions.outside_orders import choose_place
from linli.work.cases.models import OutsideMessage
from linli.work.cases.outside_sheets import Outcome, load_file
from linli.work.cases.queries import exchange as lists
from linli.work.cases.rules.exchange import RowProblem
from linli.work.cases.sheets import SheetRefused

VERB = "cases.exchange"
SHOWN = 100


def _index(request: HttpRequest, extra: dict[str, Any], status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    wanted = request.GET.get("list", "places")
    name = wanted if wanted in lists.LISTS else "places"
    shown = {
        "list": name,
        "page": lists.exchange_page(actor, name, request.GET.get("after", "")),
        "counts": lists.exchange_counts(actor),
        "names": [
            ("places", _("Waiting for a place")),
            ("problems", _("Not taken")),
            ("waiting", _("Waiting for the city")),
            ("sheets", _("Handed over")),
        ],
        **extra,
    }
    return render(request, "cases/exchange.html", shown, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acting(VERB)
def index(request: HttpRequest) -> HttpResponse:
    """Lists of the exchange; send a sheet of the city."""
    if request.method != "POST":
        return _index(request, {})
    if too_large(request):
        raise TooLarge(
            "exchange.too_large",
            _("The sheet is too large for one upload. Nothing was taken. Divide it and send the parts."),
        )
    sent = request.FILES.get("file")
    if sent is None:
        return _index(request, {"error": _("Choose the sheet of the city's hotline first.")}, status=422)
    try:
        outcome = _loaded(request, sent)
    except SheetRefused as problem:
        return _index(request, {"error": str(problem)}, status=422)
    return _index(request, {"outcome": outcome, "bad": outcome.bad[:SHOWN]})


def _loaded(request: HttpRequest, sent: Any) -> Outcome:
    """Read the upload under a name of ours: what the sender called it goes nowhere near a path."""
    with tempfile.TemporaryDirectory(prefix="linli-exchange-") as folder:
        path = Path(folder) / "sheet"
        with path.open("wb") as kept:
            for chunk in sent.chunks():
                kept.write(chunk)
        with transaction.atomic():
            return load_file(actor=actor_of(request), context=context_of(request), path=path)


@require_POST
@acting(VERB)
def hand_over(request: HttpRequest) -> HttpResponse:
    """Make the sheet of what waits for the city."""
    outside_out.hand_over(actor=actor_of(request), context=context_of(request))
    return redirect(reverse("cases:exchange") + "?list=sheets")


@never_cache
@require_safe
@acting(VERB)
def sheet(request: HttpRequest, public_id: str) -> HttpResponse:
    """A sheet that was handed over; the same file however often it is taken."""
    batch = outside_out.batch_of(actor_of(request), public_id)
    assert batch.file is not None  # batch_of finds only those with a file
    name = f"12345-{batch.at.astimezone(context_of(request).zone):%Y%m%d-%H%M}.xlsx"
    return cast(HttpResponse, files.serve(batch.file, download_name=name))


@never_cache
@require_safe
@acting(VERB)
def attachment(request: HttpRequest, public_id: str) -> HttpResponse:
    """The file of a message to the city, beside the sheet."""
    rows = OutsideMessage.objects.filter(
        district=actor_of(request).district, public_id=public_id, kind="attachment"
    )
    found = rows.select_related("file").first()
    if found is None or found.file is None:
        raise Http404
    return cast(HttpResponse, files.serve(found.file, download_name=str(found.data["name"])))


@require_POST
@acting(VERB)
def set_aside(request: HttpRequest, public_id: str) -> HttpResponse:
    """A problem was dealt with."""
    outside_out.set_aside(actor=actor_of(request), context=context_of(request), message=public_id)
    return redirect(reverse("cases:exchange") + "?list=problems")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acting(VERB)
def order(request: HttpRequest, public_id: str) -> HttpResponse:
    """An order without a place: choose it, or give the order back to the city."""
    actor, context = actor_of(request), context_of(request)
    found = lists.order(actor, public_id)
    if found is None:
        raise Http404
    go = request.POST.get("go", "")
    if go == "return":
        outside_out.return_order(actor=actor, context=context, order=public_id)
        return redirect("cases:exchange")
    query = (request.POST.get("q") or request.GET.get("q") or "").strip()[:60]
    shown = {"order": found, "q": query, "found": [], "error": ""}
    if query:
        shown["found"] = places.search(context.district, query, limit=12)
    if go != "place":
        return render(request, "cases/exchange_order.html", shown)
    try:
        with transaction.atomic():
            case = choose_place(
                actor=actor, context=context, order=public_id, place=request.POST.get("place", "")
            )
    except (Invalid, RowProblem):
        shown["error"] = _("Choose the compound or community from the list.")
        return render(request, "cases/exchange_order.html", shown, status=422)
    return redirect("cases:case", public_id=case.public_id)
