"""Channels to the outside: a small protocol, and the port that only writes down."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from linli.foundation.core.db.fields import district_of
from linli.foundation.messaging.models import Message, Recorded
from linli.foundation.people.rules import mask_text


class NotDelivered(RuntimeError):
    """The channel did not take the message; the outbox tries again later."""


class Port(Protocol):
    """A way out. Called at least once per message: the receiver tells doubles by `message_id`."""

    def deliver(self, message_id: int, address: str, text: str, now: datetime) -> str:
        """Hand a text to a number and return the channel's reference. Raises NotDelivered."""


class RecordingPort:
    """The default: writes the message into a table and sends nothing."""

    def deliver(self, message_id: int, address: str, text: str, now: datetime) -> str:
        district = district_of(message_id)
        message = Message.objects.get(district=district, id=message_id)
        Recorded.objects.bulk_create(
            [
                Recorded(
                    district=district, message=message, channel=message.channel,
                    text=mask_text(text), at=now,
                )
            ],
            ignore_conflicts=True,
        )  # fmt: skip
        return f"recorded-{message.public_id}"


_ports: dict[str, Port] = {"recording": RecordingPort()}


def register(name: str, port: Port) -> None:
    """Make a channel known by the name that the charter's `messaging.channel` uses."""
    _ports[name] = port


def port(name: str) -> Port:
    """The channel of a name. Raises NotDelivered for an unknown one, so that the message waits for it."""
    found = _ports.get(name)
    if found is None:
        raise NotDelivered(f"There is no channel {name!r} in this installation.")
    return found
