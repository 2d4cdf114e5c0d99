"""Freezing a month's rates with the charter they were judged by, and correcting them by a new row."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import rfc8785
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, ledger
from linli.foundation.core.charter import NoCharter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.charter import Charter
from linli.foundation.core.rules.events import Value
from linli.work.cases import measures
from linli.work.cases.measures import Asked
from linli.work.cases.models import DIMENSIONS, Case, RatePeriod, RateRow
from linli.work.cases.rules.periods import Period, containing, named
from linli.work.cases.rules.rates import Counts

Tables = dict[str, dict[str, Counts]]


def rules_at(context: Context, moment: datetime) -> Charter:
    """The charter in force at a moment; for months before the first adoption, today's, which the row names."""
    try:
        return charter.current(context.district, moment)
    except NoCharter:
        return charter.current(context.district, context.now)


def freezes_at(context: Context, period: Period) -> datetime:
    """The moment a month is frozen as of: so many whole days after its last due date."""
    _start, end = period.bounds(context.zone)
    return end + timedelta(days=rules_at(context, end)["cases.rates.provisional_days"])


def latest(district: int, name: str) -> RatePeriod | None:
    """The frozen row that holds: the one no correction names."""
    rows = list(RatePeriod.objects.filter(district=district, name=name))
    named_by = {row.corrects_id for row in rows}
    return next((row for row in rows if row.id not in named_by), None)


def digest_of(period: RatePeriod, tables: Tables) -> str:
    """SHA-256 over the RFC 8785 bytes of a frozen period, 64 hex digits: any changed number shows."""
    content: Any = {
        "v": 1, "period": period.name, "starts": ledger.moment(period.starts), "ends": ledger.moment(period.ends),
        "as_of": ledger.moment(period.as_of), "excluded_as_of": ledger.moment(period.excluded_as_of), "charter": period.charter,
        "rows": {d: {k: asdict(c) for k, c in sorted(rows.items())} for d, rows in tables.items()},
    }  # fmt: skip
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def asked_of(period: RatePeriod) -> Asked:
    """The question that a frozen row answered."""
    return Asked(
        period.district, period.starts, period.ends, period.as_of, excluded_as_of=period.excluded_as_of
    )


def freeze_rates(*, actor: Actor, context: Context, name: str) -> RatePeriod:
    """Freeze a month whose time has come; a frozen one is given back unchanged. Raises Invalid, NotAllowed."""
    if not actor.may("cases.correct_rates"):
        raise NotAllowed("rates.freeze", _("The appointment you act in does not freeze rates."))
    period = _month(name)
    as_of = freezes_at(context, period)
    if as_of > context.now:
        raise Invalid(
            "rates.early",
            _("This month is still provisional; cases due in it may yet be judged. It is frozen when its time has come."),
        )  # fmt: skip
    with transaction.atomic(savepoint=False):
        standing = latest(context.district, period.name)
        return standing or _write(actor, context, period, as_of=as_of, excluded_as_of=as_of)


def correct_rates(*, actor: Actor, context: Context, name: str, reason: str) -> RatePeriod:
    """A new row for a frozen month that names the old one, which stays as it is. Raises Invalid, Conflict, NotAllowed.

    Facts are read as of the first freeze, so that what was closed since helps nobody; what was approved to be left
    out since is let in, and records put right since count as they are now.
    """
    if not actor.may("cases.correct_rates"):
        raise NotAllowed("rates.correct", _("The appointment you act in does not correct frozen rates."))
    if reason not in {
        r["code"] for r in charter.current(context.district, context.now)["cases.rates.correction_reasons"]
    }:
        raise Invalid(
            "rates.reason", _("Choose a reason from the list. Nothing was changed."), fields={"reason": _("Choose a reason.")}
        )  # fmt: skip
    period = _month(name)
    with transaction.atomic(savepoint=False):
        old = latest(context.district, period.name)
        if old is None:
            raise Conflict(
                "rates.not_frozen", _("This month is not frozen yet, so there is nothing to correct.")
            )
        return _write(
            actor, context, period, as_of=old.as_of, excluded_as_of=context.now, corrects=old, reason=reason
        )


def _month(name: str) -> Period:
    try:
        period = named(name)
    except ValueError as problem:
        raise Invalid("rates.period", str(problem)) from problem
    if period.span != "month":
        raise Invalid(
            "rates.month", _("Rates are frozen month by month; longer periods are the sum of their months.")
        )
    return period


def _write(
    actor: Actor, context: Context, period: Period, *, as_of: datetime, excluded_as_of: datetime,
    corrects: RatePeriod | None = None, reason: str = "",
) -> RatePeriod:  # fmt: skip
    start, end = period.bounds(context.zone)
    row = RatePeriod(
        district=context.district, name=period.name, starts=start, ends=end, as_of=as_of, excluded_as_of=excluded_as_of,
        frozen_at=context.now, charter=rules_at(context, as_of).digest, corrects=corrects, reason=reason,
    )  # fmt: skip
    asked = asked_of(row)
    tables = {dimension: measures.table(asked, dimension) for dimension in DIMENSIONS}
    row.digest, row.cases = digest_of(row, tables), sum(c.base for c in tables["district"].values())
    row.save(force_insert=True)
    RateRow.objects.bulk_create(
        [
            RateRow(district=row.district, period=row, dimension=dimension, key=key, **asdict(counts))
            for dimension, cells in tables.items()
            for key, counts in cells.items()
        ],
        batch_size=1000,
    )
    facts: dict[str, Value] = {"cases": row.cases, "digest": row.digest, "as_of": ledger.moment(as_of)}
    more: dict[str, Value] = {"corrects": corrects.id, "reason": reason} if corrects else {}
    ledger.record(
        "rates.corrected" if corrects else "rates.frozen", actor=actor, subject=("rates_period", row.id), now=context.now,
        data={**facts, **more}, seq=1,
    )  # fmt: skip
    return row


def months_to_freeze(context: Context) -> list[str]:
    """Names of the months whose time has come and that are not frozen, oldest first."""
    first = (
        Case.objects.filter(district=context.district)
        .order_by("received_at", "id")
        .only("received_at")
        .first()
    )
    if first is None:
        return []
    frozen = set(RatePeriod.objects.filter(district=context.district).values_list("name", flat=True))
    month = containing("month", first.received_at.astimezone(context.zone).date())
    found = []
    while freezes_at(context, month) <= context.now:
        if month.name not in frozen:
            found.append(month.name)
        month = month.next()
    return found
