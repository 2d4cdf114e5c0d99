"""Hints while a report is typed, the supporter's page, and what staff see and do about same issues."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.bodies import queries as bodies
from linli.foundation.bodies.models import Body
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope
from linli.foundation.core.middleware import limited_first
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.typed import whole_number
from linli.foundation.places import queries as places
from linli.foundation.places.models import Place
from linli.work.cases import access, actions, learning, queries
from linli.work.cases.codes import follow_code
from linli.work.cases.models import Case, Entry
from linli.work.cases.rules.kinds import questions_of
from linli.work.cases.views.caller import held

SALT = "linli.cases.join"
TOKEN_SECONDS = 86400


# --- while a report is typed ------------------------------------------------------------------------------------


def answers_in(post: Mapping[str, str]) -> dict[str, str]:
    """Answers to a kind's own questions among the sent fields."""
    found = {name[7:]: value for name, value in post.items() if name.startswith("answer_")}
    return {code[:40]: str(value)[:400] for code, value in list(found.items())[:30] if value}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the kind with what was answered so far and what is wrong with it."""

    row: Mapping[str, Any]
    value: str
    error: str = ""


def asked(
    context: Context, kind: str, given: Mapping[str, str], errors: Mapping[str, Any] | None = None
) -> list[Asked]:
    """The questions of a kind."""
    rows = questions_of(kind, charter.current(context.district, context.now)["cases.questions"])
    wrong = errors or {}
    return [
        Asked(row, given.get(row["code"], ""), str(wrong.get(f"answer_{row['code']}", ""))) for row in rows
    ]


def token_of(case: Case) -> str:
    """What lets somebody join a case that was offered to them; says nothing about it."""
    return signing.dumps([case.district, case.id], salt=SALT, compress=True)


def case_of(context: Context, token: str) -> Case | None:
    """The case a token was made for, while it can still be joined."""
    try:
        district, case = signing.loads(token, salt=SALT, max_age=TOKEN_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return queries.joinable(context, int(case)) if district == context.district else None


def more_of(
    context: Context, *, place: Place | None, kind: str, text: str, given: Mapping[str, str], join: str = "",
    errors: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What stands below the words of a public report: a proposed kind, open cases that may be the same, questions."""
    same = queries.same_open(context, place, kind, text) if place is not None else []
    offered = [(token_of(one.case), one) for one in same]
    chosen = case_of(context, join) if join else None
    told = learning.suggest(context, text) if text.strip() else learning.Suggestion()
    return {
        "same": offered,
        "join_id": chosen.id if chosen else 0,
        "asked": asked(context, kind, given, errors),
        "proposed": _shown(context, told, kind),
        "told": told,
        "kind_names": kind_names(context),
    }


def _shown(context: Context, told: learning.Suggestion, kind: str) -> str:
    """The proposed kind when it is sure enough and another one than was chosen."""
    least = charter.current(context.district, context.now)["cases.suggester.shown"]
    return told.kind if told.kind and told.kind != kind and told.kind_share >= least else ""


def kind_names(context: Context) -> dict[str, Any]:
    return {row["code"]: row["name"] for row in charter.current(context.district, context.now)["cases.kinds"]}


@never_cache
@require_POST
@limited_first("cases.hint")
def hints(request: HttpRequest) -> HttpResponse:
    """The same, asked for by the page while somebody types; stores nothing."""
    context = context_of(request)
    post = request.POST
    place = places.place(context.district, post.get("place", "")[:40]) if post.get("place") else None
    shown = more_of(
        context, place=place, kind=post.get("kind", "")[:60], text=post.get("text", "")[:5000],
        given=answers_in(post), join=post.get("join", "")[:400],
    )  # fmt: skip
    return render(request, "cases/parts/sorting_more.html", shown)


@never_cache
@require_POST
@acting("cases.record")
def desk_hints(request: HttpRequest) -> HttpResponse:
    """The same for staff who record a report: open cases within reach with their words."""
    actor, context = actor_of(request), context_of(request)
    post = request.POST
    kind, text = post.get("kind", "")[:60], post.get("text", "")[:5000]
    place = places.place(context.district, post.get("place", "")[:40]) if post.get("place") else None
    reach = place is not None and actor.covers(place.path)
    told = learning.suggest(context, text) if text.strip() else learning.Suggestion()
    shown = {
        "same": queries.same_open(context, place, kind, text, actor=actor, most=5) if place and reach else [],
        "asked": asked(context, kind, answers_in(post)),
        "proposed": _shown(context, told, kind),
        "told": told,
        "kind_names": kind_names(context),
    }
    return render(request, "cases/parts/sorting_record.html", shown)


@never_cache
@require_safe
def supported(request: HttpRequest, public_id: str) -> HttpResponse:
    """How the matter stands that this device supports: kind, stage, promise, answers; no words of the first caller."""
    context = context_of(request)
    row = queries.supporter(context.district, public_id) if public_id in held(request) else None
    if row is None:
        raise OutOfScope(
            "case.not_found",
            _("This page opens with the case's number and code only. Enter them under “Follow”."),
        )
    answers = Entry.objects.filter(district=row.district, case=row.case, public=True, kind="answer")
    return render(
        request,
        "cases/supported.html",
        {
            "row": row,
            "case": row.case,
            "code": follow_code(row.district, row.public_id),
            "place": queries.public_places(context, [row.case.place])[row.case.place_id],
            "kinds": kind_names(context),
            "answers": list(answers.order_by("at", "id")),
        },
    )


# --- the desk ---------------------------------------------------------------------------------------------------


@never_cache
@require_safe
@acting("cases.read")
def hot(request: HttpRequest) -> HttpResponse:
    """Places and matters with many reports in a few days."""
    actor, context = actor_of(request), context_of(request)
    rules = charter.current(context.district, context.now)
    return render(
        request,
        "cases/hot.html",
        {
            "issues": queries.hot_issues(actor, context),
            "families": {row["code"]: row["name"] for row in rules["cases.families"]},
            "least": rules["cases.hot.cases"],
            "days": rules["cases.hot.days"],
        },
    )


@never_cache
@require_safe
@acting("cases.read")
def suggester(request: HttpRequest) -> HttpResponse:
    """What the suggester was learnt from and how often it was right, by channel."""
    actor, context = actor_of(request), context_of(request)
    rules = charter.current(context.district, context.now)
    return render(
        request,
        "cases/suggester.html",
        {
            "model": queries.newest_suggester(context.district),
            "hits": queries.hits(actor, context),
            "least": rules["cases.suggester.least"],
        },
    )


def _found(actor: Actor, public_id: str) -> Case:
    if not (actor.may("cases.read") or actor.may("cases.read_assigned")):
        raise NotAllowed("cases.read", _("The appointment you act in has no case work. Switch appointment."))
    case = queries.find(actor, public_id)
    if case is None:
        raise OutOfScope("case.not_found", _("There is no such case within your reach."))
    return case


@never_cache
@require_safe
@acting()
def sorting(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is proposed for a case, what belongs to it, what may be the same: as a page, or as a part of the case's."""
    actor = actor_of(request)
    return _page(request, _found(actor, public_id), {})


def _page(request: HttpRequest, case: Case, extra: dict[str, Any], status: int = 200) -> HttpResponse:
    actor, context = actor_of(request), context_of(request)
    sorts = access.may("merge", actor, case)
    sealed = case.kind_of_request == "misconduct"
    told = learning.proposed(context, case) if sorts and not case.ended_at else learning.Suggestion()
    company = queries.company(actor, context, case)
    linked = {other.id for _link, other in company.links}
    same = [] if sealed or case.ended_at else queries.same_open(
        context, case.place, case.kind, case.text, actor=actor, leave_out=case.id, most=5
    )  # fmt: skip
    shown = {
        "case": case,
        "kinds": kind_names(context),
        "company": company,
        "same": [one for one in same if one.case.id not in linked],
        "sorts": sorts and not sealed,
        "told": told,
        "proposed": _shown(context, told, case.kind),
        "body": _body(context, case, told) if sorts and case.stage == "received" else None,
        "key": secrets.token_urlsafe(18),
        **extra,
    }
    part = request.headers.get("HX-Request") == "true"
    return render(
        request, "cases/parts/sorting_case.html" if part else "cases/sorting.html", shown, status=status
    )


def _body(context: Context, case: Case, told: learning.Suggestion) -> Body | None:
    """The nearest body of the proposed kind that serves the place and has the matter on its duty list."""
    least = charter.current(context.district, context.now)["cases.suggester.shown"]
    if not told.body_kind or told.body_share < least:
        return None
    kind = _shown(context, told, case.kind) or case.kind
    near = [b for b in bodies.handling_bodies(case.district, case.place) if b.kind == told.body_kind]
    return next((b for b in near[:3] if bodies.may_be_assigned(b, kind)[0]), None)


@require_POST
@acting()
def sort(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Merge, take apart, link, unlink, split. A refusal for a field shows the page again with what was typed."""
    actor, context = actor_of(request), context_of(request)
    case = _found(actor, public_id)
    try:
        with transaction.atomic():
            found = _sorted(actor, context, public_id, verb, request.POST)
    except Invalid as refusal:
        return _page(request, case, {"refusal": refusal, "kept": request.POST}, status=422)
    return redirect(reverse("cases:case", args=[found]) + "#sorting")


def _sorted(actor: Actor, context: Context, case: str, verb: str, post: Mapping[str, str]) -> str:
    """Do the verb; returns the public id of the case to show then."""
    other = post.get("other", "")[:40]
    if verb == "link":
        actions.link(actor=actor, context=context, case=case, other=_named(actor, other))
    elif verb == "unlink":
        actions.unlink(actor=actor, context=context, case=case, link=whole_number(post.get("link", "")) or 0)
    elif verb == "merge":
        actions.merge(actor=actor, context=context, case=case, into=_named(actor, other))
    elif verb == "unmerge":
        actions.unmerge(actor=actor, context=context, case=case)
    elif verb == "split":
        text, kind = post.get("text", ""), post.get("kind", "")
        made = actions.split(
            actor=actor, context=context, case=case, kind=kind, text=text, key=post.get("key", "")
        )
        return made.public_id
    else:
        raise Http404
    return case


def _named(actor: Actor, typed: str) -> str:
    """The public id of another case, from its number as people write it or from the page's own choice."""
    found = queries.by_number(actor, typed)
    if found is None:
        raise Invalid(
            "case.other_unknown", _("There is no case of this number within your reach. Nothing was changed."),
            fields={"other": _("Write the number as it stands on the case, such as 26-0001042-7.")},
        )  # fmt: skip
    return found
