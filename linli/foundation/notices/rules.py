"""What a notice may do when, how long it is shown, and the bytes its digest is made of. Pure.

"Shown for n days" from day d: one may act when today > d + n (民法典 201: the first day is not counted).
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from unicodedata import east_asian_width

import rfc8785

from linli.foundation.core.rules.clocks import Span
from linli.foundation.core.rules.workdays import WorkCalendar
from linli.foundation.people.rules import mask_text

CONSULTATION, ANNOUNCEMENT, DISCLOSURE = "consultation_notice", "announcement", "disclosure"
KINDS = (CONSULTATION, ANNOUNCEMENT, DISCLOSURE)

DRAFT, RUNNING, ENDED = "draft", "running", "ended"
WITHDRAWN, SUPERSEDED, DISCARDED = "withdrawn", "superseded", "discarded"
STAGES = (DRAFT, RUNNING, ENDED, WITHDRAWN, SUPERSEDED, DISCARDED)
PUBLIC_STAGES = (RUNNING, ENDED, WITHDRAWN, SUPERSEDED)
VERBS = ("edit", "publish", "discard", "object", "prove", "end", "withdraw", "supersede")

# (stage, verb) -> stage. What is not here is refused.
FLOW: Mapping[tuple[str, str], str] = {
    (DRAFT, "edit"): DRAFT,
    (DRAFT, "publish"): RUNNING,
    (DRAFT, "discard"): DISCARDED,
    (RUNNING, "object"): RUNNING,
    (RUNNING, "prove"): RUNNING,
    (RUNNING, "end"): ENDED,
    (RUNNING, "withdraw"): WITHDRAWN,
    (RUNNING, "supersede"): SUPERSEDED,
    (ENDED, "withdraw"): WITHDRAWN,
    (ENDED, "supersede"): SUPERSEDED,
    (SUPERSEDED, "withdraw"): WITHDRAWN,
}

TITLE_MOST, TEXT_MOST, REASON_MOST, OBJECTION_MOST = 120, 20_000, 500, 2_000


@dataclass(frozen=True, slots=True)
class PublicationRule:
    """How long a kind of paper is shown, how often it comes again, and what must be answered within which time."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    shown: Span
    basis_zh: str
    basis_en: str
    status: str
    every: Span | None = None
    objections: Span | None = None
    answer: Span | None = None

    def name_in(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") else self.name_en

    def basis_in(self, language: str) -> str:
        return self.basis_zh if language.startswith("zh") else self.basis_en


def next_stage(stage: str, verb: str) -> str | None:
    """The stage after a verb, or None when the verb is not possible now."""
    return FLOW.get((stage, verb))


def day_after(first: date, span: Span, workdays: WorkCalendar) -> date:
    """The day `span` after `first`, which itself is not counted.

    Raises ValueError for a unit that is not of days, CalendarMissing for working days of an unknown year.
    """
    if span.unit == "calendar_days":
        return first + timedelta(days=span.amount)
    if span.unit == "working_days":
        return workdays.add_workdays(first, span.amount)
    if span.unit == "months":
        return _months_after(first, span.amount)
    raise ValueError(f"A notice is shown for days or months, not for {span.unit}.")


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def is_long_enough(asked: Span, least: Span) -> bool:
    """Whether an asked period is at least the rule's, in the rule's own unit."""
    return asked.unit == least.unit and asked.amount >= least.amount


def may_act(today: date, last_day: date) -> bool:
    """Whether what was shown may be acted on: the last day of showing is over."""
    return today > last_day


def objections_open(today: date, until: date | None) -> bool:
    """Whether somebody may still object; the last day counts."""
    return until is not None and today <= until


def personal_lines(text: str, allowed: Iterable[str] = ()) -> tuple[str, ...]:
    """Lines of a text that name a person, masked. `allowed` are office numbers that may stand in a notice."""
    found = []
    for line in text.splitlines():
        plain = line
        for number in allowed:
            plain = plain.replace(number, " ") if number else plain
        masked = mask_text(plain)
        if masked != plain:
            found.append(masked.strip())
    return tuple(found)


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 over the RFC 8785 bytes of a notice's content, as 64 hex digits."""
    return hashlib.sha256(bytes(rfc8785.dumps(dict(content)))).hexdigest()


def grouped(digest: str, groups: int = 4) -> str:
    """The beginning of a digest for paper: groups of four."""
    return " ".join(digest[n : n + 4] for n in range(0, groups * 4, 4))


def prefixes(path: str) -> list[str]:
    """A place's path and those of all places above it: "1.17." gives ["1.", "1.17."]."""
    parts = [part for part in path.split(".") if part]
    return [".".join(parts[: n + 1]) + "." for n in range(len(parts))]


def wrapped(text: str, width: int, most: int) -> list[str]:
    """Lines of at most `width` columns (a Chinese character has two), at most `most` of them, for a poster."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for character in paragraph.strip():
            if columns(line + character) > width:
                lines.append(line)
                line = ""
            line += character
        if line:
            lines.append(line)
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and columns(last + "…") > width:
        last = last[:-1]
    return [*lines[: most - 1], last + "…"]


def columns(text: str) -> int:
    """Width of a text in columns; a Chinese character has two."""
    return sum(2 if east_asian_width(character) in "WFA" else 1 for character in text)


def next_time(last: date, every: Span, workdays: WorkCalendar) -> date:
    """The day by which a repeated disclosure is shown again."""
    return day_after(last, every, workdays)
