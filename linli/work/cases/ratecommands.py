"""`linli rates ...`: compute a frozen month again, freeze it, correct it, draw a sample again."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from linli.foundation.core.commands import CommandRefused, command
from linli.foundation.core.context import Context, work_in
from linli.foundation.core.models import District
from linli.foundation.core.rules.actor import Actor
from linli.work.cases import actions
from linli.work.cases.actions.freezing import digest_of, latest
from linli.work.cases.actions.sampling import population
from linli.work.cases.models import PURPOSES, RatePeriod, Sample, SampleDraw
from linli.work.cases.queries import rates
from linli.work.cases.rules.periods import named
from linli.work.cases.rules.sampling import draw

Find = Callable[[str], District]
Work = Callable[[argparse.Namespace, Context, Actor], int]


def _say(text: str) -> None:
    print(text)  # noqa: T201  # the command line prints


def _frozen(context: Context, name: str) -> RatePeriod:
    row = latest(context.district, name)
    if row is None:
        raise CommandRefused(f"The month {name!r} is not frozen yet; there is nothing to compare with.")
    return row


def _recompute(arguments: argparse.Namespace, context: Context, actor: Actor) -> int:
    """Every number of a frozen month from plain rows, case by case; 1 when one differs."""
    row = _frozen(context, arguments.period)
    _say(f"{row.name}: {row.cases} cases, as of {row.as_of.astimezone(context.zone):%Y-%m-%d %H:%M}")
    _say(f"charter {row.charter}\nrows    {row.digest}")
    if digest_of(row, rates.frozen_tables(row)) != row.digest:
        _say("NOT AS FROZEN: the stored numbers do not give the stored digest.")
        return 1
    found = rates.differences(row)
    for one in found:
        _say(f"{one.dimension} {one.key or '-'}: {one.column} frozen {one.frozen}, now {one.now}")
    _say(f"{len(found)} numbers differ." if found else "equal")
    return 1 if found else 0


def _freeze(arguments: argparse.Namespace, context: Context, actor: Actor) -> int:
    row = actions.freeze_rates(actor=actor, context=context, name=arguments.period)
    _say(f"{row.name} is frozen: {row.cases} cases, rows {row.digest}")
    return 0


def _correct(arguments: argparse.Namespace, context: Context, actor: Actor) -> int:
    row = actions.correct_rates(actor=actor, context=context, name=arguments.period, reason=arguments.reason)
    _say(f"{row.name} is corrected: {row.cases} cases, rows {row.digest}; the first numbers stay on record.")
    return 0


def _draw(arguments: argparse.Namespace, context: Context, actor: Actor) -> int:
    """The lot again from the numbers of the month; 1 when another one was stored."""
    stored = SampleDraw.objects.filter(
        district=context.district, period=arguments.period, purpose=arguments.purpose
    ).first()
    if stored is None:
        raise CommandRefused(f"No sample {arguments.purpose} was drawn for {arguments.period!r} yet.")
    ids = population(context, stored.purpose, named(stored.period))
    seed, numbers = draw(stored.purpose, stored.period, ids, stored.percent)
    rows = Sample.objects.filter(district=context.district, draw=stored).order_by("position")
    kept = list(rows.values_list("case__number", flat=True))
    _say(f"{len(ids)} cases, {stored.percent} %, seed {seed}")
    for number in numbers:
        _say(number)
    same = seed == stored.seed and numbers == kept
    _say("equal" if same else f"NOT EQUAL: stored seed {stored.seed}, stored {' '.join(kept) or 'none'}")
    return 0 if same else 1


def register(find: Find) -> None:
    """Offer the commands; `find` gives the district of a short name."""

    def run(work: Work) -> Callable[[argparse.Namespace], int]:
        def go(arguments: argparse.Namespace) -> int:
            district = find(arguments.district)
            with work_in(district.id, district.slug, district.zone) as (context, actor):
                return work(arguments, context, actor)

        return go

    def options(*, reason: bool = False, purpose: bool = False) -> Callable[[argparse.ArgumentParser], None]:
        def configure(parser: argparse.ArgumentParser) -> None:
            parser.add_argument("--period", required=True, metavar="2026-10", help="the month")
            parser.add_argument(
                "--district", default="", help="short name of the district (default: the first)"
            )
            if reason:
                parser.add_argument(
                    "--reason", required=True, help="a code of cases.rates.correction_reasons"
                )
            if purpose:
                parser.add_argument("--purpose", choices=PURPOSES, default="heard_again")

        return configure

    command(
        "rates recompute", "Compute a frozen month's rates again and compare.", options(), run(_recompute)
    )
    command("rates freeze", "Freeze a month whose time has come.", options(), run(_freeze))
    command("rates correct", "Correct a frozen month by a new row.", options(reason=True), run(_correct))
    command("rates draw", "Draw a month's sample again and compare.", options(purpose=True), run(_draw))
