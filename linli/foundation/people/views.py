"""Desk pages of the vault: find exactly, open for a purpose, erase, keys, and the list of openings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.foundation.accounts.gate import acting, fresh_sign_in, is_fresh
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people import actions, queries, sealed
from linli.foundation.people.access import visible_to
from linli.foundation.people.actions.revealing import FRESH_MINUTES
from linli.foundation.people.forms import FIELD_WORDS, EraseForm, RevealForm, SearchForm
from linli.foundation.people.models import Person
from linli.foundation.people.rules import week_start

PAGE = 50
OWN_WORDS: Mapping[str, str | Promise] = {
    "task": gettext_lazy("An assigned task"),
    "own_export": gettext_lazy("The person's own request for the data"),
}


def _actor(request: HttpRequest) -> Actor:
    return actor_of(request)


def _context(request: HttpRequest) -> Context:
    return context_of(request)


def _needs(actor: Actor, *verbs: str) -> None:
    if not any(actor.may(verb) for verb in verbs):
        raise NotAllowed(
            "verb.missing",
            _("The appointment you act in may not open this page. Switch to another of your appointments."),
        )


def _reached(request: HttpRequest, public_id: str) -> Person:
    actor = _actor(request)
    _needs(actor, "people.reveal", "people.erase")
    person = visible_to(actor).filter(public_id=public_id).first()
    if person is None:
        raise OutOfScope("people.person", _("There is no such person within your reach."))
    return person


@never_cache
@require_http_methods(["GET", "POST"])
@acting()
def search(request: HttpRequest) -> HttpResponse:
    """Find a person by one whole identifier; the answer shows masks only."""
    actor = _actor(request)
    _needs(actor, "people.search", "people.erase")
    form = SearchForm(request.POST if request.method == "POST" else None)
    found: list[queries.MaskedPerson] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            people = actions.search_exact(actor=actor, now=_context(request).now, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error(None, str(refusal.message))
        else:
            found = [queries.shown(p) for p in people]
    opens = actor.may("people.reveal") or actor.may("people.erase")
    status = 422 if form.errors else 200
    return render(
        request, "people/search.html", {"form": form, "found": found, "opens": opens}, status=status
    )


def _page(request: HttpRequest, person: Person, *, status: int = 200, **more: Any) -> HttpResponse:
    actor, context = _actor(request), _context(request)
    words: dict[str, Any] = {"person": queries.shown(person), "kept": person.created_at}
    if actor.may("people.reveal") and person.erased_at is None:
        words["form"] = RevealForm(purposes=queries.purposes(context.district, context.now))
    if actor.may("people.erase") and person.erased_at is None:
        words["erase_form"] = EraseForm()
    return render(request, "people/person.html", {**words, **more}, status=status)


@never_cache
@require_GET
@acting()
def person(request: HttpRequest, public_id: str) -> HttpResponse:
    """One person by masks, with the form that opens fields."""
    return _page(request, _reached(request, public_id))


@never_cache
@require_POST
@acting("people.reveal")
@fresh_sign_in(FRESH_MINUTES)
def reveal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open the chosen fields; they are on this one answer and nowhere else."""
    reached, context = _reached(request, public_id), _context(request)
    form = RevealForm(request.POST, purposes=queries.purposes(context.district, context.now))
    if not form.is_valid():
        return _page(request, reached, status=422, form=form)
    opened = actions.reveal(
        actor=_actor(request), person=reached, fields=form.cleaned_data["fields_wanted"],
        purpose=form.cleaned_data["purpose"], now=context.now, fresh=is_fresh(request, FRESH_MINUTES),
    )  # fmt: skip
    facts = [(FIELD_WORDS[field], value) for field, value in opened.items()]
    return _page(request, reached, opened=facts, form=None)


@never_cache
@require_POST
@acting("people.erase")
@fresh_sign_in(FRESH_MINUTES)
def erase(request: HttpRequest, public_id: str) -> HttpResponse:
    """Erase a person after the reason was chosen and the consequence confirmed."""
    reached = _reached(request, public_id)
    form = EraseForm(request.POST)
    if not form.is_valid():
        return _page(request, reached, status=422, erase_form=form)
    actions.erase(
        actor=_actor(request), person=reached, reason=form.cleaned_data["reason"], now=_context(request).now
    )
    return redirect("people:person", public_id=public_id)


@never_cache
@require_GET
@acting("keys.rotate")
def keys(request: HttpRequest) -> HttpResponse:
    """Which key wraps, how many data keys lie under each, and the start of a rotation."""
    return render(request, "people/keys.html", {"state": sealed.key_state(actor=_actor(request))})


@never_cache
@require_POST
@acting("keys.rotate")
@fresh_sign_in(FRESH_MINUTES)
def rotate(request: HttpRequest) -> HttpResponse:
    """Put a new key in use; the data keys follow in the background."""
    actions.start_rotation(actor=_actor(request), now=_context(request).now)
    return redirect("people:keys")


def _week(request: HttpRequest) -> datetime:
    """The asked week's Monday, else this week's; a date that is none means this week."""
    context = _context(request)
    try:
        asked = datetime.fromisoformat(request.GET.get("week", "")).replace(tzinfo=context.zone)
    except ValueError:
        asked = context.now
    asked = asked if 2000 <= asked.year <= 2100 else context.now
    return week_start(asked, context.zone)


@never_cache
@require_GET
@acting("people.audit")
def openings(request: HttpRequest) -> HttpResponse:
    """The week's openings of personal data within scope, newest first, in pages."""
    actor, context = _actor(request), _context(request)
    week = _week(request)
    page = queries.page_of(queries.weekly_reveals(actor, week), request.GET.get("after", ""), PAGE)
    names = queries.sign_in_names(actor.district, page.rows)
    rules = charter.current(context.district, context.now)
    language = str(request.LANGUAGE_CODE)
    stated = {
        code: text.in_language(language)
        for code, text in queries.purposes(context.district, context.now).items()
    }
    rows = [
        {
            "at": r.at, "who": names.get(r.actor or 0, ""), "role": rules.get(f"role.{r.role}", {"name": ""})["name"],
            "person": r.person.name_mask if r.person else "", "fields": [FIELD_WORDS.get(f, f) for f in r.fields],
            "purpose": OWN_WORDS.get(r.purpose) or stated.get(r.purpose, r.purpose),
        }
        for r in page.rows
    ]  # fmt: skip
    weeks = {
        "week": week,
        "before": queries.week_before(week),
        "after": queries.week_after(week, context.now),
    }
    return render(request, "people/openings.html", {"rows": rows, "next_cursor": page.next, **weeks})
