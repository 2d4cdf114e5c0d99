"""The caller's own page: opened by number and code, kept open by a signed cookie of this device."""

from __future__ import annotations

import secrets
from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.core import charter, files
from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.middleware import limited_first
from linli.foundation.core.models import StoredFile
from linli.foundation.core.requests import context_of
from linli.foundation.core.rules.actor import public
from linli.work.cases import actions, queries
from linli.work.cases.actions.intake import Receipt, replayed
from linli.work.cases.actions.sorting import JoinReceipt
from linli.work.cases.codes import follow_code
from linli.work.cases.models import Case
from linli.work.cases.rules.judging import RATINGS
from linli.work.cases.views.waits import channel_of, question_of, waits

COOKIE = "linli_cases"
SALT = "linli.cases.caller"
KEEP = 90 * 86400
MANY = 12


def held(request: HttpRequest) -> list[str]:
    """Public ids of the cases this device may open, newest first."""
    raw = request.COOKIES.get(COOKIE, "")
    if not raw:
        return []
    try:
        kept = signing.loads(raw, salt=SALT, max_age=KEEP)
    except signing.BadSignature:
        return []
    district = context_of(request).district
    return [str(p) for d, p in kept if d == district]


def remember(request: HttpRequest, response: HttpResponse, public_id: str) -> HttpResponse:
    district = context_of(request).district
    kept = [public_id, *(p for p in held(request) if p != public_id)][:MANY]
    value = signing.dumps([(district, p) for p in kept], salt=SALT)
    response.set_cookie(
        COOKIE, value, max_age=KEEP, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response


def answer_sent(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    """The same answer for the first send and every repeated one: the page with number and code."""
    response = redirect(reverse("cases:sent", args=[receipt.public_id]))
    response.status_code = 303
    return remember(request, response, receipt.public_id)


def answer_joined(request: HttpRequest, receipt: JoinReceipt) -> HttpResponse:
    """As `answer_sent` for somebody who joined a case: the page with number and own code."""
    response = redirect(reverse("cases:supported", args=[receipt.public_id]))
    response.status_code = 303
    return remember(request, response, receipt.public_id)


def _mine(request: HttpRequest, public_id: str) -> Case:
    """The case, when this device holds it. Raises OutOfScope."""
    context = context_of(request)
    case = queries.by_public_id(context.district, public_id) if public_id in held(request) else None
    if case is None:
        raise OutOfScope(
            "case.not_found",
            _("This page opens with the case's number and code only. Enter them under “Follow”."),
        )
    return case


@never_cache
@require_safe
def sent(request: HttpRequest, public_id: str) -> HttpResponse:
    """Number, code, what was promised, what happens next."""
    case = _mine(request, public_id)
    receipt = replayed(context_of(request), case.public_id)
    return render(request, "cases/sent.html", {"case": case, "receipt": receipt})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited_first("cases.follow")
def follow(request: HttpRequest) -> HttpResponse:
    """Number and code open one case; wrong ones get one answer, whatever was wrong."""
    context = context_of(request)
    shown: dict[str, Any] = {"number": "", "mine": []}
    if request.method == "POST":
        number, code = request.POST.get("number", "")[:40], request.POST.get("code", "")[:40]
        case = queries.by_code(context.district, number, code)
        if case is not None:
            return remember(request, redirect("cases:mine", public_id=case.public_id), case.public_id)
        joined = queries.supporter_by_code(context.district, number, code)
        if joined is not None:
            return remember(
                request, redirect("cases:supported", public_id=joined.public_id), joined.public_id
            )
        shown |= {
            "number": number,
            "code": code,
            "error": _(
                "Number and code do not fit together. Check both on your receipt; if the code is lost, call the number above."
            ),
        }
        return render(request, "cases/follow.html", shown, status=422)
    opened = held(request)
    if opened:
        found = {
            c.public_id: c
            for c in Case.objects.filter(district=context.district, public_id__in=opened).select_related(
                "place"
            )
        }
        shown["mine"] = [found[p] for p in opened if p in found]
    return render(request, "cases/follow.html", shown)


@never_cache
@require_safe
def case_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """How the matter stands, in plain words, and what the caller may do."""
    return _page(request, _mine(request, public_id), {})


def _page(request: HttpRequest, case: Case, extra: dict[str, Any], status: int = 200) -> HttpResponse:
    actor = public(case.district)
    told = queries.story(actor, case, get_language() or "zh-hans", public_only=True)
    rules = charter.current(case.district, context_of(request).now)
    shown = {
        "case": case,
        "story": told,
        "code": follow_code(case.district, case.public_id),
        "ratings": RATINGS,
        "key": secrets.token_urlsafe(18),
        "may_judge": "confirm_solved" in told.verbs,
        "may_add": "add" in told.verbs,
        "waits": waits(told, rules),
        "channel": channel_of(told, rules),
        "question": question_of(told),
        **extra,
    }
    return render(request, "cases/mine.html", shown, status=status)


@require_POST
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Judge, urge, add, reply or withdraw; each carries its own sending number."""
    case = _mine(request, public_id)
    context = context_of(request)
    actor, post = public(context.district), request.POST
    key = post.get("key", "")
    if verb == "judge":
        actions.judge_by_caller(
            actor=actor, context=context, case=case, solved=post.get("solved", ""), rating=post.get("rating", ""),
            note=post.get("note", "")[:2000], key=key,
        )  # fmt: skip
    elif verb == "urge":
        actions.urge_by_caller(actor=actor, context=context, case=case, key=key)
    elif verb == "add":
        actions.add_by_caller(actor=actor, context=context, case=case, text=post.get("text", ""), key=key)
    elif verb == "reply":
        actions.reply_by_caller(actor=actor, context=context, case=case, text=post.get("text", ""), key=key)
    elif verb == "withdraw":
        actions.withdraw_by_caller(actor=actor, context=context, case=case, key=key)
    else:
        raise Http404
    return redirect("cases:mine", public_id=public_id)


@require_safe
def photo(request: HttpRequest, public_id: str, file: str) -> HttpResponse:
    """A picture of the caller's own case, or one just uploaded to a report that is being written."""
    district = context_of(request).district
    case = _mine(request, public_id)
    found = StoredFile.objects.filter(
        district=district, public_id=file, subject_type="case", subject_id=case.id
    ).first()
    if found is None:
        raise Http404
    response: HttpResponse = files.serve(found)  # type: ignore[assignment]  # a streaming response is one too
    return response
