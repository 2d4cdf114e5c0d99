"""What every page of this room needs: who asks, places by name or code, refusals beside the fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, QueryDict

from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid, Refused, WrongStage
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor

T = TypeVar("T")


def who(request: HttpRequest) -> tuple[Context, Actor]:
    """The request's context and its acting person."""
    return context_of(request), actor_of(request)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with; None when the page is only opened."""
    return request.POST if request.method == "POST" else None


BESIDE_FIELDS: tuple[type[Refused], ...] = (Invalid, Conflict, WrongStage)


def attempt(
    form: Form, act: Callable[[], T], *, beside: tuple[type[Refused], ...] = BESIDE_FIELDS
) -> T | None:
    """Run an action; a refusal is written beside the form's fields and None comes back.

    A missing verb is no fault of the form and goes on as a 403, unless `beside` names it. The savepoint keeps the page readable afterwards; the answer's 422 rolls everything back anyway.
    """
    try:
        with transaction.atomic():
            return act()
    except beside as refusal:
        show(form, refusal)
        return None


def show(form: Form, refusal: Refused) -> None:
    """Put a refusal where it belongs: its fields, or the head of the form."""
    known = {name: text for name, text in refusal.fields.items() if name in form.fields}
    for name, text in known.items():
        form.add_error(name, str(text))
    if not known:
        form.add_error(None, str(refusal.message))
