"""Pages in both languages, papers, sending twice, limits, and what the public never reaches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as Tree

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.accounts.tests import builders as accounts
from linli.foundation.core import ui
from linli.foundation.notices import actions, panels, rules
from linli.foundation.notices.models import Notice, Objection, RuleText
from linli.foundation.notices.tests.builders import TEXT, World, drafted, librarian, published


@dataclass(frozen=True)
class Desk:
    """A signed-in browser of a clerk of the community."""

    client: Client
    actor: Any


@pytest.fixture
def desk(made: World) -> Desk:
    person = accounts.staff(
        made.context, "community_clerk", scope=made.community.path, body=made.body.id, place=made.community.id
    )
    return Desk(person.client, person.actor)


@pytest.fixture
def office(made: World) -> Desk:
    person = accounts.staff(
        made.context, "district_clerk", scope=made.root.path, body=made.body.id, place=made.root.id
    )
    return Desk(person.client, person.actor)


def url(name: str, *parts: str) -> str:
    return reverse(f"notices:{name}", args=parts)


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def _pages(made: World) -> dict[str, str]:
    notice = published(made)
    gone = actions.withdraw(actor=made.clerk, context=made.context, notice=published(made), reason="数据有误")
    old = published(made)
    actions.publish(
        actor=made.clerk,
        context=made.context,
        notice=actions.correct(actor=made.clerk, context=made.context, notice=old),
    )
    objection = actions.object_to(actor=made.system, context=made.context, notice=notice, text="支出不对")
    rule = _rule(made)
    return {
        "list": url("public_list"), "place": url("public_list") + f"?place={made.compound.public_id}",
        "detail": url("detail", notice.public_id), "withdrawn": url("detail", gone.public_id),
        "superseded": url("detail", old.public_id), "object": url("object", notice.public_id),
        "objection": url("objection", objection.public_id), "sheet": url("sheet", notice.public_id),
        "library": url("library"), "ended": url("library") + "?ended=1", "rule": url("library_rule", rule.public_id),
    }  # fmt: skip


def _rule(made: World) -> RuleText:
    day = made.context.now.date()
    return actions.file_rule(
        actor=librarian(made), context=made.context, number="1号", title="制度一", issuer="区政府", dated=day, valid_from=day,
        keys=["notices.consultation.min_days"],
    )  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_public_pages_render_in_both_languages(made: World, client: Client, language: str) -> None:
    for name, address in _pages(made).items():
        joint = "&" if "?" in address else "?"
        response = client.get(f"{address}{joint}lang={language}")
        assert response.status_code == 200, name
        page = response.content.decode()
        assert page.count("<h1") == 1, name
        assert ('<html lang="en"' in page) == (language == "en"), name


def test_the_list_leads_to_the_notice_with_its_check_code(made: World, client: Client) -> None:
    notice = published(made)
    page = client.get(url("public_list")).content.decode()
    assert url("detail", notice.public_id) in page
    page = client.get(url("detail", notice.public_id)).content.decode()
    assert notice.digest in page
    assert rules.grouped(notice.digest) in page
    assert "收入共12万元" in page
    assert "<svg" in page


def test_a_withdrawn_notice_shows_its_reason_and_not_its_text(made: World, client: Client) -> None:
    notice = actions.withdraw(
        actor=made.clerk, context=made.context, notice=published(made), reason="数据有误"
    )
    page = client.get(url("detail", notice.public_id)).content.decode()
    assert "数据有误" in page
    assert "收入共12万元" not in page
    for paper in ("sheet", "article", "poster"):
        assert client.get(url(paper, notice.public_id)).status_code == 409


def test_a_draft_is_not_there_for_the_public(made: World, client: Client) -> None:
    notice = drafted(made)
    for name in ("detail", "object", "sheet", "article", "poster"):
        assert client.get(url(name, notice.public_id)).status_code == 404, name


def test_papers_carry_the_digest_and_the_address(made: World, client: Client) -> None:
    notice = published(made, title="公共收益 <b>收支</b> & 公示")
    sheet = client.get(url("sheet", notice.public_id)).content.decode()
    assert rules.grouped(notice.digest) in sheet
    assert "seal-place" in sheet
    article = client.get(url("article", notice.public_id))
    text = article.content.decode()
    assert article["Content-Disposition"].startswith("attachment")
    assert notice.digest in text
    assert url("detail", notice.public_id) in text
    assert "style=" in text
    assert "<script" not in text
    assert "&lt;b&gt;" in text
    poster = client.get(url("poster", notice.public_id))
    assert poster["Content-Type"] == "image/svg+xml"
    drawn = Tree.fromstring(poster.content)
    words = "".join(drawn.itertext())
    assert rules.grouped(notice.digest) in words
    assert "公共收益 <b>收支</b>" in words
    assert "扫码阅读全文" in words


def test_an_objection_is_sent_once_however_often_the_form_is(made: World, client: Client) -> None:
    notice = published(made)
    page = client.get(url("object", notice.public_id)).content.decode()
    form = {"key": key_of(page), "text": "支出不对，请核对。", "phone": "13800138000", "name": "王小明"}
    first = client.post(url("object", notice.public_id), form)
    again = client.post(url("object", notice.public_id), form)
    assert (first.status_code, again.status_code) == (302, 302)
    assert first["Location"] == again["Location"]
    [objection] = Objection.objects.filter(district=notice.district)
    receipt = client.get(first["Location"]).content.decode()
    assert objection.public_id in receipt
    assert "13800138000" not in receipt
    assert "王小明" not in receipt


def test_another_text_under_the_same_number_is_refused(made: World, client: Client) -> None:
    notice = published(made)
    form = {"key": "k" * 20, "text": "支出不对。"}
    client.post(url("object", notice.public_id), form)
    assert client.post(url("object", notice.public_id), {**form, "text": "收入不对。"}).status_code == 422
    assert Objection.objects.filter(district=notice.district).count() == 1


def test_a_wrong_phone_comes_back_with_what_was_typed(made: World, client: Client) -> None:
    notice = published(made)
    form = {"key": "k" * 20, "text": "支出不对。", "phone": "123"}
    response = client.post(url("object", notice.public_id), form)
    assert response.status_code == 422
    assert "支出不对。" in response.content.decode()
    assert Objection.objects.filter(district=notice.district).count() == 0


def test_too_many_objections_from_one_address_are_refused(made: World, client: Client) -> None:
    notice = published(made)
    codes = [
        client.post(url("object", notice.public_id), {"key": f"key{n}", "text": f"第{n}条意见"}).status_code
        for n in range(7)
    ]
    assert codes[:5] == [302] * 5
    assert codes[-1] == 429
    assert Objection.objects.filter(district=notice.district).count() == codes.count(302)


def test_the_desk_asks_for_a_sign_in_and_for_the_verb(made: World, client: Client) -> None:
    notice = drafted(made)
    for name, parts in (
        ("desk_list", ()),
        ("desk_write", ()),
        ("desk_notice", (notice.public_id,)),
        ("desk_library", ()),
    ):
        response = client.get(url(name, *parts))
        assert response.status_code == 302, name
        assert reverse("accounts:sign_in") in response["Location"], name
    handler = accounts.staff(
        made.context, "handler", scope=made.community.path, body=made.body.id, place=made.community.id
    )
    assert handler.client.get(url("desk_list")).status_code == 403


def test_a_clerk_writes_looks_publishes_corrects_and_withdraws(made: World, desk: Desk) -> None:
    page = desk.client.get(url("desk_write")).content.decode()
    assert made.compound.name in page
    form = {
        "key": key_of(page), "rule": "consultation", "place": made.compound.name, "title": "公共收益公示", "text": TEXT,
        "basis": "", "personal_basis": "", "shown_amount": "10",
    }  # fmt: skip
    sent = desk.client.post(url("desk_write"), form)
    again = desk.client.post(url("desk_write"), form)
    assert sent.status_code == 302
    assert sent["Location"] == again["Location"]
    [notice] = Notice.objects.filter(district=made.context.district)
    assert (notice.shown_amount, notice.body_name, notice.appointment) == (
        10,
        made.body.name,
        desk.actor.appointment,
    )
    assert desk.client.get(sent["Location"]).status_code == 200
    edit = desk.client.get(url("desk_edit", notice.public_id)).content.decode()
    assert "公共收益公示" in edit
    changed = {**form, "key": key_of(edit), "title": "公共收益收支公示"}
    assert desk.client.post(url("desk_edit", notice.public_id), changed).status_code == 302
    assert desk.client.post(url("desk_publish", notice.public_id)).status_code == 302
    notice.refresh_from_db()
    assert (notice.stage, notice.title) == ("running", "公共收益收支公示")
    fresh = desk.client.post(url("desk_correct", notice.public_id))
    assert fresh.status_code == 302
    copy = Notice.objects.get(district=notice.district, version=2)
    assert desk.client.post(url("desk_discard", copy.public_id)).status_code == 302
    assert desk.client.post(url("desk_withdraw", notice.public_id), {"reason": ""}).status_code == 422
    assert desk.client.post(url("desk_withdraw", notice.public_id), {"reason": "数据有误"}).status_code == 302
    notice.refresh_from_db()
    assert notice.stage == "withdrawn"
    assert "数据有误" in desk.client.get(url("desk_notice", notice.public_id)).content.decode()


def test_a_refused_draft_keeps_what_was_typed(made: World, desk: Desk) -> None:
    form = {
        "key": "k" * 20,
        "rule": "consultation",
        "place": made.compound.name,
        "title": "公示",
        "text": TEXT,
        "shown_amount": "2",
    }
    response = desk.client.post(url("desk_write"), form)
    assert response.status_code == 422
    assert "收入共12万元" in response.content.decode()
    foreign = {**form, "shown_amount": "", "place": made.other.name}
    assert desk.client.post(url("desk_write"), foreign).status_code == 422
    assert Notice.objects.filter(district=made.context.district).count() == 0


def test_a_text_that_names_a_person_is_shown_before_and_refused_at_publishing(
    made: World, desk: Desk
) -> None:
    notice = drafted(made, text="联系人手机13800138000。")
    page = desk.client.get(url("desk_notice", notice.public_id)).content.decode()
    assert "正文疑似含有个人信息" in page
    assert desk.client.post(url("desk_publish", notice.public_id)).status_code == 422
    notice.refresh_from_db()
    assert notice.stage == "draft"


def test_notices_of_others_are_not_there_at_the_desk(made: World, desk: Desk) -> None:
    theirs = actions.draft(
        actor=made.stranger,
        context=made.context,
        rule="announcement",
        place=made.other,
        title="停水",
        text="明日停水",
    )
    for name in ("desk_notice", "desk_edit", "desk_withdraw"):
        assert desk.client.get(url(name, theirs.public_id)).status_code == 404, name
    for name in ("desk_publish", "desk_discard", "desk_correct"):
        assert desk.client.post(url(name, theirs.public_id)).status_code == 404, name
    theirs.refresh_from_db()
    assert theirs.stage == "draft"


def test_objections_are_listed_and_answered(made: World, desk: Desk, client: Client) -> None:
    objection = actions.object_to(
        actor=made.system, context=made.context, notice=published(made), text="支出不对"
    )
    for query in ("", "?all=1", f"?notice={objection.notice.public_id}"):
        assert "支出不对" in desk.client.get(url("desk_objections") + query).content.decode()
    address = url("desk_answer", objection.public_id)
    assert desk.client.get(address).status_code == 200
    assert desk.client.post(address, {"answer": "请打13800138000"}).status_code == 422
    assert desk.client.post(address, {"answer": "已核对，支出无误。"}).status_code == 302
    assert "已核对，支出无误。" in desk.client.get(address).content.decode()
    assert "已核对，支出无误。" in client.get(url("objection", objection.public_id)).content.decode()
    assert "没有待答复的异议" in desk.client.get(url("desk_objections")).content.decode()


def test_the_office_files_and_ends_a_rule(made: World, office: Desk, desk: Desk, client: Client) -> None:
    assert desk.client.get(url("desk_library")).status_code == 403
    form = {
        "number": "2号", "title": "制度二", "issuer": "区政府", "dated": "2026-01-02", "valid_from": "2026-01-02",
        "valid_to": "", "source": "", "keys": "notices.consultation.min_days\n",
    }  # fmt: skip
    assert office.client.post(url("desk_library"), {**form, "keys": "no.such.key"}).status_code == 422
    filed = office.client.post(url("desk_library"), form)
    assert filed.status_code == 302
    page = client.get(filed["Location"]).content.decode()
    assert "notices.consultation.min_days" in page
    rule = RuleText.objects.get(district=made.context.district, number="2号")
    assert office.client.get(url("desk_end_rule", rule.public_id)).status_code == 200
    assert (
        office.client.post(url("desk_end_rule", rule.public_id), {"valid_to": "2025-01-01"}).status_code
        == 422
    )
    assert (
        office.client.post(url("desk_end_rule", rule.public_id), {"valid_to": "2026-02-01"}).status_code
        == 302
    )
    assert "制度二" in client.get(url("library") + "?ended=1").content.decode()


def test_a_compound_shows_what_runs_there(made: World) -> None:
    assert panels.running(None, made.compound) is None  # type: ignore[arg-type]  # the request is not read
    notice = published(made)
    [found] = [
        context
        for template, context in ui.panels("compound.public", None, made.compound)
        if "notices/" in template
    ]  # type: ignore[arg-type]  # as above
    assert found["notices"] == [notice]
    assert panels.running(None, "something else") is None  # type: ignore[arg-type]  # as above


def test_the_other_district_answers_not_found(made: World, client: Client) -> None:
    notice = published(made)
    objection = actions.object_to(actor=made.system, context=made.context, notice=notice, text="支出不对")
    assert client.get("/d/luzhou" + url("detail", notice.public_id)).status_code == 200
    for address in (
        url("detail", notice.public_id),
        url("objection", objection.public_id),
        url("sheet", notice.public_id),
    ):
        assert client.get("/d/qingshan" + address).status_code == 404, address
    assert notice.title not in client.get("/d/qingshan" + url("public_list")).content.decode()
