"""Through the outbox with real commits: delivered once, whatever runs twice."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from linli.foundation.core import ledger, outbox
from linli.foundation.core.context import work_in
from linli.foundation.core.rules.clocks import OpeningHours
from linli.foundation.messaging import actions
from linli.foundation.messaging.models import Message, Recorded
from linli.foundation.messaging.tests.builders import TEMPLATES, with_rules
from linli.foundation.people.tests.builders import person

DISTRICT, SLUG, ZONE = 140403, "luzhou", "Asia/Shanghai"


def test_the_worker_delivers_a_message_once(committed, monkeypatch) -> None:
    with work_in(DISTRICT, SLUG, ZONE) as (context, actor):
        hours = OpeningHours(((time(0), time(0)),))
        with_rules(monkeypatch, DISTRICT, context.now, {**TEMPLATES, "messaging.hours": hours})
        event = ledger.record(
            "calendar.loaded",
            actor=actor,
            subject=("calendar", 3000),
            now=context.now,
            data={"year": 3000, "days": 1},
        )
        send = lambda: actions.send(  # noqa: E731  # short
            context=context,
            template="test_receipt",
            event=event,
            subject=("case", 5),
            data={"code": "7H3K9"},
            to_person=who.id,
        )
        who = person(context)
        assert len(send()) == 1 and send() == []
    mine = [claimed for claimed in outbox.claim(DISTRICT) if claimed.handler == "messaging.deliver"]
    assert len(mine) == 1
    assert outbox.run(mine[0], SLUG, ZoneInfo(ZONE))
    assert not outbox.run(mine[0], SLUG, ZoneInfo(ZONE))
    with work_in(DISTRICT, SLUG, ZONE):
        assert Message.objects.get().state == "sent"
        assert Recorded.objects.count() == 1
