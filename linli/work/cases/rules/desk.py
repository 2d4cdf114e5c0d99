"""The desk's list: which cases are asked for, as the address carries it, and what a day or a week is. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from linli.work.cases.rules.flow import HOLDS, STAGES

QUEUES = ("due", "new", "callback", "all", "ended")
# These are read newest first; the others by what is due next.
ARCHIVES = ("all", "ended")
DUE = ("overdue", "today", "week")
JUDGED = ("solved", "unsolved", "not_judged")
CLASS_CODES = ("P0", "P1", "P2", "P3", "PM")
MAX_WORDS = 60
MAX_NAME = 30
MAX_SAVED = 20
TOTAL_LIMIT = 10_000

_CODE = re.compile(r"[a-z0-9_]{1,60}")
_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{6,24}")
_ADDRESS = {"case_class": "class", "since": "from", "until": "to"}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; an empty field narrows nothing. Days are days of the district's zone."""

    queue: str = "due"
    q: str = ""
    stage: str = ""
    kind: str = ""
    case_class: str = ""
    channel: str = ""
    place: str = ""
    body: str = ""
    due: str = ""
    hold: str = ""
    judged: str = ""
    since: date | None = None
    until: date | None = None

    def narrowed(self) -> tuple[str, ...]:
        """Names of the fields that narrow the list, the queue apart."""
        return tuple(f.name for f in fields(self) if f.name != "queue" and getattr(self, f.name))

    def without(self, name: str) -> Filters:
        """The same list without one of its conditions."""
        if name == "since":
            return replace(self, since=None)
        if name == "until":
            return replace(self, until=None)
        return replace(self, **{name: ""})  # type: ignore[arg-type]  # all fields but the two days are texts


def _one_of(values: Collection[str], text: str) -> str:
    return text if text in values else ""


def _shaped(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""


def day_of(text: str) -> date | None:
    """A day as a form sends it; None for everything else."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year <= 9000 else None


def read(params: Mapping[str, str], channels: Collection[str]) -> Filters:
    """The filters of an address; what cannot be one narrows nothing."""

    def asked(name: str) -> str:
        return params.get(name, "").strip()

    return Filters(
        queue=_one_of(QUEUES, asked("queue")) or "due",
        q=" ".join(asked("q")[:MAX_WORDS].split()),
        stage=_one_of(STAGES, asked("stage")),
        kind=_shaped(_CODE, asked("kind")),
        case_class=_one_of(CLASS_CODES, asked("class")),
        channel=_one_of(channels, asked("channel")),
        place=_shaped(_PUBLIC_ID, asked("place")),
        body=_shaped(_PUBLIC_ID, asked("body")),
        due=_one_of(DUE, asked("due")),
        hold=_one_of(("any", *HOLDS), asked("hold")),
        judged=_one_of(JUDGED, asked("judged")),
        since=day_of(asked("from")),
        until=day_of(asked("to")),
    )


def query(filters: Filters) -> str:
    """The address's part behind the question mark: always in the same order, without what narrows nothing."""
    pairs = []
    for field in fields(filters):
        value = getattr(filters, field.name)
        if value and (field.name, value) != ("queue", "due"):
            text = value.isoformat() if isinstance(value, date) else value
            pairs.append((_ADDRESS.get(field.name, field.name), text))
    return urlencode(pairs)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a local day."""
    return datetime.combine(day, time.min, zone)


def due_span(due: str, now: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime]:
    """From when (None: from the beginning) until before when something is overdue, due today or due this week.

    Today and this week are what is left of them: what is past is overdue. A week ends with its Sunday.
    """
    today = now.astimezone(zone).date()
    if due == "overdue":
        return None, now
    days = 1 if due == "today" else 7 - today.weekday()
    return now, midnight(today + timedelta(days=days), zone)


def day_span(
    since: date | None, until: date | None, zone: ZoneInfo
) -> tuple[datetime | None, datetime | None]:
    """From when until before when something was received between two days, both included."""
    return (
        midnight(since, zone) if since else None,
        midnight(until + timedelta(days=1), zone) if until else None,
    )
