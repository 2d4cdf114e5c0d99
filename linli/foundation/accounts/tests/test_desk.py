"""The desk's accounts, one's own page, and every page in both languages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.foundation.accounts import flow, gate
from linli.foundation.accounts.models import SignedIn, User
from linli.foundation.accounts.tests.builders import PASSWORD, account, grant, sign_in, staff
from linli.foundation.core.models import Event


@pytest.fixture
def office(work):
    """A signed-in administrator of the first district."""
    context, _ = work
    return staff(context, "district_admin")


def test_the_list_is_for_those_who_look_after_accounts(work, office):
    context, _ = work
    assert Client().get("/desk/accounts/").url.startswith("/sign-in?next=%2Fdesk%2Faccounts%2F")
    assert staff(context, "handler").client.get("/desk/accounts/").status_code == 403
    assert office.client.get("/desk/accounts/").status_code == 200


def test_the_list_shows_this_district_only(work, other_work, office):
    other, _ = other_work
    account(other, "foreign.name")
    page = office.client.get("/desk/accounts/").content.decode()
    assert office.user.login_name in page and "foreign.name" not in page
    assert office.client.get("/desk/accounts/of/foreign.name/").status_code == 404


def test_the_list_costs_the_same_for_one_row_and_for_twenty(work, office):
    context, _ = work
    office.client.get("/desk/accounts/")
    with CaptureQueriesContext(connection) as one:
        assert office.client.get("/desk/accounts/").status_code == 200
    for number in range(19):
        grant(context, account(context, f"row{number:02}"), "handler")
    with CaptureQueriesContext(connection) as twenty:
        page = office.client.get("/desk/accounts/").content.decode()
    assert page.count("data-row") == 20
    assert len(one) == len(twenty)


def test_pages_follow_a_cursor_and_a_search(work, office):
    context, _ = work
    for number in range(25):
        account(context, f"page{number:02}")
    first = office.client.get("/desk/accounts/?q=page").content.decode()
    assert first.count("data-row") == 20 and "page19" in first
    cursor = re.search(r"after=(page\d\d)", first).group(1)
    second = office.client.get(f"/desk/accounts/?q=page&after={cursor}").content.decode()
    assert re.findall(r">(page\d\d)</a>", second) == [f"page{n}" for n in range(20, 25)]


def test_a_new_account_signs_in_once_with_its_first_password(work, office):
    shown = office.client.post("/desk/accounts/new", {"login_name": "Fresh.One", "phone": "13400134000"})
    password = re.search(r"([a-z2-9]{4}(?:-[a-z2-9]{4}){3})", shown.content.decode()).group(1)
    assert "no-store" in shown["Cache-Control"]
    client = Client()
    assert client.post("/sign-in", {"name": "13400134000", "password": password}).url == "/sign-in/password"
    assert client.get("/desk/accounts/own").status_code == 302
    form = {"old": password, "new": "my very own words", "again": "my very own words"}
    assert client.post("/sign-in/password", {**form, "again": "something else"}).status_code == 200
    assert client.post("/sign-in/password", {**form, "old": "wrong"}).status_code == 200
    assert client.post("/sign-in/password", {**form, "new": "short", "again": "short"}).status_code == 200
    assert User.objects.get(login_name="fresh.one").must_change_password
    assert client.post("/sign-in/password", form).url.startswith("/desk/accounts/switch")
    assert client.get("/desk/accounts/switch").status_code == 200
    assert Client().post("/sign-in", {"name": "fresh.one", "password": password}).status_code == 200


@pytest.mark.parametrize("form", [{"login_name": "9x"}, {"login_name": "good.name", "phone": "12"}, {}])
def test_a_refused_form_keeps_what_was_typed_and_stores_nothing(office, form):
    before = User.objects.count(), Event.objects.count()
    answer = office.client.post("/desk/accounts/new", form)
    assert answer.status_code == 422 and form.get("login_name", "") in answer.content.decode()
    assert (User.objects.count(), Event.objects.count()) == before


def test_a_taken_name_is_said_at_its_field(office):
    answer = office.client.post("/desk/accounts/new", {"login_name": office.user.login_name})
    assert answer.status_code == 422 and "id_login_name_error" in answer.content.decode()


def test_the_office_resets_clears_and_ends(work, office):
    context, _ = work
    user = account(context, "their.name")
    TOTP.activate(user, generate_totp_secret())
    base = "/desk/accounts/of/their.name"
    assert office.client.get(f"{base}/").status_code == 200
    assert re.search(r"[a-z2-9]{4}-", office.client.post(f"{base}/password").content.decode())
    assert office.client.post(f"{base}/factors").url == f"{base}/"
    assert not Authenticator.objects.filter(user_id=user.id).exists()
    assert office.client.post(f"{base}/link", {"subject": "s-77"}).url == f"{base}/"
    assert office.client.post(f"{base}/link", {"subject": ""}).status_code == 422
    assert office.client.post(f"{base}/unlink").url == f"{base}/"
    assert (
        office.client.post(f"{base}/end").status_code == 422 and User.objects.get(id=user.id).ended_at is None
    )
    assert office.client.post(f"{base}/end", {"sure": "1"}).url == f"{base}/"
    assert "使用中" not in office.client.get(f"{base}/").content.decode()
    codes = (
        Event.objects.filter(subject_type="account", subject_id=user.id)
        .order_by("seq")
        .values_list("code", flat=True)
    )
    assert list(codes) == [
        "account.created", "account.password_set", "account.factors_reset", "account.linked", "account.unlinked", "account.ended",
    ]  # fmt: skip


@pytest.mark.parametrize("step", ["password", "factors", "end", "link", "unlink"])
def test_steps_are_by_form_only_and_for_the_office_only(work, office, step):
    context, _ = work
    account(context, "target")
    before = Event.objects.count()
    assert office.client.get(f"/desk/accounts/of/target/{step}").status_code == 405
    other = staff(context, "handler")
    before = Event.objects.count()
    assert other.client.post(f"/desk/accounts/of/target/{step}", {"subject": "x"}).status_code == 403
    expired = Client().post(f"/desk/accounts/of/target/{step}", {"subject": "typed words"})
    assert expired.status_code == 401 and "typed words" in expired.content.decode()
    assert Event.objects.count() == before


def test_an_old_password_check_is_asked_again_with_the_form_carried_along(work, office):
    context, _ = work
    account(context, "target")
    session = office.client.session
    session["linli_confirmed"] = context.now.timestamp() - 3600
    session.save()
    asked = office.client.post("/desk/accounts/of/target/link", {"subject": "s-1"})
    page = asked.content.decode()
    assert asked.status_code == 200 and '<input type="hidden" name="subject" value="s-1">' in page
    assert 'action="/desk/accounts/of/target/link"' in page
    wrong = office.client.post("/desk/accounts/of/target/link", {"subject": "s-1", "confirm_password": "no"})
    assert (
        wrong.status_code == 200
        and "confirm_error" in wrong.content.decode()
        and 'value="no"' not in wrong.content.decode()
    )
    right = office.client.post(
        "/desk/accounts/of/target/link", {"subject": "s-1", "confirm_password": PASSWORD}
    )
    assert right.url == "/desk/accounts/of/target/"
    assert office.client.post("/desk/accounts/of/target/unlink").status_code == 302


def test_own_page_lists_devices_and_ends_them(work, office):
    context, _ = work
    second = sign_in(Client(), office.user, office.grant, now=context.now - timedelta(hours=2))
    third = sign_in(Client(), office.user, office.grant, now=context.now - timedelta(hours=3))
    page = office.client.get("/desk/accounts/own").content.decode()
    assert page.count("Firefox") >= 3 and "本设备" in page
    row = SignedIn.objects.filter(user=office.user).order_by("created_at").last()
    oldest = SignedIn.objects.filter(user=office.user).order_by("created_at").first()
    assert office.client.post("/desk/accounts/own/end", {"sign_in": oldest.id}).status_code == 302
    assert third.get("/desk/accounts/own").status_code == 302
    assert office.client.post("/desk/accounts/own/end", {"sign_in": oldest.id}).status_code == 404
    assert office.client.post("/desk/accounts/own/end", {"sign_in": "x"}).status_code == 404
    assert office.client.post("/desk/accounts/own/end", {"sign_in": "others"}).status_code == 302
    assert second.get("/desk/accounts/own").status_code == 302
    row.refresh_from_db()
    assert row.ended_at is None and office.client.get("/desk/accounts/own").status_code == 200
    events = Event.objects.filter(code="account.sessions_ended", subject_id=office.user.id)
    assert [e.data for e in events.order_by("seq")] == [{"count": 1}, {"count": 1}]


def test_own_page_shows_nobody_elses_devices(work, office):
    context, _ = work
    other = staff(context, "handler")
    foreign = SignedIn.objects.get(user=other.user)
    assert f'value="{foreign.id}"' not in office.client.get("/desk/accounts/own").content.decode()
    assert office.client.post("/desk/accounts/own/end", {"sign_in": foreign.id}).status_code == 404
    assert other.client.get("/desk/accounts/own").status_code == 200


def test_own_password_is_changed_on_the_page(work, office):
    form = {"old": PASSWORD, "new": "words of my own 5", "again": "words of my own 5"}
    assert office.client.post("/desk/accounts/own/password", {**form, "old": "x"}).status_code == 200
    assert office.client.post("/desk/accounts/own/password", form).url == "/desk/accounts/own"
    assert User.objects.get(id=office.user.id).check_password("words of my own 5")


def test_the_appointment_stands_on_every_desk_page(office):
    for path in ("/desk/accounts/", "/desk/accounts/own", "/desk/accounts/new", "/desk/accounts/switch"):
        page = office.client.get(path).content.decode()
        assert office.grant.label_zh in page and "/desk/accounts/switch" in page


DESK = (
    "/desk/accounts/", "/desk/accounts/?q=zzz", "/desk/accounts/own", "/desk/accounts/own/password", "/desk/accounts/new",
    "/desk/accounts/switch", "/desk/accounts/confirm", "/desk/accounts/of/target/", "/sign-in/setup", "/sign-in/setup/app",
    "/sign-in/setup/passkey",
)  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _said(page: str) -> str:
    body = page.split("<main", 1)[1].split("</main>", 1)[0]
    body = re.sub(r"<script.*?</script>|<svg.*?</svg>", "", body, flags=re.S)
    return re.sub(r"<[^>]+>", " ", body)


@pytest.mark.parametrize("path", DESK)
def test_every_desk_page_reads_in_both_languages(work, office, path):
    context, _ = work
    target = account(context, "target")
    TOTP.activate(target, generate_totp_secret())
    zh = office.client.get(path)
    assert zh.status_code == 200 and CHINESE.search(_said(zh.content.decode()))
    english = _said(office.client.get(path + ("&" if "?" in path else "?") + "lang=en").content.decode())
    assert not CHINESE.search(english.replace(office.grant.label_zh, "")), english


@pytest.mark.parametrize("path", ["/sign-in", "/signed-out"])
def test_public_pages_read_in_both_languages(work, path):
    zh, en = Client().get(path), Client().get(path + "?lang=en")
    assert CHINESE.search(_said(zh.content.decode())) and not CHINESE.search(_said(en.content.decode()))
    for answer in (zh, en):
        page = answer.content.decode()
        assert page.count("<h1") == 1 and "style=" not in page and "onclick" not in page


def test_the_gate_names_its_verb_and_fresh_runs_the_view_once(work, office, rf):
    ran: list[str] = []

    @gate.acting("accounts.manage")
    @gate.fresh_sign_in(5)
    def view(request):
        ran.append(request.method)
        return HttpResponse("done")

    assert view.acting_verb == "accounts.manage"
    cache.clear()
    request = rf.get("/x")
    request.linli_actor = office.actor
    request.session = office.client.session
    context, _ = work
    request.linli = context
    assert gate.is_fresh(request, 5) and view(request).content == b"done" and ran == ["GET"]
    request.session[flow.CONFIRMED] = context.now.timestamp() - 400
    assert view(request).status_code == 302 and ran == ["GET"]
