"""Each day: prove that what is shown is unchanged, end what has been shown long enough."""

from __future__ import annotations

from django.db import transaction

from linli.foundation.core import ledger
from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import system
from linli.foundation.core.rules.events import Value
from linli.foundation.notices import queries, rules
from linli.foundation.notices.actions.common import today
from linli.foundation.notices.models import Notice


def prove_shown(*, context: Context) -> int:
    """One event a day for each running notice, with the digest found in the row. Returns how many.

    A row whose content does not give the published digest leaves `notice.differs` instead, with both digests.
    """
    day = today(context)
    with transaction.atomic(savepoint=False):
        rows = list(queries.unproved(context.district, day))
        for notice in rows:
            _prove(context, notice)
            notice.proved_on = day
            notice.save(update_fields=["proved_on"])
    return len(rows)


def _prove(context: Context, notice: Notice) -> None:
    found, day = queries.found_digest(notice), today(context).isoformat()
    data: dict[str, Value] = {"day": day, "digest": notice.digest}
    code = "notice.shown"
    if found != notice.digest:
        code, data["found"] = "notice.differs", found
    ledger.record(
        code,
        actor=system(context.district),
        subject=("notice", notice.id),
        place=notice.place_id,
        now=context.now,
        data=data,
    )


def end_shown(*, context: Context) -> int:
    """End running notices whose last day is over. Returns how many."""
    day = today(context)
    with transaction.atomic(savepoint=False):
        rows = Notice.objects.filter(district=context.district, stage=rules.RUNNING, last_day__lt=day)
        found = list(rows.order_by("id").select_for_update(skip_locked=True)[:500])
        for notice in found:
            notice.stage, notice.ended_at = rules.FLOW[(notice.stage, "end")], context.now
            notice.save(update_fields=["stage", "ended_at"])
            last = notice.last_day.isoformat() if notice.last_day else None
            ledger.record(
                "notice.ended", actor=system(context.district), subject=("notice", notice.id), place=notice.place_id,
                now=context.now, data={"last_day": last, "digest": notice.digest},
            )  # fmt: skip
    return len(found)
