"""Published figures of other places test the versioned scoring: what follows from the rule is ok, the rest is flagged."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from linli.work.cases.rules.scoring import (
    BEYOND,
    DIFFERS,
    FEW,
    NO_RULE,
    OK,
    check_mean,
    check_score,
    points,
    read_rules,
    rule_for,
)

HERE = Path(__file__).parent / "data"
RULES = read_rules((Path(__file__).parents[1] / "data" / "score_rules.csv").read_text("utf-8"))
SATISFIED = "回访满意率"


def published(name: str) -> list[dict[str, str]]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@pytest.mark.parametrize(
    "row", published("hotline_score_rules.csv"), ids=lambda r: f"{r['period']} {r['unit']} {r['indicator']}"
)
def test_every_published_score_follows_from_the_rule_of_its_month(row: dict[str, str]) -> None:
    rate, score = Decimal(row["rate_percent"]), Decimal(row["score"])
    assert check_score(RULES, row["indicator"], row["period"], rate, score) == OK
    assert check_score(RULES, row["indicator"], row["period"], rate, score + Decimal("0.1")) == DIFFERS


# What a reader of the bulletins must be told of each row; the published mean of two of them is another number.
FLAGS = {
    "大洼区": (OK,), "盘山县": (OK,), "兴隆台区": (OK,), "双台子区": (DIFFERS,), "高新技术开发区": (FEW,),
    "辽滨沿海经开区": (DIFFERS,),
}  # fmt: skip


@pytest.mark.parametrize("row", published("hotline_rates.csv"), ids=lambda r: r["unit"])
def test_every_published_mean_is_reproduced_or_flagged(row: dict[str, str]) -> None:
    rates = [Decimal(row[f"{n}_rate"]) for n in ("closing", "satisfaction", "ontime", "callback")]
    flags = check_mean(rates, Decimal(row["published_score"]), int(row["orders"]), 30)
    assert flags == FLAGS[row["unit"]]
    assert ("NOT reproduced" in row["check"]) <= (DIFFERS in flags)


def test_the_line_moved_and_between_the_versions_nothing_is_guessed() -> None:
    def at(month: str) -> str:
        return check_score(RULES, SATISFIED, month, Decimal("75"), Decimal("13.5"))

    assert (at("2022-02"), at("2022-08"), at("2022-05"), at("2020-01")) == (DIFFERS, OK, NO_RULE, NO_RULE)
    assert rule_for(RULES, "接通率", "2022-08") is None


@pytest.mark.parametrize(
    ("rate", "score"),
    [("95", "25"), ("94.99", "24.995"), ("70", "12.5"), ("69.99", "12.5"), ("0", "12.5"), ("100", "25")],
)
def test_edges_of_line_and_floor(rate: str, score: str) -> None:
    rule = rule_for(RULES, SATISFIED, "2022-02")
    assert rule is not None and points(rule, Decimal(rate)) == Decimal(score)


def test_on_time_reaches_zero_and_not_below() -> None:
    rule = rule_for(RULES, "按时办结率", "2022-02")
    assert rule is not None
    assert [points(rule, Decimal(r)) for r in ("75", "75.5", "74")] == [0, Decimal("0.5"), 0]


def test_a_rate_above_100_is_flagged() -> None:
    assert check_score(RULES, SATISFIED, "2022-02", Decimal("101.88"), Decimal("25")) == BEYOND
    assert check_mean([Decimal("101.88")], Decimal("101.88"), 100, 30) == (BEYOND,)


def test_overlapping_versions_are_refused() -> None:
    head = "indicator,valid_from,valid_to,full,line,per_point,floor,zero_below,basis\n"
    with pytest.raises(ValueError, match="two rules for x hold in 2022-02"):
        read_rules(head + "x,2021-01,2022-02,25,95,1,0,,a\nx,2022-02,,25,98,1,0,,b\n")
