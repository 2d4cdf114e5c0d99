"""Core's own recorded acts: enrolling a district, adopting a charter, loading a calendar year, sweeping clocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import calendar, charter, clocks, ledger, outbox
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, NotAllowed
from linli.foundation.core.models import CharterVersion, District
from linli.foundation.core.rules.actor import Actor, system
from linli.foundation.core.rules.charter import Charter


def enrol_district(
    *, placement: int, slug: str, name_zh: str, name_en: str, charter_file: str, now: datetime, host: str = "",
    zone: str = "Asia/Shanghai", is_demonstration: bool = False,
) -> District:  # fmt: skip
    """Create an empty tenant with its first charter. Raises Invalid when placement or slug is taken."""
    with transaction.atomic(savepoint=False):
        if District.objects.filter(id=placement).exists() or District.objects.filter(slug=slug).exists():
            raise Invalid("district.taken", _("A district with this code or short name exists already."))
        district = District.objects.create(
            id=placement, slug=slug, name_zh=name_zh, name_en=name_en, charter_file=charter_file, host=host, zone=zone,
            is_demonstration=is_demonstration, enrolled_at=now,
        )  # fmt: skip
        actor = system(placement)
        read = charter.read_files(charter_file, now)
        charter.adopt_version(district, read, valid_from=now - timedelta(seconds=1), now=now, user=None)
        ledger.record(
            "district.enrolled",
            actor=actor,
            subject=("district", placement),
            now=now,
            data={"placement": placement},
            seq=1,
        )
    return district


def adopt_charter(
    *, actor: Actor, district: District, adopted: Charter, valid_from: datetime, now: datetime
) -> CharterVersion:
    """Put a checked charter in force from a moment that is not in the past."""
    if not actor.may("charter.adopt"):
        raise NotAllowed("charter.adopt", _("Only the district's own office adopts a charter."))
    if valid_from < now - timedelta(minutes=5):
        raise Invalid(
            "charter.past",
            _(
                "A charter comes into force now or later, never in the past: decisions already taken keep theirs."
            ),
        )
    with transaction.atomic(savepoint=False):
        version = charter.adopt_version(district, adopted, valid_from=valid_from, now=now, user=actor.user)
        ledger.record(
            "charter.adopted", actor=actor, subject=("charter", version.id), now=now, seq=1,
            data={"digest": adopted.digest, "valid_from": ledger.moment(valid_from)},
        )  # fmt: skip
    return version


def load_calendar(
    *,
    actor: Actor,
    context: Context,
    district: District,
    rows: Sequence[tuple[date, str, str]],
    years: Sequence[int],
    source: str,
) -> int:
    """Load whole years of days; clocks that waited for them, or that they move, are computed by a job at once."""
    if not actor.may("calendar.load"):
        raise NotAllowed("calendar.load", _("Only the district's own office loads the working calendar."))
    with transaction.atomic(savepoint=False):
        try:
            written = calendar.load_days(district, rows, years=years, source=source, now=context.now)
        except ValueError as problem:
            raise Invalid("calendar.year", str(problem)) from problem
        for year in years:
            ledger.record(
                "calendar.loaded", actor=actor, subject=("calendar", year), now=context.now,
                data={"year": year, "days": sum(1 for day, _k, _n in rows if day.year == year)},
            )  # fmt: skip
        outbox.queue_job("core.compute_waiting", district=district.id, now=context.now)
    return written


def sweep_clocks(context: Context) -> int:
    """Record each breach as one event of its clock; rooms react to it. Returns how many."""
    breaches = clocks.breach_due(context)
    actor = system(context.district)
    for breach in breaches:
        ledger.record(
            "clock.breached", actor=actor, subject=("clock", breach.clock), now=context.now,
            data={
                "clock": breach.clock, "subject": breach.subject[1], "subject_type": breach.subject[0],
                "kind": breach.kind, "due_at": ledger.moment(breach.due_at), "unit": breach.unit, "round": breach.round,
            },
        )  # fmt: skip
    return len(breaches)
