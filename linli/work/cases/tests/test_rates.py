"""The three rates by hand: what each case counts as, the edges of a period, every reason, and what never helps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.work.cases.rules import periods
from linli.work.cases.rules.rates import (
    MEASURES,
    NOT_JUDGED,
    OUTSIDE,
    Counts,
    Facts,
    Round,
    Weights,
    deadline,
    rate,
    score,
    tally,
    verdict,
)

ZONE = ZoneInfo("Asia/Shanghai")
START, END = periods.named("2026-10").bounds(ZONE)
AS_OF = END + timedelta(days=14)
DAY = timedelta(days=1)
DUE = datetime(2026, 10, 20, 18, tzinfo=ZONE)
TOLD = DUE - 5 * DAY
CONTACT = Round(TOLD, TOLD + DAY, TOLD + timedelta(hours=3))


def met(due: datetime = DUE, at: datetime | None = None, started: datetime = TOLD) -> Round:
    return Round(started, due, at or due - DAY)


def closed(**changes: object) -> Facts:
    """Answered a day early, solved and satisfied."""
    told = Facts("closed", (met(),), (CONTACT,), DUE, DUE + DAY, "yes", "satisfied")
    return replace(told, **changes)  # type: ignore[arg-type]  # fields by name


def outcome(facts: Facts, as_of: datetime = AS_OF) -> str | None:
    found = verdict(facts, START, END, as_of)
    return found.outcome if found else None


def counted(*facts: Facts, as_of: datetime = AS_OF) -> Counts:
    found = [verdict(one, START, END, as_of) for one in facts]
    return tally((one, 1) for one in found if one is not None)


OPEN = Facts("handling", (Round(TOLD, DUE, None, DUE),), (CONTACT,), DUE)
AWAITING = closed(stage="submitted", ended_at=None, solved="", rating="")


def unjudged(reason: str) -> Facts:
    return closed(stage="not_judged", solved="", rating="", not_judged_reason=reason)


def test_a_month_by_hand() -> None:
    """Ten cases: 6 judged (5 solved, 4 satisfied), 2 late, 1 unreached, 1 awaiting; one more is left out.

    response 9/10, on time 7/10, resolution 5/8, satisfaction 4/8, not judged 2/10;
    score 30*9/10 + 35*5/8 + 35*4/8 = 27 + 21.875 + 17.5 = 66.375.
    """
    late_answer = closed(finish=(met(at=DUE + DAY),), ended_at=DUE + 3 * DAY)
    rows = [
        closed(), closed(), closed(), late_answer,
        closed(rating="dissatisfied"),
        closed(solved="no", rating="very_dissatisfied"),
        OPEN, replace(OPEN, contact=(Round(TOLD, TOLD + DAY, None, TOLD + DAY),)),
        unjudged("unreached"), AWAITING,
        closed(excluded=((DUE, None),)),
    ]  # fmt: skip
    found = counted(*rows)
    assert found == Counts(
        base=10, responded=9, on_time=7, judged=6, late=2, solved=5, satisfied=4, unreached=1, awaiting=1, excluded=1
    )  # fmt: skip
    assert rate(found, "response_rate") == Fraction(9, 10)
    assert rate(found, "on_time_rate") == Fraction(7, 10)
    assert rate(found, "resolution_rate") == Fraction(5, 8)
    assert rate(found, "satisfaction_rate") == Fraction(4, 8)
    assert rate(found, "not_judged_share") == Fraction(2, 10)
    assert score(found, Weights(30, 35, 35)) == Fraction("66.375")


@pytest.mark.parametrize("measure", MEASURES)
def test_no_denominator_is_none_and_never_0_or_100(measure: str) -> None:
    assert rate(Counts(), measure) is None
    assert score(Counts(), Weights(30, 35, 35)) is None


def test_nobody_judged_leaves_resolution_empty_but_not_response() -> None:
    found = counted(AWAITING, unjudged("no_contact"))
    assert rate(found, "response_rate") == 1 and rate(found, "not_judged_share") == 1
    assert rate(found, "resolution_rate") is None and score(found, Weights(30, 35, 35)) is None


# --- not judged, each reason ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (unjudged("no_contact"), "no_contact"),
        (unjudged("unreached"), "unreached"),
        (unjudged("no_answer"), "by_time"),
        (AWAITING, "awaiting"),
        (closed(stage="callback", ended_at=None, solved="", rating=""), "awaiting"),
        (closed(stage="withdrawn", solved="", rating=""), "withdrawn"),
    ],
)
def test_not_judged_is_in_the_base_and_in_neither_judging_denominator(facts: Facts, reason: str) -> None:
    found = counted(facts)
    assert (found.base, found.judging_base, getattr(found, reason), found.not_judged) == (1, 0, 1, 1)


def test_what_is_judged_after_the_moment_still_awaits_at_it() -> None:
    assert outcome(closed(ended_at=AS_OF)) == "judged"
    assert outcome(closed(ended_at=AS_OF + timedelta(microseconds=1))) == "awaiting"


# --- left out, each reason --------------------------------------------------------------------------------------


def test_only_an_approved_exclusion_leaves_the_base_and_only_while_it_stands() -> None:
    assert outcome(closed(excluded=((None, None),))) == "judged", "proposed only"
    assert outcome(closed(excluded=((AS_OF, None),))) == "excluded", "approved at the very moment"
    assert outcome(closed(excluded=((AS_OF + DAY, None),))) == "judged", "approved after the freeze"
    assert outcome(closed(excluded=((DUE, AS_OF),))) == "judged", "taken back"
    assert outcome(closed(excluded=((DUE, AS_OF + DAY),))) == "excluded", "taken back later"
    assert outcome(closed(excluded=((DUE, DUE + DAY), (DUE + 2 * DAY, None)))) == "excluded", "again"


def test_parked_leaves_the_base_only_while_valid() -> None:
    def parked(closed_at: datetime | None, until: datetime | None) -> str | None:
        return outcome(replace(OPEN, parked=((DUE - DAY, closed_at, until),)))

    assert parked(None, AS_OF + DAY) == "parked"
    assert parked(None, AS_OF) == "late", "the review date has come"
    assert parked(None, None) == "late", "a parking without a review date is none"
    assert parked(AS_OF, AS_OF + DAY) == "late", "ended"
    assert parked(AS_OF + DAY, AS_OF + DAY) == "parked"
    later = replace(OPEN, parked=((AS_OF + DAY, None, AS_OF + 9 * DAY),))
    assert outcome(later) == "late", "parked after the moment"


def test_a_clock_held_past_the_review_date_counts_by_its_promise() -> None:
    held = Facts("handling", (Round(TOLD, None, held=True),), (CONTACT,), DUE)
    assert deadline(held) == DUE
    assert outcome(held) == "late"
    assert outcome(replace(held, parked=((TOLD, None, AS_OF + DAY),))) == "parked"


@pytest.mark.parametrize(("stage", "name"), [("merged", "merged"), ("answered_at_intake", "at_intake")])
def test_merged_and_answered_at_intake_are_outside(stage: str, name: str) -> None:
    ended = Facts(stage, (Round(TOLD, None, DUE, DUE, dropped=True),), (), DUE, DUE + DAY)
    assert outcome(ended) == name and counted(ended).base == 0
    assert outcome(replace(ended, finish=(Round(TOLD, None, DUE - DAY, None, dropped=True),))) is None


def test_ended_before_its_deadline_without_an_answer_has_none() -> None:
    for stage in ("withdrawn", "not_accepted", "transferred_emergency", "transferred_petition"):
        dropped = Round(TOLD, None, DUE - DAY, None, dropped=True)
        assert outcome(Facts(stage, (dropped,), (), DUE, DUE - DAY)) is None


def test_ended_after_its_deadline_without_an_answer_stays_as_late() -> None:
    """Not closing must never help, and neither must any other ending."""
    for stage in ("withdrawn", "not_accepted", "transferred_petition"):
        dropped = Round(TOLD, None, DUE + DAY, DUE, dropped=True)
        found = counted(Facts(stage, (dropped,), (CONTACT,), DUE, DUE + DAY))
        assert (found.base, found.late, found.on_time, found.responded) == (1, 1, 0, 1)


def test_without_a_calendar_there_is_no_deadline_yet() -> None:
    assert outcome(Facts("received", (Round(TOLD, None),), ())) is None
    assert outcome(Facts("received", (), ())) is None


# --- the edges --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "month"),
    [
        (datetime(2026, 9, 30, 16, 0, tzinfo=UTC), "2026-09"),  # 24:00 of 30 September in the zone
        (datetime(2026, 9, 30, 16, 0, 0, 1, tzinfo=UTC), "2026-10"),
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), "2026-10"),  # 24:00 of 31 October
        (datetime(2026, 10, 31, 16, 0, 0, 1, tzinfo=UTC), "2026-11"),
        (datetime(2026, 10, 31, 18, 0, tzinfo=ZONE), "2026-10"),
        (datetime(2026, 10, 31, 23, 0, tzinfo=UTC), "2026-11"),  # still October in UTC, November here
    ],
)
def test_a_deadline_at_midnight_belongs_to_the_day_that_ends(due: datetime, month: str) -> None:
    facts = closed(finish=(met(due, due - DAY),), ended_at=due)
    holds = [
        m for m in ("2026-09", "2026-10", "2026-11") if verdict(facts, *periods.named(m).bounds(ZONE), AS_OF)
    ]
    assert holds == [month]


def test_answer_and_contact_exactly_at_the_deadline_are_in_time() -> None:
    at = closed(finish=(met(at=DUE),), contact=(Round(TOLD, TOLD + DAY, TOLD + DAY),))
    found = counted(at)
    assert (found.on_time, found.responded) == (1, 1)
    tick = timedelta(microseconds=1)
    after = closed(finish=(met(at=DUE + tick),), contact=(Round(TOLD, TOLD + DAY, TOLD + DAY + tick),))
    found = counted(after)
    assert (found.on_time, found.responded, found.solved) == (0, 0, 1)


def test_not_due_yet_is_told_apart() -> None:
    found = counted(closed(), OPEN, as_of=DUE - timedelta(hours=1))
    assert (found.base, found.not_due) == (0, 2)


# --- reopened, two rounds ---------------------------------------------------------------------------------------

BACK = DUE + DAY


def reopened(second: Round, **changes: object) -> Facts:
    return closed(finish=(met(), second), stage="handling", ended_at=None, solved="", rating="", **changes)


def test_reopened_and_still_open_is_late_and_stays_in_its_first_period() -> None:
    open_again = reopened(Round(BACK, AS_OF + 9 * DAY))
    found = counted(open_again)
    assert (found.base, found.late, found.on_time) == (1, 1, 1)
    november = periods.named("2026-11").bounds(ZONE)
    assert verdict(open_again, *november, AS_OF + 60 * DAY) is None


def test_second_round_judged_counts_once() -> None:
    second = Round(BACK, BACK + 5 * DAY, BACK + 2 * DAY)
    yes = closed(finish=(met(), second), ended_at=BACK + 3 * DAY)
    assert counted(yes) == Counts(base=1, responded=1, on_time=1, judged=1, solved=1, satisfied=1)
    no = replace(yes, solved="no", rating="dissatisfied")
    assert counted(no) == Counts(base=1, responded=1, on_time=1, judged=1)
    assert outcome(yes, as_of=BACK + DAY) == "late", "between the rounds"
    assert outcome(yes, as_of=BACK - timedelta(hours=1)) == "awaiting", "before it was reopened"


def test_second_round_late_is_not_on_time() -> None:
    assert counted(reopened(Round(BACK, BACK + 2 * DAY, None, BACK + 2 * DAY))).on_time == 0
    assert counted(reopened(Round(BACK, BACK + 2 * DAY, BACK + 3 * DAY))).on_time == 0


def test_withdrawn_in_the_second_round_was_never_answered_there() -> None:
    dropped = Round(BACK, None, BACK + DAY, None, dropped=True)
    found = counted(closed(finish=(met(), dropped), stage="withdrawn", solved="", rating=""))
    assert (found.base, found.late, found.on_time) == (1, 1, 1)


def test_a_returned_case_is_judged_by_the_contact_clock_that_went_on() -> None:
    dropped = Round(TOLD, None, TOLD + timedelta(hours=2), None, dropped=True)
    assert counted(closed(contact=(dropped, CONTACT))).responded == 1
    ran_out = Round(TOLD, None, TOLD + 2 * DAY, TOLD + DAY, dropped=True)
    assert counted(closed(contact=(ran_out, CONTACT))).responded == 0, (
        "the caller waited too long all the same"
    )
    assert counted(closed(contact=())).responded == 0, "never given to anybody"


# --- what must hold for every history ---------------------------------------------------------------------------

hours = st.integers(-100, 900).map(lambda n: START + timedelta(hours=n))
rounds = st.builds(
    Round, started_at=hours, due=st.none() | hours, stopped_at=st.none() | hours, breached_at=st.none() | hours,
    dropped=st.booleans(), held=st.booleans(),
)  # fmt: skip
histories = st.builds(
    Facts, stage=st.sampled_from(["handling", "submitted", "closed", "not_judged", "withdrawn", "merged", "answered_at_intake"]),
    finish=st.lists(rounds, max_size=3).map(tuple), contact=st.lists(rounds, max_size=2).map(tuple),
    promised_at=st.none() | hours, ended_at=st.none() | hours, solved=st.sampled_from(["", "yes", "no"]),
    rating=st.sampled_from(["", "very", "dissatisfied"]), not_judged_reason=st.sampled_from(["", "unreached"]),
    parked=st.lists(st.tuples(hours, st.none() | hours, st.none() | hours), max_size=1).map(tuple),
    excluded=st.lists(st.tuples(st.none() | hours, st.none() | hours), max_size=1).map(tuple),
)  # fmt: skip


@given(st.lists(histories, max_size=8), hours)
def test_parts_are_the_whole_and_rates_lie_between_0_and_1(rows: list[Facts], as_of: datetime) -> None:
    found = counted(*rows, as_of=as_of)
    assert found.base == found.judged + found.late + sum(getattr(found, n) for n in NOT_JUDGED)
    assert found.base + sum(getattr(found, n) for n in OUTSIDE) <= len(rows)
    for measure in MEASURES:
        value = rate(found, measure)
        assert value is None or 0 <= value <= 1


@given(histories)
def test_a_case_counts_in_one_month_only(facts: Facts) -> None:
    months = [periods.named(f"2026-{n:02d}") for n in (9, 10, 11, 12)]
    assert sum(verdict(facts, *m.bounds(ZONE), AS_OF) is not None for m in months) <= 1


@given(histories)
def test_leaving_a_case_open_is_never_better_than_any_judgement(facts: Facts) -> None:
    """The share solved with the case left open is at most the share with it judged unsolved."""
    rest = counted(closed(), closed(solved="no", rating="dissatisfied"))
    found = verdict(facts, START, END, AS_OF)
    if found is None or found.outcome != "late":
        return
    left_open, unsolved = rest + tally([(found, 1)]), rest + Counts(base=1, judged=1)
    for measure in ("resolution_rate", "satisfaction_rate"):
        open_rate, judged_rate = rate(left_open, measure), rate(unsolved, measure)
        assert open_rate is not None and judged_rate is not None and open_rate <= judged_rate


# --- periods ----------------------------------------------------------------------------------------------------


@given(st.dates(date(2001, 1, 1), date(2199, 12, 31)), st.sampled_from(periods.SPANS))
def test_periods_follow_each_other_and_know_their_names(day: date, span: str) -> None:
    period = periods.containing(span, day)
    assert period.first <= day < period.after
    assert periods.named(period.name) == period
    assert period.next().first == period.after and period.next().previous() == period
    months = period.months()
    if months:
        assert (months[0].first, months[-1].after) == (period.first, period.after)


@pytest.mark.parametrize(
    "name", ["", "2026-13", "2026-Q5", "2026-W60", "26-10", "2026-02-30", "0001", "2026-10-05-1"]
)
def test_what_is_no_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        periods.named(name)
