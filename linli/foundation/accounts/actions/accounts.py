"""Accounts are opened, changed and ended; each act is one event of ids and codes."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts import access, queries, rules
from linli.foundation.accounts.actions.sign_ins import end_rows, of_user
from linli.foundation.accounts.models import Grant, SignedIn, User
from linli.foundation.core import ledger
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.models import District
from linli.foundation.core.rules.actor import Actor

OIDC = "district"


def create_account(
    *, actor: Actor, login_name: str, password: str, phone: str = "", now: datetime,
    is_demonstration: bool = False, must_change: bool = False,
) -> User:  # fmt: skip
    """Open an account in the actor's district. The phone is kept as a blind index only.

    Raises NotAllowed without accounts.manage, Invalid for a name, phone or password against the rules or a
    demonstration account outside a demonstration district, Conflict when name or phone sign in already.
    """
    _may(actor)
    name, index = _checked_name(login_name), _checked_phone(phone)
    if is_demonstration:
        _check_demonstration(actor.district)
    user = User(
        district=actor.district, login_name=name, phone_index=index, created_at=now,
        is_demonstration=is_demonstration, must_change_password=must_change,
    )  # fmt: skip
    check_password_rules(password, user)
    with transaction.atomic(savepoint=False):
        _check_free(user)
        user.set_password(password)
        _insert(user)
        ledger.record(
            "account.created",
            actor=actor,
            subject=("account", user.id),
            now=now,
            seq=1,
            data={"demonstration": is_demonstration},
        )
    return user


def end_account(*, actor: Actor, user: User, now: datetime) -> None:
    """End an account: its grants end, its sessions die, its name stays taken.

    Raises NotAllowed, OutOfScope; Invalid for one's own account or one already ended.
    """
    _may(actor, user)
    _not_own(actor, user)
    with transaction.atomic(savepoint=False):
        locked = _locked(user)
        grants = Grant.objects.filter(queries.valid(now), district=user.district, user=user)
        ended = grants.filter(valid_to__isnull=True).update(valid_to=now)
        later = Grant.objects.filter(district=user.district, user=user, valid_to__isnull=True)
        ended += later.update(valid_to=F("valid_from"))
        sessions = end_rows(of_user(user), now)
        locked.ended_at = now
        locked.save(update_fields=["ended_at"])
        ledger.record(
            "account.ended",
            actor=actor,
            subject=("account", user.id),
            now=now,
            data={"sessions": sessions, "grants": ended},
        )


def reset_password(*, actor: Actor, user: User, password: str, now: datetime) -> None:
    """Give an account a new first password; its owner must change it, all its sessions die."""
    _may(actor, user)
    _not_own(actor, user)
    check_password_rules(password, user)
    with transaction.atomic(savepoint=False):
        locked = _locked(user)
        locked.set_password(password)
        locked.must_change_password = True
        locked.save(update_fields=["password", "must_change_password"])
        sessions = end_rows(of_user(user), now)
        ledger.record(
            "account.password_set",
            actor=actor,
            subject=("account", user.id),
            now=now,
            data={"sessions": sessions},
        )


def change_password(
    *, actor: Actor, user: User, old: str, new: str, keep: SignedIn | None, now: datetime
) -> None:
    """Change one's own password; all other sessions die. Raises Invalid with the field that is wrong."""
    if actor.user != user.id or actor.district != user.district:
        raise OutOfScope("account.none", _("There is no such account here."))
    with transaction.atomic(savepoint=False):
        locked = _locked(user)
        if not locked.check_password(old):
            raise _wrong("old", _("This is not your present password. Type it once more."))
        if old == new:
            raise _wrong("new", _("The new password is the old one. Choose another."))
        check_password_rules(new, locked, field="new")
        locked.set_password(new)
        locked.must_change_password = False
        locked.save(update_fields=["password", "must_change_password"])
        others = of_user(user)
        sessions = end_rows(others.exclude(id=keep.id) if keep is not None else others, now)
        ledger.record(
            "account.password_changed",
            actor=actor,
            subject=("account", user.id),
            now=now,
            data={"sessions": sessions},
        )


def reset_factors(*, actor: Actor, user: User, now: datetime) -> int:
    """Clear another person's second factors after a loss; the next sign-in enrols anew. Returns how many."""
    _may(actor, user)
    _not_own(actor, user)
    with transaction.atomic(savepoint=False):
        _locked(user)
        factors = Authenticator.objects.filter(user_id=user.id)
        count: int = factors.exclude(type=Authenticator.Type.RECOVERY_CODES).count()
        if not count:
            raise Invalid("factor.none", _("This account has no second factor to clear."))
        factors.delete()
        sessions = end_rows(of_user(user), now)
        ledger.record(
            "account.factors_reset",
            actor=actor,
            subject=("account", user.id),
            now=now,
            data={"count": count, "sessions": sessions},
        )
    return count


def link_subject(*, actor: Actor, user: User, subject: str, now: datetime) -> None:
    """Link an account to its subject at the district's single sign-on. Raises Invalid, Conflict."""
    _may(actor, user)
    _not_own(actor, user)
    plain = subject.strip()
    if not plain or len(plain) > 190 or not plain.isprintable():
        raise _wrong("subject", _("Type the subject number exactly as the sign-on service shows it."))
    with transaction.atomic(savepoint=False):
        _locked(user)
        if SocialAccount.objects.filter(provider=OIDC, uid=plain).exists():
            raise Conflict(
                "account.subject_taken",
                _("This subject is linked to an account already. Unlink it there first."),
            )
        SocialAccount.objects.filter(provider=OIDC, user_id=user.id).delete()
        SocialAccount.objects.create(provider=OIDC, user_id=user.id, uid=plain, extra_data={})
        ledger.record("account.linked", actor=actor, subject=("account", user.id), now=now)


def unlink_subject(*, actor: Actor, user: User, now: datetime) -> None:
    """Take the link to the single sign-on away; sessions stay."""
    _may(actor, user)
    with transaction.atomic(savepoint=False):
        _locked(user)
        gone, _kinds = SocialAccount.objects.filter(provider=OIDC, user_id=user.id).delete()
        if not gone:
            raise Invalid("account.not_linked", _("This account is not linked to the single sign-on."))
        ledger.record("account.unlinked", actor=actor, subject=("account", user.id), now=now)


def check_password_rules(password: str, user: User, *, field: str = "password") -> None:
    """Raises Invalid with every rule the password breaks."""
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise _wrong(field, " ".join(str(m) for m in problem.messages)) from problem


def _wrong(field: str, sentence: str | Promise) -> Invalid:
    return Invalid(f"account.{field}", sentence, fields={field: sentence})


def _may(actor: Actor, user: User | None = None) -> None:
    if user is not None and user.district != actor.district:
        raise OutOfScope("account.none", _("There is no such account here."))
    if not actor.may(access.MANAGE):
        raise NotAllowed("accounts.manage", _("Only the district's own office looks after accounts."))


def _not_own(actor: Actor, user: User) -> None:
    if actor.user == user.id:
        raise Invalid(
            "account.own", _("This is your own account: another person of the office must do this.")
        )


def _locked(user: User) -> User:
    locked = User.objects.select_for_update(no_key=True).get(district=user.district, id=user.id)
    if locked.ended_at is not None:
        raise Invalid("account.over", _("This account has been ended already."))
    return locked


def _checked_name(typed: str) -> str:
    name = rules.plain_name(typed)
    if not rules.is_login_name(name):
        raise _wrong(
            "login_name",
            _(
                "A sign-in name has 3 to 40 small letters, digits, dots or lines and begins with a letter. Choose another."
            ),
        )
    return name


def _checked_phone(typed: str) -> str | None:
    if not typed.strip():
        return None
    index = queries.phone_index(typed)
    if index is None:
        raise _wrong(
            "phone", _("This is not a mobile number of eleven digits. Correct it or leave it empty.")
        )
    return index


def _check_free(user: User) -> None:
    same = User.objects.filter(district=user.district)
    if same.filter(login_name=user.login_name).exists():
        sentence = _("This sign-in name is taken. Choose another; names of ended accounts stay taken.")
        raise Conflict("account.name_taken", sentence, fields={"login_name": sentence})
    if user.phone_index and same.filter(phone_index=user.phone_index, ended_at__isnull=True).exists():
        sentence = _(
            "This phone signs in to another account already. End that one first or leave the phone empty."
        )
        raise Conflict("account.phone_taken", sentence, fields={"phone": sentence})


def _insert(user: User) -> None:
    try:
        user.save(force_insert=True)
    except IntegrityError as problem:
        raise Conflict(
            "account.name_taken", _("This sign-in name or phone was taken a moment ago. Choose another.")
        ) from problem


def _check_demonstration(district: int) -> None:
    marked = District.objects.filter(id=district, is_demonstration=True).exists()
    if settings.LINLI_MODE == "production" or not marked:
        raise Invalid(
            "account.demonstration", _("Demonstration accounts exist only in a demonstration district.")
        )
