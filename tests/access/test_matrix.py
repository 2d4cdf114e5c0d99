"""Every cell: url x method x role x relation."""

from __future__ import annotations

import time

import pytest
from django.db import transaction
from django.test import Client

from tests.access.loading import Expectations, cells, patterns
from tests.access.running import Runner, grouped
from tests.access.stage import Stage


@pytest.mark.slow
def test_every_cell_answers_as_written(runner: Runner, expectations: Expectations) -> None:
    """No surprise, no canary, in at least five thousand cells over every address of the resolver."""
    began, worked = time.monotonic(), time.process_time()
    outcome = runner.run(cells(expectations))
    print(
        f"\npatterns {len(outcome.patterns)} of {len(patterns())}, cells {outcome.cells}, surprises {len(outcome.surprises)}, "
        f"leaks {len(outcome.leaks)}, {time.monotonic() - began:.0f} s, of which {time.process_time() - worked:.0f} s of our own work"
    )
    assert not outcome.red, grouped([*outcome.leaks, *outcome.surprises])
    assert outcome.cells >= 5000
    assert outcome.patterns == set(patterns())


@pytest.mark.slow
def test_the_second_district_keeps_the_first_one_out(
    stages: tuple[Stage, Stage], expectations: Expectations, runner: Runner
) -> None:
    """The same questions from the other side: equal names and codes, and nothing of the first district."""
    with transaction.atomic():  # its own sign-ins must not stand when the first district is asked again
        mirror = Runner(expectations, stages[1], stages[0])
        outcome = mirror.run(cells(expectations, relations=("other_district",)))
        transaction.set_rollback(True)
    print(
        f"\nfrom the second district: cells {outcome.cells}, surprises {len(outcome.surprises)}, leaks {len(outcome.leaks)}"
    )
    assert not outcome.red, grouped([*outcome.leaks, *outcome.surprises])
    assert outcome.cells >= 1000


# Outside systems carry a key or a secret instead of a form's token.
WITHOUT_TOKEN = {
    "cases:open311_requests",
    "cases:open311_requests_plain",
    "cases:open311_request",
    "cases:open311_discovery",
    "cases:open311_root",
    "cases:open311_services",
    "cases:open311_service",
    "cases:open311_token",
    "cases:v1_kinds",
    "cases:v1_places",
    "cases:v1_cases",
    "cases:v1_case",
    "cases:v1_entries",
    "cases:v1_report",
    "messaging:inbound",
}


def test_no_form_is_taken_without_its_token(runner: Runner, expectations: Expectations) -> None:
    checked = set()
    client = Client(enforce_csrf_checks=True)
    for cell in cells(expectations, relations=("own",)):
        if cell.method != "POST" or cell.role != "public" or cell.url in WITHOUT_TOKEN:
            continue
        checked.add(cell.url)
        assert client.post(runner.path(cell)).status_code == 403, cell.url
    assert checked == set(patterns()) - WITHOUT_TOKEN
