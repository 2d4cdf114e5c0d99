"""The demonstration's cases in the middle of things are there, and written by the same actions as by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from linli.foundation.core import charter
from linli.foundation.core.models import CharterVersion, Event
from linli.shell.cast import OFFICES, build
from linli.shell.demo.flows import DEPARTMENT, STORIES, play
from linli.shell.divisions import load as load_divisions
from linli.work.cases.models import Case, CaseHold, JointTurn, WhistleCall, WhistleRating
from linli.work.cases.rules.flow import HOLDS


def test_every_hold_and_every_helper_is_in_the_demonstration(work: Any) -> None:
    context, system = work
    load_divisions(system, context.now)
    cast = build(system, context.now, lambda _login: "correct horse battery staple", (*OFFICES, DEPARTMENT))
    CharterVersion.objects.update(valid_from=context.now - timedelta(days=400))
    charter.forget()
    played = play(context, cast, each=lambda n, _words: iter(range(n)))
    assert played == len(STORIES) * 2 and Case.objects.count() == played + 2  # two merged ones besides
    held = set(CaseHold.objects.filter(closed_at=None).values_list("kind", flat=True))
    assert held == set(HOLDS)
    stages = set(Case.objects.values_list("stage", flat=True))
    assert {"answered_at_intake", "merged", "not_accepted", "received", "handling"} <= stages
    assert {c.stage for c in WhistleCall.objects.all()} == {"called", "done"}
    assert WhistleRating.objects.count() == 2 and JointTurn.objects.count() == 2
    assert {"community", "subdistrict"} <= set(Case.objects.values_list("level", flat=True))
    for case in Case.objects.all():
        events = Event.objects.filter(subject_type="case", subject_id=case.id).order_by("seq")
        assert [e.seq for e in events] == list(range(1, case.seq + 1))
        assert events[len(events) - 1].at <= context.now
