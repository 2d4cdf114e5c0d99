"""A report a member of staff met on the way, and one that came on paper: few fields, made for a phone first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from linli.foundation.accounts.gate import acting
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, OutOfScope
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.typed import whole_number
from linli.foundation.places import queries as places
from linli.work.cases import access, actions
from linli.work.cases.actions.hotline import need_phone
from linli.work.cases.actions.intake import Receipt, Report, receive
from linli.work.cases.models import REQUEST_KINDS, Case
from linli.work.cases.queries import hotline as beside
from linli.work.cases.rules.hotline import SHEETS_AT_ONCE
from linli.work.cases.views.hotline import field_errors, new_key, taken, typed_in
from linli.work.cases.views.sorting import answers_in, asked

FIELDS = (
    "key",
    "channel",
    "q",
    "place",
    "kind",
    "kind_of_request",
    "text",
    "phone",
    "name",
    "serial",
    "day",
    "hour",
)
STAFF_CHANNELS = ("staff", "hotline")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acting("cases.record")
def record(request: HttpRequest) -> HttpResponse:
    """Type in a report met on the way or told at the counter."""
    return _form(request, "cases/record.html", paper=False)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acting("cases.record")
def paper(request: HttpRequest) -> HttpResponse:
    """Type in a form that came on paper; beside it, print blank ones."""
    return _form(request, "cases/paper.html", paper=True)


def _form(request: HttpRequest, template: str, *, paper: bool) -> HttpResponse:
    actor, context = actor_of(request), context_of(request)
    if request.method != "POST":
        return _show(request, template, {"key": new_key(), "kind_of_request": "complaint"})
    kept = typed_in(request, FIELDS)
    if request.POST.get("go") == "search" or not kept["place"]:
        found = beside.find_places(actor, kept["q"])
        if request.POST.get("go") == "search":
            errors = {} if found else {"place": _("No place by this name. Try fewer characters.")}
            return _show(request, template, kept, errors, found)
        return _show(
            request, template, kept, {"place": _("Choose the compound from the list or the map.")}, found
        )
    try:
        with transaction.atomic():  # a savepoint: the page is read again after a refusal
            receipt = _received(actor, context, kept, answers_in(request.POST), paper=paper)
    except (Invalid, OutOfScope) as refusal:
        errors = field_errors(refusal)
        if "place" in errors:
            kept["place"] = ""
        return _show(request, template, kept, errors, status=refusal.status)
    return _done(request, actor, receipt, paper=paper)


def _received(
    actor: Actor, context: Context, kept: dict[str, str], answers: dict[str, str], *, paper: bool
) -> Receipt:
    told = Report(
        place=kept["place"], text=kept["text"], kind=kept["kind"], kind_of_request=kept["kind_of_request"] or "complaint",
        name=kept["name"].strip()[:60], phone=need_phone(kept["phone"]),
        channel=kept["channel"] if kept["channel"] in STAFF_CHANNELS else "staff", answers=answers,
    )  # fmt: skip
    if paper:
        return actions.receive_paper(
            actor=actor,
            context=context,
            report=told,
            serial=kept["serial"],
            day=kept["day"],
            hour=kept["hour"],
        )
    return receive(actor=actor, context=context, report=told, key=kept["key"], door="cases.record")


def _done(request: HttpRequest, actor: Actor, receipt: Receipt, *, paper: bool) -> HttpResponse:
    """The case page; number and code instead when they go back on the paper slip or the report is sealed."""
    case = Case.objects.select_related("place").get(district=actor.district, public_id=receipt.public_id)
    if paper or not access.may_read(actor, case):
        return taken(request, actor, receipt)
    return redirect("cases:case", public_id=receipt.public_id)


def _show(
    request: HttpRequest, template: str, kept: dict[str, str], errors: dict[str, Any] | None = None, found: Any = (), status: int = 0,
) -> HttpResponse:  # fmt: skip
    actor, context = actor_of(request), context_of(request)
    rules = charter.current(context.district, context.now)
    chosen = places.place(actor, kept["place"]) if kept.get("place") else None
    today = context.now.astimezone(context.zone).date()
    shown = {
        "kept": kept,
        "errors": errors or {},
        "found": found,
        "chosen": chosen,
        "asked": asked(context, kept.get("kind", ""), answers_in(request.POST), errors),
        "kinds": rules["cases.kinds"],
        "requests": REQUEST_KINDS,
        "text_limit": rules["cases.text_limit"],
        "today": today.isoformat(),
        "oldest": (today - timedelta(days=rules["cases.paper_days"])).isoformat(),
        "paper_days": rules["cases.paper_days"],
        "most_sheets": SHEETS_AT_ONCE,
    }
    return render(request, template, shown, status=status or (422 if errors else 200))


@never_cache
@require_POST
@acting("cases.record")
def paper_print(request: HttpRequest) -> HttpResponse:
    """Blank forms, each with its own serial; the same send prints the same ones again."""
    actor, context = actor_of(request), context_of(request)
    sent = typed_in(request, ("key", "count"))
    try:
        with transaction.atomic():
            serials = actions.print_sheets(
                actor=actor, context=context, count=whole_number(sent["count"]) or 0, key=sent["key"]
            )
    except Invalid as refusal:
        if not refusal.fields:
            raise
        return _show(request, "cases/paper.html", {"key": new_key()}, dict(refusal.fields))
    rules = charter.current(context.district, context.now)
    shown = {
        "serials": serials,
        "requests": REQUEST_KINDS,
        "hotline": rules["office.hotline"],
        "privacy_notice": rules["cases.privacy_notice"],
    }
    return render(request, "cases/paper_sheet.html", shown)
