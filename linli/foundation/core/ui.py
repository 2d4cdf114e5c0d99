"""Interface building blocks: panel slots, navigation entries, page context.

A lower page that must show an upper fact opens a slot here; the upper room fills it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.functional import Promise, SimpleLazyObject

from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.models import District
from linli.foundation.core.requests import actor_or_none, district_or_none
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.charter import Text

PanelSource = Callable[[HttpRequest, Any], dict[str, Any] | None]


class FormRenderer(DjangoTemplates):
    """Django's form templates with our field layout (label, help, error above the field, aria wired)."""

    form_template_name = "core/form.html"
    field_template_name = "core/field.html"


@dataclass(frozen=True, slots=True)
class Panel:
    """A filled slot: template and a source that returns its context, or None to stay away."""

    slot: str
    order: int
    template: str
    source: PanelSource


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """A page of the desk: shown to whoever may use the verb."""

    label: str | Promise
    url_name: str
    verb: str
    order: int
    icon: str = ""


_panels: dict[str, list[Panel]] = {}
_entries: list[DeskEntry] = []
_inbox_count: Callable[[HttpRequest], int] | None = None


def fill(slot: str, *, order: int, template: str, source: PanelSource) -> None:
    """Put a panel into a slot of a lower page."""
    panels = _panels.setdefault(slot, [])
    panels.append(Panel(slot, order, template, source))
    panels.sort(key=lambda p: p.order)


def panels(slot: str, request: HttpRequest, subject: Any) -> list[tuple[str, dict[str, Any]]]:
    """(template, context) of each panel of a slot that has something to show for this subject."""
    result = []
    for panel in _panels.get(slot, ()):
        context = panel.source(request, subject)
        if context is not None:
            result.append((panel.template, context))
    return result


def inbox_count(source: Callable[[HttpRequest], int]) -> None:
    """Say how many messages wait for the acting person; asked only by pages that show the number."""
    global _inbox_count
    _inbox_count = source


def desk_entry(entry: DeskEntry) -> None:
    """Add a page to the desk's navigation."""
    _entries.append(entry)
    _entries.sort(key=lambda e: e.order)


def desk_entries(actor: Actor) -> list[DeskEntry]:
    """The desk pages an acting person may open."""
    return [entry for entry in _entries if actor.may(entry.verb)]


def _waiting(request: HttpRequest, actor: Actor | None) -> object:
    """The inbox number as the template needs it: computed when it is shown, once.

    The page of a refused form is shown inside a transaction that takes no more statements: no number then.
    """
    source = _inbox_count
    if source is None or actor is None or actor.kind != "staff":
        return 0
    return SimpleLazyObject(lambda: 0 if connection.needs_rollback else source(request))


@dataclass(frozen=True, slots=True)
class ShownDistrict:
    """The district as pages name it."""

    id: int
    slug: str
    name: Text


def _shown(district: District | None) -> ShownDistrict | None:
    if district is None:
        return None
    return ShownDistrict(district.id, district.slug, Text(district.name_zh, district.name_en))


def page_context(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: district, language, acting appointment, elder mode, navigation."""
    actor = actor_or_none(request)
    context: Context | None = getattr(request, "linli", None)
    return {
        "hotline": charter.current(context.district, context.now)["office.hotline"] if context else "",
        "district": _shown(district_or_none(request)),
        "mode": settings.LINLI_MODE,
        "actor": actor,
        "acting": getattr(request, "linli_acting", None),
        "inbox_count": _waiting(request, actor),
        "elder": request.COOKIES.get("linli_elder") == "1",
        "desk_entries": desk_entries(actor) if actor is not None and actor.kind == "staff" else [],
        "other_language": "en" if getattr(request, "LANGUAGE_CODE", "zh-hans") != "en" else "zh-hans",
    }
