"""The inbox belongs to the acting appointment and its body."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from linli.foundation.core.rules.actor import Actor
from linli.foundation.messaging.models import Message

READ = "messaging.read"


def may_read(actor: Actor, message: Message) -> bool:
    """Whether a message lies in the acting person's inbox."""
    if (
        actor.kind != "staff"
        or not actor.may(READ)
        or message.district != actor.district
        or message.channel != "inbox"
    ):
        return False
    own = {Message.To.APPOINTMENT: actor.appointment, Message.To.BODY: actor.body}
    return message.recipient == own.get(Message.To(message.recipient_kind))


def visible_to(actor: Actor) -> QuerySet[Message]:
    """Messages in the acting person's inbox."""
    messages = Message.objects.filter(district=actor.district, channel="inbox")
    if actor.kind != "staff" or not actor.may(READ):
        return messages.none()
    mine = Q(recipient_kind=Message.To.APPOINTMENT, recipient=actor.appointment or 0)
    return messages.filter(mine | Q(recipient_kind=Message.To.BODY, recipient=actor.body or 0))
