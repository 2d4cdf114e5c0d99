"""What leaves the desk: spreadsheets of lists, printed lists, a printed case with the place for the seal."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.bodies import queries as bodies
from linli.foundation.core import files
from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.requests import actor_of, context_of
from linli.work.cases import exporting, queries
from linli.work.cases.models import CHANNELS, ExportRun
from linli.work.cases.rules.desk import Filters, read
from linli.work.cases.rules.papers import case_digest, grouped
from linli.work.cases.views import wording
from linli.work.cases.views.listing import address, filters_of, kind_names, reads_cases, sentences

PRINTED = 500


@require_POST
@acting()
def export(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered: a file at once, or a place where it will wait."""
    actor, context = actor_of(request), context_of(request)
    reads_cases(actor)
    filters = read(dict(parse_qsl(request.POST.get("query", "")[:2000])), CHANNELS)
    _run, book = exporting.ask_export(
        actor=actor, context=context, filters=filters, key=request.POST.get("key", "")
    )
    if book is None:
        return redirect("cases:exports")
    response = HttpResponse(book, content_type=exporting.MEDIA_TYPE)
    day = context.now.astimezone(context.zone)
    response["Content-Disposition"] = f'attachment; filename="cases-{day:%Y%m%d-%H%M}.xlsx"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


@never_cache
@require_safe
@acting()
def exports(request: HttpRequest) -> HttpResponse:
    """The exports of the acting appointment; the long ones wait here for some days."""
    actor, context = actor_of(request), context_of(request)
    reads_cases(actor)
    rows = [
        (
            run,
            [words for words, _to in sentences(actor, context, _filters(run.query))],
            _state(run, context.now),
        )
        for run in exporting.own_exports(actor, context.now)
    ]
    return render(request, "cases/desk_exports.html", {"rows": rows})


def _filters(asked: str) -> Filters:
    return read(dict(parse_qsl(asked)), CHANNELS)


def _state(run: ExportRun, now: datetime) -> str:
    if run.rows is None:
        return "waiting"
    return "here" if run.file is not None and run.until and run.until > now else "taken"


@never_cache
@require_safe
@acting()
def export_file(request: HttpRequest, run: str) -> HttpResponse:
    """The file of an export of one's own."""
    actor, context = actor_of(request), context_of(request)
    reads_cases(actor)
    stored = exporting.export_file(actor, run, context.now)
    response: HttpResponse = files.serve(stored, download_name=f"cases-{stored.at:%Y%m%d}.xlsx")  # type: ignore[assignment]  # a streaming response is one too
    response["Cache-Control"] = "no-store"
    return response


@never_cache
@require_safe
@acting()
def print_list(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered, on paper: at most 500 rows."""
    actor, context = actor_of(request), context_of(request)
    reads_cases(actor)
    filters = filters_of(request)
    page = queries.filtered_page(actor, filters, context, size=PRINTED)
    names = dict(wording.queues(actor))
    shown = {
        "rows": page.rows,
        "more": bool(page.next_cursor),
        "most": PRINTED,
        "queue_words": names.get(filters.queue, ""),
        "conditions": [words for words, _to in sentences(actor, context, filters)],
        "kinds": kind_names(context),
        "back_url": address(filters),
    }
    return render(request, "cases/desk_print_list.html", shown)


@never_cache
@require_safe
@acting()
def print_case(request: HttpRequest, public_id: str) -> HttpResponse:
    """One case in official layout: number, what is known, the story, digest, place for the seal. Nothing personal."""
    actor, context = actor_of(request), context_of(request)
    reads_cases(actor)
    case = queries.find(actor, public_id)
    if case is None:
        raise OutOfScope("case.not_found", _("There is no such case within your reach."))
    told = queries.story(actor, case, get_language() or "zh-hans")
    digest = case_digest(
        {
            "number": case.number, "kind": case.kind, "place": case.place.name, "text": case.text, "stage": case.stage,
            "received": case.received_at.isoformat(),
            "story": [[row["event"].code, row["at"].isoformat(), row["text"]] for row in told.events],
        }
    )  # fmt: skip
    own = bodies.body(case.district, actor.body).name if actor.body else ""
    shown = {
        "case": case, "story": told, "kinds": kind_names(context), "digest": grouped(digest), "own_body": own,
        "code": _code(request.build_absolute_uri(reverse("cases:case", args=[case.public_id]))),
        "back_url": reverse("cases:case", args=[case.public_id]),
    }  # fmt: skip
    return render(request, "cases/desk_print_case.html", shown)


def _code(text: str) -> SafeString:
    """A QR code as inline SVG, black on white, without style."""
    drawn = segno.make(text, error="m", micro=False)
    return mark_safe(drawn.svg_inline(scale=3, border=2, svgclass=None, lineclass=None, omitsize=False))  # noqa: S308  # drawn by us, the text is in its squares
