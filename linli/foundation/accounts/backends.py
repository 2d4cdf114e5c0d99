"""Password check behind the lock-out. Names reach the lock-out's tables only as keyed hashes."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.db import connection
from django.http import HttpRequest

from linli.foundation.accounts import rules
from linli.foundation.accounts.models import User
from linli.foundation.core import charter
from linli.foundation.core.keys import keyring

# The lock-out library stores an address with each failure; this one says nothing about anybody.
NO_ADDRESS = "::"


class Attempt(HttpRequest):
    """What the lock-out library sees of a try: no address, no browser, nothing typed."""

    def __init__(self, district: int, now: datetime) -> None:
        super().__init__()
        self.method = "POST"
        self.district, self.now = district, now
        self.hashed = False


def no_address(request: HttpRequest) -> str:
    """The lock-out counts names only; addresses are limited apart and never stored."""
    return NO_ADDRESS


def failure_limit(request: HttpRequest, credentials: dict[str, Any] | None) -> int:
    """Wrong tries until the lock, from the charter of the district."""
    if not isinstance(request, Attempt):
        return 8
    return int(charter.current(request.district, request.now)["accounts.lock.failures"])


def cool_off(request: HttpRequest | None) -> timedelta:
    """How long the lock holds, from the charter of the district."""
    if not isinstance(request, Attempt):
        return timedelta(hours=1)
    return rules.length(charter.current(request.district, request.now)["accounts.lock.time"])


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that no password opens, so that an unknown name costs the same time."""
    return make_password("nobody's password")


class SignInBackend(BaseBackend):
    """Checks a password against the account that was found, or against nobody's."""

    def authenticate(  # type: ignore[override]  # Django passes whatever credentials it was given
        self, request: Attempt, username: str = "", password: str = "", account: User | None = None
    ) -> User | None:
        right = check_password(password, account.password if account is not None else _nobody())
        request.hashed = True
        return account if right and account is not None and account.ended_at is None else None


def attempt_key(district: int, typed: str, account: User | None) -> str:
    """One keyed hash for an account whether name or phone was typed, and for an unknown name."""
    who = str(account.id) if account is not None else "name:" + rules.plain_name(typed)
    return keyring().index("sign_in", f"{district}:{who}")


def passes(*, district: int, typed: str, password: str, account: User | None, now: datetime) -> bool:
    """Whether the password opens the account. Counts a failure; the same work whatever the reason.

    Tries of one name run one after the other, so that many at once are not more than the lock allows.
    """
    key = attempt_key(district, typed, account)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    attempt = Attempt(district, now)
    found = authenticate(attempt, username=key, password=password, account=account)
    if not attempt.hashed:
        check_password(password, account.password if account is not None else _nobody())
    if found is None:
        return False
    AxesProxyHandler.reset_attempts(username=key)
    return True
