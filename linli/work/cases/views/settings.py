"""Settings of the district: answer templates, knowledge for advice, and the kinds as the charter has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid
from linli.foundation.core.requests import actor_of, context_of
from linli.work.cases import actions, queries
from linli.work.cases.models import CLASSES
from linli.work.cases.rules.desk import day_of
from linli.work.cases.rules.flow import FINAL, STAGES
from linli.work.cases.rules.templates import PLACEHOLDERS
from linli.work.cases.templatetags.cases import STAGES as STAGE_WORDS
from linli.work.cases.views.listing import kind_names

NEEDS = "cases.settings"
CLOCKS = ("dispatch", "sign_in", "contact", "finish", "starts")


@never_cache
@require_safe
@acting(NEEDS)
def overview(request: HttpRequest) -> HttpResponse:
    """Templates and knowledge, searched by words from one character on."""
    context = context_of(request)
    asked = request.GET.get("q", "").strip()[:60]
    today = context.now.astimezone(context.zone).date()
    shown = {
        "templates": queries.templates(context.district),
        "knowledge": queries.knowledge(context.district, today, text=asked, limit=200, with_past=True),
        "today": today,
        "kinds": kind_names(context),
        "q": asked,
    }
    return render(request, "cases/desk_settings.html", shown)


@never_cache
@require_safe
@acting(NEEDS)
def kinds(request: HttpRequest) -> HttpResponse:
    """What the charter says of kinds and classes, with its basis. Changed by adopting a charter, not here."""
    context = context_of(request)
    rules = charter.current(context.district, context.now)
    clocks = [
        (
            code,
            [
                (name, rules.rules[key])
                for name in CLOCKS
                if (key := f"cases.class.{code}.{name}") in rules.rules
            ],
        )
        for code in CLASSES
    ]
    shown = {
        "rule": rules.rules["cases.kinds"],
        "rows": rules["cases.kinds"],
        "classes": [(code, rows) for code, rows in clocks if rows],
    }
    return render(request, "cases/desk_settings_kinds.html", shown)


@dataclass(slots=True)
class Form:
    """What a form of the settings shows: what was typed, and what is wrong with it."""

    kept: dict[str, Any]
    errors: dict[str, Any] = field(default_factory=dict)
    message: str = ""


def _tried(work: Callable[[], object], form: Form) -> bool:
    """Whether the work was done; a refusal for a field goes into the form."""
    try:
        with transaction.atomic():  # a savepoint: the page is shown again after a refusal
            work()
    except (Invalid, Conflict) as refusal:
        if not refusal.fields:
            raise
        form.errors, form.message = refusal.fields, str(refusal.message)
        return False
    return True


def _typed(request: HttpRequest, *names: str) -> dict[str, Any]:
    return {name: request.POST.get(name, "") for name in names} | {"kinds": request.POST.getlist("kinds")}


def _edited(request: HttpRequest, context: Context, form: Form, template_name: str) -> HttpResponse:
    shown = {
        "form": form,
        "kept": form.kept,
        "kinds": kind_names(context),
        "stages": [(code, STAGE_WORDS[code]) for code in STAGES if code not in FINAL],
        "placeholders": ["{" + name + "}" for name in PLACEHOLDERS],
    }
    return render(request, template_name, shown, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@acting(NEEDS)
def template(request: HttpRequest) -> HttpResponse:
    """A new answer template, another wording of one, or its end."""
    actor, context = actor_of(request), context_of(request)
    if request.method == "GET":
        kept: dict[str, Any] = {"kinds": []}
        if request.GET.get("change"):
            row = queries.template(actor, request.GET["change"])
            kept = {
                "former": row.public_id,
                "title": row.title,
                "text": row.text,
                "kinds": row.kinds,
                "stage": row.stage,
            }
        return _edited(request, context, Form(kept), "cases/desk_settings_template.html")
    form = Form(_typed(request, "former", "title", "text", "stage"))
    if request.POST.get("go") == "end":
        actions.end_template(actor=actor, context=context, template=form.kept["former"])
        return redirect("cases:settings")
    saved = _tried(lambda: actions.save_template(actor=actor, context=context, **form.kept), form)
    return (
        redirect("cases:settings")
        if saved
        else _edited(request, context, form, "cases/desk_settings_template.html")
    )


@never_cache
@require_http_methods(["GET", "POST"])
@acting(NEEDS)
def knowledge(request: HttpRequest) -> HttpResponse:
    """A new piece of knowledge, another wording of one, or its end."""
    actor, context = actor_of(request), context_of(request)
    page = "cases/desk_settings_knowledge.html"
    if request.method == "GET":
        kept: dict[str, Any] = {"kinds": []}
        if request.GET.get("change"):
            row = queries.knowledge_item(actor, request.GET["change"])
            kept = {
                "former": row.public_id, "title": row.title, "text": row.text, "kinds": row.kinds, "source": row.source,
                "valid_until": row.valid_until.isoformat() if row.valid_until else "",
            }  # fmt: skip
        return _edited(request, context, Form(kept), page)
    form = Form(_typed(request, "former", "title", "text", "source", "valid_until"))
    if request.POST.get("go") == "end":
        actions.end_knowledge(actor=actor, context=context, item=form.kept["former"])
        return redirect("cases:settings")
    day = day_of(form.kept["valid_until"])
    if form.kept["valid_until"] and day is None:
        form.errors, form.message = (
            {"valid_until": _("Write a day such as 2027-01-31.")},
            _("Nothing was saved."),
        )
        return _edited(request, context, form, page)
    values = {**form.kept, "valid_until": day}
    saved = _tried(lambda: actions.save_knowledge(actor=actor, context=context, **values), form)
    return redirect("cases:settings") if saved else _edited(request, context, form, page)
