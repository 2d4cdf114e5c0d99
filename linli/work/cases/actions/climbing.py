"""Up to the next level: compound, community, subdistrict, district. What was promised to the caller goes on."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.actions.steps import done, need_reason, need_text, step
from linli.work.cases.models import Case
from linli.work.cases.rules.levels import LEVELS, may_climb, rank


def climb(*, actor: Actor, context: Context, case: str, reason: str, note: str) -> Case:
    """Hand a case to the next level, with a reason. After a ruling only a clerk does that, never the body itself."""
    words = need_text(note, 1000)
    with step("climb", public_id=case, actor=actor, context=context) as at:
        need_reason(at, "cases.climb_reasons", reason)
        if at.case.ruled and actor.body is not None and actor.body == at.case.handling_body_id:
            raise Invalid(
                "case.ruled",
                _(
                    "A ruling gave this case to your body, so it may not hand it up. Go on handling it, or ask the clerk of the place."
                ),
            )
        if at.case.level == LEVELS[-1]:
            raise Invalid(
                "case.top", _("This case is at the district already; there is no higher level here.")
            )
        at.set(level=LEVELS[rank(at.case.level) + 1])
        done(at, "climbed", data={"level": at.case.level, "reason": reason}, text=words, entry_kind="note")
        return at.case


def climb_unmet(*, actor: Actor, context: Context, case: str, kind: str) -> Case:
    """A property complaint whose company missed its sign-in or finish goes to the subdistrict, by the system."""
    with step("climb_unmet", public_id=case, actor=actor, context=context) as at:
        if at.case.case_class != "PM" or not may_climb(at.case.level, "subdistrict"):
            raise Invalid(
                "case.not_property",
                _("Only an unmet property complaint below the subdistrict climbs by itself."),
            )
        at.set(level="subdistrict")
        done(at, "climbed", data={"level": "subdistrict", "reason": f"unmet_{kind}"})
        return at.case
