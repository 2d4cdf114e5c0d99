"""What the pages share: context and actor of a request, sending numbers, refusals shown in the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import segno
from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from linli.foundation.core import idempotency
from linli.foundation.core.errors import Invalid
from linli.foundation.core.requests import context_of
from linli.foundation.notices.models import Notice

Made = TypeVar("Made")


def once(request: HttpRequest, door: str, parts: list[str], make: Callable[[], str]) -> str:
    """Do something once for one sending number; the second send gets the first one's reference."""
    context = context_of(request)
    slot = idempotency.take(
        district=context.district,
        door=door,
        key=request.POST.get("key", ""),
        body=idempotency.digest(*parts),
        now=context.now,
    )
    if slot.replay is not None:
        return slot.replay.reference
    reference = make()
    slot.answer(302, reference)
    return reference


def tried(form: forms.Form, act: Callable[[], Made]) -> Made | None:
    """Run an action; an Invalid goes into the form and undoes what the action wrote."""
    try:
        with transaction.atomic():
            return act()
    except Invalid as refusal:
        form.add_error(None, str(refusal.message))
        for field, sentence in refusal.fields.items():
            form.add_error(field if field in form.fields else None, str(sentence))
        return None


def address(request: HttpRequest, notice: Notice) -> str:
    """The full address of a notice, as its QR code carries it."""
    return request.build_absolute_uri(reverse("notices:detail", args=[notice.public_id]))


def code(text: str, scale: int = 4) -> SafeString:
    """A QR code as inline SVG, black on white, without style."""
    drawn = segno.make(text, error="m", micro=False)
    return mark_safe(drawn.svg_inline(scale=scale, border=2, svgclass=None, lineclass=None, omitsize=False))  # noqa: S308  # drawn by us, the text is in its squares
