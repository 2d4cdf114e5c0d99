"""Desk pages around connected systems: keys, reports that wait for a check, what everybody may read of a case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.core import files
from linli.foundation.core.errors import Invalid, OutOfScope
from linli.foundation.core.requests import actor_of, context_of
from linli.work.cases import actions, queries
from linli.work.cases.actions.intake import kinds
from linli.work.cases.models import PublicCard
from linli.work.cases.queries import held as held_queries

SCOPE_WORDS = (
    ("read_public", gettext_lazy("Read what is public")),
    ("report", gettext_lazy("Send reports")),
)


class KeyForm(forms.Form):
    """A new key: which system, and what it may do."""

    label = forms.CharField(
        label=gettext_lazy("Name of the system"), max_length=60,
        help_text=gettext_lazy("As its operator calls it, with the operator: “City app, Data Bureau”."),
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"), choices=SCOPE_WORDS, widget=forms.CheckboxSelectMultiple,
        initial=["read_public", "report"],
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acting("cases.api_keys")
def keys(request: HttpRequest) -> HttpResponse:
    """Keys of connected systems; a new one's secret is shown once."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = actions.create_key(
            actor=actor_of(request), context=context_of(request), label=form.cleaned_data["label"],
            scopes=form.cleaned_data["scopes"],
        )  # fmt: skip
        return render(request, "cases/connected_secret.html", {"made": made})
    return _keys(request, form)


def _keys(request: HttpRequest, form: KeyForm) -> HttpResponse:
    page = held_queries.keys(actor_of(request), request.GET.get("after", ""))
    words = dict(SCOPE_WORDS)
    shown = [(key, [words[s] for s in key.scopes.split() if s in words]) for key in page.rows]
    told = {"rows": shown, "form": form, "next_cursor": page.next_cursor}
    return render(request, "cases/connected_keys.html", told, status=422 if form.errors else 200)


@never_cache
@require_POST
@acting("cases.api_keys")
def end_key(request: HttpRequest, key: str) -> HttpResponse:
    """End a key; the tick shows that the button was meant."""
    if request.POST.get("sure") != "1":
        raise Invalid(
            "cases.key_sure",
            _("A key that has ended cannot be taken up again, so the box beside the button must be ticked. Nothing was changed; go back and tick it."),
        )  # fmt: skip
    ended = actions.end_key(actor=actor_of(request), context=context_of(request), key=key)
    messages.success(
        request,
        _("The key of “%(label)s” has ended; nothing more comes in with it.") % {"label": ended.label},
    )
    return redirect("cases:keys")


@never_cache
@require_safe
@acting("cases.record")
def held(request: HttpRequest) -> HttpResponse:
    """Reports that somebody must look at before they become cases."""
    page = held_queries.waiting(actor_of(request), request.GET.get("after", ""))
    names = {code: row["name"] for code, row in kinds(context_of(request)).items()}
    return render(request, "cases/connected_held.html", {"page": page, "kinds": names})


@never_cache
@require_POST
@acting("cases.record")
def decide(request: HttpRequest, token: str, verb: str) -> HttpResponse:
    """Release a held report into a case, or do not take it."""
    actor, context = actor_of(request), context_of(request)
    if verb == "release":
        receipt = actions.release_report(actor=actor, context=context, held=token)
        messages.success(request, _("Released: it is case %(number)s now.") % {"number": receipt.number})
    elif verb == "refuse":
        actions.refuse_report(actor=actor, context=context, held=token)
        messages.success(request, _("Not taken. Who sent it reads that with the token."))
    else:
        raise Http404
    return redirect("cases:held")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acting("cases.dispatch")
def public_card(request: HttpRequest, public_id: str) -> HttpResponse:
    """What everybody may read of a case: written, checked for names, shown, taken back."""
    actor, context = actor_of(request), context_of(request)
    case = queries.find(actor, public_id)
    if case is None:
        raise OutOfScope("case.not_found", _("There is no such case within your reach."))
    card = PublicCard.objects.filter(district=context.district, case=case, ended_at=None).first()
    shown: dict[str, Any] = {
        "case": case, "card": card, "photos": files.of(context.district, ("case", case.id)),
        "chosen": card.photos if card else [], "typed_text": card.text if card else case.text,
        "typed_answer": card.answer if card else "", "fields": {},
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "cases/connected_public.html", shown)
    if request.POST.get("go") == "hide":
        actions.hide_public(actor=actor, context=context, case=public_id)
        messages.success(request, _("Taken back; only kind, place and state are public now."))
        return redirect("cases:public_card", public_id=public_id)
    typed = {"text": request.POST.get("text", ""), "answer": request.POST.get("answer", "")}
    try:
        with transaction.atomic():
            actions.approve_public(
                actor=actor, context=context, case=public_id, photos=request.POST.getlist("photos"), **typed
            )
    except Invalid as refusal:
        shown |= {"fields": refusal.fields, "refusal": refusal, "chosen": request.POST.getlist("photos")}
        shown |= {"typed_text": typed["text"], "typed_answer": typed["answer"]}
        return render(request, "cases/connected_public.html", shown, status=422)
    messages.success(request, _("Shown: everybody may read this of the case now."))
    return redirect("cases:public_card", public_id=public_id)
