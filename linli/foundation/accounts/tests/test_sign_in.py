"""Signing in, one answer for every reason, and sessions that die with what they stand on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.foundation.accounts import actions, backends
from linli.foundation.accounts.models import SignedIn
from linli.foundation.accounts.sessions import key_hash
from linli.foundation.accounts.tests.builders import PASSWORD, account, grant, staff
from linli.foundation.core.models import Event, SecurityEvent
from linli.foundation.core.rules.actor import system

CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"


def post(client: Client, name: str, password: str = PASSWORD, prefix: str = "", **more):
    return client.post(
        f"{prefix}/sign-in", {"name": name, "password": password, **more}, HTTP_USER_AGENT=CHROME
    )


def test_name_and_password_open_the_desk_in_the_only_appointment(work):
    context, _ = work
    user = account(context, "zhang.min")
    grant(context, user, "handler")
    client = Client()
    answer = post(client, " Zhang.Min ", next="/desk/accounts/switch")
    assert answer.status_code == 302 and answer.url == "/desk/accounts/switch"
    page = client.get("/desk/accounts/switch")
    assert "岗位handler" in page.content.decode()
    row = SignedIn.objects.get(district=context.district)
    assert row.device == "chrome-windows" and row.grant is not None and row.last_seen.minute == 0
    assert row.key_hash == key_hash(client.cookies["sessionid"].value)
    assert not Session.objects.filter(session_key=client.cookies["sessionid"].value).exists()


def test_phone_signs_in_and_is_kept_as_an_index_only(work):
    context, _ = work
    user = account(context, phone="+86 138-0013-8000")
    assert "138" not in (user.phone_index or "")[:3] and len(user.phone_index) == 44
    assert post(Client(), "０１３８００１３８０００").status_code == 200
    assert post(Client(), "13800138000").status_code == 302


@pytest.mark.parametrize(
    "next_",
    ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", "http:///x", "desk"],
)
def test_next_never_leaves_the_site(work, next_):
    context, _ = work
    user = account(context, "next.test")
    grant(context, user, "handler")
    assert post(Client(), "next.test", next=next_).url == "/desk/"


def _plain(answer) -> str:
    text = re.sub(r'value="[^"]*"', "", answer.content.decode())
    return re.sub(r"[0-9a-f]{16}", "", text)


def test_unknown_wrong_ended_and_locked_get_one_answer_and_the_same_work(work, monkeypatch):
    context, _ = work
    hashed: list[str] = []
    real = backends.check_password
    monkeypatch.setattr(backends, "check_password", lambda p, h: hashed.append(h) or real(p, h))
    known, ended, locked = account(context, "known"), account(context, "ended"), account(context, "locked")
    actions.end_account(actor=system(context.district), user=ended, now=context.now)
    for _ in range(8):
        post(Client(), "locked", "wrong-guess")
    pages, work_done = [], []
    for name, password in (
        ("nobody", PASSWORD),
        ("known", "wrong-guess"),
        ("ended", PASSWORD),
        ("locked", PASSWORD),
    ):
        hashed.clear()
        answer = post(Client(), name, password)
        pages.append((answer.status_code, _plain(answer)))
        work_done.append(len(hashed))
    assert len(set(pages)) == 1 and pages[0][0] == 200
    assert work_done == [1, 1, 1, 1]
    assert not SignedIn.objects.filter(district=context.district).exists()
    assert known.district == locked.district


def test_the_lock_is_by_account_not_by_address_and_keeps_no_personal_data(work):
    context, _ = work
    account(context, "li.na", phone="13900139000")
    for number in range(8):
        client = Client(REMOTE_ADDR=f"127.0.0.{number + 1}", HTTP_USER_AGENT=f"agent {number}")
        post(client, "li.na" if number % 2 else "13900139000", "wrong-guess")
    assert post(Client(), "li.na").status_code == 200
    assert post(Client(), "13900139000").status_code == 200
    rows = list(AccessAttempt.objects.all())
    assert len(rows) == 1 and rows[0].failures_since_start == 8
    stored = " ".join(str(value) for value in rows[0].__dict__.values())
    assert (
        "li.na" not in stored
        and "139" not in stored.replace(str(rows[0].attempt_time), "")
        and "wrong" not in stored
    )
    AccessAttempt.objects.update(attempt_time=context.now - timedelta(hours=2))
    assert post(Client(), "li.na").status_code == 302


def test_a_right_password_clears_the_count(work):
    context, _ = work
    account(context, "wang")
    account(context, "zhao")
    for _ in range(5):
        post(Client(), "zhao", "wrong-guess")
    post(Client(), "wang", "wrong-guess")
    post(Client(), "wang")
    assert AccessAttempt.objects.count() == 1


def test_too_many_tries_from_one_address_are_refused(work):
    answers = {post(Client(), f"name{n}", "guess").status_code for n in range(41)}
    assert answers == {200, 429}


def test_signing_in_changes_the_key_and_leaves_no_event(work):
    context, _ = work
    user = account(context, "fresh")
    grant(context, user, "handler")
    before = Event.objects.filter(district=context.district).count()
    client = Client()
    client.get("/sign-in")
    post(client, "fresh")
    first = client.cookies["sessionid"].value
    post(client, "fresh")
    assert client.cookies["sessionid"].value != first
    assert Event.objects.filter(district=context.district).count() == before
    assert [
        row.ended_at is None
        for row in SignedIn.objects.filter(district=context.district).order_by("created_at", "id")
    ] == [False, True]
    assert not hasattr(user, "last_login") or user.last_login is None


def test_a_new_kind_of_device_is_noted_once(work):
    context, _ = work
    account(context, "device")
    for _ in range(2):
        post(Client(), "device")
    noted = SecurityEvent.objects.filter(district=context.district, code="accounts.new_device")
    assert [row.data for row in noted] == [{"device": "chrome-windows"}]


def test_a_session_of_one_district_is_nothing_in_the_other(work, other_work):
    context, _ = work
    other, _ = other_work
    here, there = account(context, "same.name"), account(other, "same.name")
    grant(context, here, "district_admin")
    grant(other, there, "district_admin")
    client = Client()
    assert post(client, "same.name", prefix="/d/luzhou").status_code == 302
    assert client.get("/d/luzhou/desk/accounts/switch").status_code == 200
    answer = client.get("/d/qingshan/desk/accounts/switch")
    assert answer.status_code == 302 and answer.url.startswith("/d/qingshan/sign-in?next=")
    assert client.get("/d/luzhou/desk/accounts/switch").status_code == 200
    assert SignedIn.objects.filter(district=other.district).count() == 0


def test_the_other_districts_account_does_not_open_this_one(work, other_work):
    other, _ = other_work
    account(other, "only.there", phone="13700137000")
    assert post(Client(), "only.there", prefix="/d/luzhou").status_code == 200
    assert post(Client(), "13700137000", prefix="/d/luzhou").status_code == 200
    assert post(Client(), "only.there", prefix="/d/qingshan").status_code == 302


def test_an_ended_grant_kills_its_sessions_and_no_others(work):
    context, actor = work
    one, two = staff(context, "handler"), staff(context, "handler")
    actions.end_grant(actor=actor, appointment=one.grant.appointment, now=context.now)
    assert one.client.get("/desk/accounts/switch").status_code == 302
    assert two.client.get("/desk/accounts/switch").status_code == 200
    assert not Session.objects.filter(
        session_key=SignedIn.objects.get(district=context.district, user=one.user).key_hash
    ).exists()


def test_a_session_dies_when_its_grant_runs_out_though_nobody_ended_it(work):
    context, _ = work
    one = staff(context, "handler")
    one.grant.valid_to = context.now - timedelta(seconds=1)
    one.grant.save(update_fields=["valid_to"])
    assert one.client.get("/desk/accounts/switch").status_code == 302
    assert SignedIn.objects.get(district=context.district, user=one.user).ended_at is not None


def test_a_session_lasts_twelve_hours_at_most(work):
    context, _ = work
    one = staff(context, "handler")
    SignedIn.objects.filter(district=context.district).update(created_at=context.now - timedelta(hours=12))
    assert one.client.get("/desk/accounts/switch").status_code == 302


def test_a_session_dies_of_half_an_hour_without_use(work):
    context, _ = work
    one = staff(context, "handler")
    stored = Session.objects.get()
    assert timedelta(minutes=29) < stored.expire_date - context.now < timedelta(minutes=31)
    Session.objects.update(expire_date=context.now - timedelta(seconds=1))
    assert one.client.get("/desk/accounts/switch").status_code == 302


def test_an_ended_account_is_out_at_once(work):
    context, actor = work
    one = staff(context, "handler")
    actions.end_account(actor=actor, user=one.user, now=context.now)
    assert one.client.get("/desk/accounts/switch").status_code == 302


def test_signing_out_ends_the_sign_in_and_a_copied_cookie_is_worthless(work):
    context, _ = work
    one = staff(context, "handler")
    copied = one.client.cookies["sessionid"].value
    assert one.client.post("/sign-out").url == "/signed-out"
    thief = Client()
    thief.cookies["sessionid"] = copied
    assert thief.get("/desk/accounts/switch").status_code == 302
    assert one.client.get("/signed-out").status_code == 200


def test_switching_is_a_choice_among_ones_own_grants(work):
    context, _ = work
    user = account(context, "two.hats")
    first, second = grant(context, user, "handler"), grant(context, user, "auditor")
    foreign = grant(context, account(context), "district_admin")
    client = Client()
    answer = post(client, "two.hats", next="/desk/")
    assert answer.url == "/desk/accounts/switch?next=%2Fdesk%2F"
    page = client.get(answer.url).content.decode()
    assert first.label_zh in page and second.label_zh in page
    assert client.post("/desk/accounts/switch", {"grant": foreign.id}).status_code == 200
    assert SignedIn.objects.get(district=context.district).grant is None
    assert client.post("/desk/accounts/switch", {"grant": second.id, "next": "/desk/"}).url == "/desk/"
    assert SignedIn.objects.get(district=context.district).grant == second


def test_a_request_without_a_cookie_costs_nothing_and_with_one_two_statements(work):
    context, _ = work
    one = staff(context, "handler")
    one.client.get("/signed-out")
    Client().get("/signed-out")
    with CaptureQueriesContext(connection) as anonymous:
        Client().get("/signed-out")
    with CaptureQueriesContext(connection) as known:
        one.client.get("/signed-out")
    ours = [q["sql"] for q in known if "accounts_" in q["sql"] or "django_session" in q["sql"]]
    assert len(ours) == 2
    assert len(known) - len(anonymous) == 2
