"""Before cases are given out together: which bodies serve them, which will pass, why others will not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from linli.foundation.bodies import queries as bodies
from linli.foundation.bodies.models import Body
from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.work.cases import access
from linli.work.cases.models import BulkRow, BulkRun, Case, CaseHold
from linli.work.cases.rules.bulk import MOST
from linli.work.cases.rules.flow import FLOW


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case of the choice: `reason` is empty when it will pass."""

    case: Case
    reason: str


@dataclass(frozen=True, slots=True)
class Serving:
    """A body and how many of the chosen cases lie in places it serves."""

    body: Body
    cases: int


def chosen(actor: Actor, public_ids: Sequence[str]) -> list[Case]:
    """The chosen cases within reach, oldest deadline first; at most fifty."""
    rows = access.visible_to(actor).filter(public_id__in=list(public_ids)[:MOST])
    return list(rows.select_related("place", "handling_body").order_by("next_due", "id"))


def serving(cases: Sequence[Case]) -> dict[int, list[Body]]:
    """Bodies that may be handed a matter, by place. One statement for each place."""
    found: dict[int, list[Body]] = {}
    for case in cases:
        if case.place_id not in found:
            found[case.place_id] = bodies.handling_bodies(case.district, case.place)
    return found


def offered(cases: Sequence[Case], by_place: dict[int, list[Body]]) -> list[Serving]:
    """Bodies to choose from, those that serve most of the cases first."""
    counts: dict[int, Serving] = {}
    for case in cases:
        for body in by_place[case.place_id]:
            held = counts.get(body.id)
            counts[body.id] = Serving(body, (held.cases if held else 0) + 1)
    return sorted(counts.values(), key=lambda one: (-one.cases, one.body.name, one.body.id))


def preview(
    actor: Actor, cases: Sequence[Case], by_place: dict[int, list[Body]], body: Body, kind: str
) -> list[Candidate]:
    """What would become of each case: the questions that the action asks, asked beforehand."""
    held: dict[int, set[str]] = {}
    open_holds = CaseHold.objects.filter(
        district=actor.district, case__in=list(cases), closed_at__isnull=True
    )
    for case_id, hold in open_holds.values_list("case", "kind"):
        held.setdefault(case_id, set()).add(hold)
    duties: dict[str, str] = {}
    for code in {kind or case.kind for case in cases}:
        fits, why = bodies.may_be_assigned(body, code)
        duties[code] = "" if fits else why
    return [
        Candidate(
            case, _reason(actor, case, held.get(case.id, set()), by_place, body) or duties[kind or case.kind]
        )
        for case in cases
    ]


def _reason(actor: Actor, case: Case, held: set[str], by_place: dict[int, list[Body]], body: Body) -> str:
    if FLOW.decide(case.stage, held, "dispatch") is None:
        return "stage"
    if not access.may("dispatch", actor, case):
        return "not_allowed"
    return "" if any(one.id == body.id for one in by_place[case.place_id]) else "does_not_serve"


def bulk_run(actor: Actor, public_id: str) -> tuple[BulkRun, list[BulkRow]]:
    """A bulk dispatch of the acting appointment with its rows. Raises OutOfScope."""
    rows = BulkRun.objects.filter(
        district=actor.district, public_id=public_id, appointment=actor.appointment or 0
    )
    run = rows.select_related("body").first()
    if run is None or actor.appointment is None:
        raise OutOfScope("bulk.none", _("There is no such bulk dispatch of your appointment."))
    parts = BulkRow.objects.filter(district=actor.district, run=run).select_related("case__place")
    return run, list(parts.order_by("case__number", "id"))
