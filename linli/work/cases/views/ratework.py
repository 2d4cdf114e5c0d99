"""Work around the rates: exclusions that two bodies decide, samples that another body hears again."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.core import charter
from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope
from linli.foundation.core.requests import actor_of, context_of
from linli.work.cases import access, actions, queries
from linli.work.cases.actions.sampling import checkable
from linli.work.cases.models import RESULTS
from linli.work.cases.queries import ratepages

RESULT_WORDS: dict[str, str | Promise] = {
    "confirmed": lazy("As it was recorded"),
    "differs": lazy("Not as it was recorded"),
    "not_possible": lazy("Could not be found out"),
}
PURPOSE_WORDS: dict[str, str | Promise] = {
    "heard_again": lazy("Call-back heard again"),
    "no_contact": lazy("Recorded by the handling body without a contact"),
}
DECIDE = {"approve": actions.approve_exclusion, "withdraw": actions.withdraw_exclusion}


def _reasons(request: HttpRequest) -> dict[str, Any]:
    context = context_of(request)
    rows = charter.current(context.district, context.now)["cases.rates.exclusion_reasons"]
    return {row["code"]: row["name"] for row in rows}


@never_cache
@require_safe
@acting("cases.rates")
def exclusions(request: HttpRequest) -> HttpResponse:
    """What is left out or proposed to be, newest first."""
    actor = actor_of(request)
    rows, cursor = ratepages.exclusions(actor, request.GET.get("after", ""))
    shown = {
        "rows": rows, "next_cursor": cursor, "reasons": _reasons(request),
        "may_approve": actor.may("cases.approve_exclusion"), "may_propose": actor.may("cases.exclude"), "own_body": actor.body,
    }  # fmt: skip
    return render(request, "cases/rates_exclusions.html", shown)


@never_cache
@require_http_methods(["GET", "POST"])
@acting("cases.exclude")
def propose(request: HttpRequest, public_id: str) -> HttpResponse:
    """Propose to leave one case out."""
    actor, context = actor_of(request), context_of(request)
    case = queries.find(actor, public_id)
    if case is None:
        raise OutOfScope("case.not_found", _("There is no such case within your reach."))
    if not access.may("exclude", actor, case):
        raise NotAllowed(
            "case.exclusion_right",
            _("The appointment you act in may not leave cases out of the rates. Switch appointment."),
        )
    shown = {
        "case": case,
        "reasons": _reasons(request),
        "kept": request.POST,
        "refusal": None,
        "standing": ratepages.exclusion_of(actor, case),
    }
    if request.method == "GET":
        return render(request, "cases/rates_propose.html", shown)
    try:
        with transaction.atomic():  # a savepoint: the page is read again after a refusal
            actions.propose_exclusion(
                actor=actor, context=context, case=public_id, reason=request.POST.get("reason", ""), text=request.POST.get("text", ""),
            )  # fmt: skip
    except Invalid as refusal:
        return render(request, "cases/rates_propose.html", {**shown, "refusal": refusal}, status=422)
    return redirect("cases:rate_exclusions")


@require_POST
@acting("cases.rates")
def decide(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Approve a proposal, or take one back."""
    if verb not in DECIDE:
        raise Http404
    DECIDE[verb](actor=actor_of(request), context=context_of(request), exclusion=public_id)
    return redirect("cases:rate_exclusions")


@never_cache
@require_safe
@acting("cases.callback")
def samples(request: HttpRequest) -> HttpResponse:
    """Drawn cases that wait to be heard again, with what may be written down by whom."""
    actor = actor_of(request)
    rows, cursor = ratepages.open_samples(actor, request.GET.get("after", ""))
    context, mine = context_of(request), checkable(actor, rows)
    shown = {
        "rows": [(row, row.id in mine, PURPOSE_WORDS[row.draw.purpose]) for row in rows], "next_cursor": cursor,
        "results": [(code, RESULT_WORDS[code]) for code in RESULTS[1:]],
        "kinds": {r["code"]: r["name"] for r in charter.current(context.district, context.now)["cases.kinds"]},
    }  # fmt: skip
    return render(request, "cases/rates_samples.html", shown)


@require_POST
@acting("cases.callback")
def check(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write down what asking again showed."""
    actions.check_sample(
        actor=actor_of(request),
        context=context_of(request),
        sample=public_id,
        result=request.POST.get("result", ""),
    )
    return redirect("cases:samples")
