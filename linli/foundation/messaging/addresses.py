"""The number a message goes to, opened for this task only."""

from __future__ import annotations

from linli.foundation.bodies.models import Shift
from linli.foundation.bodies.queries import phone_of
from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import Actor, system
from linli.foundation.messaging.models import Message
from linli.foundation.people.actions import reveal
from linli.foundation.people.models import Person
from linli.foundation.people.rules import Task

TASK = "message"


def is_task(actor: Actor, message: int, person: int) -> bool:
    """Delivering a waiting message to its own person is the system's task, and nobody else's."""
    waiting = Message.objects.filter(
        district=actor.district, id=message, recipient_kind=Message.To.PERSON, recipient=person,
        state=Message.State.QUEUED,
    )  # fmt: skip
    return actor.kind == "system" and waiting.exists()


def number_of(message: Message, context: Context) -> str:
    """The number of a message's recipient; empty when there is none. Opening a person's number is logged."""
    if message.recipient_kind == Message.To.SHIFT:
        shifts = Shift.objects.filter(
            district=message.district, id=message.recipient, dropped_at__isnull=True
        )
        shift = shifts.select_related("roster__body").first()
        return phone_of(shift) if shift is not None else ""
    if message.recipient_kind != Message.To.PERSON:
        return ""
    person = Person.objects.filter(
        district=message.district, id=message.recipient, erased_at__isnull=True
    ).first()
    if person is None or not person.phone_mask:
        return ""
    opened = reveal(
        actor=system(message.district), person=person, fields=("phone",), purpose="", now=context.now,
        task=Task(TASK, message.id),
    )  # fmt: skip
    return opened["phone"]
