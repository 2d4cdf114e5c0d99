"""Many at once: the lock holds, a code counts once, an appointment has one grant."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db import connections
from django.test import Client

from linli.foundation.accounts import actions
from linli.foundation.accounts.actions.factors import totp
from linli.foundation.accounts.models import Grant, SignedIn
from linli.foundation.accounts.tests.builders import PASSWORD, account, grant, sign_in
from linli.foundation.core.context import work_in
from linli.foundation.core.errors import Refused

HERE = (140403, "luzhou", "Asia/Shanghai")


def at_once(n: int, task: Callable[[int], Any]) -> list[Any]:
    """Run a task n times in threads that start together."""
    barrier, results = threading.Barrier(n), [None] * n

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = task(number)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.slow
def test_thirty_wrong_tries_at_once_count_eight_and_lock(committed):
    with work_in(*HERE) as (context, _actor):
        account(context, "raced")

    def attempt(number: int) -> int:
        return (
            Client(REMOTE_ADDR=f"127.0.1.{number}")
            .post("/sign-in", {"name": "raced", "password": f"guess {number}"})
            .status_code
        )

    assert set(at_once(30, attempt)) == {200}
    assert [row.failures_since_start for row in AccessAttempt.objects.all()] == [8]
    assert Client().post("/sign-in", {"name": "raced", "password": PASSWORD}).status_code == 200


@pytest.mark.slow
def test_one_code_given_ten_times_at_once_opens_once(committed):
    secret = totp.generate_totp_secret()
    with work_in(*HERE) as (context, _actor):
        user = account(context, "coded")
        totp.TOTP.activate(user, secret)
    now = int(time.time()) // 30
    code = totp.format_hotp_value(totp.hotp_value(secret, now))

    def give(_number: int) -> bool:
        with work_in(*HERE) as (inner, _system):
            return actions.give_code(user=user, code=code, now=inner.now)

    assert at_once(10, give).count(True) == 1


@pytest.mark.slow
def test_one_appointment_filed_by_ten_at_once_has_one_open_grant(committed):
    with work_in(*HERE) as (context, _actor):
        users = [account(context) for _n in range(10)]

    def file(number: int) -> str:
        try:
            with work_in(*HERE) as (inner, _system):
                grant(inner, users[number], "handler", appointment=4242)
        except Refused as refusal:
            return refusal.code
        return "filed"

    answers = at_once(10, file)
    assert set(answers) <= {"filed", "grant.taken"} and "filed" in answers
    assert Grant.objects.filter(district=HERE[0], appointment=4242, valid_to__isnull=True).count() == 1


@pytest.mark.slow
def test_no_request_passes_after_the_grant_was_ended(committed):
    with work_in(*HERE) as (context, _actor):
        user = account(context, "leaving")
        filed = grant(context, user)
        clients = [sign_in(Client(), user, filed, now=context.now) for _n in range(8)]
    ended: list[datetime] = []
    passed: list[datetime] = []

    def work(number: int) -> None:
        if number == 8:
            time.sleep(0.15)
            with work_in(*HERE) as (inner, system_actor):
                actions.end_grant(actor=system_actor, appointment=filed.appointment, now=inner.now)
            ended.append(datetime.now(UTC))
            return
        for _n in range(12):
            began = datetime.now(UTC)
            if clients[number].get("/desk/accounts/own").status_code == 200:
                passed.append(began)

    at_once(9, work)
    assert passed and max(passed) <= ended[0]
    assert not SignedIn.objects.filter(district=HERE[0], user=user, ended_at__isnull=True).exists()
