"""What may wait, and for how long: extensions and parked cases. Pure. (domain-rules 4.2, 4.3)"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def may_extend(due_at: datetime | None, asked_before: bool, now: datetime) -> bool:
    """Whether more time may be asked for: once a round and not after the time is over."""
    return not asked_before and (due_at is None or now <= due_at)


def may_park_until(day: date, today: date, most_days: int) -> bool:
    """Whether a review date fits: after today, and within the charter's days (90)."""
    return today < day <= today + timedelta(days=most_days)


def review_moment(day: date, zone: ZoneInfo) -> datetime:
    """When a parked case is taken up again: as its review date begins."""
    return datetime.combine(day, time.min, tzinfo=zone)
