"""The SQL measures and the plain rules agree on random histories, in every table and for every filter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.foundation.core.models import Clock
from linli.work.cases import measures
from linli.work.cases.models import DIMENSIONS, Case, CaseHold, Exclusion
from linli.work.cases.queries import rates
from linli.work.cases.rules import flow
from linli.work.cases.rules.rates import Counts
from linli.work.cases.tests.builders import open_desk

START = datetime(2026, 9, 30, 16, tzinfo=UTC)  # 1 October 00:00 in the district's zone
END = datetime(2026, 10, 31, 16, tzinfo=UTC)
AS_OF = END + timedelta(days=14)
HOUR = timedelta(hours=1)

# Hours around the edges of the period and of the moment of the freeze, the edges themselves among them.
moments = st.one_of(
    st.sampled_from([START, START + HOUR, END - HOUR, END, END + HOUR, AS_OF - HOUR, AS_OF, AS_OF + HOUR]),
    st.integers(-60, 60 * 24).map(lambda n: START + n * HOUR),
)
maybe = st.one_of(st.none(), moments)
WANTED = (
    "received",
    "handling",
    "submitted",
    "closed",
    "not_judged",
    "withdrawn",
    "merged",
    "answered_at_intake",
)
STAGES = [stage for stage in WANTED if stage in flow.STAGES]


@st.composite
def clock(draw: st.DrawFn) -> dict[str, object]:
    state = draw(st.sampled_from(["running", "paused", "met", "late_met", "breached", "stopped"]))
    row: dict[str, object] = {"state": state, "started_at": draw(moments), "breached_at": draw(maybe)}
    row["next_due"] = None if state in ("paused", "stopped") else draw(moments)
    row["stopped_at"] = draw(moments) if state in ("met", "late_met", "stopped") else None
    return row


@st.composite
def history(draw: st.DrawFn) -> dict[str, object]:
    return {
        "stage": draw(st.sampled_from(STAGES)),
        "solved": draw(st.sampled_from(["yes", "no"])),
        "rating": draw(st.sampled_from(["", "very", "basic", "dissatisfied"])),
        "reason": draw(st.sampled_from(["", "no_contact", "unreached", "no_answer"])),
        "ended": draw(moments),
        "promised": draw(maybe),
        "finish": draw(st.lists(clock(), min_size=0, max_size=3)),
        "contact": draw(st.lists(clock(), min_size=0, max_size=2)),
        "parked": draw(st.lists(st.tuples(moments, maybe, moments), max_size=int("parked" in flow.HOLDS))),
        "excluded": draw(st.lists(st.tuples(maybe, maybe), max_size=1)),
        "place": draw(st.integers(0, 3)),
        "body": draw(st.integers(0, 2)),
        "line": draw(st.sampled_from(["", "district", "subdistrict", "community"])),
        "channel": draw(st.sampled_from(["public", "hotline"])),
    }


def _case(district: int, number: int, told: dict, places: list, bodies: list) -> Case:
    final = told["stage"] in flow.FINAL
    worked = told["stage"] in ("handling", "submitted")
    return Case(
        district=district, public_id=f"c{number}", number=f"{number}", channel=told["channel"], line=told["line"],
        kind_of_request="complaint", kind="local_other", case_class="P2", stage=told["stage"], place=places[told["place"]],
        text="x", received_at=START - 99 * HOUR, recorded_at=START - 99 * HOUR, promised_at=told["promised"],
        ended_at=told["ended"] if final else None, solved=told["solved"] if told["stage"] == "closed" else "",
        judged_by="caller" if told["stage"] == "closed" else "", rating=told["rating"], not_judged_reason=told["reason"],
        handling_body_id=bodies[told["body"] or (1 if worked else 0)],
    )  # fmt: skip


def _clocks(case: Case, told: dict) -> list[Clock]:
    return [
        Clock(
            district=case.district, subject_type="case", subject_id=case.id, kind=kind, round=n, amount=1, span_unit="hours",
            starts="at_once", charter="", **row,
        )
        for kind in ("finish", "contact")
        for n, row in enumerate(told[kind], 1)
    ]  # fmt: skip


def _write(context, told: list[dict], places: list, bodies: list) -> None:
    cases = [_case(context.district, n, one, places, bodies) for n, one in enumerate(told)]
    Case.objects.bulk_create(cases)
    Clock.objects.bulk_create([c for case, one in zip(cases, told, strict=True) for c in _clocks(case, one)])
    for case, one in zip(cases, told, strict=True):
        for opened, closed, until in one["parked"]:
            CaseHold.objects.create(
                district=case.district, case=case, kind="parked", opened_at=opened, reason="law", closed_at=closed, until=until,
            )  # fmt: skip
        for n, (approved, withdrawn) in enumerate(one["excluded"]):
            by = {"approved_body": 2, "approved_by": 2} if approved else {}
            Exclusion.objects.create(
                district=case.district, public_id=f"{case.id}-{n}", case=case, reason="x", text="", proposed_at=START - 99 * HOUR,
                proposed_body=1, proposed_by=1, approved_at=approved, withdrawn_at=withdrawn, **by,
            )  # fmt: skip


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(history(), min_size=1, max_size=12))
def test_sql_says_what_the_plain_rules_say(stage, told: list[dict]) -> None:
    context, places, bodies = stage
    with transaction.atomic():  # each history stands alone
        _write(context, told, places, bodies)
        _agree(context)
        transaction.set_rollback(True)


def _agree(context) -> None:
    asked = measures.Asked(context.district, START, END, AS_OF)
    rows = list(rates.judged(asked))
    plain = rates.tables(rows, DIMENSIONS)
    for dimension in DIMENSIONS:
        assert measures.table(asked, dimension) == plain[dimension], dimension
    assert measures.total(asked) == sum(plain["district"].values(), Counts())


@pytest.fixture
def stage(work):
    desk = open_desk(work)
    places = [desk.cast.places[n] for n in ("compound", "second_compound", "community", "other_compound")]
    return desk.context, places, [None, desk.cast.bodies["company"].id, desk.cast.bodies["other_company"].id]
