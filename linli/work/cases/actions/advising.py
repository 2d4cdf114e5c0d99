"""Advice that ends a case at intake."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.actions.steps import done, need_text, step
from linli.work.cases.models import Case

ADVICE = frozenset({"question", "suggestion", "praise"})


def answer_at_intake(*, actor: Actor, context: Context, case: str, text: str) -> Case:
    """Advice given at once ends a question, suggestion or praise; the text is the public answer."""
    words = need_text(text, 5000)
    with step("answer_at_intake", public_id=case, actor=actor, context=context) as at:
        if at.case.kind_of_request not in ADVICE:
            raise Invalid(
                "case.not_advice",
                _(
                    "Only a question, a suggestion or praise is answered at once. Give this case to the body whose duty it is."
                ),
            )
        at.set(answered_at=context.now)
        done(at, "answered_at_intake", text=words, public=True, entry_kind="answer")
        return at.case
