"""The desk: search, bulk dispatch, exports, paper, settings."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from linli.foundation.accounts.models import Grant
from linli.foundation.core.context import work_in
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.idempotency import KeyReused
from linli.foundation.core.models import Event, Outbox, StoredFile
from linli.foundation.people.rules import mask_text
from linli.foundation.places.actions import rename_place
from linli.work.cases import actions, exporting, queries, reactions
from linli.work.cases.actions.bulk import bulk_row
from linli.work.cases.actions.indexing import forget, index_waiting, stale
from linli.work.cases.models import (
    AnswerTemplate,
    BulkRow,
    BulkRun,
    Case,
    CaseWords,
    ExportRun,
    KnowledgeItem,
)
from linli.work.cases.queries import search
from linli.work.cases.rules import bulk, templates, words
from linli.work.cases.rules.desk import Filters
from linli.work.cases.rules.papers import case_digest
from linli.work.cases.tests.builders import PASSWORD, Desk, open_desk
from linli.work.cases.views import wording


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


def staff(login: str) -> Client:
    client = Client()
    assert client.post("/sign-in", {"name": login, "password": PASSWORD}).status_code == 302
    return client


# --- search -----------------------------------------------------------------------------------------------------


chinese = st.text(alphabet="路灯不亮水电梯三号楼aB3。▇，", min_size=1, max_size=40)


@given(chinese, st.data())
def test_every_part_of_a_run_has_its_pieces_in_the_text(text: str, data: st.DataObject) -> None:
    """What is typed is a stretch of one run, beginning and ending beside a Chinese character or the run's edge."""
    line = words.searchable([text])
    found = set(words.pieces(line))
    for run in line.split():
        parts = words._pieces(run)
        start = data.draw(st.integers(0, len(parts) - 1))
        end = data.draw(st.integers(start + 1, len(parts)))
        for piece, begins in words.wanted("".join(parts[start:end])):
            assert any(p.startswith(piece) for p in found) if begins else piece in found


@given(st.text(max_size=60))
def test_whatever_is_typed_makes_a_query_without_quotes_of_its_own(typed: str) -> None:
    query = words.tsquery(words.terms(typed))
    assert query.count("'") == 2 * (query.count("&") + 1) if query else not words.terms(typed)


def found(desk: Desk, login: str, typed: str, **asked: str) -> set[str]:
    filters = Filters(**{"queue": "all", "q": typed, **asked})
    return {c.number for c in queries.filtered_page(desk.actor(login), filters, desk.context).rows}


def test_a_case_is_found_by_words_place_and_number(desk: Desk) -> None:
    lamp = desk.report(key="a")
    bins = desk.report(key="b", text="垃圾桶满溢，LED广告屏旁", kind="gb_event_06042")
    assert found(desk, "community.clerk", "路灯") == set()  # not yet made searchable
    assert not index_waiting(context=desk.context)
    for typed in ("灯", "路灯", "路灯不亮", "三号楼 一周", "晚上回家看不清路"):
        assert found(desk, "community.clerk", typed) == {lamp.number}, typed
    for typed in ("桶", "满溢", "led", "ＬＥＤ", "le", "led广告"):
        assert found(desk, "community.clerk", typed) == {bins.number}, typed
    both = {lamp.number, bins.number}
    assert found(desk, "community.clerk", desk.cast.places["compound"].name) == both
    assert found(desk, "community.clerk", lamp.number) == {lamp.number}
    assert found(desk, "community.clerk", lamp.number.replace("-", "")) == {lamp.number}
    for typed in ("灯路", "路灯 满溢", "'", "%", "_", "路灯&!", "不存在"):
        assert found(desk, "community.clerk", typed) == ({lamp.number} if typed == "路灯&!" else set()), typed
    assert found(desk, "community.clerk", "路灯", kind="gb_event_06042") == set()
    assert found(desk, "neighbour.clerk", "路灯") == set()
    assert found(desk, "property.handler", "路灯") == set()


def test_what_is_said_later_is_found_and_the_handler_finds_its_own(desk: Desk) -> None:
    receipt = desk.report()
    index_waiting(context=desk.context)
    actions.dispatch(
        actor=desk.actor("community.clerk"), context=desk.context, case=receipt.public_id,
        body=desk.cast.bodies["company"].public_id, note="请查电缆接头",
    )  # fmt: skip
    assert found(desk, "community.clerk", "电缆") == set()
    index_waiting(context=desk.context)
    assert (
        found(desk, "community.clerk", "电缆") == {receipt.number} == found(desk, "property.handler", "电缆")
    )
    assert CaseWords.objects.count() == 1
    actions.sign(actor=desk.actor("property.handler"), context=desk.context, case=receipt.public_id)
    assert stale(desk.cast.district).count() == 1
    index_waiting(context=desk.context)
    assert stale(desk.cast.district).count() == 0


def test_names_and_phones_are_not_found_even_by_part(desk: Desk) -> None:
    text = "我叫王小明，电话13800138000，住2单元502室，路灯不亮"
    receipt = desk.report(text=text)
    index_waiting(context=desk.context)
    assert found(desk, "district.clerk", "路灯") == {receipt.number}
    for typed in ("王小明", "小明", "13800138000", "1380013", "8000", "502"):
        assert found(desk, "district.clerk", typed) == set(), typed
    row = CaseWords.objects.get()
    assert words.searchable([mask_text(text)]) in row.words


def test_a_word_of_very_many_cases_is_found_on_the_walk(desk: Desk, monkeypatch) -> None:
    numbers = {desk.report(key=f"k{n}").number for n in range(4)}
    index_waiting(context=desk.context)
    monkeypatch.setattr(search, "MANY", 2)
    actor = desk.actor("community.clerk")
    many = queries.narrowed(actor, Filters(queue="all", q="路灯 不亮"), desk.context)
    assert many.many and {c.number for c in many.rows} == numbers
    assert found(desk, "neighbour.clerk", "路灯") == set()
    assert "许多" in wording.total_words(None) or wording.total_words(None)


def test_everything_is_made_searchable_again_when_asked(desk: Desk) -> None:
    case = desk.case(desk.report())
    CaseWords.objects.filter(case=case).delete()
    assert not index_waiting(context=desk.context, everything=True)
    forget(desk.cast.district, [case.id])
    assert stale(desk.cast.district).count() == 1
    assert not index_waiting(context=desk.context, everything=True)
    assert CaseWords.objects.get().version == words.VERSION


def test_a_renamed_place_is_found_by_its_new_name(desk: Desk) -> None:
    receipt = desk.report()
    index_waiting(context=desk.context)
    place = desk.cast.places["compound"]
    rename_place(actor=desk.system, place=place, name="朝阳新村", now=desk.context.now)
    event = Event.objects.filter(code="place.renamed").get()
    reactions.words_again(event, desk.context)
    assert Outbox.objects.filter(handler="cases.index_all").exists()
    index_waiting(context=desk.context, everything=True)
    assert found(desk, "community.clerk", "朝阳新村") == {receipt.number}


# --- bulk dispatch ----------------------------------------------------------------------------------------------


def order(
    desk: Desk, receipts: list, key: str = "key-1", login: str = "community.clerk", **changes: str
) -> BulkRun:
    values = {"body": desk.cast.bodies["company"].public_id, **changes}
    return actions.bulk_dispatch(
        actor=desk.actor(login),
        context=desk.context,
        cases=[r.public_id for r in receipts],
        key=key,
        **values,
    )


def run_rows(desk: Desk) -> dict[str, str]:
    for row in BulkRow.objects.order_by("id"):
        bulk_row(context=desk.context, row_id=row.id)
    return {row.case.number: row.outcome + row.reason for row in BulkRow.objects.select_related("case")}


def test_each_case_goes_its_own_way_and_a_second_click_changes_nothing(desk: Desk) -> None:
    ready, late, refused = desk.report(key="a"), desk.report(key="b"), desk.report(key="c")
    actions.refuse(
        actor=desk.actor("community.clerk"),
        context=desk.context,
        case=refused.public_id,
        reason="litigation",
        note="诉讼中",
    )
    run = order(desk, [ready, late, refused])
    assert order(desk, [ready, late, refused]).id == run.id
    with pytest.raises(KeyReused), transaction.atomic():
        order(desk, [ready])
    assert BulkRow.objects.count() == 3 == Outbox.objects.filter(handler="cases.bulk_row").count()
    outcomes = run_rows(desk)
    assert outcomes == {ready.number: "done", late.number: "done", refused.number: "refusedstage"}
    assert run_rows(desk) == outcomes
    assert Event.objects.filter(code="case.dispatched").count() == 2
    assert Event.objects.filter(code="cases.bulk_sent").count() == 1
    assert desk.case(ready).handling_body_id == desk.cast.bodies["company"].id


def test_a_body_that_does_not_serve_or_an_ended_office_gives_out_nothing(desk: Desk) -> None:
    receipt = desk.report()
    order(desk, [receipt], body=desk.cast.bodies["other_company"].public_id)
    assert run_rows(desk) == {receipt.number: "refuseddoes_not_serve"}
    second = desk.report(key="b")
    run = order(desk, [second], key="key-2")
    Grant.objects.filter(id=run.grant).update(valid_to=desk.context.now)
    assert run_rows(desk)[second.number] == "refusednot_allowed"
    assert desk.case(second).stage == "received" == desk.case(receipt).stage


def test_bulk_refusals_write_nothing(desk: Desk) -> None:
    receipt = desk.report()
    for error, login, receipts, changes in (
        (NotAllowed, "callback.clerk", [receipt], {}),
        (Invalid, "community.clerk", [], {}),
        (Invalid, "neighbour.clerk", [receipt], {}),
        (Invalid, "community.clerk", [receipt], {"body": "nowhere"}),
    ):
        with pytest.raises(error), transaction.atomic():
            order(desk, receipts, login=login, **changes)
    assert BulkRun.objects.count() == 0
    assert set(wording.NOT_GIVEN) == set(bulk.REASONS)


def test_the_preview_says_what_the_action_will(desk: Desk) -> None:
    receipts = [desk.report(key="a"), desk.report(key="b", kind="local_leak_indoor")]
    clerk = staff("community.clerk")
    asked = {
        "case": [r.public_id for r in receipts],
        "body": desk.cast.bodies["company"].public_id,
        "lang": "en",
    }
    page = clerk.get("/desk/cases/bulk", asked).content.decode()
    assert "will pass" in page
    cases = queries.chosen(desk.actor("community.clerk"), asked["case"])
    rows = queries.preview(
        desk.actor("community.clerk"), cases, queries.serving(cases), desk.cast.bodies["company"], ""
    )
    order(desk, receipts)
    outcomes = run_rows(desk)
    assert {r.case.number: "done" if not r.reason else f"refused{r.reason}" for r in rows} == outcomes
    run = BulkRun.objects.get()
    result = clerk.get(f"/desk/cases/bulk/{run.public_id}").content.decode()
    assert all(r.number in result for r in receipts)
    assert staff("subdistrict.clerk").get(f"/desk/cases/bulk/{run.public_id}").status_code == 404
    beyond = staff("neighbour.clerk").get("/desk/cases/bulk", asked).content.decode()
    assert "No case is chosen" in beyond and not any(r.number in beyond for r in receipts)


# --- exports ----------------------------------------------------------------------------------------------------


def sheet(data: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def test_an_export_holds_masked_texts_and_no_formula(desk: Desk) -> None:
    desk.report(key="a", text="=1+1 我叫王小明，电话13800138000")
    desk.report(key="b", text="@cmd 路灯不亮")
    clerk = staff("community.clerk")
    answer = clerk.post("/desk/cases/export", {"key": "export-key-1", "query": "queue=all"})
    assert answer.status_code == 200
    rows = sheet(answer.content)
    cells = [str(cell) for row in rows for cell in row]
    assert len(rows) == 3
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]
    assert not [cell for cell in cells if "王小明" in cell or "13800138000" in cell or "8000" in cell]
    event = Event.objects.get(code="cases.exported")
    assert (
        event.data["rows"] == 2 and event.actor_appointment if hasattr(event, "actor_appointment") else True
    )
    clerk.post("/desk/cases/export", {"key": "export-key-1", "query": "queue=all"})
    assert Event.objects.filter(code="cases.exported").count() == 1 == ExportRun.objects.count()
    assert (
        len(
            sheet(
                staff("neighbour.clerk")
                .post("/desk/cases/export", {"key": "k2", "query": "queue=all"})
                .content
            )
        )
        == 1
    )


def test_a_long_list_is_written_by_a_job_and_waits_for_its_owner(desk: Desk, monkeypatch) -> None:
    for n in range(3):
        desk.report(key=f"k{n}")
    monkeypatch.setattr(exporting, "limits", lambda _context: exporting.Limits(50, 1, 7))
    run, book = exporting.ask_export(
        actor=desk.actor("community.clerk"), context=desk.context, filters=Filters(queue="all"), key="long"
    )
    assert book is None and run.file is None
    exporting.make_export(context=desk.context, export_id=run.id)
    exporting.make_export(context=desk.context, export_id=run.id)
    monkeypatch.undo()
    run.refresh_from_db()
    assert (run.rows, run.until) == (3, desk.context.now + timedelta(days=7))
    assert Event.objects.filter(code="cases.exported").count() == 1
    clerk = staff("community.clerk")
    assert run.public_id in clerk.get("/desk/cases/exports").content.decode()
    got = clerk.get(f"/desk/cases/exports/{run.public_id}")
    assert len(sheet(b"".join(got.streaming_content))) == 4
    assert staff("subdistrict.clerk").get(f"/desk/cases/exports/{run.public_id}").status_code == 404
    ExportRun.objects.filter(id=run.id).update(until=desk.context.now)
    assert exporting.end_old_exports(context=desk.context) == 1
    assert StoredFile.objects.count() == 0
    assert clerk.get(f"/desk/cases/exports/{run.public_id}").status_code == 404


def test_a_list_beyond_the_limit_is_refused_with_a_sentence(desk: Desk, monkeypatch) -> None:
    for n in range(3):
        desk.report(key=f"k{n}")
    monkeypatch.setattr(exporting, "limits", lambda _context: exporting.Limits(2, 1, 7))
    with pytest.raises(Invalid, match=r"export\.long"):
        exporting.ask_export(
            actor=desk.actor("community.clerk"),
            context=desk.context,
            filters=Filters(queue="all"),
            key="long",
        )
    assert ExportRun.objects.count() == 0


# --- paper ------------------------------------------------------------------------------------------------------


def test_a_printed_case_has_number_digest_and_place_for_the_seal(desk: Desk) -> None:
    receipt = desk.report()
    page = staff("community.clerk").get(f"/desk/cases/{receipt.public_id}/print?lang=en").content.decode()
    assert receipt.number in page and "place for the seal" in page and "Check code" in page
    assert "13800138000" not in page and "138****8000" not in page
    assert staff("neighbour.clerk").get(f"/desk/cases/{receipt.public_id}/print").status_code == 404
    listed = staff("community.clerk").get("/desk/cases/print?queue=all").content.decode()
    assert receipt.number in listed
    assert receipt.number not in staff("neighbour.clerk").get("/desk/cases/print?queue=all").content.decode()
    assert (
        case_digest({"a": 1, "b": "x"}) == case_digest({"b": "x", "a": 1}) != case_digest({"a": 2, "b": "x"})
    )


# --- settings ---------------------------------------------------------------------------------------------------


def test_templates_are_filled_for_kind_and_stage(desk: Desk) -> None:
    case = desk.case(desk.report())
    actor = desk.actor("district.clerk")
    first = actions.save_template(
        actor=actor, context=desk.context, title="路灯", text="您好，{place}的{kind}已登记，工单号{number}，{promised}前答复。{body}",
        kinds=["gb_part_01037"],
    )  # fmt: skip
    actions.save_template(actor=actor, context=desk.context, title="答复时", text="已办好", stage="handling")
    (offer,) = queries.offers(desk.context, case)
    assert (
        case.number in offer.text
        and case.place.name in offer.text
        and "____" in offer.text
        and "{" not in offer.text
    )
    second = actions.save_template(
        actor=actor,
        context=desk.context,
        title="路灯",
        text="改过的",
        kinds=["gb_part_01037"],
        former=first.public_id,
    )
    assert second.id != first.id
    assert (
        actions.save_template(
            actor=actor,
            context=desk.context,
            title="路灯",
            text="改过的",
            kinds=["gb_part_01037"],
            former=second.public_id,
        ).id
        == second.id
    )
    assert [o.text for o in queries.offers(desk.context, case)] == ["改过的"]
    actions.end_template(actor=actor, context=desk.context, template=second.public_id)
    assert queries.offers(desk.context, case) == []
    assert templates.filled("{number}{nothing}", {"number": "1"}) == "1____"


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "长" * 41},
        {"text": " "},
        {"text": "{name}"},
        {"stage": "closed"},
        {"kinds": ["none"]},
    ],
)
def test_a_wrong_template_is_refused_and_nothing_written(desk: Desk, changes: dict) -> None:
    values = {"title": "标题", "text": "正文", **changes}
    with pytest.raises(Invalid) as refused, transaction.atomic():
        actions.save_template(actor=desk.actor("district.clerk"), context=desk.context, **values)
    assert refused.value.fields
    assert AnswerTemplate.objects.count() == 0


def test_settings_belong_to_the_district(desk: Desk) -> None:
    for login in ("subdistrict.clerk", "community.clerk", "property.handler", "auditor"):
        with pytest.raises(NotAllowed), transaction.atomic():
            actions.save_knowledge(actor=desk.actor(login), context=desk.context, title="问", text="答")
        assert staff(login).get("/desk/cases/settings").status_code == 403
    actor = desk.actor("district.clerk")
    row = actions.save_knowledge(
        actor=actor, context=desk.context, title="怎么办居住证", text="带身份证到社区"
    )
    with pytest.raises(Conflict), transaction.atomic():
        actions.save_knowledge(actor=actor, context=desk.context, title="怎么办居住证", text="别的")
    with work_in(140499, "qingshan", "Asia/Shanghai") as (context, _system):
        assert queries.knowledge(context.district, context.now.date()) == []
    with pytest.raises(OutOfScope), transaction.atomic():
        actions.end_knowledge(actor=actor, context=desk.context, item="nowhere")
    actions.end_knowledge(actor=actor, context=desk.context, item=row.public_id)
    assert KnowledgeItem.objects.filter(ended_at=None).count() == 0


def test_knowledge_is_found_from_one_character_while_it_is_valid(desk: Desk) -> None:
    actor, today = desk.actor("district.clerk"), desk.context.now.astimezone(desk.context.zone).date()
    for title, text, kinds, until in (
        ("暖气费怎么交", "到换热站或网上缴纳", ["local_other"], None),
        ("停暖怎么报修", "先打换热站值班电话", [], today),
    ):
        actions.save_knowledge(
            actor=actor, context=desk.context, title=title, text=text, kinds=kinds, valid_until=until
        )

    def titles(**asked: object) -> list[str]:
        return [
            row.title for row in queries.knowledge(desk.context.district, asked.pop("day", today), **asked)
        ]

    assert titles(text="暖") == ["停暖怎么报修", "暖气费怎么交"]
    assert titles(text="换热 值班") == ["停暖怎么报修"]
    assert titles(text="缴纳", kind="gb_part_01037") == []
    assert titles(text="换热", kind="local_other") == ["停暖怎么报修", "暖气费怎么交"]
    assert titles(text="暖", day=today + timedelta(days=1)) == ["暖气费怎么交"]
    with pytest.raises(Invalid), transaction.atomic():
        actions.save_knowledge(
            actor=actor, context=desk.context, title="旧", text="旧", valid_until=today - timedelta(days=1)
        )


def test_settings_through_the_pages_keep_what_was_typed(desk: Desk) -> None:
    clerk = staff("district.clerk")
    wrong = clerk.post(
        "/desk/cases/settings/template?lang=en",
        {"title": "标题甲", "text": "{phone}", "kinds": ["local_other"]},
    )
    assert (
        wrong.status_code == 422
        and "标题甲" in wrong.content.decode()
        and "{phone}" in wrong.content.decode()
    )
    assert clerk.post("/desk/cases/settings/template", {"title": "标题甲", "text": "好"}).status_code == 302
    bad_day = clerk.post(
        "/desk/cases/settings/knowledge", {"title": "问", "text": "答", "valid_until": "soon"}
    )
    assert bad_day.status_code == 422
    assert clerk.post("/desk/cases/settings/knowledge", {"title": "问", "text": "答"}).status_code == 302
    page = clerk.get("/desk/cases/settings?q=答").content.decode()
    assert "标题甲" in page and "问" in page
    row = AnswerTemplate.objects.get()
    assert "标题甲" in clerk.get(f"/desk/cases/settings/template?change={row.public_id}").content.decode()
    assert (
        clerk.post("/desk/cases/settings/template", {"former": row.public_id, "go": "end"}).status_code == 302
    )
    assert "gb_part_01037" in clerk.get("/desk/cases/settings/kinds").content.decode()
    assert Case.objects.count() == 0
