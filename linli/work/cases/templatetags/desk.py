"""What other pages of the room use of the desk."""

from __future__ import annotations

from typing import Any

from django import template

from linli.foundation.core.requests import context_of
from linli.work.cases import queries

register = template.Library()


@register.inclusion_tag("cases/parts/answer_templates.html", takes_context=True)
def answer_templates(context: template.Context, field: str) -> dict[str, Any]:
    """A menu of answer templates that puts the chosen one into a text field; the page has `case`."""
    found = queries.offers(context_of(context["request"]), context["case"])
    return {"offers": found, "field": field}
