"""What a load balancer and a monitor are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from linli.foundation.core import outbox
from linli.foundation.core.models import Outbox


def test_a_lagging_outbox_is_told_but_turns_nobody_away(work: Any) -> None:
    context, _ = work
    outbox.queue_job("core.sweep_clocks", district=context.district, now=context.now)
    Outbox.objects.filter(district=context.district).update(due_at=context.now - timedelta(minutes=5))
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["outbox_keeps_up"] is False
    assert answer.json()["outbox_lag_seconds"] >= 300
    text = Client().get("/metrics").content.decode()
    lag = next(line for line in text.splitlines() if line.startswith("linli_outbox_lag_seconds "))
    assert float(lag.split()[1]) >= 300


def test_an_empty_outbox_lags_by_nothing(work: Any) -> None:
    Outbox.objects.all().delete()
    assert Client().get("/readyz").json()["outbox_lag_seconds"] == 0
