"""Several cases given to one body by one click: one order, then each case in a transaction of its own."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.queries import actor_of
from linli.foundation.bodies.models import Body
from linli.foundation.core import idempotency, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, NotAllowed, Refused
from linli.foundation.core.outbox import queue_job
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.rules import mask_text
from linli.work.cases import access
from linli.work.cases.actions.dispatching import dispatch
from linli.work.cases.models import BulkRow, BulkRun, Case
from linli.work.cases.rules.bulk import MOST, reason_of

DOOR = "cases.bulk"


def bulk_dispatch(
    *,
    actor: Actor,
    context: Context,
    cases: Sequence[str],
    body: str,
    kind: str = "",
    note: str = "",
    key: str,
) -> BulkRun:
    """Order the dispatch of cases (public ids) to a body; the same key again gives the same order.

    Raises Invalid without cases or body, NotAllowed, KeyReused.
    """
    if actor.grant is None or actor.appointment is None or not actor.may("cases.dispatch"):
        raise NotAllowed("cases.dispatch", _("The appointment you act in does not give out cases."))
    wanted = list(dict.fromkeys(cases))
    with transaction.atomic(savepoint=False):
        public_id = secrets.token_hex(9)
        slot = idempotency.take(
            district=context.district, door=DOOR, key=key, now=context.now,
            body=idempotency.digest(str(actor.appointment), body, kind, note, *wanted),
            answer=idempotency.Answer(201, public_id),
        )  # fmt: skip
        if slot.replay is not None:
            return BulkRun.objects.get(district=context.district, public_id=slot.replay.reference)
        return _ordered(actor, context, public_id, _chosen(actor, wanted), _body(actor, body), kind, note)


def _chosen(actor: Actor, wanted: Sequence[str]) -> list[Case]:
    if not wanted or len(wanted) > MOST:
        problem = _("Choose at least one case and at most %(n)d. Nothing was given out.") % {"n": MOST}
        raise Invalid("bulk.cases", problem, fields={"case": problem})
    found = list(access.visible_to(actor).filter(public_id__in=wanted).order_by("id"))
    if not found:
        raise Invalid("bulk.cases", _("None of these cases is within your reach. Choose anew from the list."))
    return found


def _body(actor: Actor, public_id: str) -> Body:
    body = Body.objects.filter(district=actor.district, public_id=public_id, valid_to__isnull=True).first()
    if body is None:
        problem = _("Choose the body that is to handle these cases. Nothing was given out.")
        raise Invalid("bulk.body", problem, fields={"body": problem})
    return body


def _ordered(
    actor: Actor, context: Context, public_id: str, cases: list[Case], body: Body, kind: str, note: str
) -> BulkRun:
    run = BulkRun.objects.create(
        district=context.district, public_id=public_id, grant=actor.grant or 0, appointment=actor.appointment or 0, body=body,
        kind=kind[:60], note=mask_text(note.strip()[:400])[:500], at=context.now,
    )  # fmt: skip
    for case in cases:
        row = BulkRow.objects.create(district=context.district, run=run, case=case)
        queue_job(
            "cases.bulk_row", district=context.district, now=context.now, payload=json.dumps({"row": row.id}),
            key=f"cases.bulk_row:{row.id}",
        )  # fmt: skip
    ledger.record(
        "cases.bulk_sent", actor=actor, subject=("bulk_run", run.id), now=context.now, seq=1,
        data={"body": body.id, "kind": run.kind or None, "cases": len(cases)},
    )  # fmt: skip
    return run


def bulk_row(*, context: Context, row_id: int) -> None:
    """Dispatch one case of an order as its appointment stands now; a decided one stays as it is."""
    rows = BulkRow.objects.filter(district=context.district, id=row_id, outcome="waiting")
    row = rows.select_related("run__body", "case").select_for_update(of=("self",)).first()
    if row is None:
        return
    row.outcome, row.reason = _tried(row, context)
    row.done_at = context.now
    row.save(update_fields=["outcome", "reason", "done_at"])


def _tried(row: BulkRow, context: Context) -> tuple[str, str]:
    """(outcome, reason): the action decides; its refusal undoes its own writes only."""
    run = row.run
    grant = (
        Grant.objects.filter(district=context.district, id=run.grant, valid_to=None)
        .select_related("user")
        .first()
    )
    if grant is None:
        return "refused", "not_allowed"
    try:
        with transaction.atomic():
            dispatch(
                actor=actor_of(grant.user, grant, context.now), context=context, case=row.case.public_id,
                body=run.body.public_id, note=run.note, kind=run.kind,
            )  # fmt: skip
    except Refused as refusal:
        return "refused", reason_of(refusal.code, str(refusal.message))
    return "done", ""
