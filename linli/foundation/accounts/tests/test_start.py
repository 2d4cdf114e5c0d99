"""A production start refuses what belongs to a demonstration; stored secrets are sealed."""

from __future__ import annotations

import pytest
from allauth.mfa.adapter import get_adapter
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from linli.foundation.accounts import checks
from linli.foundation.accounts.models import User
from linli.foundation.accounts.sessions import SessionStore, key_hash
from linli.foundation.accounts.tests.builders import account
from linli.foundation.core.keys import Sealed
from linli.foundation.core.models import District

GOOD_KEY = "k" * 30 + "Zq3" * 10


@pytest.fixture
def production(settings):
    """Settings of a sound production start."""
    settings.LINLI_MODE, settings.DEBUG, settings.SECRET_KEY = "production", False, GOOD_KEY
    return settings


def test_production_refuses_debug_default_key_and_short_key(production):
    assert checks.setting_problems() == []
    production.DEBUG = True
    assert ["LINLI_DEBUG" in s for s in checks.setting_problems()] == [True]
    production.DEBUG, production.SECRET_KEY = False, production.DEFAULT_KEY
    assert ["default" in s for s in checks.setting_problems()] == [True]
    production.SECRET_KEY = "short"
    assert ["shorter" in s for s in checks.setting_problems()] == [True]


def test_djangos_own_check_refuses_the_start_too(production):
    production.DEBUG = True
    with pytest.raises(SystemCheckError, match="LINLI_DEBUG"):
        call_command("check", tags=["security"])


def test_production_refuses_demonstration_districts_and_accounts(work, production):
    context, _ = work
    assert len(checks.start_problems()) == 1
    District.objects.update(is_demonstration=False)
    assert checks.start_problems() == []
    user = account_in_demo(context)
    assert ["accounts" in s for s in checks.start_problems()] == [True]
    User.objects.filter(id=user.id).update(is_demonstration=False)
    assert checks.start_problems() == []


def account_in_demo(context) -> User:
    """A row as a demonstration would have left it."""
    user = User(
        district=context.district,
        login_name="left.over",
        is_demonstration=True,
        created_at=context.now,
        password="!",
    )
    user.save(force_insert=True)
    return user


def test_a_demonstration_starts(work):
    context, _ = work
    account(context)
    assert checks.start_problems() == []


def test_secrets_are_sealed_and_a_changed_one_is_refused():
    adapter = get_adapter()
    sealed = adapter.encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed and adapter.decrypt(sealed) == "JBSWY3DPEHPK3PXP"
    with pytest.raises(Sealed):
        adapter.decrypt(sealed[:-4] + ("AAAA" if sealed[-4:] != "AAAA" else "BBBB"))


def test_sessions_stand_under_a_hash_of_their_key(db):
    store = SessionStore()
    store["word"] = "kept"
    store.create()
    key = store.session_key
    assert SessionStore(key)["word"] == "kept" and store.exists(key)
    assert not SessionStore(key_hash(key)).get("word")
    store["word"] = "changed"
    store.save()
    assert SessionStore(key)["word"] == "changed"
    store.delete()
    assert not store.exists(key) and SessionStore(key).get("word") is None
    SessionStore().delete()
