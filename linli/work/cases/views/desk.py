"""The desk: one case page, its verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.bodies import queries as bodies
from linli.foundation.core import charter, files
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope
from linli.foundation.core.models import StoredFile
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people import queries as people
from linli.foundation.people.actions import reveal as reveal_person
from linli.foundation.people.rules import Task
from linli.work.cases import access, actions, queries
from linli.work.cases.models import Case
from linli.work.cases.rules.judging import RATINGS
from linli.work.cases.views import flowforms
from linli.work.cases.views.flowforms import Ground, forms
from linli.work.cases.views.waits import channel_of, waits


def _both(request: HttpRequest) -> tuple[Actor, Context]:
    return actor_of(request), context_of(request)


def _reads(actor: Actor) -> None:
    if not (actor.may("cases.read") or actor.may("cases.read_assigned")):
        raise NotAllowed("cases.read", _("The appointment you act in has no case work. Switch appointment."))


def _kinds(request: HttpRequest) -> dict[str, Any]:
    _actor, context = _both(request)
    return {row["code"]: row["name"] for row in charter.current(context.district, context.now)["cases.kinds"]}


@never_cache
@require_safe
@acting()
def case_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """One case: the story left, the facts right, what I may do."""
    actor, _context = _both(request)
    _reads(actor)
    return _page(request, _found(actor, public_id), {})


def _found(actor: Actor, public_id: str) -> Case:
    case = queries.find(actor, public_id)
    if case is None:
        raise OutOfScope("case.not_found", _("There is no such case within your reach."))
    return case


def _page(request: HttpRequest, case: Case, extra: dict[str, Any], status: int = 200) -> HttpResponse:
    actor, context = _both(request)
    rules = charter.current(context.district, context.now)
    language = get_language() or "zh-hans"
    told = queries.story(actor, case, language)
    choosing = {"dispatch", "add_joint", "call_whistle"} & set(told.verbs)
    serving = bodies.handling_bodies(case.district, case.place) if choosing else []
    own_kind = bodies.body(case.district, actor.body).kind if actor.body else ""
    contact = None
    shows_contact = access.may_see_contact(actor, case, rules["cases.contact_hidden_from"], own_kind)
    if shows_contact and case.contact_id:
        contact = people.masked(case.district, [case.contact_id]).get(case.contact_id)
    shown = {
        "case": case,
        "story": told,
        "kinds": _kinds(request),
        "contact": contact,
        "contact_hidden": case.contact_id is not None and not shows_contact,
        "bodies": sorted(serving, key=lambda body: body.level != case.level),
        "forms": forms(Ground(actor, context, rules, told, serving, language)),
        "waits": waits(told, rules),
        "errors": extra["refusal"].fields if "refusal" in extra else {},
        "kept": {},
        "channel": channel_of(told, rules),
        "refuse_reasons": rules["cases.refuse_reasons"],
        "return_reasons": rules["cases.return_reasons"],
        "ratings": RATINGS,
        "primary": next((v for v in PRIMARY if v in told.verbs), ""),
        **extra,
    }
    return render(request, "cases/case.html", shown, status=status)


PRIMARY = ("dispatch", "accept_return", "sign", "contact", "answer", "take_callback", "confirm_solved")

Act = Callable[[Actor, Context, str, Any], object]
ACTS: dict[str, Act] = {
    "dispatch": lambda a, c, i, p: actions.dispatch(actor=a, context=c, case=i, body=p.get("body", ""), note=p.get("note", "")[:500], kind=p.get("kind", "")),
    "recall": lambda a, c, i, p: actions.recall(actor=a, context=c, case=i, note=p.get("note", "")),
    "refuse": lambda a, c, i, p: actions.refuse(actor=a, context=c, case=i, reason=p.get("reason", ""), note=p.get("note", "")),
    "transfer_emergency": lambda a, c, i, p: actions.transfer(actor=a, context=c, case=i, to="emergency", note=p.get("note", "")),
    "transfer_petition": lambda a, c, i, p: actions.transfer(actor=a, context=c, case=i, to="petition", note=p.get("note", "")),
    "accept_return": lambda a, c, i, p: actions.accept_return(actor=a, context=c, case=i, note=p.get("note", "")),
    "refuse_return": lambda a, c, i, p: actions.refuse_return(actor=a, context=c, case=i, note=p.get("note", "")),
    "sign": lambda a, c, i, p: actions.sign(actor=a, context=c, case=i),
    "contact": lambda a, c, i, p: actions.contact(actor=a, context=c, case=i, note=p.get("note", "")),
    "progress": lambda a, c, i, p: actions.progress(actor=a, context=c, case=i, text=p.get("text", "")),
    "answer": lambda a, c, i, p: actions.answer(actor=a, context=c, case=i, text=p.get("text", "")),
    "ask_return": lambda a, c, i, p: actions.ask_return(actor=a, context=c, case=i, reason=p.get("reason", ""), note=p.get("note", "")),
    "take_callback": lambda a, c, i, p: actions.take_callback(actor=a, context=c, case=i),
    "unreached": lambda a, c, i, p: actions.unreached(actor=a, context=c, case=i),
    "judge": lambda a, c, i, p: actions.judge(actor=a, context=c, case=i, solved=p.get("solved", ""), rating=p.get("rating", ""), note=p.get("note", "")),
    **flowforms.ACTS,
}  # fmt: skip


@require_POST
@acting()
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """One verb on one case. A refusal for a field shows the page again with what was typed."""
    actor, context = _both(request)
    _reads(actor)
    if verb not in ACTS:
        raise Http404
    try:
        # A savepoint: the page is read again after a refusal, which a broken transaction would not allow.
        with transaction.atomic():
            ACTS[verb](actor, context, public_id, request.POST)
    except Invalid as refusal:
        if not refusal.fields:
            raise
        case = _found(actor, public_id)
        extra = {"refusal": refusal, "refused_verb": verb, "kept": request.POST}
        return _page(request, case, extra, status=422)
    return redirect(reverse("cases:case", args=[public_id]) + "#now")


@require_safe
@acting()
def photo(request: HttpRequest, public_id: str, file: str) -> HttpResponse:
    """A picture of a case within reach."""
    actor, _context = _both(request)
    _reads(actor)
    case = _found(actor, public_id)
    found = StoredFile.objects.filter(
        district=actor.district, public_id=file, subject_type="case", subject_id=case.id
    ).first()
    if found is None:
        raise Http404
    response: HttpResponse = files.serve(found)  # type: ignore[assignment]  # a streaming response is one too
    return response


@require_POST
@acting()
def reveal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the caller's number for this task only: the task is the logged purpose."""
    actor, context = _both(request)
    _reads(actor)
    case = _found(actor, public_id)
    if case.contact is None:
        raise OutOfScope("case.no_contact", _("This caller left no contact."))
    shown = reveal_person(
        actor=actor,
        person=case.contact,
        fields=("name", "phone"),
        purpose="",
        now=context.now,
        task=Task("case", case.id),
    )
    return _page(request, case, {"revealed": shown})
