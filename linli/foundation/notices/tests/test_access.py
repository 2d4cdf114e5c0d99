"""`may_…` and `visible_to` agree, for every kind of actor and every stage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from linli.foundation.core.rules.actor import Actor, public
from linli.foundation.notices import access, actions, rules
from linli.foundation.notices.models import Notice, Objection
from linli.foundation.notices.tests.builders import World, drafted, published


def _one_of_each(made: World) -> list[Notice]:
    running, ended = published(made), published(made)
    Notice.objects.filter(district=ended.district, id=ended.id).update(stage=rules.ENDED)
    gone = actions.withdraw(actor=made.clerk, context=made.context, notice=published(made), reason="数据有误")
    old = published(made)
    fresh = actions.correct(actor=made.clerk, context=made.context, notice=old)
    actions.publish(actor=made.clerk, context=made.context, notice=fresh)
    away = actions.discard(actor=made.clerk, context=made.context, notice=drafted(made))
    ids = [row.id for row in (running, ended, gone, old, fresh, away, drafted(made))]
    return list(Notice.objects.filter(district=running.district, id__in=ids))


def _actors(made: World) -> dict[str, Actor]:
    return {
        "public": public(made.context.district),
        "clerk": made.clerk,
        "stranger": made.stranger,
        "verbless": replace(made.clerk, verbs=frozenset()),
        "scopeless": replace(made.clerk, scope=""),
        "system": made.system,
    }


@pytest.mark.parametrize("who", ["public", "clerk", "stranger", "verbless", "scopeless", "system"])
def test_reading_agrees(made: World, who: str) -> None:
    actor, notices = _actors(made)[who], _one_of_each(made)
    assert {notice.stage for notice in notices} == set(rules.STAGES)
    visible = set(access.visible_to(actor).values_list("id", flat=True))
    assert {notice.id for notice in notices if access.may_read(actor, notice)} == visible


@pytest.mark.parametrize("who", ["public", "clerk", "stranger", "verbless", "scopeless", "system"])
def test_managing_and_answering_agree(made: World, who: str) -> None:
    actor, notices = _actors(made)[who], _one_of_each(made)
    managed = set(access.managed_by(actor).values_list("id", flat=True))
    assert {notice.id for notice in notices if access.may_publish(actor, notice.place_path)} == managed
    objection = actions.object_to(
        actor=public(made.context.district), context=made.context, notice=published(made), text="不对"
    )
    seen = set(access.objections_visible_to(actor).values_list("id", flat=True))
    rows = Objection.objects.select_related("notice").filter(district=objection.district)
    assert {row.id for row in rows if access.may_answer(actor, row)} == seen
    assert (objection.id in seen) == (who in ("clerk", "system"))


def test_drafts_are_for_those_who_may_publish_there(made: World) -> None:
    draft = drafted(made)
    readers = {who for who, actor in _actors(made).items() if access.may_read(actor, draft)}
    assert readers == {"clerk", "system"}
