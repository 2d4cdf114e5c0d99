"""Second factors: enrolling, giving, removing. Secrets and checks are the sign-in library's; the rules are ours."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts import queries
from linli.foundation.accounts.actions.sign_ins import end_rows, of_user
from linli.foundation.accounts.models import SignedIn, User
from linli.foundation.core import ledger
from linli.foundation.core.errors import Invalid, OutOfScope
from linli.foundation.core.rules.actor import Actor

WRONG_CODE = _("This code does not fit. Wait for the next one in the app and type that one.")


def _fitting_counter(secret: str, code: str) -> int | None:
    """The time step whose code was typed, None when none fits."""
    for counter in totp.yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=totp.format_hotp_value(totp.hotp_value(secret, counter))):
            return int(counter)
    return None


def add_app(*, actor: Actor, user: User, secret: str, code: str, now: datetime) -> list[str]:
    """Enrol an authenticator app after its first right code. Returns fresh recovery codes when there were none.

    Raises Invalid for a code that does not fit or a second app.
    """
    _own(actor, user)
    counter = _fitting_counter(secret, code)
    if counter is None:
        raise Invalid("factor.code", WRONG_CODE, fields={"code": WRONG_CODE})
    with transaction.atomic(savepoint=False):
        _lock(user)
        if Authenticator.objects.filter(user_id=user.id, type=Authenticator.Type.TOTP).exists():
            raise Invalid("factor.twice", _("An authenticator app is set up already. Remove that one first."))
        instance = totp.TOTP.activate(user, secret).instance
        instance.data["last_counter"] = counter
        instance.save(update_fields=["data"])
        return _added(actor, user, instance, now)


def add_passkey(
    *, actor: Actor, user: User, name: str, credential: dict[str, Any], now: datetime
) -> list[str]:
    """Enrol a passkey answered by the browser. Returns fresh recovery codes when there were none."""
    _own(actor, user)
    with transaction.atomic(savepoint=False):
        _lock(user)
        try:
            webauthn.parse_registration_response(credential)
            webauthn.complete_registration(credential)
        except (ValidationError, ValueError, KeyError, TypeError) as problem:
            sentence = _(
                "The browser's answer did not fit the question. Nothing was stored; start the passkey once more."
            )
            raise Invalid("factor.passkey", sentence) from problem
        instance = webauthn.WebAuthn.add(user, name, credential).instance
        return _added(actor, user, instance, now)


def give_code(*, user: User, code: str, now: datetime) -> bool:
    """Whether a typed code is the app's present one or an unused recovery code. Each works once."""
    with transaction.atomic(savepoint=False):
        rows = Authenticator.objects.filter(user_id=user.id).exclude(type=Authenticator.Type.WEBAUTHN)
        for row in rows.order_by("id").select_for_update():
            if row.type == Authenticator.Type.RECOVERY_CODES:
                if RecoveryCodes(row).validate_code(code):
                    return True
            elif _spend(row, code):
                return True
    return False


def _spend(row: Authenticator, code: str) -> bool:
    """An app's code counts once, on whichever server it is given."""
    counter = _fitting_counter(decrypt(row.data["secret"]), code)
    if counter is None or counter <= row.data.get("last_counter", 0):
        return False
    row.data["last_counter"] = counter
    row.save(update_fields=["data"])
    return True


def give_passkey(*, user: User, credential: dict[str, Any]) -> bool:
    """Whether the browser's answer was signed by one of the account's passkeys."""
    try:
        webauthn.parse_authentication_response(credential)
        webauthn.complete_authentication(user, credential)
    except (ValidationError, ValueError, KeyError, TypeError):
        return False
    return True


def remove_factor(*, actor: Actor, user: User, factor: int, keep: SignedIn | None, now: datetime) -> None:
    """Take one of one's own second factors away; other devices are signed out.

    Raises OutOfScope for another person's, Invalid for the last one where an appointment needs it.
    """
    _own(actor, user)
    with transaction.atomic(savepoint=False):
        _lock(user)
        own = [row for row in queries.factors(user) if row.type != Authenticator.Type.RECOVERY_CODES]
        row = next((row for row in own if row.id == factor), None)
        if row is None:
            raise OutOfScope("factor.none", _("There is no such second factor here."))
        if len(own) == 1 and queries.needs_factor(user, queries.grants_of(user, now), now):
            raise Invalid(
                "factor.last",
                _("Your appointment needs a second factor. Set up another one first, then remove this one."),
            )
        kind, id_ = row.type, row.id
        row.delete()
        if len(own) == 1:
            Authenticator.objects.filter(user_id=user.id).delete()
        others = of_user(user)
        sessions = end_rows(others.exclude(id=keep.id) if keep is not None else others, now)
        ledger.record(
            "account.factor_removed", actor=actor, subject=("account", user.id), now=now,
            data={"kind": kind, "factor": id_, "sessions": sessions},
        )  # fmt: skip


def renew_codes(*, actor: Actor, user: User, now: datetime) -> list[str]:
    """New recovery codes; the old ones are worth nothing. Raises Invalid without a second factor."""
    _own(actor, user)
    with transaction.atomic(savepoint=False):
        _lock(user)
        if not queries.factor_kinds(user) - {"recovery_codes"}:
            raise Invalid("factor.none", _("Set up a second factor first; recovery codes stand in for it."))
        Authenticator.objects.filter(user_id=user.id, type=Authenticator.Type.RECOVERY_CODES).delete()
        codes = RecoveryCodes.activate(user)
        ledger.record(
            "account.factor_added", actor=actor, subject=("account", user.id), now=now,
            data={"kind": "recovery_codes", "factor": codes.instance.id},
        )  # fmt: skip
        return list(codes.generate_codes())


def _added(actor: Actor, user: User, instance: Authenticator, now: datetime) -> list[str]:
    had_codes = "recovery_codes" in queries.factor_kinds(user)
    codes = [] if had_codes else list(RecoveryCodes.activate(user).generate_codes())
    ledger.record(
        "account.factor_added", actor=actor, subject=("account", user.id), now=now,
        data={"kind": instance.type, "factor": instance.id},
    )  # fmt: skip
    return codes


def _own(actor: Actor, user: User) -> None:
    if actor.user != user.id or actor.district != user.district:
        raise OutOfScope("account.none", _("There is no such account here."))


def _lock(user: User) -> None:
    User.objects.select_for_update(no_key=True).get(district=user.district, id=user.id)
