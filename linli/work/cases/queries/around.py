"""Who takes part in a case beside the body that has it: helpers, a department that was called, what both sides said."""

from __future__ import annotations

from dataclasses import dataclass

from linli.foundation.core.rules.actor import Actor
from linli.work.cases import access
from linli.work.cases.models import Case, JointTurn, WhistleCall, WhistleRating
from linli.work.cases.rules.whistle import WHISTLE, side_of


@dataclass(frozen=True, slots=True)
class Around:
    """Joint turns and whistle calls of a case, oldest first, and the ratings of the newest call."""

    joint: list[JointTurn]
    calls: list[WhistleCall]
    ratings: list[WhistleRating]

    @property
    def call(self) -> WhistleCall | None:
        """The newest call."""
        return self.calls[-1] if self.calls else None

    @property
    def beside(self) -> access.Beside:
        """The same as `access.beside`, without asking again."""
        open_turns = frozenset(turn.body_id for turn in self.joint if turn.ended_at is None)
        call = self.call
        return access.Beside(
            open_turns, call.department_id if call else None, call.calling_body_id if call else None
        )

    @property
    def bodies(self) -> set[int]:
        """Every body that helped or was called."""
        return {turn.body_id for turn in self.joint} | {call.department_id for call in self.calls}

    def may_rate(self, actor: Actor, case: Case) -> bool:
        """Whether the acting person's side has still to rate the newest call."""
        call = self.call
        if call is None or WHISTLE.decide(call.stage, (), "rate") is None:
            return False
        side = side_of(actor.body, call.calling_body_id, call.department_id)
        return side not in {r.side for r in self.ratings} and access.may(
            "rate_whistle", actor, case, self.beside
        )


def around(case: Case) -> Around:
    """Two statements, three once a whistle call is done."""
    here = {"district": case.district, "case": case}
    joint = list(JointTurn.objects.filter(**here).select_related("body").order_by("asked_at", "id"))
    calls = list(
        WhistleCall.objects.filter(**here)
        .select_related("department", "calling_body")
        .order_by("called_at", "id")
    )
    done = calls and calls[-1].stage == "done"
    ratings = list(WhistleRating.objects.filter(district=case.district, call=calls[-1])) if done else []
    return Around(joint, calls, ratings)
