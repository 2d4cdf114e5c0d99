"""Reads for pages, upper rooms and the daily proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter
from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.models import Clock
from linli.foundation.core.rules.actor import Actor
from linli.foundation.notices import access, rules
from linli.foundation.notices.models import Notice, Objection, RuleBasis, RuleText
from linli.foundation.notices.rules import PublicationRule

PAGE = 20


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest first; `next` is the cursor of the page after it."""

    rows: list[Notice]
    next: str
    previous: str


def publication_rules(district: int, now: datetime) -> dict[str, PublicationRule]:
    """The charter's publication rules by code (`notices.<code>.…`), consultations first."""
    current = charter.current(district, now)
    found = {}
    for key, value in current.under("notices").items():
        code, _dot, part = key.rpartition(".")
        if part != "kind":
            continue
        days = current.rule(f"notices.{code}.min_days")
        name = current[f"notices.{code}.name"]
        found[code] = PublicationRule(
            code=code, kind=value, name_zh=name.zh, name_en=name.en, shown=days.value,
            basis_zh=days.basis.zh, basis_en=days.basis.en, status=days.status,
            every=current.get(f"notices.{code}.frequency"),
            objections=current.get(f"notices.{code}.objections_within"),
            answer=current.get(f"notices.{code}.answer_within"),
        )  # fmt: skip
    return dict(sorted(found.items(), key=lambda item: (rules.KINDS.index(item[1].kind), item[0])))


def content_of(notice: Notice) -> Mapping[str, Any]:
    """The canonical content of a published notice: what the digest is made of. Raises ValueError for a draft."""
    if notice.published_at is None or notice.first_day is None or notice.last_day is None:
        raise ValueError("Only what has been published has a digest.")
    return {
        "v": 1,
        "id": notice.public_id,
        "version": notice.version,
        "kind": notice.kind,
        "rule": notice.rule,
        "place": notice.place.public_id,
        "body": notice.body_name,
        "title": notice.title,
        "text": notice.text,
        "basis": notice.basis,
        "personal_basis": notice.personal_basis,
        "first_day": notice.first_day.isoformat(),
        "last_day": notice.last_day.isoformat(),
        "objections_until": notice.objections_until.isoformat() if notice.objections_until else None,
    }


def found_digest(notice: Notice) -> str:
    """The digest of the row as it stands now; equal to `notice.digest` unless somebody changed it."""
    return rules.digest_of(content_of(notice))


def notice(actor: Actor, public_id: str) -> Notice:
    """One notice that the actor may read. Raises OutOfScope."""
    rows = access.visible_to(actor).select_related("place", "corrects")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise _nothing()
    return found


def managed(actor: Actor, public_id: str) -> Notice:
    """One notice that the actor may publish or change. Raises OutOfScope."""
    found = access.managed_by(actor).select_related("place", "corrects").filter(public_id=public_id).first()
    if found is None:
        raise _nothing()
    return found


def _nothing() -> OutOfScope:
    return OutOfScope(
        "notices.none", _("There is no such notice here. Open the list of notices and choose one.")
    )


def correction_of(notice: Notice) -> Notice | None:
    """The published version that corrects this one."""
    rows = Notice.objects.filter(district=notice.district, corrects=notice, stage__in=rules.PUBLIC_STAGES)
    return rows.first()


def about(rows: QuerySet[Notice], path: str) -> QuerySet[Notice]:
    """Notices that concern a place: its own, those of the places above it, and those within it."""
    return rows.filter(Q(place_path__in=rules.prefixes(path)) | Q(place_path__startswith=path))


def public_page(
    district: int,
    *,
    path: str = "",
    kind: str = "",
    stage: str = "",
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """What is or was shown, newest first; corrected versions are reached from the version that holds."""
    rows = Notice.objects.filter(district=district, stage__in=[rules.RUNNING, rules.ENDED, rules.WITHDRAWN])
    if path:
        rows = about(rows, path)
    if kind in rules.KINDS:
        rows = rows.filter(kind=kind)
    if stage in rules.PUBLIC_STAGES:
        rows = rows.filter(stage=stage)
    return _page(rows.select_related("place"), "published_at", district, after, before, size)


def desk_page(actor: Actor, *, stage: str = "", after: str = "", before: str = "", size: int = PAGE) -> Page:
    """The notices an actor works on, newest first."""
    rows = access.managed_by(actor).select_related("place")
    if stage in rules.STAGES:
        rows = rows.filter(stage=stage)
    else:
        rows = rows.exclude(stage=rules.DISCARDED)
    return _page(rows, "created_at", actor.district, after, before, size)


def _page(rows: QuerySet[Notice], column: str, district: int, after: str, before: str, size: int) -> Page:
    """Keyset paging by (moment, id); a cursor is the public id of the row at the edge."""
    edge_id = after or before
    edge = Notice.objects.filter(district=district, public_id=edge_id).first() if edge_id else None
    moment = getattr(edge, column, None)
    if edge is not None and moment is not None and after:
        rows = rows.filter(Q(**{f"{column}__lt": moment}) | Q(**{column: moment, "id__lt": edge.id}))
    elif edge is not None and moment is not None:
        rows = rows.filter(Q(**{f"{column}__gt": moment}) | Q(**{column: moment, "id__gt": edge.id}))
        found = list(rows.order_by(column, "id")[: size + 1])
        more, found = len(found) > size, found[:size][::-1]
        return Page(found, found[-1].public_id if found else "", found[0].public_id if more else "")
    found = list(rows.order_by(f"-{column}", "-id")[: size + 1])
    more, found = len(found) > size, found[:size]
    return Page(found, found[-1].public_id if more else "", found[0].public_id if found and edge else "")


def running_for(district: int, path: str, most: int) -> list[Notice]:
    """Notices running for a place and the places above it, those that end first in front."""
    rows = Notice.objects.filter(district=district, stage=rules.RUNNING, place_path__in=rules.prefixes(path))
    return list(rows.order_by("last_day", "id")[:most])


def of_subject(district: int, subject: tuple[str, int]) -> list[Notice]:
    """Notices that an upper room published about its own row, newest first."""
    rows = Notice.objects.filter(
        district=district, subject_type=subject[0], subject_id=subject[1], stage__in=rules.PUBLIC_STAGES
    )
    return list(rows.order_by("-published_at", "-id"))


def may_act(notice: Notice, today: date) -> bool:
    """Whether what a notice announces may be done: it was shown long enough and neither withdrawn nor corrected."""
    if notice.stage not in (rules.RUNNING, rules.ENDED) or notice.last_day is None:
        return False
    return rules.may_act(today, notice.last_day)


def unproved(district: int, today: date, most: int = 500) -> QuerySet[Notice]:
    """Running notices whose showing has not been proved today, locked for the proof."""
    rows = Notice.objects.filter(district=district, stage=rules.RUNNING).exclude(proved_on=today)
    return (
        rows.select_related("place").order_by("id").select_for_update(of=("self",), skip_locked=True)[:most]
    )


def objections(
    actor: Actor, *, open_only: bool = False, of: Notice | None = None, most: int = 100
) -> list[Objection]:
    """Objections that the actor may answer, the oldest first."""
    rows = access.objections_visible_to(actor).select_related("notice")
    if open_only:
        rows = rows.filter(answered_at=None)
    if of is not None:
        rows = rows.filter(notice=of)
    return list(rows.order_by("at", "id")[:most])


def objection(district: int, public_id: str) -> Objection:
    """An objection by the number its author was given. Raises OutOfScope."""
    found = Objection.objects.select_related("notice").filter(district=district, public_id=public_id).first()
    if found is None:
        raise OutOfScope(
            "notices.no_objection",
            _("There is no objection with this number. Check the number on your receipt."),
        )
    return found


def objection_counts(notice: Notice) -> tuple[int, int]:
    """(received, answered) objections of a notice."""
    rows = Objection.objects.filter(district=notice.district, notice=notice)
    counts = rows.aggregate(all=Count("id"), answered=Count("id", filter=Q(answered_at__isnull=False)))
    return counts["all"], counts["answered"]


def library(district: int, today: date, *, ended: bool = False) -> list[RuleText]:
    """Rules of the library in force today, or those that have ended, by number."""
    rows = RuleText.objects.filter(district=district)
    over = Q(valid_to__isnull=False, valid_to__lte=today)
    rows = rows.filter(over) if ended else rows.exclude(over)
    return list(rows.order_by("-valid_from", "number"))


def library_rule(district: int, public_id: str) -> RuleText:
    """One rule of the library. Raises OutOfScope."""
    found = RuleText.objects.filter(district=district, public_id=public_id).first()
    if found is None:
        raise OutOfScope(
            "notices.no_rule", _("There is no such rule in the library. Open the library and choose one.")
        )
    return found


@dataclass(frozen=True, slots=True)
class Basis:
    """A charter key that rests on a rule, with the value in force; `value` is None when the charter dropped it."""

    key: str
    value: Any


def bases(rule: RuleText, now: datetime) -> list[Basis]:
    """What the charter takes from a rule."""
    current = charter.current(rule.district, now)
    keys = RuleBasis.objects.filter(district=rule.district, rule=rule).order_by("charter_key")
    return [Basis(key, current.get(key)) for key in keys.values_list("charter_key", flat=True)]


def answers_due(district: int, objections: list[int]) -> dict[int, datetime]:
    """When each open objection must be answered, by its id."""
    rows = Clock.objects.filter(
        district=district, subject_type="objection", subject_id__in=objections, next_due__isnull=False
    )
    return {row.subject_id: row.next_due for row in rows if row.next_due is not None}


def objection_to_answer(actor: Actor, public_id: str) -> Objection:
    """One objection within the actor's reach. Raises OutOfScope."""
    rows = access.objections_visible_to(actor).select_related("notice")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise OutOfScope(
            "objection.none", _("There is no such objection within your reach. Open the list of objections.")
        )
    return found
