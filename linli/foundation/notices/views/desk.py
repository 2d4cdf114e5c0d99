"""The desk: write, look at, publish, correct, withdraw, answer, keep the rules library."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.core import clocks, ledger
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.notices import actions, queries, rules
from linli.foundation.notices.access import LIBRARY, PUBLISH
from linli.foundation.notices.actions.common import today
from linli.foundation.notices.forms import AnswerForm, DraftForm, EndForm, ReasonForm, RuleForm
from linli.foundation.notices.models import Notice
from linli.foundation.notices.views.common import once, tried

WRITTEN = ("rule", "place", "title", "text", "basis", "personal_basis", "shown_amount")


@acting(PUBLISH)
@require_safe
def desk_list(request: HttpRequest) -> HttpResponse:
    """Notices within reach, newest first."""
    stage = request.GET.get("stage", "")
    page = queries.desk_page(
        actor_of(request),
        stage=stage,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    return render(request, "notices/desk/list.html", {"page": page, "stage": stage, "stages": Notice.Stage})


@acting(PUBLISH)
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """A new draft."""
    context, actor = context_of(request), actor_of(request)
    form = DraftForm(request.POST or None, actor=actor, now=context.now)
    if request.method == "POST" and form.is_valid():
        words = {name: form.cleaned_data[name] for name in WRITTEN}

        def make() -> str:
            return actions.draft(actor=actor, context=context, **words).public_id

        parts = [str(words[name]) for name in WRITTEN]
        reference = tried(form, lambda: once(request, "notices.draft", parts, make))
        if reference is not None:
            return redirect("notices:desk_notice", reference)
    return _form(request, form, None)


@acting(PUBLISH)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change a draft."""
    context, actor = context_of(request), actor_of(request)
    notice = queries.managed(actor, public_id)
    initial = {name: getattr(notice, name) for name in WRITTEN}
    initial["place"] = f"{notice.place.code} {notice.place.name}".strip()
    form = DraftForm(request.POST or None, actor=actor, now=context.now, initial=initial)
    if request.method == "POST" and form.is_valid():
        words = {name: form.cleaned_data[name] for name in WRITTEN}
        changed = tried(form, lambda: actions.edit(actor=actor, context=context, notice=notice, **words))
        if changed is not None:
            return redirect("notices:desk_notice", public_id)
    return _form(request, form, notice)


def _form(request: HttpRequest, form: DraftForm, notice: Notice | None) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "notices/desk/write.html", {"form": form, "notice": notice}, status=status)


@acting(PUBLISH)
@require_safe
def desk_notice(request: HttpRequest, public_id: str) -> HttpResponse:
    """A draft as it will look, with what stands against publishing; a published one with its story."""
    context, actor = context_of(request), actor_of(request)
    notice = queries.managed(actor, public_id)
    kept = queries.publication_rules(actor.district, context.now).get(notice.rule)
    office = (notice.body.phone,) if notice.body is not None else ()
    personal = (
        []
        if notice.personal_basis
        else [*rules.personal_lines(notice.title, office), *rules.personal_lines(notice.text, office)]
    )
    story = ledger.sentences(
        ledger.history(notice.district, ("notice", notice.id)), get_language() or "zh-hans"
    )
    received, answered = queries.objection_counts(notice)
    return render(request, "notices/desk/notice.html", {
        "notice": notice, "rule": kept, "personal": personal, "short": rules.grouped(notice.digest),
        "story": [{"at": event.at, "words": words, "state": "done"} for event, words in story],
        "received": received, "answered": answered, "correction": queries.correction_of(notice),
        "may": {verb: rules.next_stage(notice.stage, verb) is not None for verb in rules.VERBS},
    })  # fmt: skip


@acting(PUBLISH)
@require_POST
def publish(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show it from now on."""
    context, actor = context_of(request), actor_of(request)
    notice = actions.publish(actor=actor, context=context, notice=queries.managed(actor, public_id))
    messages.success(
        request, _("Published. It is shown until the day named below, and its content is frozen.")
    )
    return redirect("notices:desk_notice", notice.public_id)


@acting(PUBLISH)
@require_POST
def discard(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put a draft away."""
    context, actor = context_of(request), actor_of(request)
    actions.discard(actor=actor, context=context, notice=queries.managed(actor, public_id))
    messages.success(request, _("The draft was discarded. It was never shown."))
    return redirect("notices:desk_list")


@acting(PUBLISH)
@require_POST
def correct(request: HttpRequest, public_id: str) -> HttpResponse:
    """Begin the next version."""
    context, actor = context_of(request), actor_of(request)
    fresh = actions.correct(actor=actor, context=context, notice=queries.managed(actor, public_id))
    return redirect("notices:desk_edit", fresh.public_id)


@acting(PUBLISH)
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a notice back and say why."""
    context, actor = context_of(request), actor_of(request)
    notice = queries.managed(actor, public_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        gone = tried(
            form, lambda: actions.withdraw(actor=actor, context=context, notice=notice, reason=reason)
        )
        if gone is not None:
            messages.success(request, _("Withdrawn. Residents see the title and your reason."))
            return redirect("notices:desk_notice", public_id)
    status = 422 if form.is_bound else 200
    return render(request, "notices/desk/withdraw.html", {"form": form, "notice": notice}, status=status)


@acting(PUBLISH)
@require_safe
def desk_objections(request: HttpRequest) -> HttpResponse:
    """Objections within reach: the open ones first in time."""
    actor = actor_of(request)
    everything = request.GET.get("all") == "1"
    of = queries.managed(actor, request.GET["notice"]) if request.GET.get("notice") else None
    rows = queries.objections(actor, open_only=not everything, of=of)
    due = queries.answers_due(actor.district, [row.id for row in rows])
    return render(request, "notices/desk/objections.html", {
        "rows": [(row, due.get(row.id)) for row in rows], "all": everything, "notice": of,
    })  # fmt: skip


@acting(PUBLISH)
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Answer one objection."""
    context, actor = context_of(request), actor_of(request)
    objection = queries.objection_to_answer(actor, public_id)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["answer"]
        done = tried(
            form,
            lambda: actions.answer_objection(actor=actor, context=context, objection=objection, answer=words),
        )
        if done is not None:
            messages.success(request, _("Answered. Whoever has the number of the objection reads it now."))
            return redirect("notices:desk_objections")
    status = 422 if form.is_bound else 200
    due = clocks.of(objection.district, ("objection", objection.id))
    return render(request, "notices/desk/answer.html", {
        "form": form, "objection": objection, "clock": due[0] if due else None,
    }, status=status)  # fmt: skip


@acting(LIBRARY)
@require_http_methods(["GET", "POST"])
def desk_library(request: HttpRequest) -> HttpResponse:
    """File a rule; the library itself is public."""
    context, actor = context_of(request), actor_of(request)
    form = RuleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        filed = tried(form, lambda: actions.file_rule(actor=actor, context=context, **form.cleaned_data))
        if filed is not None:
            messages.success(request, _("Filed in the rules library."))
            return redirect("notices:library_rule", filed.public_id)
    status = 422 if form.is_bound else 200
    rows = queries.library(context.district, today(context))
    return render(request, "notices/desk/library.html", {"form": form, "rules": rows}, status=status)


@acting(LIBRARY)
@require_http_methods(["GET", "POST"])
def end_rule(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say from which day on a rule does not hold."""
    context, actor = context_of(request), actor_of(request)
    rule = queries.library_rule(context.district, public_id)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["valid_to"]
        ended = tried(form, lambda: actions.end_rule(actor=actor, context=context, rule=rule, valid_to=day))
        if ended is not None:
            return redirect("notices:library_rule", public_id)
    status = 422 if form.is_bound else 200
    return render(request, "notices/desk/end_rule.html", {"form": form, "rule": rule}, status=status)
