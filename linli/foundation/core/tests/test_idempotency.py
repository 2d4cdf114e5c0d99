"""A second send gives the same answer, another body is refused, a race writes once."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from linli.foundation.core import idempotency, ratelimit
from linli.foundation.core.context import work_in
from linli.foundation.core.errors import Conflict, Invalid, TooMany
from linli.foundation.core.models import IdempotencyKey, RateBucket

BODY = idempotency.digest("a", "b")


def test_digest_separates_parts() -> None:
    assert idempotency.digest("ab", "c") != idempotency.digest("a", "bc")
    assert len(BODY) == 32


def test_first_send_takes_the_key_and_the_second_reads_the_answer(work) -> None:
    context, _actor = work
    first = idempotency.take(district=context.district, door="t", key="k1", body=BODY, now=context.now)
    assert first.replay is None
    first.answer(201, "ref")
    second = idempotency.take(district=context.district, door="t", key="k1", body=BODY, now=context.now)
    assert second.replay == idempotency.Answer(201, "ref")


def test_other_body_is_refused_and_changes_nothing(work) -> None:
    context, _actor = work
    idempotency.take(
        district=context.district,
        door="t",
        key="k",
        body=BODY,
        now=context.now,
        answer=idempotency.Answer(201, "x"),
    )
    with pytest.raises(idempotency.KeyReused):
        idempotency.take(
            district=context.district, door="t", key="k", body=idempotency.digest("other"), now=context.now
        )
    assert IdempotencyKey.objects.get(district=context.district, door="t", key="k").reference == "x"


def test_same_key_at_another_door_or_district_is_another_key(work) -> None:
    context, _actor = work
    for district, door in ((context.district, "t"), (context.district, "u"), (140499, "t")):
        assert (
            idempotency.take(district=district, door=door, key="k", body=BODY, now=context.now).replay is None
        )


@pytest.mark.parametrize("key", ["", "x" * 81, "钥匙", "a\nb"])
def test_unusable_keys_are_refused(work, key: str) -> None:
    context, _actor = work
    with pytest.raises(Invalid):
        idempotency.take(district=context.district, door="t", key=key, body=BODY, now=context.now)


def test_unfinished_first_send_asks_to_wait(work) -> None:
    context, _actor = work
    idempotency.take(district=context.district, door="t", key="k", body=BODY, now=context.now)
    with pytest.raises(Conflict):
        idempotency.take(district=context.district, door="t", key="k", body=BODY, now=context.now)


def limited_take(context, key: str, limited: ratelimit.Try) -> idempotency.Slot:
    return idempotency.take(
        district=context.district, door="t", key=key, body=BODY, now=context.now,
        answer=idempotency.Answer(201, "x"), limited=limited,
    )  # fmt: skip


def test_a_new_key_counts_as_a_try_and_a_second_send_does_not(work) -> None:
    context, _actor = work
    one = ratelimit.Try("t", "somebody", ratelimit.Limit(2, 1))
    assert limited_take(context, "k1", one).replay is None
    for _again in range(5):
        assert limited_take(context, "k1", one).replay == idempotency.Answer(201, "x")
    assert limited_take(context, "k2", one).replay is None
    assert round(RateBucket.objects.get(district=context.district, door="t", who="somebody").tokens) == 0


def test_a_try_too_many_takes_no_key(committed) -> None:
    one = ratelimit.Try("t", "somebody", ratelimit.Limit(1, 1))
    with work_in(140403, "luzhou", "Asia/Shanghai") as (context, _actor):
        limited_take(context, "first", one)
    with pytest.raises(TooMany), work_in(140403, "luzhou", "Asia/Shanghai") as (context, _actor):
        limited_take(context, "second", one)
    assert list(IdempotencyKey.objects.filter(district=140403, door="t").values_list("key", flat=True)) == [
        "first"
    ]


def test_twenty_racing_sends_take_it_once(committed) -> None:
    answers: list[idempotency.Answer | None] = []
    gate = threading.Barrier(20)

    def send() -> None:
        gate.wait()
        with work_in(140403, "luzhou", "Asia/Shanghai") as (context, _actor):
            slot = idempotency.take(
                district=context.district,
                door="race",
                key="one",
                body=BODY,
                now=context.now,
                answer=idempotency.Answer(201, "ref"),
            )
            answers.append(slot.replay)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(None) == 1
    assert answers.count(idempotency.Answer(201, "ref")) == 19
    assert IdempotencyKey.objects.filter(door="race").count() == 1
