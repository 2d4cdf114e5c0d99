"""Periodic work on cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linli.foundation.core.context import Context
from linli.foundation.core.outbox import job, queue_job
from linli.foundation.core.rules.actor import system
from linli.work.cases import learning
from linli.work.cases.actions import draw_samples, freeze_rates
from linli.work.cases.actions.dispatching import mirror_moved, refresh_waiting
from linli.work.cases.actions.freezing import months_to_freeze
from linli.work.cases.actions.parking import review_parked
from linli.work.cases.actions.sampling import months_to_draw
from linli.work.cases.actions.warning import warn
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
