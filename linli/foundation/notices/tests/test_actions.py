"""Writing, publishing, correcting, withdrawing, objecting, answering, proving: what is stored and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from linli.foundation.core import clocks, outbox
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope, Refused, WrongStage
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import Actor, public
from linli.foundation.notices import actions, jobs, queries, rules
from linli.foundation.notices.actions.objections import ANSWER
from linli.foundation.notices.models import Notice, Objection, RuleBasis
from linli.foundation.notices.tests import builders
from linli.foundation.notices.tests.builders import World, drafted, events, everything, later, published


def refused(made: World, kind: type[Refused], code: str, act: Callable[[], object]) -> Refused:
    """The action is refused and nothing was written."""
    before = everything(made.context.district)
    with pytest.raises(kind) as caught, transaction.atomic():
        act()
    assert caught.value.code == code
    assert everything(made.context.district) == before
    return caught.value


def test_a_draft_is_not_shown_and_records_one_event(made: World) -> None:
    notice = drafted(made)
    assert (notice.stage, notice.digest, notice.published_at) == ("draft", "", None)
    assert (notice.body_name, notice.shown_amount, notice.shown_unit) == (
        "紫坊社区居民委员会",
        7,
        "calendar_days",
    )
    assert events(notice) == ["notice.drafted"]
    assert queries.public_page(made.context.district).rows == []


def test_publishing_freezes_content_and_computes_days(made: World) -> None:
    notice = published(made)
    first = made.context.now.astimezone(made.context.zone).date()
    assert notice.stage == "running"
    assert (notice.first_day, notice.last_day) == (first, first + timedelta(days=7))
    assert notice.objections_until == notice.last_day
    assert notice.digest == queries.found_digest(Notice.objects.get(district=notice.district, id=notice.id))
    assert events(notice) == ["notice.drafted", "notice.published"]
    assert not queries.may_act(notice, first + timedelta(days=7))
    assert queries.may_act(notice, first + timedelta(days=8))


def test_only_consultations_take_objections(made: World) -> None:
    assert published(made, rule="announcement").objections_until is None
    roll = published(made, rule="election_roll")
    assert roll.objections_until == roll.first_day + timedelta(days=5)
    assert roll.last_day == roll.first_day + timedelta(days=20)


def test_longer_is_allowed_and_shorter_is_refused(made: World) -> None:
    assert drafted(made, shown_amount=30).shown_amount == 30
    refused(made, Invalid, "notices.days", lambda: drafted(made, shown_amount=6))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"title": "  "}, "notices.text"),
        ({"text": ""}, "notices.text"),
        ({"title": "长" * 121}, "notices.text"),
        ({"rule": "horoscope"}, "notices.rule"),
    ],
)
def test_a_poor_draft_is_refused(made: World, more: dict[str, Any], code: str) -> None:
    refused(made, Invalid, code, lambda: drafted(made, **more))


def test_a_text_that_names_a_person_is_refused_unless_the_law_is_named(made: World) -> None:
    notice = drafted(made, text="联系人手机13800138000，欢迎来电。")
    refusal = refused(
        made,
        Invalid,
        "notices.personal",
        lambda: actions.publish(actor=made.clerk, context=made.context, notice=notice),
    )
    assert "13800138000" not in str(refusal.message)
    assert "text" in refusal.fields
    named = drafted(
        made, text="联系人手机13800138000，欢迎来电。", personal_basis="城市居民委员会组织法第十七条"
    )
    assert actions.publish(actor=made.clerk, context=made.context, notice=named).stage == "running"


def test_strangers_and_the_public_publish_nothing(made: World) -> None:
    notice = drafted(made)

    def act(actor: Actor) -> Callable[[], Notice]:
        return lambda: actions.publish(actor=actor, context=made.context, notice=notice)

    refused(made, OutOfScope, "notices.place", act(made.stranger))
    refused(made, NotAllowed, "notices.publish", act(public(made.context.district)))
    refused(made, NotAllowed, "notices.publish", act(replace(made.clerk, verbs=frozenset())))
    assert act(made.clerk)().stage == "running"


def test_a_body_is_needed(made: World) -> None:
    nobody = replace(made.clerk, body=None)
    refused(
        made, Invalid, "notices.body",
        lambda: actions.draft(actor=nobody, context=made.context, rule="announcement", place=made.compound, title="停水", text="停水"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        "title = 'x'",
        "text = 'x'",
        "last_day = last_day - 1",
        "digest = repeat('0', 64)",
        "published_at = now()",
        "basis = 'x'",
    ],
)
def test_the_database_refuses_to_change_what_was_published(made: World, change: str) -> None:
    notice = published(made)
    with (
        pytest.raises((ProgrammingError, InternalError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE notices_notice SET {change} WHERE district = %s AND id = %s",
            [notice.district, notice.id],
        )
    with (
        pytest.raises((ProgrammingError, InternalError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "DELETE FROM notices_notice WHERE district = %s AND id = %s", [notice.district, notice.id]
        )


def test_a_draft_is_edited_and_a_published_notice_is_not(made: World) -> None:
    notice = drafted(made)
    change = {"rule": "announcement", "place": made.community, "title": "停水公告", "text": "明日停水。"}
    edited = actions.edit(actor=made.clerk, context=made.context, notice=notice, **change)
    assert (edited.title, edited.kind, edited.place_path) == ("停水公告", "announcement", made.community.path)
    shown = published(made)
    refused(
        made,
        WrongStage,
        "notices.edit",
        lambda: actions.edit(actor=made.clerk, context=made.context, notice=shown, **change),
    )


def test_a_draft_is_not_moved_out_of_reach(made: World) -> None:
    notice = drafted(made)
    change = {"rule": "announcement", "place": made.other, "title": "停水公告", "text": "明日停水。"}
    refused(
        made,
        OutOfScope,
        "notices.place",
        lambda: actions.edit(actor=made.clerk, context=made.context, notice=notice, **change),
    )


def test_a_discarded_draft_is_never_shown(made: World) -> None:
    notice = actions.discard(actor=made.clerk, context=made.context, notice=drafted(made))
    refused(
        made,
        WrongStage,
        "notices.publish",
        lambda: actions.publish(actor=made.clerk, context=made.context, notice=notice),
    )


def test_a_correction_is_a_new_version_linked_to_the_old(made: World) -> None:
    old = published(made)
    fresh = actions.correct(actor=made.clerk, context=made.context, notice=old)
    assert (fresh.version, fresh.corrects_id, fresh.stage, fresh.text) == (2, old.id, "draft", old.text)
    refused(
        made,
        Conflict,
        "notices.correcting",
        lambda: actions.correct(actor=made.clerk, context=made.context, notice=old),
    )
    shown = actions.publish(actor=made.clerk, context=made.context, notice=fresh)
    old.refresh_from_db()
    assert old.stage == "superseded"
    assert queries.correction_of(old) == shown
    assert shown.digest != old.digest
    assert events(old)[-1] == "notice.superseded"
    assert [row.id for row in queries.public_page(old.district).rows] == [shown.id]
    assert not queries.may_act(old, date(2100, 1, 1))


def test_a_correction_keeps_kind_and_place(made: World) -> None:
    fresh = actions.correct(actor=made.clerk, context=made.context, notice=published(made))
    refused(
        made, Invalid, "notices.correction",
        lambda: actions.edit(
            actor=made.clerk, context=made.context, notice=fresh, rule="announcement", place=made.compound, title="a", text="b"
        ),
    )  # fmt: skip


def test_a_discarded_correction_can_be_written_again(made: World) -> None:
    old = published(made)
    first = actions.correct(actor=made.clerk, context=made.context, notice=old)
    actions.discard(actor=made.clerk, context=made.context, notice=first)
    assert actions.correct(actor=made.clerk, context=made.context, notice=old).version == 2


def test_a_withdrawal_says_why(made: World) -> None:
    notice = published(made)
    for reason in ("", "  ", "因13800138000来电", "长" * 501):
        refused(
            made, Invalid, "notices.reason",
            lambda reason=reason: actions.withdraw(actor=made.clerk, context=made.context, notice=notice, reason=reason),
        )  # fmt: skip
    gone = actions.withdraw(actor=made.clerk, context=made.context, notice=notice, reason="数据有误")
    assert (gone.stage, gone.withdrawn_reason, gone.digest) == ("withdrawn", "数据有误", notice.digest)
    assert not queries.may_act(gone, date(2100, 1, 1))
    refused(
        made, WrongStage, "notices.withdraw",
        lambda: actions.withdraw(actor=made.clerk, context=made.context, notice=notice, reason="再撤"),
    )  # fmt: skip


def test_publish_now_is_for_upper_rooms_and_finds_its_subject(made: World) -> None:
    notice = actions.publish_now(
        actor=made.system, context=made.context, rule="announcement", place=made.compound, title="停水公告",
        text="明日停水。", body=made.body, subject=("case", 5),
    )  # fmt: skip
    assert notice.stage == "running"
    assert queries.of_subject(notice.district, ("case", 5)) == [notice]
    assert queries.of_subject(notice.district, ("case", 6)) == []


def test_an_objection_is_masked_kept_and_has_a_clock(made: World) -> None:
    notice = published(made)
    anyone = public(notice.district)
    objection = actions.object_to(
        actor=anyone,
        context=made.context,
        notice=notice,
        text="我是13800138000的业主，支出不对。",
        phone="13800138000",
        name="王小明",
    )
    assert "13800138000" not in objection.text
    assert objection.person is not None
    assert objection.kept_id is not None
    assert (objection.person.source, objection.person.scope_path) == ("objection", made.compound.path)
    [clock] = clocks.of(notice.district, ("objection", objection.id))
    assert (clock.kind, clock.amount, clock.span_unit, clock.state) == (ANSWER, 5, "working_days", "running")
    [event] = Event.objects.filter(
        district=notice.district, subject_type="objection", subject_id=objection.id
    )
    assert (event.code, event.data) == ("objection.received", {"notice": notice.id, "contact": True})


def test_an_objection_without_contact_is_taken(made: World) -> None:
    objection = actions.object_to(
        actor=public(made.context.district), context=made.context, notice=published(made), text="支出不对。"
    )
    assert objection.person is None
    assert queries.objection(objection.district, objection.public_id) == objection


def test_objections_end_with_their_day(made: World) -> None:
    notice = published(made)
    anyone = public(notice.district)

    def act(days: float) -> Callable[[], Objection]:
        context = later(made.context, days)
        return lambda: actions.object_to(actor=anyone, context=context, notice=notice, text="不对")

    assert act(7)().pk
    refused(made, WrongStage, "objection.closed", act(8))
    refused(
        made,
        Invalid,
        "objection.text",
        lambda: actions.object_to(actor=anyone, context=made.context, notice=notice, text=" "),
    )


def test_no_objection_to_an_announcement_or_a_withdrawn_notice(made: World) -> None:
    anyone = public(made.context.district)
    gone = actions.withdraw(actor=made.clerk, context=made.context, notice=published(made), reason="数据有误")
    for notice in (published(made, rule="announcement"), gone, drafted(made)):
        refused(
            made, WrongStage, "objection.closed",
            lambda notice=notice: actions.object_to(actor=anyone, context=made.context, notice=notice, text="不对"),
        )  # fmt: skip


def test_an_objection_is_answered_once_by_who_publishes_there(made: World) -> None:
    anyone = public(made.context.district)
    objection = actions.object_to(
        actor=anyone, context=made.context, notice=published(made), text="支出不对。"
    )

    def act(actor: Actor, answer: str) -> Callable[[], Objection]:
        return lambda: actions.answer_objection(
            actor=actor, context=made.context, objection=objection, answer=answer
        )

    refused(made, OutOfScope, "objection.none", act(made.stranger, "已核对。"))
    refused(made, OutOfScope, "objection.none", act(anyone, "已核对。"))
    refused(made, Invalid, "objection.answer", act(made.clerk, "请打13800138000"))
    answered = act(made.clerk, "已核对，支出无误。")()
    assert answered.answered_at == made.context.now
    [clock] = clocks.of(answered.district, ("objection", answered.id))
    assert clock.state == "met"
    refused(made, WrongStage, "objection.answered", act(made.clerk, "再答。"))


def test_each_day_leaves_one_proof(made: World) -> None:
    notice = published(made)
    assert actions.prove_shown(context=made.context) == 0
    tomorrow = later(made.context, 1)
    assert actions.prove_shown(context=tomorrow) == 1
    assert actions.prove_shown(context=tomorrow) == 0
    [event] = Event.objects.filter(district=notice.district, code="notice.shown")
    assert event.data["digest"] == notice.digest
    assert event.data["day"] == tomorrow.now.astimezone(tomorrow.zone).date().isoformat()


def test_a_changed_row_is_told(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    published(made)
    monkeypatch.setattr(queries, "found_digest", lambda notice: "f" * 64)
    assert actions.prove_shown(context=later(made.context, 1)) == 1
    codes = Event.objects.filter(district=made.context.district, code__in=["notice.shown", "notice.differs"])
    assert [(event.code, event.data["found"]) for event in codes] == [("notice.differs", "f" * 64)]


def test_showing_ends_when_its_last_day_is_over(made: World) -> None:
    notice = published(made)
    assert actions.end_shown(context=later(made.context, 7)) == 0
    assert actions.end_shown(context=later(made.context, 8)) == 1
    notice.refresh_from_db()
    assert notice.stage == "ended"
    assert events(notice)[-1] == "notice.ended"
    assert actions.end_shown(context=later(made.context, 9)) == 0


def test_the_daily_job_proves_and_ends(made: World) -> None:
    notice = published(made)
    jobs.daily({}, later(made.context, 1))
    jobs.daily({}, later(made.context, 1))
    jobs.daily({}, later(made.context, 8))
    assert events(notice) == ["notice.drafted", "notice.published", "notice.shown", "notice.ended"]
    assert "notices.daily" in outbox.job_names()


def test_a_rule_is_filed_with_its_charter_keys_and_ended(made: World) -> None:
    office = builders.librarian(made)
    wanted = {
        "number": "中华人民共和国主席令第60号", "title": "城市居民委员会组织法", "issuer": "全国人民代表大会常务委员会",
        "dated": date(2025, 10, 28), "valid_from": date(2026, 1, 1), "keys": ["notices.residents_affairs.min_days"],
    }  # fmt: skip
    rule = actions.file_rule(actor=office, context=made.context, **wanted)
    assert [
        basis.charter_key for basis in RuleBasis.objects.filter(district=rule.district, rule=rule)
    ] == wanted["keys"]
    refused(
        made,
        Conflict,
        "library.twin",
        lambda: actions.file_rule(actor=office, context=made.context, **wanted),
    )
    refused(
        made,
        NotAllowed,
        "notices.library",
        lambda: actions.file_rule(actor=made.clerk, context=made.context, **wanted),
    )
    bad = {**wanted, "number": "2", "keys": ["no.such.key"]}
    refused(
        made, Invalid, "library.fields", lambda: actions.file_rule(actor=office, context=made.context, **bad)
    )
    refused(
        made, Invalid, "library.end",
        lambda: actions.end_rule(actor=office, context=made.context, rule=rule, valid_to=date(2025, 1, 1)),
    )  # fmt: skip
    assert queries.library(rule.district, date(2026, 6, 1)) == [rule]
    ended = actions.end_rule(actor=office, context=made.context, rule=rule, valid_to=date(2027, 1, 1))
    assert queries.library(rule.district, date(2027, 1, 1)) == []
    assert queries.library(rule.district, date(2027, 1, 1), ended=True) == [ended]
    refused(
        made, WrongStage, "library.ended",
        lambda: actions.end_rule(actor=office, context=made.context, rule=rule, valid_to=date(2028, 1, 1)),
    )  # fmt: skip


def test_another_district_reaches_nothing(made: World, request: pytest.FixtureRequest) -> None:
    notice = published(made)
    objection = actions.object_to(
        actor=public(notice.district), context=made.context, notice=notice, text="不对"
    )
    context, actor = request.getfixturevalue("other_work")
    before = everything(notice.district)
    for act in (
        lambda: actions.withdraw(actor=actor, context=context, notice=notice, reason="x"),
        lambda: actions.object_to(
            actor=public(context.district), context=context, notice=notice, text="不对"
        ),
        lambda: actions.answer_objection(actor=actor, context=context, objection=objection, answer="x"),
        lambda: queries.notice(actor, notice.public_id),
        lambda: queries.objection(context.district, objection.public_id),
    ):
        with pytest.raises(OutOfScope), transaction.atomic():
            act()
    assert actions.prove_shown(context=later(context, 1)) == 0
    assert actions.end_shown(context=later(context, 99)) == 0
    assert everything(notice.district) == before
    assert Objection.objects.filter(district=context.district).count() == 0
    assert rules.next_stage(notice.stage, "withdraw") == rules.WITHDRAWN
