"""Duty rosters: shifts, swaps, gaps and their warning."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from linli.foundation.bodies import actions, queries
from linli.foundation.bodies.models import Body, GapWarning, Roster, Shift
from linli.foundation.bodies.tests.builders import Town
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope, Refused, WrongStage
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import Actor, system

HOUR = timedelta(hours=1)


@pytest.fixture
def duty(town: Town) -> tuple[Town, Body, Roster, Actor]:
    body = town.body(phone="0355-2031234")
    actor = town.actor("community_clerk", town.elm, body=body.id)
    return town, body, actions.open_roster(actor=actor, body=body, cover="always", now=town.now), actor


def refused(kind: type[Refused], code: str, act, /, **more) -> None:
    before = (list(Shift.objects.order_by("id").values()), Event.objects.count())
    with pytest.raises(kind) as caught, transaction.atomic():
        act(**more)
    assert caught.value.code == code
    assert (list(Shift.objects.order_by("id").values()), Event.objects.count()) == before


def test_who_is_on_duty(duty) -> None:
    town, body, roster, actor = duty
    clerk, boss = town.office(body, "clerk"), town.office(body, "boss", title="director")
    for kind, office, phone in (("officer", clerk, ""), ("leader", boss, "0355-2030001")):
        actions.set_shift(
            actor=actor,
            roster=roster,
            kind=kind,
            appointment=office,
            starts_at=town.now,
            ends_at=town.now + HOUR,
            now=town.now,
            phone=phone,
        )
    found = queries.on_duty(body, town.now)
    assert [(s.kind, queries.phone_of(s)) for s in found] == [
        ("leader", "0355-2030001"),
        ("officer", "0355-2031234"),
    ]
    assert queries.on_duty(body, town.now + HOUR) == []


def test_setting_a_shift_is_refused(duty) -> None:
    town, body, roster, actor = duty
    office = town.office(body, "clerk", valid_to=town.now + 10 * HOUR)
    stranger = town.office(town.body("volunteer_team", "红马甲"), "vol")
    shift = lambda **more: actions.set_shift(  # noqa: E731  # short for the table below
        **{
            "actor": actor, "roster": roster, "kind": "officer", "appointment": office, "starts_at": town.now,
            "ends_at": town.now + HOUR, "now": town.now,
        } | more
    )  # fmt: skip
    refused(NotAllowed, "bodies.roster", shift, actor=town.actor("auditor", town.root))
    refused(OutOfScope, "bodies.none", shift, actor=town.actor("community_clerk", town.oak, body=5))
    refused(Invalid, "shift.kind", shift, kind="guard")
    refused(Invalid, "shift.times", shift, ends_at=town.now)
    refused(Invalid, "shift.times", shift, ends_at=town.now + timedelta(days=8))
    refused(Invalid, "body.phone", shift, phone="ring")
    refused(Invalid, "shift.appointment", shift, appointment=stranger)
    refused(Invalid, "shift.term", shift, ends_at=town.now + 11 * HOUR)
    shift()
    refused(Conflict, "shift.twice", shift, kind="leader")


def test_swap_records_both(duty) -> None:
    town, body, roster, actor = duty
    one, two = town.office(body, "one"), town.office(body, "two")
    first, second = (
        actions.set_shift(
            actor=actor, roster=roster, kind="officer", appointment=o, starts_at=town.now + n * HOUR,
            ends_at=town.now + (n + 1) * HOUR, now=town.now,
        )
        for n, o in ((1, one), (2, two))
    )  # fmt: skip
    actions.swap_shifts(actor=actor, one=first, other=second, now=town.now)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.appointment_id, second.appointment_id) == (two.id, one.id)
    event = Event.objects.get(code="roster.swapped")
    assert event.data == {"body": body.id, "shifts": [first.id, second.id], "appointments": [one.id, two.id]}
    refused(Invalid, "swap.same", actions.swap_shifts, actor=actor, one=first, other=first, now=town.now)
    refused(
        WrongStage,
        "shift.over",
        actions.swap_shifts,
        actor=actor,
        one=first,
        other=second,
        now=town.now + 3 * HOUR,
    )
    actions.drop_shift(actor=actor, shift=first, now=town.now)
    refused(WrongStage, "shift.over", actions.drop_shift, actor=actor, shift=first, now=town.now)


def test_ending_an_office_drops_its_coming_shifts(duty) -> None:
    town, body, roster, actor = duty
    office = town.office(body, "one")
    set_at = lambda n: actions.set_shift(  # noqa: E731  # short
        actor=actor, roster=roster, kind="officer", appointment=office, starts_at=town.now + n * HOUR,
        ends_at=town.now + (n + 1) * HOUR, now=town.now,
    )  # fmt: skip
    running, coming = set_at(0), set_at(5)
    actions.end_appointment(
        actor=system(town.district_id), appointment=office, reason="transferred", now=town.now + HOUR / 2
    )
    running.refresh_from_db()
    coming.refresh_from_db()
    assert running.dropped_at is None and coming.dropped_at is not None


def test_a_gap_is_told_once_and_24_hours_before(duty) -> None:
    town, body, roster, actor = duty
    zone = ZoneInfo("Asia/Shanghai")
    day = (town.now + timedelta(days=3)).astimezone(zone).date()
    noon = datetime.combine(day, time(12), zone).astimezone(UTC)
    office, boss = town.office(body, "one"), town.office(body, "two")
    for kind, holder in (("officer", office), ("leader", boss)):
        for n in range(3):
            actions.set_shift(
                actor=actor, roster=roster, kind=kind, appointment=holder, starts_at=noon + timedelta(days=n - 1),
                ends_at=noon + timedelta(days=n), now=noon - timedelta(days=1),
            )  # fmt: skip
    context = lambda at: Context(town.district_id, "luzhou", zone, at)  # noqa: E731  # short
    assert actions.warn_gaps(context=context(noon)) == 0
    assert actions.warn_gaps(context=context(noon + 23 * HOUR)) == 0
    # The roster runs out two days after `noon`: told from one day before on, once for leader and officer.
    assert actions.warn_gaps(context=context(noon + 24 * HOUR)) == 2
    assert actions.warn_gaps(context=context(noon + 25 * HOUR)) == 0
    assert {(w.kind, w.starts_at) for w in GapWarning.objects.all()} == {
        ("leader", noon + 48 * HOUR), ("officer", noon + 48 * HOUR),
    }  # fmt: skip
    assert Event.objects.filter(code="roster.gap").count() == 2


def test_missing_calendar_is_told_once_from_november(town: Town) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    context = lambda text: Context(town.district_id, "luzhou", zone, datetime.fromisoformat(text))  # noqa: E731  # short
    assert actions.warn_missing_calendar(context=context("2026-10-31T12:00:00+08:00")) is None
    assert actions.warn_missing_calendar(context=context("2026-11-01T00:30:00+08:00")) == 2027
    assert actions.warn_missing_calendar(context=context("2026-11-02T00:30:00+08:00")) is None
    assert Event.objects.filter(code="calendar.missing").count() == 1
