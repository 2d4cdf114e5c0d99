"""Fifty openings at once: the quota holds. And what keeping costs."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from linli.foundation.core.context import work_in
from linli.foundation.core.errors import TooMany
from linli.foundation.core.models import Outbox
from linli.foundation.core.outbox import claim, run
from linli.foundation.people import actions, jobs, sealed, vault
from linli.foundation.people.commands import _retire, _rewrap
from linli.foundation.people.models import DataKey, Reveal
from linli.foundation.people.tests.builders import clerk, person


@pytest.mark.slow
def test_a_quota_of_twenty_is_twenty_under_fifty_threads(committed) -> None:
    with work_in(140403, "luzhou", "Asia/Shanghai") as (context, _):
        kept = person(context)

    def attempt(_n: int) -> bool:
        try:
            with work_in(140403, "luzhou", "Asia/Shanghai") as (context, _):
                actions.reveal(
                    actor=clerk(context, "people.reveal"), person=kept, fields=["phone"], purpose="emergency",
                    now=context.now, fresh=True,
                )  # fmt: skip
        except TooMany:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(10) as pool:
        passed = sum(pool.map(attempt, range(50)))
    with work_in(140403, "luzhou", "Asia/Shanghai"):
        assert (passed, Reveal.objects.count()) == (20, 20)


def test_keeping_a_contact_costs_little(work) -> None:
    context, _ = work
    person(context)
    started = time.perf_counter()
    for _n in range(100):
        person(context)
    spent = (time.perf_counter() - started) / 100
    assert spent < 0.02, f"{spent * 1000:.2f} ms per contact"


@pytest.mark.slow
def test_the_job_rewraps_and_goes_on_by_itself(committed, monkeypatch, tmp_path, settings, capsys) -> None:
    copy = tmp_path / "keys.json"
    copy.write_bytes(Path(settings.LINLI_KEYS).read_bytes())
    settings.LINLI_KEYS = str(copy)
    monkeypatch.setattr(jobs, "BATCH", 3)
    real = jobs.rewrap_batch
    monkeypatch.setattr(jobs, "rewrap_batch", lambda **given: real(**given, size=3))
    with work_in(140403, "luzhou", "Asia/Shanghai") as (context, actor):
        for _n in range(7):
            person(context)
        actions.start_rotation(actor=actor, now=context.now)
    runs = 0
    while claimed := [c for c in claim(140403) if c.handler == "people.rewrap"]:
        for one in claimed:
            assert run(one, "luzhou", context.zone)
            runs += 1
    with work_in(140403, "luzhou", "Asia/Shanghai") as (context, actor):
        assert runs == 3 and sealed.key_state(actor=actor).waiting == 0
        assert not Outbox.objects.filter(handler="people.rewrap", done_at=None).exists()
        with vault.opened():
            assert DataKey.objects.count() == 7
    assert (_rewrap(None), _retire(None), _retire(None)) == (0, 0, 0)
    said = capsys.readouterr().out
    assert "Retired: 1." in said and "Every key of the key file is in use." in said
