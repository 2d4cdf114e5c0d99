"""Importing a list: send it, confirm the columns, look at the problems, import, take the error file."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.foundation.accounts.gate import acting
from linli.foundation.core import files
from linli.foundation.core.errors import TooLarge
from linli.foundation.core.requests import actor_of, context_of, too_large
from linli.foundation.places import access, actions, forms
from linli.foundation.places.actions.imports.run import PREVIEW_ROWS, Preview, known_kind, max_bytes
from linli.foundation.places.actions.imports.sentences import field_name
from linli.foundation.places.models import ImportRun
from linli.foundation.places.rules.cells import shown
from linli.foundation.places.rules.columns import COLUMNS
from linli.foundation.places.views.common import attempt, limited

RECENT = 20
PROBLEMS_SHOWN = 100


def _run(request: HttpRequest, public_id: str) -> ImportRun:
    found = access.runs_visible_to(actor_of(request)).filter(public_id=public_id)
    run = found.select_related("file", "errors").first()
    if run is None:
        raise Http404
    return run


@require_http_methods(["GET", "HEAD", "POST"])
@acting("places.import")
def upload(request: HttpRequest) -> HttpResponse:
    """Send a list, and the lists sent lately."""
    actor, context = actor_of(request), context_of(request)
    form = forms.UploadForm(initial={"kind": "compounds"})
    if request.method == "POST":
        if too_large(request):
            raise TooLarge(
                "import.too_large",
                _("The file is too large for one list. Nothing was stored. Divide the list."),
            )
        limited(request, "places.import", f"user:{actor.user}")
        form = forms.UploadForm(request.POST, request.FILES)
        if form.is_valid():
            kind, sent = form.cleaned_data["kind"], form.cleaned_data["file"]
            data = sent.read(max_bytes(context.district, context.now) + 1)
            run = attempt(
                form, lambda: actions.begin_import(actor=actor, kind=kind, data=data, now=context.now)
            )
            if run is not None:
                return redirect("places:import_run", run.public_id)
    recent = access.runs_visible_to(actor).order_by("-started_at", "-id")[:RECENT]
    return render(
        request, "places/upload.html", {"form": form, "recent": recent}, status=422 if form.errors else 200
    )


def _sample(seen: Preview) -> list[dict[str, object]]:
    """The first rows as they stand, each with its problems."""
    by_line: dict[int, list[str]] = {}
    for problem in seen.checked.problems:
        words = f"{problem.column}: {problem.sentence}" if problem.column else problem.sentence
        by_line.setdefault(problem.line, []).append(words)
    return [
        {"line": line, "cells": [shown(cell) for cell in row], "problems": by_line.get(line, [])}
        for line, row in seen.table.rows[:PREVIEW_ROWS]
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@acting("places.import")
def import_run(request: HttpRequest, public_id: str) -> HttpResponse:
    """Confirm the columns and see what would happen; or what has happened."""
    actor, context = actor_of(request), context_of(request)
    run = _run(request, public_id)
    if run.state == ImportRun.State.DONE:
        return render(request, "places/import_done.html", {"run": run})
    kind = known_kind(run.kind)
    names = {column.field: field_name(kind, column.field) for column in COLUMNS[kind]}
    seen = actions.preview(actor=actor, run=run, now=context.now)
    if request.method == "POST":
        form = forms.MappingForm(kind, seen.table.headers, names, request.POST)
        if form.is_valid():
            actions.save_mapping(actor=actor, run=run, mapping=form.mapping(), now=context.now)
            return redirect("places:import_run", run.public_id)
    else:
        chosen = {f"column_{field}": str(at) for field, at in seen.mapping.items()}
        form = forms.MappingForm(kind, seen.table.headers, names, initial=chosen)
    values = {
        "run": run, "form": form, "seen": seen, "good": len(seen.checked.good), "bad": seen.checked.bad,
        "sample": _sample(seen), "problems": seen.checked.problems[:PROBLEMS_SHOWN],
        "missing": [names[field] for field in seen.missing],
    }  # fmt: skip
    return render(request, "places/import.html", values, status=422 if form.errors else 200)


@require_POST
@acting("places.import")
def import_now(request: HttpRequest, public_id: str) -> HttpResponse:
    """Import the good rows."""
    run = _run(request, public_id)
    if run.state != ImportRun.State.DONE:
        actions.import_run(actor=actor_of(request), run=run, now=context_of(request).now)
    return redirect("places:import_run", run.public_id)


@require_GET
@acting("places.import")
def import_errors(request: HttpRequest, public_id: str) -> HttpResponse:
    """The rows that were not imported, with their problems."""
    run = _run(request, public_id)
    if run.errors is None:
        raise Http404
    answer = files.serve(run.errors, download_name=f"linli-{run.kind}-{run.public_id}.xlsx")
    return cast(HttpResponse, answer)  # a streamed answer has the same headers
