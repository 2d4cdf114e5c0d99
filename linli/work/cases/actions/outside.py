"""What comes from the city's hotline: one row, one outcome, once. What is wrong stands in the list of problems."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.db import IntegrityError, transaction

from linli.foundation.core.context import Context
from linli.foundation.core.errors import Refused, WrongStage
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.actions.outside_decisions import (
    take_acknowledgement,
    take_extension_ruling,
    take_judgement,
    take_return_ruling,
)
from linli.work.cases.actions.outside_known import CHANNEL, Known, Result, may_exchange
from linli.work.cases.actions.outside_orders import take_order, take_urge
from linli.work.cases.models import Case, OutsideMessage, OutsideOrder
from linli.work.cases.rules.exchange import OutsideRow, RowProblem


def take_row(*, actor: Actor, context: Context, row: OutsideRow, known: Known) -> Result:
    """Take one row. Nothing is raised for what is wrong with it: it stands in the list of problems instead."""
    may_exchange(actor)
    same = OutsideMessage.objects.filter(
        district=context.district, direction="in", number=row.number, kind=row.message, digest=row.digest()
    ).first()
    if same is not None and same.state == "taken":
        return Result("repeated")
    try:
        what, order = _taken(actor, context, row, known)
    except RowProblem as problem:
        return refused(context, row.number, row.message, row.digest(), problem.code, problem.column)
    except WrongStage:
        return refused(context, row.number, row.message, row.digest(), _stage_problem(context, row), "")
    except Refused:
        return refused(context, row.number, row.message, row.digest(), "refused", "")
    _note(context, row.number, row.message, row.digest(), state="taken", order=order)
    return Result(what)


def _taken(actor: Actor, context: Context, row: OutsideRow, known: Known) -> tuple[str, OutsideOrder]:
    """Take it in a savepoint; once more when somebody filed the same number at this moment: now it stands."""
    try:
        with transaction.atomic():
            return TAKES[row.message](actor, context, row, known)
    except IntegrityError:
        with transaction.atomic():
            return TAKES[row.message](actor, context, row, known)


def _stage_problem(context: Context, row: OutsideRow) -> str:
    case = Case.objects.filter(district=context.district, channel=CHANNEL, outside_number=row.number).first()
    if case is not None and case.ended_at is not None:
        return "ended"
    return {"return_ruling": "no_return", "extension_ruling": "no_extension"}.get(row.message, "stage")


def _note(
    context: Context, number: str, kind: str, digest: str, *, state: str, order: OutsideOrder | None = None,
    problem: str = "", field: str = "",
) -> OutsideMessage:  # fmt: skip
    """The message as a row, once; what was refused before may be taken now, and what was taken stays so."""
    made, _fresh = OutsideMessage.objects.update_or_create(
        district=context.district, direction="in", number=number, kind=kind, digest=digest,
        defaults={"state": state, "order": order, "problem": problem, "field": field},
        create_defaults={
            "state": state, "order": order, "problem": problem, "field": field, "at": context.now,
            "public_id": secrets.token_urlsafe(12),
        },
    )  # fmt: skip
    return made


def refused(context: Context, number: str, kind: str, digest: str, problem: str, field: str) -> Result:
    """Put it on the list of problems; what a clerk has dealt with stays so."""
    same = {"number": number[:40], "kind": kind, "digest": digest, "problem": problem, "state": "set_aside"}
    if OutsideMessage.objects.filter(district=context.district, direction="in", **same).exists():
        return Result("refused", problem, field)
    _note(context, number[:40], kind, digest, state="refused", problem=problem, field=field)
    return Result("refused", problem, field)


Take = Callable[[Actor, Context, OutsideRow, Known], tuple[str, OutsideOrder]]
TAKES: dict[str, Take] = {
    "order": take_order, "urge": take_urge, "return_ruling": take_return_ruling, "extension_ruling": take_extension_ruling, "judgement": take_judgement,
    "acknowledgement": take_acknowledgement,
}  # fmt: skip
