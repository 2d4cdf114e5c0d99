"""What the pages say and offer while a case waits, is helped, called or handed up: to staff and to the caller."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.work.cases.models import CaseHold
from linli.work.cases.tests.builders import PASSWORD, Desk, department_handler, open_desk
from linli.work.cases.tests.test_flow_actions import EXTENSION, PARKING, days_ahead, park
from linli.work.cases.tests.walking import Walk
from linli.work.cases.views.caller import COOKIE, SALT
from linli.work.cases.views.flowforms import ACTS, ORDER


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


@pytest.fixture
def walk(desk: Desk) -> Walk:
    return Walk(desk)


def staff(login: str) -> Client:
    client = Client()
    assert client.post("/sign-in", {"name": login, "password": PASSWORD}).status_code == 302
    return client


def page(walk: Walk, login: str, language: str = "en") -> str:
    answer = staff(login).get(f"/desk/cases/{walk.receipt.public_id}?lang={language}")
    assert answer.status_code == 200, answer.content.decode()[:300]
    return answer.content.decode()


def offered(html: str) -> set[str]:
    return {verb for verb in ACTS if f'/{verb}"' in html}


def caller(walk: Walk) -> Client:
    client = Client()
    client.cookies[COOKIE] = signing.dumps([(walk.case.district, walk.receipt.public_id)], salt=SALT)
    return client


def mine(walk: Walk, language: str = "en") -> str:
    return caller(walk).get(f"/c/{walk.receipt.public_id}?lang={language}").content.decode()


def post(walk: Walk, login: str, verb: str, **fields: str):
    return staff(login).post(f"/desk/cases/{walk.receipt.public_id}/{verb}", fields)


def test_extension_from_asking_to_the_new_promise(walk: Walk) -> None:
    walk.handled()
    assert {"ask_extension", "ask_parking", "ask_caller", "climb"} <= offered(page(walk, "property.handler"))
    wrong = post(
        walk, "property.handler", "ask_extension", reason="needs_parts", amount="40", note="等配件。"
    )
    assert wrong.status_code == 422 and "等配件。" in wrong.content.decode()
    assert (
        post(
            walk, "property.handler", "ask_extension", reason="needs_parts", amount="5", note="等配件。"
        ).status_code
        == 302
    )
    desk_page = page(walk, "community.clerk")
    assert "5 working days more" in desk_page and {"grant_extension", "deny_extension"} <= offered(desk_page)
    assert "until then the promise above stands" in mine(walk)
    before = walk.case.promised_at
    assert post(walk, "community.clerk", "grant_extension").status_code == 302
    assert before is not None and walk.case.promised_at > before


def test_parking_says_until_when_and_why_to_the_caller(walk: Walk) -> None:
    walk.handled()
    park(walk, days=30)
    html = mine(walk, "zh-hans")
    assert (
        "目前暂不具备解决条件" in html
        and "资金尚未落实" in html
        and "答复时间" not in html.split("<h2>")[0].split("promise")[0]
    )
    assert "Answer by" not in mine(walk)
    handler = page(walk, "property.handler")
    assert "Parked until" in handler and "answer" not in offered(handler)


def test_a_clerk_of_the_same_level_reads_why_another_level_decides(desk: Desk, walk: Walk) -> None:
    walk.handled()
    walk.do("property.handler", "ask_parking", until=days_ahead(walk, 9), **PARKING)
    assert "approve_parking" in offered(page(walk, "community.clerk"))
    walk.case.__class__.objects.filter(id=walk.case.id).update(level="subdistrict")
    html = page(walk, "subdistrict.clerk")
    assert "at least one level above" in html and "approve_parking" not in offered(html)


def test_conference_banner_and_ruling(walk: Walk) -> None:
    walk.handled()
    assert post(walk, "community.clerk", "call_conference", reason="stuck", note="久拖。").status_code == 302
    html = page(walk, "district.clerk")
    assert "Before a conference" in html and "ended as the caller judged" not in html
    assert "Several bodies sit together" in mine(walk)
    answer = post(walk, "district.clerk", "rule_conference", outcome="keep", text="继续办理。")
    assert answer.status_code == 302 and "继续办理。" in mine(walk)


def test_helper_and_department_pages(desk: Desk, walk: Walk) -> None:
    walk.handled()
    department_handler(desk)
    department = desk.cast.bodies["department"].public_id
    assert post(walk, "community.clerk", "add_joint", note="请协助。").status_code == 422
    assert post(walk, "community.clerk", "add_joint", helpers=department, note="请协助。").status_code == 302
    html = page(walk, "department.handler")
    assert {"accept_joint", "joint_report"} <= offered(html) and "ask_extension" not in offered(html)
    assert post(walk, "department.handler", "accept_joint").status_code == 302
    assert post(walk, "department.handler", "joint_report", text="已核实。").status_code == 302
    assert (
        post(walk, "subdistrict.clerk", "call_whistle", department=department, note="请到场。").status_code
        == 302
    )
    assert "reports by" in page(walk, "subdistrict.clerk")
    for verb, text in (("ack", ""), ("visit", "到场。"), ("plan", "方案。"), ("done", "办毕。")):
        assert offered(page(walk, "department.handler")) & {
            f"whistle_{v}" for v in ("ack", "visit", "plan", "done")
        } == {f"whistle_{verb}"}
        assert post(walk, "department.handler", f"whistle_{verb}", text=text).status_code == 302
    for login in ("department.handler", "subdistrict.clerk"):
        assert "rate_whistle" in offered(page(walk, login))
        assert post(walk, login, "rate_whistle", score="5").status_code == 302
        assert "rate_whistle" not in offered(page(walk, login))
    assert "5 of 5" in page(walk, "community.clerk")


def test_question_is_answered_on_the_callers_page(walk: Walk) -> None:
    walk.handled()
    assert post(walk, "property.handler", "ask_caller", text="是哪一盏灯？").status_code == 302
    html = mine(walk)
    assert "是哪一盏灯？" in html and "/reply" in html
    answer = caller(walk).post(f"/c/{walk.receipt.public_id}/reply", {"key": "r-1", "text": "东门第二盏。"})
    assert answer.status_code == 302 and "东门第二盏。" in page(walk, "property.handler")
    assert "/reply" not in mine(walk)


def test_other_channel_is_named_to_the_caller(desk: Desk, walk: Walk) -> None:
    walk.handled()
    walk.do("community.clerk", "transfer", to="petition", note="属信访事项。")
    assert "petition office" in mine(walk)
    other = Walk(desk, key="k-other")
    other.do("community.clerk", "refuse", reason="litigation", note="已立案。")
    assert "请按法院、仲裁或复议机关的程序办理" in mine(other, "zh-hans")


def test_a_lower_clerk_reads_on_after_a_climb(walk: Walk) -> None:
    walk.handled()
    for who in ("property.handler", "community.clerk"):
        assert post(walk, who, "climb", reason="needs_higher", note="需上级协调。").status_code == 302
    assert offered(page(walk, "community.clerk")) == set()
    assert 'name="body"' in page(walk, "subdistrict.clerk")
    assert post(walk, "community.clerk", "climb", reason="needs_higher", note="再提。").status_code == 403


def test_the_page_costs_a_constant_number_of_statements(desk: Desk, walk: Walk) -> None:
    walk.handled()
    helper = department_handler(desk)
    walk.do(
        "community.clerk", "add_joint", helpers=[desk.cast.bodies["department"].public_id], note="请协助。"
    )
    walk.do(
        "subdistrict.clerk",
        "call_whistle",
        department=desk.cast.bodies["department"].public_id,
        note="请到场。",
    )
    walk.do("property.handler", "ask_extension", **EXTENSION)
    walk.do(helper, "whistle_ack")
    client = staff("subdistrict.clerk")
    address = f"/desk/cases/{walk.receipt.public_id}"
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    asked = [
        q["sql"]
        for q in seen.captured_queries
        if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "SET", "SELECT set_config"))
    ]
    assert len(asked) <= 22, "\n".join(asked)


def test_every_form_has_its_act_and_every_hold_its_banner(walk: Walk) -> None:
    assert {v if not v.startswith("rule_") else "rule_conference" for v in ORDER} <= set(ACTS)
    walk.handled()
    walk.do("property.handler", "ask_caller", text="是哪一盏？")
    CaseHold.objects.create(
        district=walk.case.district, case=walk.case, kind="parked", reason="law", opened_at=walk.context.now,
        until=walk.context.now + timedelta(days=3),
    )  # fmt: skip
    html = page(walk, "community.clerk", "zh-hans")
    assert "挂账至" in html and "已询问诉求人" in html
