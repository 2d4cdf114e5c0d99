"""One case and everybody around it, for tests that walk it through the flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from linli.foundation.core import clocks
from linli.foundation.core.errors import Refused
from linli.foundation.core.models import Clock, Event
from linli.foundation.core.rules.actor import Actor, public
from linli.work.cases import actions
from linli.work.cases.models import Assignment, Case, CaseHold, Entry, JointTurn, WhistleCall, WhistleRating
from linli.work.cases.tests.builders import Desk

WROTE = (Case, Event, Clock, Assignment, CaseHold, Entry, JointTurn, WhistleCall, WhistleRating)


class Walk:
    """One case and everybody around it; `at` moves the clock of everything that follows."""

    def __init__(self, desk: Desk, **report: Any) -> None:
        self.desk, self.context = desk, desk.context
        self.receipt = desk.report(**report)

    @property
    def case(self) -> Case:
        return self.desk.case(self.receipt)

    def at(self, moment: datetime) -> Walk:
        self.context = replace(self.desk.context, now=moment)
        return self

    def do(self, who: str | Actor, verb: str, **more: Any) -> Case:
        actor = self.desk.actor(who) if isinstance(who, str) else who
        with transaction.atomic():
            return getattr(actions, verb)(
                actor=actor, context=self.context, case=self.receipt.public_id, **more
            )

    def refused(self, error: type[Refused], who: str | Actor, verb: str, **more: Any) -> Refused:
        before = [list(m.objects.order_by("pk").values()) for m in WROTE]
        with pytest.raises(error) as caught:
            self.do(who, verb, **more)
        assert [list(m.objects.order_by("pk").values()) for m in WROTE] == before
        return caught.value

    def dispatch(self, body: str = "company", who: str = "community.clerk") -> Case:
        return self.do(who, "dispatch", body=self.desk.cast.bodies[body].public_id)

    def handled(self) -> Walk:
        self.dispatch()
        self.do("property.handler", "sign")
        self.do("property.handler", "contact")
        self.do("property.handler", "progress", text="已到现场查看。")
        return self

    def judge(self, solved: str = "no", who: str = "caller") -> Case:
        case = self.case
        return actions.judge_by_caller(
            actor=public(case.district), context=self.context, case=case, solved=solved,
            rating="dissatisfied" if solved == "no" else "very", key=f"j-{case.id}-{case.seq}",
        )  # fmt: skip

    def holds(self) -> set[str]:
        return set(CaseHold.objects.filter(case=self.case, closed_at=None).values_list("kind", flat=True))

    def clock(self, kind: str) -> Clock:
        return [c for c in clocks.of(self.case.district, ("case", self.case.id)) if c.kind == kind][-1]

    def codes(self) -> list[str]:
        rows = Event.objects.filter(subject_type="case", subject_id=self.case.id).order_by("seq")
        assert [e.seq for e in rows] == list(range(1, len(rows) + 1))
        return [e.code.removeprefix("case.") for e in rows]
