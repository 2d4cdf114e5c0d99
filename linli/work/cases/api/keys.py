"""Who sends: the key of a connected system, and what happens to whoever tries keys."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import NotAllowed, TooMany
from linli.foundation.core.middleware import address_of
from linli.foundation.core.models import SecurityEvent
from linli.foundation.core.ratelimit import who_is
from linli.work.cases.actions.keys import living
from linli.work.cases.models import ApiKey

WRONG = "cases.wrong_key"
HOUR = timedelta(hours=1)


def key_for(request: HttpRequest, context: Context, secret: str, scope: str, *, hold: bool) -> ApiKey:
    """The key in force that may do this. Raises NotAllowed (403) or TooMany (429) after many wrong ones.

    Only wrong keys are counted: a partner behind the same address goes on working.
    """
    found = living(context, secret, hold=hold)
    if found is None:
        _too_many_wrong(request, context)
        raise NotAllowed(
            WRONG,
            _("This key is not in force in this district. Ask the district administrator for one."),
            security=True,
        )
    if scope not in found.scopes.split():
        raise NotAllowed(
            "cases.key_scope",
            _("This key may not do this. Ask the district administrator for a key that may."),
        )
    return found


def _too_many_wrong(request: HttpRequest, context: Context) -> None:
    """Wrong keys leave a security event each; more than the charter's number in an hour are not looked at."""
    most = charter.current(context.district, context.now)["limit.cases.wrong_key"]["per_hour"]
    tries = SecurityEvent.objects.filter(
        district=context.district, code=WRONG, who=who_is(address_of(request)), at__gte=context.now - HOUR
    )
    if tries[:most].count() >= most:
        raise TooMany(
            "rate.limit",
            _("Too many wrong keys came from this address. Nothing was stored. Try again in an hour with the right one."),
            retry_after=3600,
        )  # fmt: skip
