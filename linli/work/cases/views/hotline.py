"""The hotline desk: one page, by keyboard, from the caller's number to the code that is read out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, OutOfScope, Refused
from linli.foundation.core.idempotency import KeyReused
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places import pinyin
from linli.foundation.places import queries as places
from linli.foundation.places.models import Place
from linli.work.cases import access, actions, queries
from linli.work.cases.actions.advising import ADVICE
from linli.work.cases.actions.hotline import need_phone
from linli.work.cases.actions.intake import Receipt, Report, receive
from linli.work.cases.models import LINES, REQUEST_KINDS, Case
from linli.work.cases.queries import hotline as beside
from linli.work.cases.rules.hotline import line_of_scope
from linli.work.cases.views.sorting import answers_in, asked

MAX_FIELD = 6000
MAX_ANSWER = 5000
PART = "X-Linli-Part"


@dataclass(frozen=True, slots=True)
class Call:
    """What the clerk has typed so far."""

    key: str = ""
    line: str = ""
    phone: str = ""
    name: str = ""
    place: str = ""
    q: str = ""
    kind: str = ""
    kind_of_request: str = "complaint"
    text: str = ""
    answer: str = ""


@dataclass(slots=True)
class Screen:
    """The desk as it is shown: what was typed, what was refused, what stands beside it."""

    call: Call
    errors: dict[str, Any] = field(default_factory=dict)
    found: list[Place] = field(default_factory=list)
    status: int = 200


def typed_in(request: HttpRequest, names: tuple[str, ...]) -> dict[str, str]:
    """Fields of a sent form, without what no database takes, cut far above every limit."""
    return {name: request.POST.get(name, "")[:MAX_FIELD].replace("\x00", "") for name in names}


def new_key() -> str:
    return secrets.token_urlsafe(18)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acting("cases.record")
def hotline(request: HttpRequest) -> HttpResponse:
    """Take a call: `go` says whether to save, to go on with the same caller, or to search without scripts."""
    actor, context = actor_of(request), context_of(request)
    if request.method != "POST":
        return _show(request, Screen(Call(key=new_key(), line=line_of_scope(actor.scope))))
    call = Call(**typed_in(request, tuple(f.name for f in fields(Call))))
    if call.line not in LINES[1:]:
        call = replace(call, line=line_of_scope(actor.scope))
    go = request.POST.get("go", "send")
    if go == "again":
        kept = Call(key=new_key(), line=call.line, phone=call.phone, name=call.name, place=call.place)
        return _show(request, Screen(kept))
    if go == "search":
        return _show(request, Screen(call, found=beside.find_places(actor, call.q)))
    return _send(request, actor, context, call)


def _send(request: HttpRequest, actor: Actor, context: Context, call: Call) -> HttpResponse:
    if not call.place:
        found = beside.find_places(actor, call.q)
        if len(found) != 1:
            words = (
                _("Choose the place from the list.")
                if found
                else _("No place by this name. Try fewer characters.")
            )
            return _show(request, Screen(call, {"place": words}, found, 422))
        call = replace(call, place=found[0].public_id)
    try:
        with transaction.atomic():  # a savepoint: the page is read again after a refusal
            told = Report(
                place=call.place, text=call.text, kind=call.kind, kind_of_request=call.kind_of_request,
                name=call.name.strip()[:60], phone=need_phone(call.phone), channel="hotline", line=call.line,
                answers=answers_in(request.POST),
            )  # fmt: skip
            check_advice(call)
            receipt = receive(actor=actor, context=context, report=told, key=call.key, door="cases.record")
            if call.answer.strip() and not receipt.replay:
                actions.answer_at_intake(
                    actor=actor, context=context, case=receipt.public_id, text=call.answer
                )
    except KeyReused:
        words = _(
            "This page was saved before with other words, and a case was made of them. Save again only if this is another matter."
        )
        return _show(request, Screen(replace(call, key=new_key()), {"form": words}, status=422))
    except (Invalid, OutOfScope) as refusal:
        return _show(request, refused(call, refusal))
    return taken(request, actor, receipt, call)


def check_advice(call: Call) -> None:
    """Only advice ends a call at once. Raises Invalid for an answer to anything else, or one too long."""
    if not call.answer.strip():
        return
    words = ""
    if call.kind_of_request not in ADVICE:
        words = _(
            "Only a question, a suggestion or praise is answered at once. Empty this field, or change the kind of request."
        )
    elif len(call.answer.strip()) > MAX_ANSWER:
        words = _("At most %(n)d characters fit. Shorten the answer a little.") % {"n": MAX_ANSWER}
    if words:
        raise Invalid("case.advice", words, fields={"answer": words})


def field_errors(refusal: Invalid | OutOfScope) -> dict[str, Any]:
    """Sentences by field; a refusal that is about no field goes on as it is."""
    if refusal.code == "case.place_scope":
        return {"place": refusal.message}
    if not refusal.fields:
        raise refusal
    return dict(refusal.fields)


def refused(call: Call, refusal: Invalid | OutOfScope) -> Screen:
    """The page again with everything typed; a place that cannot be taken is asked for anew."""
    errors = field_errors(refusal)
    if "place" in errors:
        call = replace(call, place="")
    return Screen(call, errors, status=refusal.status)


def taken(request: HttpRequest, actor: Actor, receipt: Receipt, call: Call | None = None) -> HttpResponse:
    """Number and follow code, large, to be read out. Only the answer to the sending shows the code."""
    case = Case.objects.select_related("place").get(district=actor.district, public_id=receipt.public_id)
    shown = {
        "receipt": receipt,
        "case": case,
        "call": call,
        "danger": case.case_class == "P0",
        "may_open": access.may_read(actor, case),
        "advised": case.stage == "answered_at_intake",
        "sealed": case.kind_of_request == "misconduct",
    }
    return render(request, "cases/hotline_taken.html", shown)


def _show(request: HttpRequest, screen: Screen) -> HttpResponse:
    actor, context = actor_of(request), context_of(request)
    rules = charter.current(context.district, context.now)
    chosen = places.place(actor, screen.call.place) if screen.call.place else None
    if chosen is not None and (chosen.valid_to is not None or not actor.covers(chosen.path)):
        chosen = None
    shown = {
        "screen": screen,
        "call": screen.call,
        "errors": screen.errors,
        "chosen": chosen,
        "lines": rules["cases.lines"],
        "asked": asked(context, screen.call.kind, answers_in(request.POST), screen.errors),
        "kinds": kinds_to_find(rules["cases.kinds"]),
        "requests": REQUEST_KINDS,
        "advice": " ".join(sorted(ADVICE)),
        "text_limit": rules["cases.text_limit"],
        "danger_words": " ".join(rules["cases.danger_words"]),
        "here": beside.open_here(actor, chosen) if chosen is not None else [],
    }
    return render(request, "cases/hotline.html", shown, status=screen.status)


def kinds_to_find(rows: Any) -> list[dict[str, Any]]:
    """The charter's kinds, each with the ways it is typed: both names, pinyin, initials."""
    return [{"code": r["code"], "name": r["name"], "words": _words(r["name"].zh, r["name"].en)} for r in rows]


@lru_cache(maxsize=500)
def _words(zh: str, en: str) -> str:
    return "|".join((zh, en.lower(), *pinyin.readings(zh)))


def _part(request: HttpRequest, template: str, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """A piece of the page; the mark tells it from a whole page, such as the one that asks to sign in again."""
    response = render(request, template, shown, status=status)
    response[PART] = "1"
    return response


@never_cache
@require_POST
@acting("cases.record")
def caller(request: HttpRequest) -> HttpResponse:
    """Earlier cases of the number that calls, masked."""
    actor, context = actor_of(request), context_of(request)
    try:
        found = actions.look_up_caller(actor=actor, context=context, phone=request.POST.get("phone", "")[:40])
    except Refused as refusal:
        return _part(request, "cases/hotline_caller.html", {"refusal": refusal}, refusal.status)
    shown = {"found": found, "kinds": _kinds(context), "key": new_key()}
    return _part(request, "cases/hotline_caller.html", shown)


def _kinds(context: Context) -> dict[str, Any]:
    return {row["code"]: row["name"] for row in charter.current(context.district, context.now)["cases.kinds"]}


@never_cache
@require_safe
@acting("cases.record")
def found_places(request: HttpRequest) -> HttpResponse:
    """Places within reach by what was typed so far."""
    found = beside.find_places(actor_of(request), request.GET.get("q", "")[:60].replace("\x00", ""))
    return _part(request, "cases/hotline_places.html", {"found": found})


@never_cache
@require_safe
@acting("cases.record")
def here(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open cases of a place: perhaps the caller's matter stands there already."""
    actor = actor_of(request)
    place = places.place(actor, public_id)
    if place is None or not actor.covers(place.path):
        raise OutOfScope("case.place_scope", _("This place is not within the reach of your appointment."))
    shown = {"here": beside.open_here(actor, place), "kinds": _kinds(context_of(request)), "chosen": place}
    return _part(request, "cases/hotline_here.html", shown)


@never_cache
@require_safe
@acting("cases.record")
def known(request: HttpRequest) -> HttpResponse:
    """What the district knows about a question: read out, or put into the answer."""
    context = context_of(request)
    typed = request.GET.get("known", "")[:60].replace("\x00", "").strip()
    today = context.now.astimezone(context.zone).date()
    found = queries.knowledge(context.district, today, text=typed, limit=8) if typed else []
    return _part(request, "cases/hotline_known.html", {"found": found, "typed": typed})


@require_POST
@acting("cases.record")
def said(request: HttpRequest, public_id: str) -> HttpResponse:
    """The caller urges, adds to or withdraws an earlier case; a refusal stands where the case stood."""
    actor, context = actor_of(request), context_of(request)
    sent = typed_in(request, ("phone", "verb", "text", "key"))
    try:
        with transaction.atomic():
            case = actions.said_by_phone(actor=actor, context=context, case=public_id, **sent)
    except Refused as refusal:
        shown = {"refusal": refusal, "typed": sent["text"]}
        return _part(request, "cases/hotline_said.html", shown, refusal.status)
    if request.headers.get(PART) != "1":
        return redirect("cases:case", public_id=case.public_id)
    return _part(request, "cases/hotline_said.html", {"case": case, "verb": sent["verb"]})
