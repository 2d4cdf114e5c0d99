"""Periodic work on cases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from linli.foundation.core.context import Context
from linli.foundation.core.outbox import job, queue_job
from linli.foundation.core.rules.actor import system
from linli.work.cases import learning
from linli.work.cases.actions import draw_samples, freeze_rates
from linli.work.cases.actions.bulk import bulk_row
from linli.work.cases.actions.dispatching import mirror_moved, refresh_waiting
from linli.work.cases.actions.freezing import months_to_freeze
from linli.work.cases.actions.indexing import index_waiting
from linli.work.cases.actions.parking import review_parked
from linli.work.cases.actions.sampling import months_to_draw
from linli.work.cases.actions.warning import warn
from linli.work.cases.exporting import end_old_exports, make_export
from linli.work.cases.models import PURPOSES
from linli.work.cases.outside_run import run_exchange


@job("cases.refresh_waiting")
def waiting(payload: Mapping[str, Any], context: Context) -> None:
    """Give cases their promise once the calendar year they waited for has been computed."""
    refresh_waiting(context=context)


@job("cases.mirror_clocks")
def moved(payload: Mapping[str, Any], context: Context) -> None:
    """Show the due moments that a changed calendar moved."""
    mirror_moved(context=context, ids=[int(id_) for id_ in payload["ids"]])


@job("cases.freeze_rates")
def freeze(payload: Mapping[str, Any], context: Context) -> None:
    """Freeze the oldest month whose time has come; a run a month, so that none holds a lease for long."""
    waiting_months = months_to_freeze(context)
    if waiting_months:
        freeze_rates(actor=system(context.district), context=context, name=waiting_months[0])
    if len(waiting_months) > 1:
        queue_job("cases.freeze_rates", district=context.district, now=context.now)


@job("cases.draw_samples")
def draw(payload: Mapping[str, Any], context: Context) -> None:
    """Draw the samples of months that are over."""
    for name in months_to_draw(context):
        for purpose in PURPOSES:
            draw_samples(actor=system(context.district), context=context, name=name, purpose=purpose)


@job("cases.learn")
def learn_anew(payload: Mapping[str, Any], context: Context) -> None:
    """Let the suggester learn from what was closed since."""
    learning.learn(actor=system(context.district), context=context)


@job("cases.propose")
def propose_now(payload: Mapping[str, Any], context: Context) -> None:
    """Keep what is proposed for new cases, to be compared with what people decide."""
    learning.propose_waiting(context=context)


@job("cases.warn")
def warned(payload: Mapping[str, Any], context: Context) -> None:
    """Warnings before a deadline and steps after it."""
    warn(context=context)


@job("cases.review_parked")
def reviewed(payload: Mapping[str, Any], context: Context) -> None:
    """Take up parked cases whose review date has come."""
    review_parked(context=context)


@job("cases.exchange")
def exchange(payload: Mapping[str, Any], context: Context) -> None:
    """Fetch what the city sent and send what waits for it, by the charter's adapter; the rest in the next run."""
    if run_exchange(context):
        queue_job("cases.exchange", district=context.district, now=context.now)


INDEX_AGAIN = 20  # seconds: between the minutes the same job runs twice more


@job("cases.index")
def index(payload: Mapping[str, Any], context: Context) -> None:
    """Make what was said lately searchable: each minute, and 20 and 40 seconds after it."""
    if not payload:
        for n in (1, 2):
            due = context.now + timedelta(seconds=INDEX_AGAIN * n)
            queue_job("cases.index", district=context.district, now=context.now, payload=AGAIN, due_at=due)
    if index_waiting(context=context):
        queue_job("cases.index", district=context.district, now=context.now, payload=AGAIN)


AGAIN = json.dumps({"again": True})


@job("cases.index_all")
def index_all(payload: Mapping[str, Any], context: Context) -> None:
    """Make everything searchable that is not: after a bulk load, after the way of cutting words changed."""
    if index_waiting(context=context, everything=True):
        queue_job("cases.index_all", district=context.district, now=context.now)


@job("cases.bulk_row")
def give_out(payload: Mapping[str, Any], context: Context) -> None:
    """Dispatch one case of a bulk dispatch, in the transaction of this run."""
    bulk_row(context=context, row_id=int(payload["row"]))


@job("cases.export")
def export(payload: Mapping[str, Any], context: Context) -> None:
    """Write the spreadsheet of a long list."""
    make_export(context=context, export_id=int(payload["export"]))


@job("cases.export_retention")
def end_exports(payload: Mapping[str, Any], context: Context) -> None:
    """Delete the files of exports whose days are over."""
    end_old_exports(context=context)
