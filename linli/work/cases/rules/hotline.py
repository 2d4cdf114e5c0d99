"""What the hotline desk and the paper form decide without asking the database. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from linli.work.cases.rules.numbers import check_digit

# What a caller may ask about a case that stands already, as the flow names it.
SAID_BY_PHONE = ("urge", "add", "withdraw")
# Three complaint numbers are published; which one a clerk answers follows from the reach of the appointment.
LINE_OF_DEPTH = {1: "district", 2: "subdistrict"}
SHEETS_AT_ONCE = 20


def line_of_scope(scope: str) -> str:
    """The complaint number a clerk of this reach usually answers."""
    return LINE_OF_DEPTH.get(scope.count("."), "community")


def paper_serial(counter: int, year: int) -> str:
    """Serial of a printed form: `P26-000042-7`; the last digit notices a slip of the pen.

    One digit shorter than a case's number, so that neither is taken for the other.
    """
    body = f"{year % 100:02d}{counter:06d}"
    return f"P{body[:2]}-{body[2:]}-{check_digit(body)}"


def normal_serial(typed: str) -> str | None:
    """A serial as stored, from what was typed (full width, without P or dashes); None when it cannot be one."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    digits = re.sub(r"[\s\-—–_.]", "", plain).removeprefix("P")
    if not re.fullmatch(r"[0-9]{9}", digits) or check_digit(digits[:-1]) != digits[-1]:
        return None
    return f"P{digits[:2]}-{digits[2:-1]}-{digits[-1]}"


def paper_moment(day: str, hour: str, *, zone: ZoneInfo, now: datetime, oldest: int) -> datetime | str:
    """When the paper was handed in, or what is wrong with it: `unread`, `future` or `too_old`.

    `oldest` is the charter's limit in calendar days; the hour may be left out and is then the day's first minute.
    """
    try:
        at = datetime.combine(date.fromisoformat(day), time.fromisoformat(hour or "00:00"))
    except ValueError:
        return "unread"
    if at.tzinfo is not None or not 2000 <= at.year <= 9000:
        return "unread"
    moment = at.replace(tzinfo=zone)
    if moment > now:
        return "future"
    first = now.astimezone(zone).date() - timedelta(days=oldest)
    return "too_old" if at.date() < first else moment
