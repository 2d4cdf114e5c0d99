"""The second factor: forced where an appointment needs it, given once, removed only when another is left."""

from __future__ import annotations

import json
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from fido2.utils import websafe_encode

from linli.foundation.accounts import actions
from linli.foundation.accounts.models import SignedIn
from linli.foundation.accounts.tests.builders import PASSWORD, account, grant, refused, sign_in
from linli.foundation.accounts.tests.keys import SoftKey
from linli.foundation.core.errors import Invalid, OutOfScope
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import Actor


def code(secret: str, steps: int = 0) -> str:
    """What the app shows now, or some half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def officer(context, role: str = "district_admin"):
    """A real (not demonstration) account whose role needs a second factor, and a client past the password."""
    user = account(context, demonstration=False)
    grant(context, user, role)
    client = Client()
    answer = client.post("/sign-in", {"name": user.login_name, "password": PASSWORD, "next": "/signed-out"})
    return user, client, answer


def enrol(client: Client) -> tuple[str, list[str]]:
    """Set an app up by the pages: (its secret, recovery codes)."""
    page = client.get("/sign-in/setup/app").content.decode()
    secret = re.search(r'<strong class="number">([A-Z2-7 ]+)</strong>', page).group(1).replace(" ", "")
    shown = client.post("/sign-in/setup/app", {"code": code(secret, -1)}).content.decode()
    return secret, re.findall(r'<li class="number">(\d+)</li>', shown)


def test_the_second_factor_is_forced_and_nothing_opens_before_it(work):
    context, _ = work
    user, client, answer = officer(context)
    assert answer.url == "/sign-in/setup"
    assert client.get("/desk/accounts/").status_code == 302
    page = client.get("/sign-in/setup/app")
    assert "<svg" in page.content.decode() and "style=" not in page.content.decode()
    wrong = client.post("/sign-in/setup/app", {"code": "000000"})
    assert wrong.status_code == 200 and not Authenticator.objects.filter(user_id=user.id).exists()
    secret, codes = enrol(client)
    assert len(codes) == 10 and client.get("/desk/accounts/").status_code == 302
    assert client.post("/sign-in/go-on").url == "/signed-out"
    assert client.get("/desk/accounts/").status_code == 200
    assert SignedIn.objects.get(district=context.district, user=user).second_factor
    stored = Authenticator.objects.get(user_id=user.id, type="totp").data["secret"]
    assert secret not in stored


def test_the_next_sign_in_asks_for_a_code_that_counts_once(work):
    context, _ = work
    user, client, _answer = officer(context)
    secret, codes = enrol(client)
    again = Client()
    answer = again.post("/sign-in", {"name": user.login_name, "password": PASSWORD, "next": "/signed-out"})
    assert answer.url == "/sign-in/factor"
    assert again.get("/sign-in/setup/app").url == "/sign-in/factor"
    assert again.get("/sign-in/setup/passkey").url == "/sign-in/factor"
    assert again.post("/sign-in/factor", {"code": "000000"}).status_code == 200
    assert again.post("/sign-in/factor", {"code": code(secret, -1)}).status_code == 200, (
        "the code of the enrolment is spent"
    )
    right = code(secret)
    assert again.post("/sign-in/factor", {"code": right}).url == "/signed-out"
    third = Client()
    third.post("/sign-in", {"name": user.login_name, "password": PASSWORD})
    assert third.post("/sign-in/factor", {"code": right}).status_code == 200
    assert third.post("/sign-in/factor", {"code": codes[0]}).status_code == 302
    assert not actions.give_code(user=user, code=codes[0], now=context.now)


def test_the_first_password_is_not_changed_before_the_second_factor(work):
    context, _ = work
    user = account(context, demonstration=False, must_change=True)
    grant(context, user)
    client = Client()
    client.post("/sign-in", {"name": user.login_name, "password": PASSWORD})
    form = {"old": PASSWORD, "new": "words of a thief", "again": "words of a thief"}
    assert client.post("/sign-in/password", form).url == "/sign-in/setup"
    enrol(client)
    assert client.post("/sign-in/go-on").url == "/sign-in/password"
    assert client.post("/sign-in/password", form).url == "/desk/"
    assert client.get("/sign-in/password").url == "/sign-in"


def test_codes_cannot_be_guessed_at_leisure(work):
    context, _ = work
    user, client, _answer = officer(context)
    enrol(client)
    again = Client()
    again.post("/sign-in", {"name": user.login_name, "password": PASSWORD})
    answers = [again.post("/sign-in/factor", {"code": f"{n:06}"}).status_code for n in range(10)]
    assert answers.count(429) == 2 and answers[-1] == 429


def test_a_demonstration_account_and_a_role_without_the_rule_need_none(work):
    context, _ = work
    user = account(context)
    grant(context, user, "district_admin")
    assert Client().post("/sign-in", {"name": user.login_name, "password": PASSWORD}).url == "/desk/"
    _user, _client, answer = officer(context, "handler")
    assert answer.url == "/signed-out"


def test_in_production_a_demonstration_account_is_not_exempt(work, settings):
    context, _ = work
    user = account(context)
    grant(context, user, "district_admin")
    settings.LINLI_MODE = "production"
    assert Client().post("/sign-in", {"name": user.login_name, "password": PASSWORD}).url == "/sign-in/setup"


def test_a_session_without_the_factor_dies_when_its_role_comes_to_need_it(work, settings):
    context, _ = work
    user = account(context)
    filed = grant(context, user, "district_admin")
    client = sign_in(Client(), user, filed, now=context.now)
    assert client.get("/desk/accounts/").status_code == 200
    settings.LINLI_MODE = "production"
    assert client.get("/desk/accounts/").status_code == 302


def test_the_step_between_is_over_after_ten_minutes(work):
    context, _ = work
    _user, client, _answer = officer(context)
    session = client.session
    session["linli_pending"] = {**session["linli_pending"], "at": context.now.timestamp() - 601}
    session.save()
    assert client.get("/sign-in/setup").url == "/sign-in"


def test_the_step_between_does_not_carry_over_to_another_district(work, other_work):
    context, _ = work
    _user, client, _answer = officer(context)
    assert client.get("/d/luzhou/sign-in/setup").status_code == 200
    assert client.get("/d/qingshan/sign-in/setup").url == "/d/qingshan/sign-in"


def test_a_passkey_is_made_and_opens_the_desk(work):
    context, _ = work
    user, client, _answer = officer(context)
    page = client.get("/sign-in/setup/passkey").content.decode()
    assert 'data-options="/sign-in/setup/passkey/options"' in page and "accounts/passkey.js" in page
    options = client.post("/sign-in/setup/passkey/options").json()
    assert options["publicKey"]["rp"]["id"] == "testserver"
    assert options["publicKey"]["user"]["name"] == user.login_name
    key = SoftKey("testserver", "https://testserver")
    shown = client.post(
        "/sign-in/setup/passkey", {"name": "office", "credential": json.dumps(key.create(options))}
    )
    assert shown.status_code == 200 and "number" in shown.content.decode()
    assert client.post("/sign-in/go-on").status_code == 302
    again = Client()
    again.post("/sign-in", {"name": user.login_name, "password": PASSWORD, "next": "/signed-out"})
    question = again.post("/sign-in/factor/options").json()
    answer = key.get(question)
    forged = {**answer, "response": {**answer["response"], "signature": websafe_encode(b"0" * 70)}}
    assert again.post("/sign-in/factor", {"credential": json.dumps(forged)}).status_code == 200
    question = again.post("/sign-in/factor/options").json()
    assert again.post("/sign-in/factor", {"credential": json.dumps(key.get(question))}).url == "/signed-out"
    assert Event.objects.filter(district=context.district, code="account.factor_added").count() == 1


@pytest.mark.parametrize("sent", ["", "[]", "{}", '{"id": 1}', "null", '{"response": {}}'])
def test_broken_answers_of_a_browser_store_nothing(work, sent):
    context, _ = work
    user, client, _answer = officer(context)
    client.post("/sign-in/setup/passkey/options")
    answer = client.post("/sign-in/setup/passkey", {"name": "office", "credential": sent})
    assert answer.status_code == 200 and not Authenticator.objects.filter(user_id=user.id).exists()


def test_options_are_for_nobody_else(work):
    assert Client().post("/sign-in/factor/options").status_code == 409
    assert Client().post("/sign-in/setup/passkey/options").status_code == 409
    assert Client().get("/sign-in/setup").url == "/sign-in"


def test_the_last_needed_factor_stays_and_another_persons_is_out_of_reach(work):
    context, _ = work
    user, client, _answer = officer(context)
    enrol(client)
    factor = Authenticator.objects.get(user_id=user.id, type="totp")
    own = Actor(district=context.district, kind="staff", user=user.id)
    other = account(context)
    with refused(Invalid, "factor.last"):
        actions.remove_factor(actor=own, user=user, factor=factor.id, keep=None, now=context.now)
    with refused(OutOfScope, "account.none"):
        actions.remove_factor(
            actor=Actor(district=context.district, kind="staff", user=other.id), user=user, factor=factor.id,
            keep=None, now=context.now,
        )  # fmt: skip
    with refused(OutOfScope, "account.none"):
        actions.renew_codes(
            actor=Actor(district=context.district, kind="staff", user=other.id), user=user, now=context.now
        )
    assert Authenticator.objects.filter(user_id=user.id).count() == 2


def test_a_factor_not_needed_can_be_removed_and_codes_go_with_it(work):
    context, _ = work
    user = account(context, demonstration=False)
    filed = grant(context, user, "handler")
    client = sign_in(Client(), user, filed, now=context.now)
    other = sign_in(Client(), user, filed, now=context.now)
    _secret, codes = enrol(client)
    assert len(codes) == 10
    old = Authenticator.objects.get(user_id=user.id, type="recovery_codes")
    shown = client.post("/desk/accounts/own/codes").content.decode()
    assert codes[0] not in shown and not Authenticator.objects.filter(id=old.id).exists()
    factor = Authenticator.objects.get(user_id=user.id, type="totp")
    assert client.post("/desk/accounts/own/factor/remove", {"factor": factor.id}).url == "/desk/accounts/own"
    assert not Authenticator.objects.filter(user_id=user.id).exists()
    assert (
        other.get("/desk/accounts/own").status_code == 302
        and client.get("/desk/accounts/own").status_code == 200
    )


def test_setting_up_asks_a_signed_in_person_for_the_password(work):
    context, _ = work
    user = account(context)
    client = sign_in(Client(), user, grant(context, user, "handler"), now=context.now)
    session = client.session
    session["linli_confirmed"] = context.now.timestamp() - 3600
    session.save()
    answer = client.get("/sign-in/setup/app")
    assert answer.url.startswith("/desk/accounts/confirm?next=")
    assert client.post(answer.url, {"password": "not it", "next": "/sign-in/setup/app"}).status_code == 200
    assert (
        client.post(answer.url, {"password": PASSWORD, "next": "/sign-in/setup/app"}).url
        == "/sign-in/setup/app"
    )
    assert client.get("/sign-in/setup/app").status_code == 200
