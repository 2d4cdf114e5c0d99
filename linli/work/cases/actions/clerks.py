"""Who is told and who decides: clerks by place and level, heads of bodies. Reads only; actions and reactions use it."""

from __future__ import annotations

from linli.foundation.bodies import queries as bodies
from linli.foundation.bodies.models import Appointment
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.work.cases.models import Case
from linli.work.cases.rules.levels import LEVELS, rank

HEADS = ("secretary", "director", "chief", "head", "project_manager")


def roles_with(context: Context, verb: str) -> list[str]:
    """Roles of the charter that hold a verb."""
    known = charter.current(context.district, context.now).under("role")
    return [code for code, value in known.items() if verb in value["verbs"]]


def clerks_of(context: Context, path: str, verb: str = "cases.dispatch") -> list[Appointment]:
    """Open appointments for exactly this place whose role gives cases out. Two statements at most."""
    rows = bodies.open_appointments(context.district).filter(
        place__path=path, role__in=roles_with(context, verb), user__isnull=False, valid_from__lte=context.now
    )
    return list(rows.select_related("body").order_by("id"))


def path_at(path: str, level: str) -> str:
    """The path of a place's ancestor at a level; the place's own path when it stands higher."""
    steps = path.rstrip(".").split(".")
    return ".".join(steps[: 4 - rank(level)]) + "."


def clerks_for(
    context: Context, case: Case, verb: str = "cases.dispatch", *, above: bool = False
) -> list[Appointment]:
    """Clerks who decide on a case at its level, or at the next level that has any.

    `above`: at least one level over the case and the body that has it. A body never decides on its own case.
    """
    low = max(1, rank(case.level))
    if above:
        has = rank(case.handling_body.level) if case.handling_body is not None else 0
        low = min(max(rank(case.level), has) + 1, len(LEVELS) - 1)
    for level in LEVELS[low:]:
        found = clerks_of(context, path_at(case.place.path, level), verb)
        free = [clerk for clerk in found if clerk.body_id != case.handling_body_id]
        if free:
            return free
    return []


def heads_of(context: Context, body: int) -> list[Appointment]:
    """Whoever leads a body."""
    rows = bodies.open_appointments(context.district).filter(body=body, title__in=HEADS, user__isnull=False)
    return list(rows.order_by("id"))
