"""Exclusions by two bodies, frozen months that never change, samples that anybody can draw again."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction

from linli.foundation.core import charter, ledger
from linli.foundation.core.commands import CommandRefused, commands
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.models import CharterVersion, Event
from linli.foundation.core.rules.actor import Actor, public
from linli.work.cases import actions, jobs, measures
from linli.work.cases import commands as room_commands
from linli.work.cases.actions.freezing import asked_of, digest_of, latest, months_to_freeze
from linli.work.cases.actions.sampling import checkable, population
from linli.work.cases.loading import PastCase, PastStep, load
from linli.work.cases.models import DIMENSIONS, Case, Exclusion, RatePeriod, RateRow, Sample, SampleDraw
from linli.work.cases.queries import rates
from linli.work.cases.rules.periods import containing, named
from linli.work.cases.rules.rates import Counts
from linli.work.cases.rules.sampling import draw, size_of
from linli.work.cases.tests.builders import Desk, open_desk

ZONE = ZoneInfo("Asia/Shanghai")
MONTH = "2026-06"


@pytest.fixture
def desk(work) -> Desk:
    """Twelve past cases of June 2026, answered in time; seven judged by call-back, three by the caller, two not."""
    desk = open_desk(work)
    CharterVersion.objects.update(valid_from=datetime(2026, 1, 1, tzinfo=ZONE))
    charter.forget()
    load(desk.context, [_past(desk, n) for n in range(12)])
    return desk


def _past(desk: Desk, n: int) -> PastCase:
    at = datetime(2026, 6, 1 + n, 9, tzinfo=ZONE)
    company = desk.cast.bodies["company"].id
    handler = Actor(district=desk.context.district, kind="staff", body=company)
    clerk, back = desk.actor("community.clerk"), desk.actor("callback.clerk")
    judge = PastStep(
        "confirm_solved",
        at + timedelta(days=2),
        back if n < 7 else public(at_district(desk)),
        solved="yes",
        rating="very",
    )
    end = [PastStep("take_callback", at + timedelta(days=1, hours=9), back)] if n < 7 else []
    last = (
        judge if n < 10 else PastStep("not_judge", at + timedelta(days=15), desk.system, reason="no_contact")
    )
    steps = (
        PastStep("dispatch", at + timedelta(hours=1), clerk, body=company), PastStep("sign", at + timedelta(hours=2), handler),
        PastStep("contact", at + timedelta(hours=3), handler), PastStep("answer", at + timedelta(days=1), handler, "已修好"), *end, last,
    )  # fmt: skip
    return PastCase(
        desk.cast.places["compound"], "gb_part_01037", "complaint", f"第{n}件", "hotline", at, None, steps
    )


def at_district(desk: Desk) -> int:
    return desk.context.district


def some_case(desk: Desk) -> Case:
    return Case.objects.filter(district=desk.context.district).order_by("number").first()


def propose(desk: Desk, login: str = "community.clerk", **more: str) -> Exclusion:
    told = {
        "case": some_case(desk).public_id,
        "reason": "force_majeure",
        "text": "暴雨停工，电话13900001111",
    } | more
    return actions.propose_exclusion(actor=desk.actor(login), context=desk.context, **told)


def refused(desk: Desk, error: type, call, **more: object) -> None:
    before = (Exclusion.objects.count(), Event.objects.count(), list(Exclusion.objects.values()))
    with pytest.raises(error), transaction.atomic():
        call(context=desk.context, **more)
    assert (Exclusion.objects.count(), Event.objects.count(), list(Exclusion.objects.values())) == before


def base(desk: Desk) -> Counts:
    start, end = named(MONTH).bounds(ZONE)
    return measures.total(measures.Asked(desk.context.district, start, end, desk.context.now))


def test_an_exclusion_needs_two_bodies_and_changes_the_base_only_then(desk: Desk) -> None:
    row = propose(desk)
    assert "13900001111" not in row.text
    assert (base(desk).base, base(desk).excluded) == (12, 0)
    own = desk.actor("community.clerk")
    refused(desk, NotAllowed, actions.approve_exclusion, actor=own, exclusion=row.public_id)
    same_body = replace(desk.actor("subdistrict.clerk"), body=own.body)
    refused(desk, Invalid, actions.approve_exclusion, actor=same_body, exclusion=row.public_id)
    handler = replace(desk.actor("subdistrict.clerk"), body=desk.cast.bodies["company"].id)
    refused(desk, Invalid, actions.approve_exclusion, actor=handler, exclusion=row.public_id)
    actions.approve_exclusion(
        actor=desk.actor("subdistrict.clerk"), context=desk.context, exclusion=row.public_id
    )
    assert (base(desk).base, base(desk).excluded) == (11, 1)
    again = desk.actor("district.clerk")
    refused(desk, Conflict, actions.approve_exclusion, actor=again, exclusion=row.public_id)
    actions.withdraw_exclusion(actor=again, context=desk.context, exclusion=row.public_id)
    assert (base(desk).base, base(desk).excluded) == (12, 0)
    refused(desk, Conflict, actions.withdraw_exclusion, actor=again, exclusion=row.public_id)
    codes = Event.objects.filter(
        subject_type="case", subject_id=row.case_id, code__contains="exclusion"
    ).order_by("seq")
    assert [e.code for e in codes] == [
        "case.exclusion_proposed",
        "case.exclusion_approved",
        "case.exclusion_withdrawn",
    ]


def test_the_same_office_never_approves_its_own_even_for_another_body(desk: Desk) -> None:
    row = propose(desk, "subdistrict.clerk")
    moved = replace(desk.actor("subdistrict.clerk"), body=desk.cast.bodies["centre"].id)
    refused(desk, Invalid, actions.approve_exclusion, actor=moved, exclusion=row.public_id)


def test_the_database_itself_refuses_one_body(desk: Desk) -> None:
    row = propose(desk)
    with pytest.raises(DatabaseError), transaction.atomic():
        Exclusion.objects.filter(id=row.id).update(
            approved_at=desk.context.now, approved_body=row.proposed_body, approved_by=row.proposed_by + 1
        )


def test_proposals_that_may_not_be(desk: Desk) -> None:
    told = {"case": some_case(desk).public_id, "reason": "force_majeure", "text": "暴雨"}
    propose_one = actions.propose_exclusion
    refused(desk, OutOfScope, propose_one, actor=desk.actor("other.handler"), **told)
    refused(desk, NotAllowed, propose_one, actor=desk.actor("auditor"), **told)
    refused(desk, NotAllowed, propose_one, actor=desk.actor("property.handler"), **told)
    refused(desk, OutOfScope, propose_one, actor=desk.actor("neighbour.clerk"), **told)
    clerk = desk.actor("community.clerk")
    refused(desk, Invalid, propose_one, actor=clerk, **{**told, "reason": "because"})
    refused(desk, Invalid, propose_one, actor=clerk, **{**told, "text": "  "})
    row = propose(desk)
    refused(desk, Conflict, propose_one, actor=clerk, **told)
    other = replace(clerk, body=desk.cast.bodies["neighbour_committee"].id)
    refused(desk, NotAllowed, actions.withdraw_exclusion, actor=other, exclusion=row.public_id)
    refused(desk, OutOfScope, actions.approve_exclusion, actor=clerk, exclusion="nothing")


# --- freezing ---------------------------------------------------------------------------------------------------


def freeze(desk: Desk, name: str = MONTH) -> RatePeriod:
    return actions.freeze_rates(actor=desk.system, context=desk.context, name=name)


def test_a_month_is_frozen_once_with_the_charter_and_can_be_computed_again(desk: Desk) -> None:
    row = freeze(desk)
    end = named(MONTH).bounds(ZONE)[1]
    assert (row.as_of, row.cases) == (end + timedelta(days=14), 12)
    assert row.charter and freeze(desk).id == row.id
    again = rates.tables(rates.judged(asked_of(row)), DIMENSIONS)
    assert digest_of(row, again) == row.digest
    assert rates.differences(row) == []
    cell = RateRow.objects.get(period=row, dimension="compound", key=str(desk.cast.places["compound"].id))
    assert (cell.base, cell.judged, cell.solved, cell.no_contact, cell.responded) == (12, 10, 10, 2, 12)


def test_what_happens_after_the_freeze_changes_nothing(desk: Desk) -> None:
    row = freeze(desk)
    proposed = propose(desk)
    actions.approve_exclusion(
        actor=desk.actor("subdistrict.clerk"), context=desk.context, exclusion=proposed.public_id
    )
    assert base(desk).excluded == 1
    assert rates.differences(row) == []


def test_frozen_rows_are_refused_by_the_database(desk: Desk) -> None:
    row = freeze(desk)
    for change in (
        lambda: RatePeriod.objects.filter(id=row.id).update(cases=1),
        lambda: RateRow.objects.filter(period=row).update(base=1, judged=1),
        lambda: RateRow.objects.filter(period=row).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_correction_is_a_new_row_that_names_the_old_one(desk: Desk) -> None:
    old = freeze(desk)
    proposed = propose(desk)
    actions.approve_exclusion(
        actor=desk.actor("subdistrict.clerk"), context=desk.context, exclusion=proposed.public_id
    )
    correct = {"name": MONTH, "reason": "late_exclusion"}
    refused(desk, NotAllowed, actions.correct_rates, actor=desk.actor("subdistrict.clerk"), **correct)
    refused(desk, Invalid, actions.correct_rates, actor=desk.system, **{**correct, "reason": "x"})
    refused(desk, Conflict, actions.correct_rates, actor=desk.system, **{**correct, "name": "2026-05"})
    new = actions.correct_rates(actor=desk.actor("district.clerk"), context=desk.context, **correct)
    assert (new.corrects_id, new.cases, new.as_of) == (old.id, 11, old.as_of)
    assert latest(old.district, MONTH) == new
    assert RatePeriod.objects.get(id=old.id).cases == 12
    assert rates.differences(new) == [] and rates.differences(old) == []


def test_a_changed_record_is_listed_with_both_numbers(desk: Desk) -> None:
    row = freeze(desk)
    Case.objects.filter(id=some_case(desk).id).update(solved="no")
    found = rates.differences(row)
    assert {(d.dimension, d.column, d.frozen, d.now) for d in found} == {
        (name, "solved", 10, 9) for name in DIMENSIONS
    }


def test_a_provisional_month_and_longer_periods_are_not_frozen(desk: Desk) -> None:
    now = containing("month", desk.context.now.astimezone(ZONE).date())
    for name in (now.name, now.next().name, "2026", "nonsense"):
        refused(desk, Invalid, actions.freeze_rates, actor=desk.system, name=name)
    refused(desk, NotAllowed, actions.freeze_rates, actor=desk.actor("auditor"), name=MONTH)


def test_the_moment_of_the_freeze_is_whole_days_after_the_month(desk: Desk) -> None:
    end = named(MONTH).bounds(ZONE)[1]
    tick = timedelta(microseconds=1)
    early = replace(desk.context, now=end + timedelta(days=14) - tick)
    assert MONTH not in months_to_freeze(early)
    assert months_to_freeze(replace(early, now=early.now + tick)) == [MONTH]


def test_the_job_freezes_the_oldest_month_and_goes_on(desk: Desk) -> None:
    before = months_to_freeze(desk.context)
    assert before[0] == MONTH
    jobs.freeze({}, desk.context)
    assert months_to_freeze(desk.context) == before[1:]
    event = Event.objects.get(code="rates.frozen")
    assert event.data["cases"] == 12 and event.data["as_of"] == ledger.moment(
        named(MONTH).bounds(ZONE)[1] + timedelta(days=14)
    )


def test_the_other_district_is_not_counted(desk: Desk, other_work) -> None:
    start, end = named(MONTH).bounds(ZONE)
    other, _system = other_work
    assert measures.total(measures.Asked(other.district, start, end, other.now)) == Counts()
    assert months_to_freeze(other) == []


# --- samples ----------------------------------------------------------------------------------------------------


def drawn(desk: Desk, purpose: str = "heard_again") -> SampleDraw:
    return actions.draw_samples(actor=desk.system, context=desk.context, name=MONTH, purpose=purpose)


def test_the_lot_follows_from_the_numbers_alone(desk: Desk) -> None:
    row = drawn(desk)
    assert (row.population, row.size, row.percent) == (7, 1, 5)
    numbers = list(population(desk.context, "heard_again", named(MONTH)))
    seed, lots = draw("heard_again", MONTH, reversed(numbers), 5)
    assert seed == row.seed
    assert [s.case.number for s in Sample.objects.filter(draw=row).select_related("case")] == lots
    assert drawn(desk).id == row.id


def test_another_number_gives_another_seed() -> None:
    numbers = [f"26-000{n:04d}-1" for n in range(200)]
    seed, lots = draw("heard_again", "2026-06", numbers, 5)
    assert len(lots) == len(set(lots)) == 10 and set(lots) <= set(numbers)
    assert draw("heard_again", "2026-06", numbers[:-1], 5)[0] != seed
    assert draw("heard_again", "2026-07", numbers, 5)[0] != seed
    assert [size_of(n, 5) for n in (0, 1, 20, 21, 100)] == [0, 1, 1, 2, 5]


def test_recorded_by_the_handling_body_without_contact_is_looked_at(desk: Desk) -> None:
    company = desk.cast.bodies["company"].id
    Case.objects.filter(stage="not_judged").update(first_receiver=company)
    row = drawn(desk, "no_contact")
    assert (row.population, row.size) == (2, 1)


def test_who_asked_first_or_handled_may_not_ask_again(desk: Desk) -> None:
    row = drawn(desk)
    sample = Sample.objects.select_related("case__place").get(draw=row)
    assert not checkable(desk.actor("callback.clerk"), [sample]), "asked first"
    assert not checkable(desk.actor("auditor"), [sample]), "reads only"
    clerk = desk.actor("district.clerk")
    assert checkable(clerk, [sample])
    assert not checkable(replace(clerk, body=desk.cast.bodies["company"].id), [sample])
    check = {"sample": sample.public_id, "result": "confirmed"}
    refused(desk, NotAllowed, actions.check_sample, actor=desk.actor("callback.clerk"), **check)
    refused(desk, Invalid, actions.check_sample, actor=clerk, **{**check, "result": "fine"})
    refused(desk, OutOfScope, actions.check_sample, actor=clerk, **{**check, "sample": "nothing"})
    done = actions.check_sample(actor=clerk, context=desk.context, **check)
    assert (done.result, done.checked_body, done.checked_by) == ("confirmed", clerk.body, clerk.appointment)
    refused(desk, Conflict, actions.check_sample, actor=clerk, **check)
    assert Event.objects.filter(code="case.sample_checked").count() == 1


def test_samples_are_drawn_for_months_that_are_over_by_the_software(desk: Desk) -> None:
    this = containing("month", desk.context.now.astimezone(ZONE).date()).name
    refused(desk, Invalid, actions.draw_samples, actor=desk.system, name=this, purpose="heard_again")
    refused(
        desk,
        NotAllowed,
        actions.draw_samples,
        actor=desk.actor("district.clerk"),
        name=MONTH,
        purpose="heard_again",
    )
    jobs.draw({}, desk.context)
    assert SampleDraw.objects.count() == 4
    jobs.draw({}, desk.context)
    assert SampleDraw.objects.count() == 4


# --- the command line -------------------------------------------------------------------------------------------


def said(words: str, capsys, **more: str) -> tuple[int, str]:
    from_line = argparse.Namespace(period=MONTH, district="luzhou", **more)
    assert room_commands
    code = commands()[words].run(from_line)
    return code, capsys.readouterr().out


def test_the_command_line_computes_draws_and_corrects(desk: Desk, capsys) -> None:
    with pytest.raises(CommandRefused, match="not frozen yet"):
        said("rates recompute", capsys)
    assert said("rates freeze", capsys)[0] == 0
    code, told = said("rates recompute", capsys)
    assert code == 0 and told.endswith("equal\n") and "12 cases" in told
    drawn(desk)
    assert said("rates draw", capsys, purpose="heard_again")[1].endswith("equal\n")
    Case.objects.filter(id=some_case(desk).id).update(solved="no")
    code, told = said("rates recompute", capsys)
    assert code == 1 and "solved frozen 10, now 9" in told and "8 numbers differ." in told
    assert "11 cases" not in said("rates correct", capsys, reason="wrong_record")[1]
    assert said("rates recompute", capsys)[0] == 0
    Case.objects.filter(id=some_case(desk).id).update(judged_by="caller")
    code, told = said("rates draw", capsys, purpose="heard_again")
    assert code == 1 and "NOT EQUAL" in told
