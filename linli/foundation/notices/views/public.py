"""What everybody reads: the list, a notice, its objections, the rules library."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from linli.foundation.core import charter, ratelimit
from linli.foundation.core.middleware import address_of
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.notices import actions, queries, rules
from linli.foundation.notices.actions.common import today
from linli.foundation.notices.forms import ObjectionForm
from linli.foundation.notices.models import Notice
from linli.foundation.notices.views.common import address, code, once, tried
from linli.foundation.places import queries as places

DOOR = "notices.object"


@require_safe
def public_list(request: HttpRequest) -> HttpResponse:
    """Notices, newest first, of the district or of one place with what lies above and below it."""
    context = context_of(request)
    place = places.place(context.district, request.GET["place"]) if request.GET.get("place") else None
    page = queries.public_page(
        context.district, path=place.path if place else "", kind=request.GET.get("kind", ""),
        after=request.GET.get("after", ""), before=request.GET.get("before", ""),
    )  # fmt: skip
    return render(request, "notices/list.html", {
        "page": page, "place": place, "kind": request.GET.get("kind", ""), "kinds": Notice.Kind, "today": today(context),
    })  # fmt: skip


@require_safe
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One notice as it was published, with its check code; a withdrawn one shows why instead of its text."""
    context, actor = context_of(request), actor_of(request)
    notice = queries.notice(actor, public_id)
    received, answered = queries.objection_counts(notice)
    return render(request, "notices/detail.html", {
        "notice": notice, "received": received, "answered": answered, "correction": queries.correction_of(notice),
        "code": code(address(request, notice)), "short": rules.grouped(notice.digest), "today": today(context),
        "open": notice.stage == rules.RUNNING and rules.objections_open(today(context), notice.objections_until),
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
def object_to(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say something against a notice; a second send of the same form stores nothing."""
    context, actor = context_of(request), actor_of(request)
    notice = queries.notice(actor, public_id)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _limit(request)
        words = form.cleaned_data

        def make() -> str:
            return actions.object_to(
                actor=actor,
                context=context,
                notice=notice,
                text=words["text"],
                phone=words["phone"],
                name=words["name"],
            ).public_id

        parts = [public_id, words["text"], words["phone"], words["name"]]
        reference = tried(form, lambda: once(request, DOOR, parts, make))
        if reference is not None:
            return redirect("notices:objection", reference)
    status = 422 if form.is_bound else 200
    return render(request, "notices/object.html", {"form": form, "notice": notice}, status=status)


def _limit(request: HttpRequest) -> None:
    context = context_of(request)
    limit = charter.current(context.district, context.now)[f"limit.{DOOR}"]
    who = ratelimit.who_is(address_of(request))
    ratelimit.take(DOOR, who, ratelimit.Limit(limit["burst"], limit["per_hour"]), district=context.district)


@require_safe
def objection(request: HttpRequest, public_id: str) -> HttpResponse:
    """Receipt and, later, the answer: found by the number on the receipt."""
    return render(
        request,
        "notices/objection.html",
        {"objection": queries.objection(context_of(request).district, public_id)},
    )


@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """Rules in force, or those that have ended."""
    context = context_of(request)
    ended = request.GET.get("ended") == "1"
    return render(request, "notices/library.html", {
        "rules": queries.library(context.district, today(context), ended=ended), "ended": ended,
    })  # fmt: skip


@require_safe
def library_rule(request: HttpRequest, public_id: str) -> HttpResponse:
    """One rule with the charter values that rest on it."""
    context = context_of(request)
    rule = queries.library_rule(context.district, public_id)
    return render(request, "notices/library_rule.html", {
        "rule": rule, "bases": queries.bases(rule, context.now), "today": today(context),
    })  # fmt: skip
