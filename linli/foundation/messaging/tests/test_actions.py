"""Sending once, delivering with the number opened for the task, failing visibly, answers coming in."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.db import transaction

from linli.foundation.bodies import actions as bodies
from linli.foundation.bodies.tests.builders import Town
from linli.foundation.core import ledger
from linli.foundation.core.errors import NotAllowed, OutOfScope
from linli.foundation.core.models import Event, Outbox
from linli.foundation.core.rules.actor import system
from linli.foundation.core.rules.clocks import OpeningHours
from linli.foundation.messaging import actions, ports, reactions, rules
from linli.foundation.messaging.addresses import is_task
from linli.foundation.messaging.models import InboundMessage, Message, Recorded
from linli.foundation.messaging.tests.builders import TEMPLATES, with_rules
from linli.foundation.people.models import Reveal
from linli.foundation.people.tests.builders import PHONE, person


@pytest.fixture
def event(work, town: Town) -> Event:
    context, actor = work
    return ledger.record(
        "calendar.loaded",
        actor=actor,
        subject=("calendar", 2030),
        now=context.now,
        data={"year": 2030, "days": 1},
    )


def receipt(context, event: Event, to: int, **more) -> list[Message]:
    return actions.send(
        **{
            "context": context, "template": "test_receipt", "event": event, "subject": ("case", 5),
            "data": {"code": "7H3K9"}, "to_person": to,
        } | more
    )  # fmt: skip


def test_same_event_reaches_a_person_once(work, event: Event) -> None:
    context, _ = work
    who = person(context)
    first = receipt(context, event, who.id)
    assert len(first) == 1 and receipt(context, event, who.id) == []
    assert Message.objects.count() == 1
    assert Outbox.objects.filter(handler="messaging.deliver").count() == 1
    assert Event.objects.filter(code="message.queued").count() == 1
    assert receipt(context, event, person(context).id)


def test_delivery_opens_the_number_for_the_task_only(work, event: Event) -> None:
    context, _ = work
    who = person(context)
    message = receipt(context, event, who.id)[0]
    done = actions.deliver(context=context, message=message.id)
    assert (done.state, done.reference) == ("sent", f"recorded-{message.public_id}")
    book = Recorded.objects.get(message=message)
    assert "查询码7H3K9" in book.text and book.text.startswith("【潞州区】")
    assert PHONE not in book.text
    reveal = Reveal.objects.get(person=who)
    assert (reveal.task_kind, reveal.task_id, reveal.fields) == ("message", message.id, ["phone"])
    actions.deliver(context=context, message=message.id)
    assert Recorded.objects.count() == Reveal.objects.count() == 1


def test_recording_port_takes_a_message_once(work, event: Event) -> None:
    context, _ = work
    message = receipt(context, event, person(context).id)[0]
    port = ports.RecordingPort()
    one = port.deliver(message.id, PHONE, "文字", context.now)
    assert port.deliver(message.id, PHONE, "文字", context.now) == one
    assert Recorded.objects.count() == 1


def test_nobody_but_the_system_has_the_delivery_as_a_task(work, town: Town, event: Event) -> None:
    context, actor = work
    who = person(context)
    message = receipt(context, event, who.id)[0]
    assert is_task(actor, message.id, who.id)
    assert not is_task(actor, message.id, who.id + 1)
    assert not is_task(town.actor("district_admin", town.root), message.id, who.id)
    actions.deliver(context=context, message=message.id)
    assert not is_task(actor, message.id, who.id)


def test_without_a_number_it_fails_visibly(work, event: Event) -> None:
    context, _ = work
    message = receipt(context, event, person(context, phone="").id)[0]
    assert actions.deliver(context=context, message=message.id).reason == "no_number"
    failed = Event.objects.get(code="message.failed")
    assert failed.data["subject"] == 5 and failed.data["reason"] == "no_number"


class Broken:
    def deliver(self, message_id: int, address: str, text: str, now) -> str:
        raise ports.NotDelivered("down")


def test_a_broken_channel_is_tried_again_and_given_up_after_a_day(work, event: Event, monkeypatch) -> None:
    context, _ = work
    message = receipt(context, event, person(context).id)[0]
    monkeypatch.setitem(ports._ports, "recording", Broken())
    with pytest.raises(ports.NotDelivered), transaction.atomic():
        actions.deliver(context=context, message=message.id)
    message.refresh_from_db()
    assert message.state == "queued"
    assert actions.give_up(context=context) == 0
    later = replace(context, now=context.now + timedelta(hours=25))
    assert actions.give_up(context=later) == 1
    message.refresh_from_db()
    assert (message.state, message.reason) == ("failed", "not_taken")


def test_unknown_channel_waits(work) -> None:
    with pytest.raises(ports.NotDelivered):
        ports.port("pigeon")
    ports.register("test-port", Broken())
    assert isinstance(ports.port("test-port"), Broken)
    del ports._ports["test-port"]


def test_what_must_not_be_kept_is_refused_before_anything_is_written(work, event: Event) -> None:
    context, _ = work
    before = (Message.objects.count(), Event.objects.count())
    who = person(context).id
    before = (Message.objects.count(), Event.objects.count())
    for wrong in ({"data": {"code": PHONE}}, {"data": {}}, {"template": "nothing"}, {"to_person": None}):
        with pytest.raises(rules.MessageRefused), transaction.atomic():
            receipt(context, event, who, **wrong)
    assert (Message.objects.count(), Event.objects.count()) == before


def test_quiet_hours_hold_back_ordinary_messages(work, event: Event, monkeypatch) -> None:
    context, _ = work
    hours = OpeningHours(((time(8), time(21)),))
    with_rules(monkeypatch, context.district, context.now, {**TEMPLATES, "messaging.hours": hours})
    night = replace(
        context, now=context.now.astimezone(context.zone).replace(hour=23, minute=0) + timedelta(days=1)
    )
    held = receipt(night, event, person(context).id)[0]
    assert held.due_at.astimezone(context.zone).hour == 8 and held.due_at > night.now
    loud = actions.send(
        context=night,
        template="test_danger",
        event=event,
        subject=("case", 5),
        data={"subject": "燃气泄漏"},
        to_person=person(context).id,
    )[0]
    assert loud.due_at == night.now
    assert Outbox.objects.get(job_key=f"message:{held.id}").due_at == held.due_at


def test_an_urgent_message_to_a_body_calls_who_is_on_duty(work, town: Town, event: Event) -> None:
    context, _ = work
    body = town.body(phone="0355-2031234")
    office = town.office(body, "duty")
    roster = bodies.open_roster(actor=system(context.district), body=body, cover="always", now=context.now)
    shift = bodies.set_shift(
        actor=system(context.district), roster=roster, kind="officer", appointment=office, starts_at=context.now,
        ends_at=context.now + timedelta(hours=8), now=context.now,
    )  # fmt: skip
    sent = actions.send(
        context=context,
        template="test_danger",
        event=event,
        subject=("case", 5),
        data={"subject": "燃气泄漏"},
        to_body=body.id,
    )
    assert {(m.recipient_kind, m.recipient, m.state) for m in sent} == {
        ("body", body.id, "sent"),
        ("shift", shift.id, "queued"),
    }
    call = next(m for m in sent if m.recipient_kind == "shift")
    assert actions.deliver(context=context, message=call.id).state == "sent"
    calm = actions.send(
        context=context,
        template="test_receipt",
        event=event,
        subject=("case", 5),
        data={"code": "7H3K9"},
        to_body=body.id,
    )
    assert [m.recipient_kind for m in calm] == ["body"]


def test_a_roster_gap_lands_in_the_inbox(work, town: Town) -> None:
    context, actor = work
    body = town.body()
    gap = ledger.record(
        "roster.gap", actor=actor, subject=("roster", 1), now=context.now,
        data={
            "body": body.id, "roster": 1, "kind": "leader", "starts_at": ledger.moment(context.now),
            "ends_at": ledger.moment(context.now),
        },
    )  # fmt: skip
    reactions.tell_gap(gap, context)
    reactions.tell_gap(gap, context)
    message = Message.objects.get()
    assert (message.recipient_kind, message.recipient, message.channel) == ("body", body.id, "inbox")


def test_a_missing_calendar_is_told_to_who_may_load_it(work, town: Town) -> None:
    context, actor = work
    office = town.office(
        town.body("district_department", "区数据局", town.root), "admin", role="district_admin"
    )
    missing = ledger.record(
        "calendar.missing",
        actor=actor,
        subject=("calendar_missing", 2027),
        now=context.now,
        data={"year": 2027},
    )
    reactions.tell_calendar(missing, context)
    message = Message.objects.get()
    assert (message.recipient_kind, message.recipient, message.data) == (
        "appointment",
        office.id,
        {"year": 2027},
    )


def ask(context, event: Event, who: int) -> Message:
    message = actions.send(
        context=context,
        template="test_judge",
        event=event,
        subject=("case", 9),
        data={"subject": "路灯"},
        to_person=who,
    )[0]
    return actions.deliver(context=context, message=message.id)


def test_an_answer_reaches_the_room_above(work, event: Event) -> None:
    context, _ = work
    who = person(context)
    receipt(context, event, who.id)
    asked = ask(context, event, who.id)
    inbound = actions.take_in(context=context, phone=PHONE, text="１。", channel="provider")
    assert (inbound.message_id, inbound.answer, inbound.text_masked) == (asked.id, 1, "")
    answered = Event.objects.get(code="message.answered")
    assert answered.data == {
        "subject_type": "case", "subject": 9, "template": "test_judge", "answer": 1, "inbound": inbound.id,
    }  # fmt: skip
    again = actions.take_in(context=context, phone=PHONE, text="3", channel="provider")
    assert again.message_id is None
    assert Event.objects.filter(code="message.answered").count() == 1


def test_words_and_late_answers_are_kept_but_answer_nothing(work, event: Event) -> None:
    context, _ = work
    who = person(context)
    ask(context, event, who.id)
    words = actions.take_in(context=context, phone=PHONE, text=f"没办好，打{PHONE}", channel="provider")
    assert words.message_id is None and PHONE not in words.text_masked and "没办好" in words.text_masked
    late = replace(context, now=context.now + timedelta(days=15))
    assert actions.take_in(context=late, phone=PHONE, text="1", channel="provider").message_id is None
    assert (
        actions.take_in(context=context, phone="13800000000", text="1", channel="provider").message_id is None
    )
    assert not Event.objects.filter(code="message.answered").exists()
    assert InboundMessage.objects.count() == 3


def test_reading_leaves_no_trace(work, town: Town, event: Event) -> None:
    context, _ = work
    body = town.body()
    message = actions.send(
        context=context,
        template="test_receipt",
        event=event,
        subject=("case", 5),
        data={"code": "A"},
        to_body=body.id,
    )[0]
    reader = town.actor("community_clerk", town.elm, body=body.id)
    events = Event.objects.count()
    assert actions.mark_read(actor=reader, message=message).state == "read"
    assert Event.objects.count() == events
    with pytest.raises(OutOfScope):
        actions.mark_read(actor=town.actor("community_clerk", town.elm, body=body.id + 1), message=message)
    with pytest.raises(NotAllowed):
        actions.mark_read(actor=town.actor("auditor", town.root, body=body.id), message=message)
    assert actions.mark_all_read(actor=reader) == 0
