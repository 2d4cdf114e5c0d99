"""Likely same cases, links and supporters, hot issues, and how often the suggester was right."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places import queries as places
from linli.foundation.places.models import Dwelling, Place
from linli.work.cases import access
from linli.work.cases.codes import follow_code
from linli.work.cases.learning import rarity
from linli.work.cases.models import Answer, Case, Link, Proposal, Suggester, Supporter
from linli.work.cases.rules.kinds import kinds_of_family, questions_of
from linli.work.cases.rules.numbers import normal_code, normal_number
from linli.work.cases.rules.sameness import Candidate, Hot, hot, likely

LOOKED_AT, LOOKED_AT_EACH, NEAR = 200, 100, 6
CODES_TRIED = 2000
PUBLIC_REQUESTS = ("complaint", "help", "suggestion")


@dataclass(frozen=True, slots=True)
class Same:
    """A likely same case, with how alike the words are in percent and the place as it may be shown."""

    case: Case
    alike: int
    place: str


def same_open(
    context: Context, place: Place, kind: str, text: str, *, actor: Actor | None = None, leave_out: int = 0, most: int = 3
) -> list[Same]:  # fmt: skip
    """Open cases that are likely the same matter: same compound or near, same family of kinds, words alike.

    Without an actor only what is public: public kinds, no misconduct, and small compounds by their community.
    """
    rules = charter.current(context.district, context.now)
    rows = access.visible_to(actor) if actor else _public(context)
    rows = rows.filter(ended_at=None).exclude(kind_of_request="misconduct").exclude(id=leave_out)
    rows = rows.filter(received_at__gte=context.now - timedelta(days=rules["cases.same_issue.days"]))
    if kind:
        rows = rows.filter(kind__in=kinds_of_family(kind, rules["cases.families"]))
    found = _newest(rows, context, place, rules["cases.same_issue.metres"])
    candidates = [
        Candidate(id_, words, where == place.id, not kind or code == kind, at)
        for id_, words, where, code, at in found
    ]
    ranked = likely(
        text, candidates, floor=rules["cases.same_issue.alike"], most=most, rare=rarity(context.district)
    )
    if not ranked:
        return []
    cases = {
        case.id: case
        for case in Case.objects.filter(
            district=context.district, id__in=[one.id for one in ranked]
        ).select_related("place__parent", "handling_body")
    }
    shown = [cases[one.id] for one in ranked if one.id in cases]
    names = {} if actor else public_places(context, [case.place for case in shown])
    return [
        Same(cases[one.id], one.alike, names.get(cases[one.id].place_id, cases[one.id].place.name))
        for one in ranked
        if one.id in cases
    ]


def _public(context: Context) -> QuerySet[Case]:
    kinds = [
        row["code"] for row in charter.current(context.district, context.now)["cases.kinds"] if row["public"]
    ]
    return Case.objects.filter(district=context.district, kind__in=kinds, kind_of_request__in=PUBLIC_REQUESTS)


def _newest(rows: QuerySet[Case], context: Context, place: Place, metres: int) -> list[tuple[Any, ...]]:
    """The newest cases of a community and what lies below it, or of a compound and those near.

    Compounds are asked one by one in one statement: each part walks the index of its place, however many cases
    are open elsewhere.
    """
    columns = ("id", "text", "place", "kind", "received_at")
    if place.level != Place.Level.COMPOUND:
        below = rows.filter(place__path__startswith=place.path).order_by("-received_at", "-id")
        return list(below.values_list(*columns)[:LOOKED_AT])
    ids = [place.id]
    if place.longitude is not None and place.latitude is not None and metres:
        near = places.nearest(context.district, place.longitude, place.latitude, limit=NEAR, metres=metres)
        ids += [one.place.id for one in near if one.place.id != place.id]
    parts = [
        rows.filter(place=id_).order_by("-received_at", "-id").values_list(*columns)[:LOOKED_AT_EACH]
        for id_ in ids
    ]
    return list(parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0])


def public_places(context: Context, rows: Sequence[Place]) -> dict[int, str]:
    """The name under which a place may be shown to everybody: a small compound is shown as its community."""
    least = charter.current(context.district, context.now)["cases.public_min_homes"]
    ids = {row.id for row in rows}
    homes = dict(
        Dwelling.objects.filter(district=context.district, place__in=ids, ended_at=None)
        .order_by()
        .values("place")
        .annotate(n=Count("id"))
        .values_list("place", "n")
    )
    return {
        row.id: row.parent.name if row.parent is not None and homes.get(row.id, 0) < least else row.name
        for row in rows
    }


def joinable(context: Context, case: int) -> Case | None:
    """An open case that somebody else may join: public as a kind, and still open."""
    return _public(context).filter(id=case, ended_at=None).select_related("place__parent").first()


def by_number(actor: Actor, typed: str) -> str | None:
    """The public id of a case within reach, by its number as typed or by the public id itself."""
    rows = access.visible_to(actor)
    number = normal_number(typed)
    found = rows.filter(number=number) if number else rows.filter(public_id=typed.strip())
    return found.values_list("public_id", flat=True).first()


# --- supporters and links ---------------------------------------------------------------------------------------


def supporter_by_code(district: int, number: str, code: str) -> Supporter | None:
    """The supporter whom a case's number and an own code open, compared in constant time; None otherwise."""
    normal, typed = normal_number(number), normal_code(code)
    if not normal:
        return None
    rows = Supporter.objects.filter(district=district, case__number=normal, ended_at=None).order_by(
        "-at", "-id"
    )
    found = None
    for row in rows.select_related("case__place")[:CODES_TRIED]:
        if hmac.compare_digest(follow_code(district, row.public_id).encode(), typed.encode()):
            found = row
    return found


def supporter(district: int, public_id: str) -> Supporter | None:
    """A supporter by what its own page's address carries."""
    rows = Supporter.objects.filter(district=district, public_id=public_id, ended_at=None)
    return rows.select_related("case__place__parent", "case__handling_body").first()


@dataclass(frozen=True, slots=True)
class Company:
    """What belongs to a case: links with the other case, how many support it, answers to its kind's questions."""

    links: list[tuple[Link, Case]]
    supporters: list[Supporter]
    answers: list[tuple[Any, str]]


def company(actor: Actor, context: Context, case: Case) -> Company:
    """Links to cases within reach, supporters, answers. Three statements, four with links."""
    found = list(
        Link.objects.filter(district=case.district, ended_at=None)
        .filter(Q(case=case) | Q(other=case))
        .order_by("at", "id")
    )
    others = {row.other_id if row.case_id == case.id else row.case_id for row in found}
    seen = (
        {row.id: row for row in access.visible_to(actor).filter(id__in=others).select_related("place")}
        if others
        else {}
    )
    pairs = [(row, row.other_id if row.case_id == case.id else row.case_id) for row in found]
    rules = charter.current(context.district, context.now)
    said = dict(Answer.objects.filter(district=case.district, case=case).values_list("question", "value"))
    asked = [row for row in questions_of(case.kind, rules["cases.questions"]) if row["code"] in said]
    return Company(
        [(row, seen[id_]) for row, id_ in pairs if id_ in seen],
        list(
            Supporter.objects.filter(district=case.district, case=case, ended_at=None).order_by("at", "id")[
                :50
            ]
        ),
        [(row["question"], _answer_words(row, said[row["code"]])) for row in asked],
    )


def _answer_words(row: Any, value: str) -> Any:
    options = {one["code"]: one["name"] for one in row["options"] or ()}
    return options.get(value, value)


# --- hot issues -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HotIssue:
    """A hot matter with its place and the newest cases of it within reach."""

    hot: Hot
    place: Place
    cases: list[Case]


def hot_issues(actor: Actor, context: Context, most: int = 30) -> list[HotIssue]:
    """Places and families with many reports in the charter's days, most first; supporters count as reports."""
    rules = charter.current(context.district, context.now)
    since = context.now - timedelta(days=rules["cases.hot.days"])
    mine = access.visible_to(actor).exclude(kind_of_request="misconduct")
    reports = (
        mine.filter(received_at__gte=since)
        .order_by()
        .values("place", "kind")
        .annotate(n=Count("id", distinct=True), newest=Max("received_at"))
        .values_list("place", "kind", "n", "newest")
    )
    joined = (
        Supporter.objects.filter(
            district=actor.district,
            at__gte=since,
            ended_at=None,
            merged_from=None,
            case__in=mine.values("id"),
        )
        .order_by()
        .values("case__place", "case__kind")
        .annotate(n=Count("id"), newest=Max("at"))
        .values_list("case__place", "case__kind", "n", "newest")
    )
    found = hot([*reports, *joined], rules["cases.families"], rules["cases.hot.cases"])[:most]
    at = {
        row.id: row
        for row in Place.objects.filter(district=actor.district, id__in={row.place for row in found})
    }
    newest = _newest_of(mine.filter(received_at__gte=since), found, rules)
    return [HotIssue(row, at[row.place], newest.get((row.place, row.family), [])) for row in found]


def _newest_of(rows: QuerySet[Case], found: Sequence[Hot], rules: Any) -> dict[tuple[int, str], list[Case]]:
    """Up to three newest cases of each hot matter, in one statement."""
    if not found:
        return {}
    families = {row["code"]: row["kinds"] for row in rules["cases.families"]}
    wanted = Q()
    for one in found:
        wanted |= Q(place=one.place, kind__in=families.get(one.family, (one.family,)))
    kept: dict[tuple[int, str], list[Case]] = {}
    of_kind = {kind: code for code, kinds in families.items() for kind in kinds}
    for case in rows.filter(wanted).order_by("-received_at", "-id")[:1000]:
        held = kept.setdefault((case.place_id, of_kind.get(case.kind, case.kind)), [])
        if len(held) < 3:
            held.append(case)
    return kept


# --- the suggester's figures ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hits:
    """How often the proposal was what people decided in the end, for one channel."""

    channel: str
    cases: int
    kind_hits: int
    bodies: int
    body_hits: int

    @property
    def kind_share(self) -> int | None:
        return round(100 * self.kind_hits / self.cases) if self.cases else None

    @property
    def body_share(self) -> int | None:
        return round(100 * self.body_hits / self.bodies) if self.bodies else None


def hits(actor: Actor, context: Context, days: int = 90) -> list[Hits]:
    """Hits per channel over closed cases of the last days within reach. One statement."""
    since = context.now - timedelta(days=days)
    rows = (
        Proposal.objects.filter(district=actor.district, case__stage="closed", case__ended_at__gte=since)
        .filter(case__in=access.visible_to(actor).values("id"))
        .exclude(kind="")
        .order_by()
        .values("case__channel")
        .annotate(
            n=Count("id"),
            right=Count("id", filter=Q(kind=F("case__kind"))),
            bodies=Count("id", filter=~Q(body_kind="")),
            right_body=Count("id", filter=~Q(body_kind="") & Q(body_kind=F("case__handling_body__kind"))),
        )
    )
    return [
        Hits(row["case__channel"], row["n"], row["right"], row["bodies"], row["right_body"])
        for row in rows.order_by("case__channel")
    ]


def newest_suggester(district: int) -> Suggester | None:
    """What the model in use was made of, without its weights."""
    return Suggester.objects.filter(district=district).defer("weights").order_by("-trained_at", "-id").first()
