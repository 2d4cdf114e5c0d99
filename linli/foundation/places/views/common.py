"""What the pages of places share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest

from linli.foundation.core import charter
from linli.foundation.core.errors import Conflict, Invalid, WrongStage
from linli.foundation.core.middleware import address_of
from linli.foundation.core.ratelimit import Limit, take, who_is
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.places import queries
from linli.foundation.places.models import Place


def limited(request: HttpRequest, door: str, who: str = "") -> None:
    """Take one try of a door by the charter's limit. Raises TooMany."""
    context = context_of(request)
    limit = charter.current(context.district, context.now)[f"limit.{door}"]
    own = Limit(limit["burst"], limit["per_hour"])
    take(door, who_is(who or address_of(request)), own, district=context.district)


def hotline(request: HttpRequest) -> str:
    context = context_of(request)
    return str(charter.current(context.district, context.now)["office.hotline"])


def place_or_404(request: HttpRequest, public_id: str) -> Place:
    """A place within the acting person's reach."""
    found = queries.place(actor_of(request), public_id)
    if found is None:
        raise Http404
    return found


def attempt(form: forms.Form, act: Callable[[], Any]) -> Any:
    """Run an action; a refusal becomes the form's sentences and nothing of the action stays. None when refused."""
    try:
        with transaction.atomic():
            return act()
    except (Invalid, Conflict, WrongStage) as refused:
        placed = {name: text for name, text in refused.fields.items() if name in form.fields}
        for name, text in placed.items():
            form.add_error(name, str(text))
        if not placed:
            form.add_error(None, str(refused.message))
        return None
