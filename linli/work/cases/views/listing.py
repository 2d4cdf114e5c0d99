"""The desk's list: queues, filters kept in the address, filters saved by name."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.bodies import queries as bodies
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import NotAllowed
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places import queries as places
from linli.work.cases import actions, queries
from linli.work.cases.models import CHANNELS, CLASSES
from linli.work.cases.rules.desk import Filters, query, read
from linli.work.cases.rules.flow import STAGES
from linli.work.cases.templatetags.cases import CHANNELS as CHANNEL_WORDS
from linli.work.cases.templatetags.cases import STAGES as STAGE_WORDS
from linli.work.cases.views import wording

PLACE_LEVELS = ("subdistrict", "community", "compound")


def filters_of(request: HttpRequest) -> Filters:
    """What the address asks for."""
    return read(request.GET.dict(), CHANNELS)


def reads_cases(actor: Actor) -> None:
    """Raises NotAllowed for an appointment without case work."""
    if not (actor.may("cases.read") or actor.may("cases.read_assigned")):
        raise NotAllowed("cases.read", _("The appointment you act in has no case work. Switch appointment."))


@never_cache
@require_safe
@acting()
def queue(request: HttpRequest) -> HttpResponse:
    """My work by next due moment; filters are sentences."""
    actor, context = actor_of(request), context_of(request)
    reads_cases(actor)
    filters = filters_of(request)
    chosen = _chosen(request, actor, filters)
    if isinstance(chosen, HttpResponseRedirect):
        return chosen
    return _shown(request, actor, context, filters, chosen)


@never_cache
@require_safe
@acting("cases.callback")
def callbacks(request: HttpRequest) -> HttpResponse:
    """Answered cases whose callers have not judged yet."""
    actor, context = actor_of(request), context_of(request)
    reads_cases(actor)
    return _shown(request, actor, context, replace(filters_of(request), queue="callback"), {})


def address(filters: Filters) -> str:
    """The page of a filtered list."""
    asked = query(filters)
    return reverse("cases:queue") + (f"?{asked}" if asked else "")


def _chosen(request: HttpRequest, actor: Actor, filters: Filters) -> HttpResponseRedirect | dict[str, Any]:
    """A place or body typed by name: at once when only one fits, else a choice of those that do."""
    typed_place = request.GET.get("place_name", "").strip()[:60]
    typed_body = request.GET.get("body_name", "").strip()[:60]
    if typed_place:
        within = places.in_scope(actor)
        found = places.search(actor.district, typed_place, limit=12, levels=PLACE_LEVELS, within=within)
        options = [
            (replace(filters, place=p.public_id), p.name, p.parent.name if p.parent else "") for p in found
        ]
    elif typed_body:
        rows = bodies.page(actor, text=typed_body, size=12).rows
        options = [(replace(filters, body=b.public_id), b.name, "") for b in rows]
    else:
        return {}
    if len(options) == 1:
        return redirect(address(options[0][0]))
    return {
        "typed": typed_place or typed_body,
        "choices": [(address(to), name, more) for to, name, more in options],
    }


def kind_names(context: Context) -> dict[str, str]:
    """Names of the charter's kinds by code, in the reader's language: a list asks for many of them."""
    language = get_language() or "zh-hans"
    rows = charter.current(context.district, context.now)["cases.kinds"]
    return {row["code"]: row["name"].in_language(language) for row in rows}


def named(actor: Actor, context: Context, filters: Filters) -> dict[str, str]:
    """Names of the kind, the place and the body that a list is narrowed to, where the actor may know them."""
    names = {"kind": kind_names(context).get(filters.kind, "")}
    if filters.place:
        place = places.visible_to(actor).filter(public_id=filters.place).first()
        names["place"] = place.name if place else ""
    if filters.body:
        body = bodies.in_scope(actor).filter(public_id=filters.body).first()
        names["body"] = body.name if body else ""
    return names


def sentences(actor: Actor, context: Context, filters: Filters) -> list[tuple[str, str]]:
    """Each condition in words with the address of the list without it."""
    names = named(actor, context, filters)
    return [
        (wording.condition(name, filters, names), address(filters.without(name)))
        for name in filters.narrowed()
    ]


def _shown(
    request: HttpRequest, actor: Actor, context: Context, filters: Filters, extra: dict[str, Any]
) -> HttpResponse:
    found = queries.narrowed(actor, filters, context)
    shown = {
        "page": queries.paged(found.rows, filters.queue, request.GET.get("after", "")),
        "total": wording.total_words(None if found.many else queries.total(found.rows)),
        "key": secrets.token_urlsafe(18),
        "filters": filters,
        "query": query(filters),
        "hidden": parse_qsl(query(filters.without("q"))),
        "may_dispatch": actor.may("cases.dispatch"),
        "queues": [
            (address(replace(filters, queue=code)), words, code) for code, words in wording.queues(actor)
        ],
        "sentences": sentences(actor, context, filters),
        "kinds": kind_names(context),
        "saved": queries.saved_filters(actor),
        "options": _options(),
        **extra,
    }
    return render(request, "cases/queue.html", shown)


def _options() -> dict[str, Any]:
    return {
        "stages": [(code, STAGE_WORDS[code]) for code in STAGES],
        "classes": CLASSES,
        "channels": [(code, CHANNEL_WORDS.get(code, code)) for code in CHANNELS],
        "due": wording.DUE.items(),
        "holds": wording.HOLDS.items(),
        "judged": wording.JUDGED.items(),
    }


@require_POST
@acting()
def keep(request: HttpRequest) -> HttpResponse:
    """Save the list as it is filtered now under a name."""
    actor, context = actor_of(request), context_of(request)
    reads_cases(actor)
    row = actions.save_filter(
        actor=actor, context=context, name=request.POST.get("name", ""), address=request.POST.get("query", "")
    )
    return redirect(f"{reverse('cases:queue')}?{row.query}")


@require_POST
@acting()
def change(request: HttpRequest, saved: str) -> HttpResponse:
    """Rename or delete a saved filter."""
    actor, context = actor_of(request), context_of(request)
    reads_cases(actor)
    if request.POST.get("go") == "delete":
        actions.delete_filter(actor=actor, context=context, saved=saved)
    else:
        actions.rename_filter(actor=actor, context=context, saved=saved, name=request.POST.get("name", ""))
    return redirect(f"{reverse('cases:queue')}?{request.POST.get('query', '')}".rstrip("?"))
