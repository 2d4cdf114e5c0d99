"""A reaction whose effects can be counted: one row inside the transaction, one line at a receiver outside it.

The row must be there exactly once for every event. The line is sent before the commit, so it comes at least
once; a receiver dedupes on the event's id.
"""

from __future__ import annotations

import os
import time

from linli.foundation.core import ledger
from linli.foundation.core.context import Context
from linli.foundation.core.models import Event, SecurityEvent
from linli.shell.proof import planted

CODES = ("case.received", "case.closed")
EFFECT = "proof.effect"


def effect(event: Event, context: Context) -> None:
    """Both effects of one event."""
    SecurityEvent.objects.create(
        district=event.district, code=EFFECT, door=str(event.id), data={"event": event.id}, at=context.now
    )
    send(event.id)
    time.sleep(planted.DWELL)


def send(event: int) -> None:
    """One line at the receiver: a single append, so that lines never mix."""
    receiver = os.open(planted.RECEIVER, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(receiver, f"{event}\n".encode())
    finally:
        os.close(receiver)


def connect() -> None:
    for code in CODES:
        ledger.on(code, name=EFFECT)(effect)
