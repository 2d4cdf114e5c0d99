"""Bodies: list, found, one body, change, end, places served, offices."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.bodies import access, actions, queries, rules
from linli.foundation.bodies.forms import AppointForm, BodyForm, ChangeForm, EndForm, PlaceForm, text_choices
from linli.foundation.bodies.models import Appointment
from linli.foundation.bodies.views.common import BESIDE_FIELDS, attempt, posted, who
from linli.foundation.core import charter
from linli.foundation.core.errors import NotAllowed, OutOfScope
from linli.foundation.places import queries as places

MANAGE, APPOINT = "bodies.manage", "bodies.appoint"


@acting(MANAGE)
@require_safe
def body_list(request: HttpRequest) -> HttpResponse:
    """Open bodies within reach by name, twenty a page."""
    _context, actor = who(request)
    text, kind = request.GET.get("q", "").strip()[:40], request.GET.get("kind", "")[:40]
    page = queries.page(actor, text=text, kind=kind, after=request.GET.get("after", "")[:400])
    rows = [
        {"body": b, "kind": rules.KINDS[b.kind].name, "level": rules.LEVEL_NAMES[b.level]} for b in page.rows
    ]
    kinds = text_choices({code: k.name for code, k in rules.KINDS.items()}, _("All kinds of bodies"))
    return render(
        request,
        "bodies/list.html",
        {"rows": rows, "next_cursor": page.next_cursor, "q": text, "kind": kind, "kinds": kinds},
    )


@acting(MANAGE)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Found a body."""
    context, actor = who(request)
    form = BodyForm(actor, posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        body = attempt(form, lambda: actions.found_body(actor=actor, now=context.now, **data))
        if body is not None:
            messages.success(request, _("%(name)s has been founded.") % {"name": body.name})
            return redirect("bodies:detail", body.public_id)
    return render(
        request, "bodies/form.html", {"form": form, "new": True}, status=422 if form.errors else 200
    )


def _office(appointment: Appointment, roles: dict[str, Any]) -> dict[str, Any]:
    """An appointment with its words."""
    role = roles.get(appointment.role)
    return {
        "row": appointment,
        "title": rules.TITLES.get(appointment.title),
        "role": role["name"] if role else appointment.role,
        "reason": rules.END_REASONS.get(appointment.end_reason),
    }


@acting(MANAGE)
@require_safe
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One body: facts, places served, offices now and before, its own duty list."""
    context, actor = who(request)
    body = queries.seen(actor, public_id)
    roles = charter.current(actor.district, context.now).under("role")
    return render(
        request,
        "bodies/detail.html",
        {
            "body": body,
            "kind": rules.KINDS[body.kind].name,
            "level": rules.LEVEL_NAMES[body.level],
            "served": queries.places_of(body),
            "offices": [_office(a, roles) for a in queries.members(body)],
            "past": [_office(a, roles) for a in queries.past_members(body, 20)],
            "duties": queries.duty_list(actor.district, body=body),
            "open": body.valid_to is None,
            "may_manage": access.may_manage(actor, body.place),
            "may_appoint": access.may_appoint(actor, body, body.place),
            "place_form": PlaceForm(actor),
        },
    )


@acting(MANAGE)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, public_id: str) -> HttpResponse:
    """Correct a body's details."""
    context, actor = who(request)
    body = queries.seen(actor, public_id)
    first = {"name": body.name, "phone": body.phone, "uscc": body.uscc}
    form = ChangeForm(posted(request), initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if (
            attempt(form, lambda: actions.change_body(actor=actor, body=body, now=context.now, **data))
            is not None
        ):
            messages.success(request, _("The details have been saved."))
            return redirect("bodies:detail", public_id)
    return render(
        request, "bodies/form.html", {"form": form, "body": body}, status=422 if form.errors else 200
    )


@acting(MANAGE)
@require_POST
def end(request: HttpRequest, public_id: str) -> HttpResponse:
    """End a body; refused while somebody holds an office of it."""
    context, actor = who(request)
    body = actions.end_body(actor=actor, body=queries.seen(actor, public_id), now=context.now)
    messages.success(request, _("%(name)s has ended. Its record stays readable.") % {"name": body.name})
    return redirect("bodies:list")


@acting(MANAGE)
@require_POST
def add_place(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let a body serve one more place."""
    context, actor = who(request)
    body = queries.seen(actor, public_id)
    form = PlaceForm(actor, request.POST)
    if form.is_valid():
        place = form.cleaned_data["place"]
        if (
            attempt(form, lambda: actions.add_place(actor=actor, body=body, place=place, now=context.now))
            is not None
        ):
            messages.success(request, _("%(name)s is served from now on.") % {"name": place.name})
            return redirect("bodies:detail", public_id)
    return render(request, "bodies/form.html", {"form": form, "body": body, "adding": True}, status=422)


@acting(MANAGE)
@require_POST
def end_place(request: HttpRequest, public_id: str, place_id: str) -> HttpResponse:
    """End the service of a place."""
    context, actor = who(request)
    place = places.place(actor.district, place_id)
    if place is None:
        raise OutOfScope(
            "bodies.place", _("This place is not within your reach. Choose one of your own area.")
        )
    actions.end_place(actor=actor, body=queries.seen(actor, public_id), place=place, now=context.now)
    messages.success(request, _("%(name)s is no longer served.") % {"name": place.name})
    return redirect("bodies:detail", public_id)


@acting(APPOINT)
@require_http_methods(["GET", "POST"])
def appoint(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give an office of a body to an account."""
    context, actor = who(request)
    body = queries.seen(actor, public_id)
    form = AppointForm(actor, body, context.now, context.zone, posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = attempt(
            form,
            lambda: actions.appoint(
                actor=actor, body=body, user=data["login_name"], role=data["role"], place=data["place"], title=data["title"],
                now=context.now, valid_to=form.valid_to,
            ),
            # Oneself or a role too high: a fault of what was chosen.
            beside=(*BESIDE_FIELDS, NotAllowed),
        )  # fmt: skip
        if made is not None:
            messages.success(request, _("The office has been given; it holds from now on."))
            return redirect("bodies:detail", public_id)
    return render(
        request, "bodies/appoint.html", {"form": form, "body": body}, status=422 if form.errors else 200
    )


@acting(APPOINT)
@require_http_methods(["GET", "POST"])
def end_appointment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take an office back."""
    context, actor = who(request)
    office = queries.appointment(actor, public_id)
    form = EndForm(posted(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        ended = attempt(
            form,
            lambda: actions.end_appointment(actor=actor, appointment=office, reason=reason, now=context.now),
        )
        if ended is not None:
            messages.success(request, _("The office has ended; nobody acts under it any more."))
            return redirect("bodies:detail", office.body.public_id)
    title = rules.TITLES.get(office.title)
    shown = {"form": form, "office": office, "title": title, "body": office.body}
    return render(request, "bodies/end_appointment.html", shown, status=422 if form.errors else 200)
