"""Scores that other places publish for a hotline's rates, by versioned rules: to check a bulletin, not to judge by.

A rule is a row with the first and last month it is known for; where none is known the answer is None with its flag,
never a guess. Decimals throughout: a bulletin rounds half up, floats do not.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

OK, NO_RULE, DIFFERS, FEW, BEYOND = "ok", "no_rule", "differs", "few_orders", "beyond_100"


@dataclass(frozen=True, slots=True)
class Rule:
    """One indicator's score: full marks at the line, `per_point` less for each point below it, never under the floor.

    Below `zero_below` it is 0 whatever the rest says. `valid_from` and `valid_to` are months (`2022-08`), both
    included; an empty `valid_to` goes on.
    """

    indicator: str
    valid_from: str
    valid_to: str
    full: Decimal
    line: Decimal
    per_point: Decimal
    floor: Decimal
    zero_below: Decimal | None
    basis: str


def read_rules(text: str) -> tuple[Rule, ...]:
    """Rules from a CSV; lines that start with # are notes. Raises ValueError when two versions overlap."""
    rows = list(
        csv.DictReader(line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    )
    rules = tuple(
        Rule(
            r["indicator"], r["valid_from"], r["valid_to"], Decimal(r["full"]), Decimal(r["line"]), Decimal(r["per_point"]),
            Decimal(r["floor"]), Decimal(r["zero_below"]) if r["zero_below"] else None, r["basis"],
        )
        for r in rows
    )  # fmt: skip
    for one in rules:
        for other in rules:
            if one is not other and one.indicator == other.indicator and _overlap(one, other):
                raise ValueError(
                    f"two rules for {one.indicator} hold in {max(one.valid_from, other.valid_from)}"
                )
    return rules


def _overlap(one: Rule, other: Rule) -> bool:
    return one.valid_from <= (other.valid_to or "9999-12") and other.valid_from <= (one.valid_to or "9999-12")


def rule_for(rules: Iterable[Rule], indicator: str, month: str) -> Rule | None:
    """The version that holds in a month, or None where none is known."""
    fitting = (
        r for r in rules if r.indicator == indicator and r.valid_from <= month <= (r.valid_to or "9999-12")
    )
    return next(fitting, None)


def points(rule: Rule, rate_percent: Decimal) -> Decimal:
    """The unrounded score of a rate in percent."""
    if rule.zero_below is not None and rate_percent < rule.zero_below:
        return Decimal(0)
    missed = max(Decimal(0), rule.line - rate_percent)
    return max(rule.floor, rule.full - rule.per_point * missed)


def as_printed(value: Decimal, printed: Decimal) -> Decimal:
    """A value rounded half up to as many decimals as a printed one has."""
    return value.quantize(Decimal(1).scaleb(int(printed.as_tuple().exponent)), ROUND_HALF_UP)


def check_score(
    rules: Iterable[Rule], indicator: str, month: str, rate_percent: Decimal, published: Decimal
) -> str:
    """`ok` when a published score follows from its rate by the rule of its month; else what is wrong with it."""
    if not 0 <= rate_percent <= 100:
        return BEYOND
    rule = rule_for(rules, indicator, month)
    if rule is None:
        return NO_RULE
    return OK if as_printed(points(rule, rate_percent), published) == published else DIFFERS


def check_mean(rates: Sequence[Decimal], published: Decimal, orders: int, too_few: int) -> tuple[str, ...]:
    """Flags of a published mean of rates: `differs` when the mean is another one, `few_orders` below a number."""
    flags = [BEYOND] if any(not 0 <= r <= 100 for r in rates) else []
    mean = sum(rates, Decimal(0)) / len(rates)
    if as_printed(mean, published) != published:
        flags.append(DIFFERS)
    if orders < too_few:
        flags.append(FEW)
    return tuple(flags) or (OK,)
