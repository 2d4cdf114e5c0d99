"""What several actions need: a locked row, today, the sentence for a wrong stage."""

from __future__ import annotations

import secrets
from datetime import date

from django.utils.translation import gettext as _

from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, OutOfScope, WrongStage
from linli.foundation.core.rules.actor import Actor
from linli.foundation.notices import access, queries, rules
from linli.foundation.notices.models import Notice
from linli.foundation.notices.rules import PublicationRule


def new_public_id() -> str:
    """Random, so that nobody counts notices or guesses an objection's number."""
    return secrets.token_urlsafe(12)


def today(context: Context) -> date:
    """The day in the district's zone."""
    return context.now.astimezone(context.zone).date()


def locked(actor: Actor, notice: Notice) -> Notice:
    """The notice's row, locked, within the actor's reach. Raises NotAllowed or OutOfScope."""
    found = Notice.objects.select_for_update(of=("self",)).select_related("place").filter(
        district=actor.district, id=notice.id
    ).first()  # fmt: skip
    if found is None:
        raise OutOfScope(
            "notices.none", _("There is no such notice here. Open the list of notices and choose one.")
        )
    access.require_publish(actor, found.place)
    return found


def stage_after(notice: Notice, verb: str) -> str:
    """The stage after a verb. Raises WrongStage with what is possible."""
    after = rules.next_stage(notice.stage, verb)
    if after is None:
        raise WrongStage(f"notices.{verb}", _wrong_stage(notice.stage))
    return after


def _wrong_stage(stage: str) -> str:
    sentences = {
        rules.DRAFT: _("This notice is a draft and has not been shown. Publish it first, or discard it."),
        rules.RUNNING: _(
            "This notice is shown and its content is frozen. To change something, publish a correction."
        ),
        rules.ENDED: _(
            "The days of showing are over. You may still publish a correction or withdraw the notice."
        ),
        rules.WITHDRAWN: _("This notice was withdrawn and stays as it is. Write a new notice instead."),
        rules.SUPERSEDED: _("This version was corrected. Work with the version that holds."),
        rules.DISCARDED: _("This draft was discarded. Write a new one."),
    }
    return sentences[stage]


def publication_rule(actor: Actor, context: Context, code: str) -> PublicationRule:
    """The charter's rule for a kind of paper. Raises Invalid."""
    found = queries.publication_rules(actor.district, context.now).get(code)
    if found is None:
        raise Invalid(
            "notices.rule",
            _("The charter has no such kind of notice. Choose one from the list."),
            fields={"rule": _("Choose a kind from the list.")},
        )
    return found
