"""What may be revealed and how it is counted. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

FIELDS = ("name", "phone", "id_number", "dwelling")
"""The sealed fields of a person, in the order they are shown."""

ERASURE_REASONS = ("own_request", "consent_withdrawn", "purpose_met", "retention_over", "law_requires")
"""Why personal data are erased (Personal Information Protection Law art. 47)."""


@dataclass(frozen=True, slots=True)
class Task:
    """Work that somebody was assigned: its kind (registered by the room above) and its id."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class OwnProof:
    """That somebody holds the phone a person is known by: the number, and a one-time code sent to it was right."""

    phone: str
    code_checked: bool


def day_start(now: datetime, zone: ZoneInfo) -> datetime:
    """Midnight of the district's day that `now` lies in; quotas count from it."""
    local = now.astimezone(zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def week_start(now: datetime, zone: ZoneInfo) -> datetime:
    """Monday's midnight of the district's week that `now` lies in."""
    today = day_start(now, zone)
    return (today - timedelta(days=today.weekday())).replace(hour=0)
