"""The same form sent 200 times at once is one case with 200 equal answers; another text under its key is refused."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest

from linli.shell.proof.door import Answer, Door, Form, last_step, open_form
from linli.shell.proof.fleet import Fleet
from linli.shell.proof.ground import Ground

pytestmark = [pytest.mark.kill, pytest.mark.slow]

TIMES = 200
TEXT = "三号楼东侧路灯不亮，晚上回家看不清路。"


@pytest.fixture(scope="module")
def served(killing_ground: Ground) -> Iterator[tuple[Fleet, str]]:
    database = killing_ground.copy("linli_proof_double")
    receiver = killing_ground.data / "double-receiver"
    fleet = Fleet(killing_ground, database, web=2, jobs=0, LINLI_PROOF_RECEIVER=str(receiver))
    try:
        fleet.start()
        yield fleet, killing_ground.endpoint.super_url(database)
    finally:
        fleet.stop()


def counted(url: str, words: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(words).fetchone()  # type: ignore[arg-type]  # fixed words of this file
    assert row is not None
    return int(row[0])


def send(fleet: Fleet, ground: Ground, form: Form, source: str, key: str, text: str) -> Answer:
    door = Door(fleet.plan.port, source=source, timeout=60)
    try:
        world = ground.world
        fields = last_step(
            form, key=key, place=world["place"], kind=world["kind"], text=text, phone="13800138000"
        )
        return door.post("/report", fields, form.cookies)
    finally:
        door.close()


def test_one_case_and_equal_answers(killing_ground: Ground, served: tuple[Fleet, str]) -> None:
    fleet, url = served
    form = open_form(Door(fleet.plan.port))
    before = counted(url, "SELECT count(*) FROM cases_case")
    ready = threading.Barrier(TIMES)
    answers: list[Answer] = []

    def one(number: int) -> None:
        ready.wait(30)
        answers.append(send(fleet, killing_ground, form, f"127.0.1.{number % 200 + 1}", "same-key", TEXT))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(TIMES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert Counter((answer.status, answer.location) for answer in answers) == {
        (303, answers[0].location): TIMES
    }
    assert answers[0].location.endswith("/sent")
    assert counted(url, "SELECT count(*) FROM cases_case") == before + 1
    assert counted(url, "SELECT count(*) FROM core_idempotencykey WHERE key = 'same-key'") == 1
    assert counted(url, "SELECT count(*) FROM core_event WHERE code = 'case.received'") == before + 1


def test_same_key_with_another_text_is_refused_and_noticed(
    killing_ground: Ground, served: tuple[Fleet, str]
) -> None:
    fleet, url = served
    form = open_form(Door(fleet.plan.port))
    first = send(fleet, killing_ground, form, "127.0.0.9", "other-body", TEXT)
    before = counted(url, "SELECT count(*) FROM cases_case")
    noticed = counted(url, "SELECT count(*) FROM core_securityevent WHERE code = 'idempotency.reused'")
    second = send(fleet, killing_ground, form, "127.0.0.9", "other-body", TEXT + "还有别的。")
    assert (first.status, second.status) == (303, 422)
    assert counted(url, "SELECT count(*) FROM cases_case") == before
    assert (
        counted(url, "SELECT count(*) FROM core_securityevent WHERE code = 'idempotency.reused'")
        == noticed + 1
    )
    again = send(fleet, killing_ground, form, "127.0.0.9", "other-body", TEXT)
    assert (again.status, again.location) == (303, first.location)
