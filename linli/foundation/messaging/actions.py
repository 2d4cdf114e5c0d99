"""Sending, delivering, giving up, reading, taking in answers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.bodies import queries as bodies
from linli.foundation.core import charter, ledger, outbox
from linli.foundation.core.context import Context
from linli.foundation.core.errors import NotAllowed, OutOfScope
from linli.foundation.core.models import District, Event
from linli.foundation.core.rules.actor import Actor, system
from linli.foundation.core.rules.charter import Charter
from linli.foundation.messaging import access, addresses, ports, queries, rules
from linli.foundation.messaging.models import InboundMessage, Message
from linli.foundation.people import queries as people
from linli.foundation.people.rules import mask_text

INBOX = "inbox"
# An answer counts for as long as the promise to ask again: later words are kept, but answer nothing.
ANSWER_DAYS = 14
GIVE_UP = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class _To:
    kind: Message.To
    id: int
    channel: str


def _recipients(
    context: Context,
    known: Charter,
    *,
    person: int | None,
    appointment: int | None,
    body: int | None,
    urgent: bool,
) -> list[_To]:
    found = []
    if person is not None:
        found.append(_To(Message.To.PERSON, person, known["messaging.channel"]))
    if appointment is not None:
        found.append(_To(Message.To.APPOINTMENT, appointment, INBOX))
    if body is not None:
        found.append(_To(Message.To.BODY, body, INBOX))
        if urgent:
            on_duty = bodies.on_duty(bodies.body(context.district, body), context.now)
            found += [_To(Message.To.SHIFT, shift.id, known["messaging.channel"]) for shift in on_duty]
    if not found:
        raise rules.MessageRefused("A message needs a person, an appointment or a body.")
    return found


def send(
    *, context: Context, template: str, event: Event | int, subject: tuple[str, int], data: Mapping[str, rules.Value],
    to_person: int | None = None, to_appointment: int | None = None, to_body: int | None = None,
    language: str = "zh-hans",
) -> list[Message]:  # fmt: skip
    """Send a template to a person (by the district's channel) or into an inbox; returns what is new.

    The same event, template and recipient give one message however often this runs. Persons get it outside
    quiet hours, unless the charter lists the template as urgent; an urgent one to a body also calls whoever is
    on duty there. `data` fills the placeholders with ids, codes, masked words, moments (`ledger.moment`) or
    {"zh", "en"} pairs. Raises MessageRefused for what must not be kept or leaves a placeholder empty.
    """
    known = charter.current(context.district, context.now)
    text = queries.template(context.district, template, context.now)
    rules.check_template(text)
    rules.check_data(data)
    rules.check_filled(text, data)
    urgent = template in known["messaging.urgent"]
    due_at = rules.send_at(context.now, known["messaging.hours"], context.zone, urgent=urgent)
    fresh = []
    for to in _recipients(
        context, known, person=to_person, appointment=to_appointment, body=to_body, urgent=urgent
    ):
        inbox = to.channel == INBOX
        fresh.append(
            Message(
                district=context.district, public_id=secrets.token_urlsafe(15)[:16],
                event=event if isinstance(event, int) else event.id, template=template, language=language,
                recipient_kind=to.kind, recipient=to.id, subject_type=subject[0], subject_id=subject[1],
                data=dict(data), channel=to.channel, urgent=urgent,
                state=Message.State.SENT if inbox else Message.State.QUEUED, created_at=context.now,
                due_at=context.now if inbox else due_at, sent_at=context.now if inbox else None,
            )
        )  # fmt: skip
    with transaction.atomic(savepoint=False):
        return _store(context, fresh)


def _store(context: Context, fresh: list[Message]) -> list[Message]:
    """Insert what is not there yet, queue its delivery, record one event."""
    Message.objects.bulk_create(fresh, ignore_conflicts=True)
    ids = [message.id for message in fresh]
    stored = list(Message.objects.filter(district=context.district, id__in=ids).order_by("id"))
    for message in stored:
        if message.channel != INBOX:
            outbox.queue_job(
                "messaging.deliver", district=context.district, now=context.now, due_at=message.due_at,
                payload=json.dumps({"message": message.id}), key=f"message:{message.id}",
            )  # fmt: skip
    if stored:
        ledger.record(
            "message.queued", actor=system(context.district), subject=("message", stored[0].id), now=context.now, seq=1,
            data={"template": stored[0].template, "messages": [m.id for m in stored], "channels": [m.channel for m in stored]},
        )  # fmt: skip
    return stored


def deliver(*, context: Context, message: int) -> Message:
    """Hand a queued message to its channel. Raises NotDelivered when the channel does not take it."""
    with transaction.atomic(savepoint=False):
        row = Message.objects.select_for_update().get(district=context.district, id=message)
        if row.state != Message.State.QUEUED:
            return row
        address = addresses.number_of(row, context)
        if not address:
            return _fail(context, row, "no_number")
        district = District.objects.get(id=context.district)
        text = queries.words(row, district=district, zone=context.zone, now=context.now)
        sender = district.name_zh if row.language.startswith("zh") else district.name_en
        row.reference = ports.port(row.channel).deliver(
            row.id, address, rules.with_sender(sender, text), context.now
        )[:80]
        row.state, row.sent_at = Message.State.SENT, context.now
        row.save(update_fields=["reference", "state", "sent_at"])
        ledger.record(
            "message.sent", actor=system(context.district), subject=("message", row.id), now=context.now,
            data={"template": row.template, "channel": row.channel},
        )  # fmt: skip
    return row


def _fail(context: Context, row: Message, reason: str) -> Message:
    row.state, row.reason = Message.State.FAILED, reason
    row.save(update_fields=["state", "reason"])
    ledger.record(
        "message.failed", actor=system(context.district), subject=("message", row.id), now=context.now,
        data={"template": row.template, "reason": reason, "subject_type": row.subject_type, "subject": row.subject_id},
    )  # fmt: skip
    return row


def give_up(*, context: Context) -> int:
    """Mark messages that no channel took within a day as failed, so that rooms above call instead. How many."""
    old = Message.objects.select_for_update().filter(
        district=context.district, state=Message.State.QUEUED, due_at__lt=context.now - GIVE_UP
    )
    with transaction.atomic(savepoint=False):
        rows = list(old.order_by("id")[:500])
        for row in rows:
            _fail(context, row, "not_taken")
    return len(rows)


def mark_read(*, actor: Actor, message: Message) -> Message:
    """The office has opened a message. No event and no moment: who reads when is nobody's figure."""
    if not actor.may(access.READ):
        raise NotAllowed("messaging.read", _("The appointment you act in has no inbox."))
    if not access.may_read(actor, message):
        raise OutOfScope("message.none", _("There is no such message in your inbox."))
    if message.state == Message.State.SENT:
        message.state = Message.State.READ
        message.save(update_fields=["state"])
    return message


def mark_all_read(*, actor: Actor) -> int:
    """Everything in the acting person's inbox is opened. Returns how many were not."""
    if not actor.may(access.READ):
        raise NotAllowed("messaging.read", _("The appointment you act in has no inbox."))
    return access.visible_to(actor).filter(state=Message.State.SENT).update(state=Message.State.READ)


def take_in(*, context: Context, phone: str, text: str, channel: str) -> InboundMessage:
    """Take in what a number wrote: 1, 2 or 3 answers the newest open ask to it; other words are kept masked."""
    actor = system(context.district)
    answer = rules.answer_of(text)
    with transaction.atomic(savepoint=False):
        asked = _open_ask(context, actor, phone) if answer is not None else None
        inbound = InboundMessage.objects.create(
            district=context.district, channel=channel, message=asked, answer=answer,
            text_masked="" if answer is not None else mask_text(text)[:500], at=context.now,
        )  # fmt: skip
        if asked is None:
            ledger.record(
                "message.received", actor=actor, subject=("inbound_message", inbound.id), now=context.now, seq=1,
                data={"channel": channel, "answer": answer},
            )  # fmt: skip
            return inbound
        ledger.record(
            "message.answered", actor=actor, subject=("message", asked.id), now=context.now,
            data={
                "subject_type": asked.subject_type, "subject": asked.subject_id, "template": asked.template,
                "answer": answer, "inbound": inbound.id,
            },
        )  # fmt: skip
    return inbound


def _open_ask(context: Context, actor: Actor, phone: str) -> Message | None:
    persons = [person.id for person in people.by_phone(actor, phone)]
    if not persons:
        return None
    asks = charter.current(context.district, context.now)["messaging.asks"]
    answered = InboundMessage.objects.filter(district=context.district, message__isnull=False).values(
        "message"
    )
    rows = Message.objects.select_for_update(of=("self",)).filter(
        district=context.district, recipient_kind=Message.To.PERSON, recipient__in=persons, template__in=asks,
        state=Message.State.SENT, sent_at__gte=context.now - timedelta(days=ANSWER_DAYS),
    )  # fmt: skip
    return rows.exclude(id__in=answered).order_by("-sent_at", "public_id").first()
