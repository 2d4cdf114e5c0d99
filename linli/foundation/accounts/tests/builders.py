"""Accounts and signed-in clients for tests of every room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from itertools import count
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client

from linli.foundation.accounts import actions, queries
from linli.foundation.accounts.middleware import MARK
from linli.foundation.accounts.models import Grant, SignedIn, User
from linli.foundation.accounts.sessions import SessionStore, key_hash
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Refused
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import Actor, system

PASSWORD = "old-brick-wall-27"
_numbers = count(1)


def account(
    context: Context, login_name: str = "", *, phone: str = "", demonstration: bool = True, **options
) -> User:
    """An account opened by the system; a demonstration one needs no second factor."""
    return actions.create_account(
        actor=system(context.district), login_name=login_name or f"user{next(_numbers)}", password=PASSWORD,
        phone=phone, now=context.now, is_demonstration=demonstration, **options,
    )  # fmt: skip


def grant(
    context: Context, user: User, role: str = "district_admin", *, scope: str = "1/", body: int = 1, place: int = 1,
    appointment: int = 0, valid_from: datetime | None = None, kinds: tuple[str, ...] = (),
) -> Grant:  # fmt: skip
    """A grant filed by the system, valid from a moment ago."""
    return actions.file_grant(
        actor=system(context.district), user=user, appointment=appointment or next(_numbers), body=body, role=role,
        place=place, scope_path=scope, label=(f"岗位{role}", f"Office {role}"), kinds=kinds,
        valid_from=valid_from or context.now - timedelta(minutes=1), now=context.now,
    )  # fmt: skip


def actor_for(context: Context, role: str = "district_admin", **options) -> Actor:
    """A staff actor with a fresh account and one grant."""
    user = account(context)
    return queries.actor_of(user, grant(context, user, role, **options), context.now)


def sign_in(
    client: Client, user: User, acting: Grant | None = None, *, now: datetime, factor: bool = False
) -> Client:
    """Give a test client a finished sign-in without the pages; `acting` is the grant it acts under."""
    store = SessionStore()
    store[MARK] = {"district": user.district, "seen": int(now.timestamp())}
    store["linli_confirmed"] = now.timestamp()
    store.set_expiry(1800)
    store.create()
    actions.begin_sign_in(
        user=user,
        key_hash=key_hash(store.session_key),
        device="firefox-linux",
        grant=acting,
        second_factor=factor,
        now=now,
    )
    client.cookies = client.cookies or SimpleCookie()
    client.cookies[settings.SESSION_COOKIE_NAME] = store.session_key
    return client


def staff(context: Context, role: str = "district_admin", **options) -> SimpleNamespace:
    """A client signed in as a new person of a role: `.client`, `.user`, `.grant`, `.actor`."""
    user = account(context)
    filed = grant(context, user, role, **options)
    client = sign_in(Client(), user, filed, now=context.now)
    return SimpleNamespace(
        client=client, user=user, grant=filed, actor=queries.actor_of(user, filed, context.now)
    )


def _standing() -> tuple[object, ...]:
    """What a refused action must leave as it was."""
    models = (User, Grant, SignedIn, Authenticator, SocialAccount, Session, Event)
    return tuple(list(model.objects.order_by("pk").values()) for model in models)


@contextmanager
def refused(kind: type[Refused], code: str) -> Iterator[None]:
    """The block must be refused with this code, and nothing may have been written."""
    before = _standing()
    with pytest.raises(kind) as caught, transaction.atomic():
        yield
    assert caught.value.code == code
    assert _standing() == before
