"""What lower rooms report and offices must follow."""

from __future__ import annotations

from linli.foundation.bodies import actions
from linli.foundation.core.context import Context
from linli.foundation.core.ledger import on
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import system


@on("account.ended", name="bodies.account_ended")
def end_offices(event: Event, context: Context) -> None:
    """An account that was ended holds no office any more; coming shifts are dropped with it."""
    actions.end_offices_of(actor=system(context.district), user=event.subject_id, now=context.now)
