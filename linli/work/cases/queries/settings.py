"""Reads of the district's settings: answer templates for a case, knowledge for advice."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.models import AnswerTemplate, Case, KnowledgeItem
from linli.work.cases.rules.templates import filled, fits
from linli.work.cases.rules.words import terms

MOST = 300


@dataclass(frozen=True, slots=True)
class Offer:
    """A template as a case's answer could begin."""

    title: str
    text: str


def templates(district: int) -> list[AnswerTemplate]:
    """The district's open templates by title."""
    rows = AnswerTemplate.objects.filter(district=district, ended_at__isnull=True)
    return list(rows.order_by("title", "id")[:MOST])


def offers(context: Context, case: Case) -> list[Offer]:
    """Templates for the kind and stage of a case, filled with what is known of it. One statement."""
    named = {
        row["code"]: row["name"].zh for row in charter.current(context.district, context.now)["cases.kinds"]
    }
    values = {
        "number": case.number, "place": case.place.name, "kind": named.get(case.kind, ""),
        "body": case.handling_body.name if case.handling_body else "", "today": _day(context.now, context),
        "promised": _day(case.promised_at, context) if case.promised_at else "",
    }  # fmt: skip
    return [
        Offer(row.title, filled(row.text, values))
        for row in templates(case.district)
        if fits(row.kinds, row.stage, kind=case.kind, at=case.stage)
    ]


def _day(moment: object, context: Context) -> str:
    local = moment.astimezone(context.zone)  # type: ignore[attr-defined]  # a moment of a case or of the request
    return f"{local.year}年{local.month}月{local.day}日"


def knowledge(
    district: int,
    now_day: object,
    *,
    text: str = "",
    kind: str = "",
    limit: int = 20,
    with_past: bool = False,
) -> list[KnowledgeItem]:
    """Open knowledge with every typed word (from one character on) and for a kind; titles that have them first.

    `now_day` is today in the district's zone: what is not valid any more is left out unless `with_past`.
    One statement.
    """
    rows = KnowledgeItem.objects.filter(district=district, ended_at__isnull=True)
    if not with_past:
        rows = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=now_day))
    for term in terms(text):
        rows = rows.filter(words__contains=term)
    if kind:
        rows = rows.filter(Q(kinds=[]) | Q(kinds__contains=[kind]))
    found = list(rows.order_by("title", "id")[:MOST])
    in_title = [row for row in found if all(term in row.title.casefold() for term in terms(text))]
    return [*in_title, *(row for row in found if row not in in_title)][:limit]


def template(actor: Actor, public_id: str) -> AnswerTemplate:
    """An open template. Raises OutOfScope."""
    found = AnswerTemplate.objects.filter(district=actor.district, public_id=public_id, ended_at=None).first()
    if found is None:
        raise OutOfScope("settings.none", _("This entry is not here any more: somebody changed or ended it."))
    return found


def knowledge_item(actor: Actor, public_id: str) -> KnowledgeItem:
    """An open piece of knowledge. Raises OutOfScope."""
    found = KnowledgeItem.objects.filter(district=actor.district, public_id=public_id, ended_at=None).first()
    if found is None:
        raise OutOfScope("settings.none", _("This entry is not here any more: somebody changed or ended it."))
    return found
