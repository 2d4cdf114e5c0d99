"""Reads of accounts: for sign-in, for each request, for the desk, for rooms above."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import DateTimeField, Exists, Func, OuterRef, Q

from linli.foundation.accounts import access, rules
from linli.foundation.accounts.models import Grant, SignedIn, User
from linli.foundation.core import charter
from linli.foundation.core.charter import NoCharter
from linli.foundation.core.keys import keyring
from linli.foundation.core.rules.actor import Actor

PAGE = 20


def phone_index(typed: str) -> str | None:
    """Blind index of a mobile number, None when it is not one. The number itself is kept nowhere here."""
    plain = rules.plain_phone(typed)
    return keyring().index("phone", plain) if plain else None


def for_sign_in(district: int, typed: str) -> User | None:
    """The account that a typed name or phone means in one district (by name: ended ones too). One statement."""
    index = phone_index(typed)
    users = User.objects.filter(district=district)
    if index is not None:
        # A number may have been handed on: only the open account counts.
        return users.filter(phone_index=index, ended_at__isnull=True).first()
    return users.filter(login_name=rules.plain_name(typed)).first()


def user(district: int, id_: int) -> User | None:
    """One account of a district."""
    return User.objects.filter(district=district, id=id_).first()


def by_name(district: int, login_name: str) -> User | None:
    """One account by its sign-in name."""
    return User.objects.filter(district=district, login_name=rules.plain_name(login_name)).first()


def valid(now: datetime) -> Q:
    """Grants that hold at a moment."""
    return Q(valid_from__lte=now) & (Q(valid_to__isnull=True) | Q(valid_to__gt=now))


def grants_of(user: User, now: datetime) -> list[Grant]:
    """The grants among which a person chooses, oldest first."""
    rows = Grant.objects.filter(valid(now), district=user.district, user=user)
    return list(rows.order_by("valid_from", "id"))


def signed_in(district: int, key_hash: str) -> SignedIn | None:
    """The sign-in of a session with account, grant and the database's moment (`now`). One statement."""
    rows = SignedIn.objects.filter(district=district, key_hash=key_hash).select_related("user", "grant")
    moment = Func(function="clock_timestamp", output_field=DateTimeField())
    return rows.annotate(now=moment).order_by("id").first()


def role_verbs(district: int, role: str, now: datetime) -> tuple[frozenset[str], bool]:
    """(verbs, needs a second factor) of a role in the charter in force; a role it does not know may nothing."""
    try:
        found = charter.current(district, now).get(f"role.{role}")
    except NoCharter:
        found = None
    if found is None:
        return frozenset(), True
    return frozenset(found["verbs"]), bool(found["second_factor"])


def actor_of(user: User, grant: Grant | None, now: datetime) -> Actor:
    """The acting person: exactly one grant, or none yet. Rights of several are never merged."""
    if grant is None:
        return Actor(district=user.district, kind="staff", user=user.id)
    verbs, _factor = role_verbs(user.district, grant.role, now)
    return Actor(
        district=user.district, kind="staff", user=user.id, grant=grant.id, appointment=grant.appointment,
        body=grant.body, role=grant.role, scope=grant.scope_path, verbs=verbs, kinds=frozenset(grant.kinds),
    )  # fmt: skip


def needs_factor(user: User, grants: Iterable[Grant], now: datetime) -> bool:
    """Whether any of these grants asks for a second factor of this account."""
    if rules.is_factor_exempt(settings.LINLI_MODE, user.is_demonstration):
        return False
    return any(role_verbs(user.district, grant.role, now)[1] for grant in grants)


def factors(user: User) -> list[Authenticator]:
    """Enrolled second factors, recovery codes too, oldest first."""
    return list(Authenticator.objects.filter(user_id=user.id).order_by("created_at", "id"))


def factor_kinds(user: User) -> frozenset[str]:
    """Which kinds of second factor are enrolled: totp, webauthn, recovery_codes."""
    return frozenset(Authenticator.objects.filter(user_id=user.id).values_list("type", flat=True))


def sign_ins(actor: Actor, now: datetime) -> list[SignedIn]:
    """One's own open sign-ins, newest first; those whose idle time ran out are over. One statement."""
    alive = Session.objects.filter(session_key=OuterRef("key_hash"), expire_date__gt=now)
    rows = access.sign_ins_visible_to(actor).filter(Exists(alive)).select_related("grant")
    return list(rows.order_by("-created_at", "-id"))


def has_used_device(user: User, device: str) -> bool:
    """Whether this account was ever signed in from this kind of device."""
    return SignedIn.objects.filter(district=user.district, user=user, device=device).exists()


def accounts(actor: Actor, *, after: str = "", text: str = "") -> tuple[list[User], str]:
    """One page of accounts by sign-in name, and the cursor of the next page or "". One statement."""
    rows = access.visible_to(actor)
    if text:
        rows = rows.filter(login_name__startswith=rules.plain_name(text))
    if after:
        rows = rows.filter(login_name__gt=after)
    factor = Authenticator.objects.filter(user_id=OuterRef("id")).exclude(type="recovery_codes")
    page: list[User] = list(rows.annotate(has_factor=Exists(factor)).order_by("login_name")[: PAGE + 1])
    cursor = page[PAGE - 1].login_name if len(page) > PAGE else ""
    return page[:PAGE], cursor


def grants_by_user(users: list[User], now: datetime) -> dict[int, list[Grant]]:
    """Grants in force of a page of accounts. One statement."""
    found: dict[int, list[Grant]] = {user.id: [] for user in users}
    if users:
        rows = Grant.objects.filter(valid(now), district=users[0].district, user__in=[u.id for u in users])
        for grant in rows.order_by("valid_from", "id"):
            found[grant.user_id].append(grant)
    return found
