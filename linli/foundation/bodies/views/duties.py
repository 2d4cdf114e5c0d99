"""Duty lists of the four levels, and of single bodies."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.foundation.accounts.gate import acting
from linli.foundation.bodies import access, actions, queries, rules
from linli.foundation.bodies.forms import DutyForm
from linli.foundation.bodies.models import Body
from linli.foundation.bodies.views.common import attempt, posted, who
from linli.foundation.core.rules.actor import Actor


def _target(request: HttpRequest, actor: Actor) -> tuple[str, Body | None]:
    """The list that an address means: a body's own, else a level's (compound when none is said)."""
    public_id = request.GET.get("body", "")
    if public_id:
        body = queries.seen(actor, public_id)
        return body.level, body
    level = request.GET.get("level", "")
    return (level if level in rules.LEVELS else "community"), None


def _here(level: str, body: Body | None) -> str:
    return f"{reverse('bodies:duties')}?" + (f"body={body.public_id}" if body else f"level={level}")


@acting("bodies.manage")
@require_http_methods(["GET", "POST"])
def duties(request: HttpRequest) -> HttpResponse:
    """One duty list, and a form to put a matter on it."""
    context, actor = who(request)
    level, body = _target(request, actor)
    form = DutyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        item = attempt(
            form, lambda: actions.set_duty(actor=actor, level=level, body=body, now=context.now, **data)
        )
        if item is not None:
            messages.success(request, _("The duty list has been changed."))
            return redirect(_here(level, body))
    may = access.may_manage(actor, body.place) if body else access.may_manage_level(actor)
    tabs = [
        {"url": _here(code, None), "label": name, "current": body is None and code == level}
        for code, name in rules.LEVEL_NAMES.items()
    ]
    shown = {
        "form": form, "level": rules.LEVEL_NAMES[level], "body": body, "tabs": tabs, "may": may, "here": _here(level, body),
        "items": queries.duty_list(actor.district, level=level, body=body),
    }  # fmt: skip
    return render(request, "bodies/duties.html", shown, status=422 if form.errors else 200)


@acting("bodies.manage")
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take a matter off a list."""
    context, actor = who(request)
    level, body = _target(request, actor)
    code = request.POST.get("kind_code", "")[:40]
    actions.remove_duty(actor=actor, kind_code=code, level=level, body=body, now=context.now)
    messages.success(request, _("The matter is off the list."))
    return redirect(_here(level, body))
