"""Desk pages around connected systems: keys, reports to check, what everybody may read."""

from __future__ import annotations

import re
import threading
import time

import pytest
from django.db import connections
from django.test import Client

from linli.foundation.core.context import work_in
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import public
from linli.work.cases import actions
from linli.work.cases.actions.intake import Report
from linli.work.cases.actions.keys import digest_of, living
from linli.work.cases.models import ApiKey, Case, HeldReport, PublicCard
from linli.work.cases.tests.builders import PASSWORD, TEXT, Desk, open_desk

KEYS, HELD = "/desk/connected/keys", "/desk/connected/held"


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


def staff(login: str, language: str = "en") -> Client:
    client = Client()
    assert client.post("/sign-in", {"name": login, "password": PASSWORD}).status_code == 302
    client.cookies["linli_language"] = language
    return client


def held(desk: Desk, place: str = "compound", text: str = TEXT) -> HeldReport:
    at = desk.cast.places[place]
    return actions.hold_report(
        actor=public(desk.cast.district), context=desk.context, place=at, reason="no_key", key=None,
        report=Report(place=at.public_id, text=text, kind="gb_part_01037", phone="13800138000", answers={"lamp_count": "2"}),
    )  # fmt: skip


def test_a_key_is_made_shown_once_and_ended(desk: Desk) -> None:
    admin = staff("district.admin")
    made = admin.post(KEYS, {"label": "City app", "scopes": ["report"]}).content.decode()
    secret = re.search(r'id="secret">([^<]+)<', made).group(1)
    key = ApiKey.objects.get()
    assert (key.digest, key.scopes, key.label) == (digest_of(secret), "report", "City app")
    page = admin.get(KEYS).content.decode()
    assert secret not in page and "City app" in page and "never" in page
    address = f"{KEYS}/{key.public_id}/end"
    assert admin.post(address).status_code == 422 and ApiKey.objects.get().ended_at is None
    assert admin.post(address, {"sure": "1"}).status_code == 302
    assert ApiKey.objects.get().ended_at is not None
    assert admin.post(address, {"sure": "1"}).status_code == 409
    assert [e.code for e in Event.objects.filter(subject_type="api_key").order_by("seq")] == [
        "cases.key_created",
        "cases.key_ended",
    ]


def test_a_key_needs_a_name_and_a_scope(desk: Desk) -> None:
    answer = staff("district.admin").post(KEYS, {"label": " "})
    assert answer.status_code == 422 and ApiKey.objects.count() == 0
    assert staff("district.clerk").get(KEYS).status_code == 403


def test_clerks_release_and_refuse_what_waits_at_their_places(desk: Desk) -> None:
    mine, other = held(desk), held(desk, "other_compound")
    clerk = staff("community.clerk")
    page = clerk.get(HELD).content.decode()
    assert mine.public_id in page and other.public_id not in page and "13800138000" not in page
    assert clerk.post(f"{HELD}/{other.public_id}/release").status_code == 404
    assert clerk.post(f"{HELD}/{mine.public_id}/release").status_code == 302
    case = Case.objects.get()
    assert (case.text, case.contact_id, case.received_at) == (mine.text, mine.contact_id, mine.received_at)
    assert clerk.post(f"{HELD}/{mine.public_id}/release").status_code == 409
    assert clerk.post(f"{HELD}/{mine.public_id}/refuse").status_code == 409
    assert Case.objects.count() == 1
    assert staff("district.clerk").post(f"{HELD}/{other.public_id}/refuse").status_code == 302
    assert HeldReport.objects.get(id=other.id).state == "refused"


def test_held_reports_of_the_other_district_are_not_there(desk: Desk, other_work) -> None:
    away = held(open_desk(other_work))
    clerk = staff("district.clerk")
    assert away.public_id not in clerk.get(HELD).content.decode()
    assert clerk.post(f"{HELD}/{away.public_id}/release").status_code == 404
    assert Client().get(f"/open311/v2/tokens/{away.public_id}.json").status_code == 404


def test_what_is_public_is_checked_for_names_first(desk: Desk) -> None:
    receipt, clerk = desk.report(), staff("community.clerk")
    address = f"/desk/connected/public/{receipt.public_id}"
    assert TEXT in clerk.get(address).content.decode()
    bad = {"go": "show", "text": "请打13800138000", "answer": "3号楼2单元502室已修"}
    refused = clerk.post(address, bad)
    page = refused.content.decode()
    assert refused.status_code == 422 and PublicCard.objects.count() == 0
    assert bad["text"] in page and bad["answer"] in page and "请打▇▇▇" in page
    assert clerk.post(address, {"go": "show", "text": "路灯不亮"}).status_code == 302
    assert clerk.post(address, {"go": "show", "text": "路灯不亮，已派人"}).status_code == 302
    cards = PublicCard.objects.order_by("id")
    assert [(c.text, c.ended_at is None) for c in cards] == [("路灯不亮", False), ("路灯不亮，已派人", True)]
    assert clerk.post(address, {"go": "hide"}).status_code == 302
    assert clerk.post(address, {"go": "hide"}).status_code == 409
    assert Case.objects.get().seq == Event.objects.filter(subject_type="case").count()


def test_sealed_and_hidden_kinds_are_never_shown(desk: Desk) -> None:
    hidden = desk.report(kind="local_neighbours")
    answer = staff("district.clerk").post(
        f"/desk/connected/public/{hidden.public_id}", {"go": "show", "text": "邻里纠纷"}
    )
    assert answer.status_code == 422 and PublicCard.objects.count() == 0


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_render_in_both_languages(desk: Desk, language: str) -> None:
    receipt = desk.report()
    held(desk)
    admin, clerk = staff("district.admin", language), staff("community.clerk", language)
    admin.post(KEYS, {"label": "City app", "scopes": ["report"]})
    words = {
        "zh-hans": ("外部系统", "来件审核", "公开内容"),
        "en": ("Connected systems", "Reports to check", "What everybody may read"),
    }
    pages = (admin.get(KEYS), clerk.get(HELD), clerk.get(f"/desk/connected/public/{receipt.public_id}"))
    for page, word in zip(pages, words[language], strict=True):
        assert page.status_code == 200 and f"<h1>{word}</h1>" in page.content.decode()


@pytest.mark.slow
def test_ending_a_key_waits_for_what_is_being_written(committed) -> None:
    """A report that began with the key is written; whatever begins after the end finds no key."""
    district = (140403, "luzhou", "Asia/Shanghai")
    with work_in(*district) as (context, system):
        made = actions.create_key(actor=system, context=context, label="partner", scopes=["report"])
    order: list[str] = []

    def end() -> None:
        with work_in(*district) as (context, system):
            actions.end_key(actor=system, context=context, key=made.key.public_id)
            order.append("ended")
        connections.close_all()

    ender = threading.Thread(target=end)
    with work_in(*district) as (context, _system):
        assert living(context, made.secret, hold=True) is not None
        ender.start()
        time.sleep(1)
        order.append("written")
    ender.join(20)
    assert order == ["written", "ended"]
    with work_in(*district) as (context, _system):
        assert living(context, made.secret, hold=True) is None
