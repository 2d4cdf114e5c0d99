"""Who acts, on every request: the session's one grant, or the public."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from linli.foundation.accounts import queries, rules
from linli.foundation.accounts.actions import sign_out
from linli.foundation.accounts.models import SignedIn
from linli.foundation.accounts.sessions import key_hash
from linli.foundation.core import charter
from linli.foundation.core.models import District
from linli.foundation.core.requests import district_or_none, hang
from linli.foundation.core.rules.actor import public

# The key of the session under which a finished sign-in stands: {"district": id, "seen": unix seconds}.
MARK = "linli_signed_in"


class ActingMiddleware:
    """`request.linli_actor` is the one acting grant, or the public; `request.linli_acting` the grant itself.

    Costs two statements with a sign-in (session, acting) and none without a session cookie. A session whose
    grant, account or time is over is ended here, before anything is done in its name.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        district = district_or_none(request)
        actor = public(district.id) if district else None
        hang(request, linli_actor=actor, linli_acting=None, linli_signed_in=None)
        request.user = AnonymousUser()
        if district is not None and settings.SESSION_COOKIE_NAME in request.COOKIES:
            self._enter(request, district)
        return self.get_response(request)

    def _enter(self, request: HttpRequest, district: District) -> None:
        mark = request.session.get(MARK)
        # A session of another district is nothing here, and stays what it is there.
        if (
            not isinstance(mark, dict)
            or mark.get("district") != district.id
            or request.session.session_key is None
        ):
            return
        row = queries.signed_in(district.id, key_hash(request.session.session_key))
        if row is None:
            request.session.flush()
            return
        now: datetime = row.now  # type: ignore[attr-defined]  # annotated by the query
        if verdict(row, now) != "alive":
            if row.ended_at is None:
                with transaction.atomic():
                    sign_out(row=row, now=now)
            request.session.flush()
            return
        self._touch(request, row, mark, now)
        request.user = row.user
        actor = queries.actor_of(row.user, row.grant, now)
        hang(request, linli_actor=actor, linli_acting=row.grant, linli_signed_in=row)

    def _touch(self, request: HttpRequest, row: SignedIn, mark: dict[str, int], now: datetime) -> None:
        """Move the idle time on, at most every few minutes, and the coarse last-seen hour once an hour."""
        idle = rules.length(charter.current(row.district, now)["accounts.session.idle"])
        if now.timestamp() - mark.get("seen", 0) >= idle.total_seconds() / rules.TOUCH_PART:
            request.session[MARK] = {**mark, "seen": int(now.timestamp())}
            request.session.set_expiry(int(idle.total_seconds()))
        hour = rules.hour_of(now)
        if row.last_seen < hour:
            SignedIn.objects.filter(district=row.district, id=row.id).update(last_seen=hour)


def verdict(row: SignedIn, now: datetime) -> rules.Verdict:
    """Whether a sign-in still counts, by the charter in force."""
    grant = row.grant
    facts = rules.SessionFacts(
        began=row.created_at,
        ended=row.ended_at is not None,
        account_ended=row.user.ended_at is not None,
        grant=rules.Period(grant.valid_from, grant.valid_to) if grant is not None else None,
        factor_given=row.second_factor,
        factor_needed=grant is not None and queries.needs_factor(row.user, [grant], now),
    )
    absolute = rules.length(charter.current(row.district, now)["accounts.session.absolute"])
    return rules.session_verdict(facts, now, absolute)
