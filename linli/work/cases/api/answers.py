"""Answers and errors of Open311 in both forms, and the frame that every address of it stands in."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Refused
from linli.foundation.core.middleware import address_of
from linli.foundation.core.ratelimit import Limit, take, who_is
from linli.foundation.core.requests import context_of, district_of, hang
from linli.work.cases.rules import open311 as rules

FORMS = ("xml", "json")
# The standard knows 404, 403 and 400; the others are said by HTTP itself: too much, too often, not now.
KEPT_STATUSES = (403, 404, 413, 429, 503)


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of an error answer. `code` may be finer than the HTTP status."""

    status: int
    words: str | Promise
    code: str = ""


class Problems(Exception):
    """What was asked cannot be answered: one or several reasons."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    @property
    def status(self) -> int:
        """One HTTP status for all: no key before everything, 404 when nothing else is wrong, 400 otherwise."""
        statuses = {problem.status for problem in self.problems}
        if 403 in statuses:
            return 403
        return statuses.pop() if len(statuses) == 1 else 400


def answer(form: str, name: str, value: Any, status: int = 200) -> HttpResponse:
    """The same value as XML under its name or as JSON without it."""
    if form == "xml":
        return HttpResponse(rules.xml(name, value), status=status, content_type="text/xml; charset=utf-8")
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return HttpResponse(text, status=status, content_type="application/json; charset=utf-8")


def errors(form: str, status: int, problems: Sequence[Problem]) -> HttpResponse:
    """The errors form of the standard."""
    rows = [{"code": p.code or str(p.status), "description": str(p.words)} for p in problems]
    return answer(form, "errors", rows, status)


def of_refusal(refusal: Refused) -> Problems:
    """A refusal of an action in the standard's words; its sentences by field are lines of their own."""
    status = refusal.status if refusal.status in KEPT_STATUSES else 400
    code = str(refusal.status)
    lines = [Problem(status, words, code) for words in refusal.fields.values()]
    return Problems(*(lines or [Problem(status, refusal.message, code)]))


View = Callable[..., HttpResponse]


def door(view: View) -> View:
    """An address of Open311: form, jurisdiction, errors in the standard's form. Its view gets the form."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, form: str = "json", **kwargs: Any) -> HttpResponse:
        if form not in FORMS:
            raise Http404
        try:
            check_jurisdiction(request)
            return view(request, *args, form=form, **kwargs)
        except Problems as found:
            return errors(form, found.status, found.problems)
        except Refused as refusal:
            # The middleware reads it for its notice; the transaction rolls back because the status is 4xx.
            hang(request, linli_refusal=refusal)
            told = of_refusal(refusal)
            response = errors(form, told.status, told.problems)
            if "retry_after" in refusal.facts:
                response["Retry-After"] = str(refusal.facts["retry_after"])
            return response

    return answered


def check_jurisdiction(request: HttpRequest) -> None:
    """Each address serves one district; a jurisdiction that is named must be this one. Raises Problems."""
    asked = request.GET.get("jurisdiction_id", "") or request.POST.get("jurisdiction_id", "")
    known_as(request, asked)


def known_as(request: HttpRequest, asked: str) -> None:
    """Raise Problems unless the name is this district's short name, code or host, or empty."""
    district = district_of(request)
    if asked.strip() and asked.strip() not in (district.slug, str(district.id), district.host):
        raise Problems(
            Problem(404, _("jurisdiction_id is not known here. This address serves one district."))
        )


def limited_read(request: HttpRequest, context: Context) -> None:
    """Reading is limited by the sender's address. Raises TooMany."""
    rule = charter.current(context.district, context.now)["limit.cases.open_read"]
    limit = Limit(rule["burst"], rule["per_hour"])
    take("cases.open_read", who_is(address_of(request)), limit, district=context.district)


def context_for_reading(request: HttpRequest) -> Context:
    """The request's context, after its rate limit."""
    context = context_of(request)
    limited_read(request, context)
    return context
