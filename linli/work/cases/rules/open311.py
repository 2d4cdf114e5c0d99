"""What GeoReport v2 asks of a server: moments, windows, lists, pages, and the two ways to write one answer. Pure.

Specification: http://wiki.open311.org/GeoReport_v2, frozen. JSON follows the Spark convention: a list loses its
wrapper, everything else keeps its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any
from xml.sax.saxutils import escape

from linli.foundation.core.rules.typed import printable

WINDOW = timedelta(days=90)
DAY = timedelta(days=1)
MOST_ROWS = 1000
LONGEST_DESCRIPTION = 4000
STATUSES = ("open", "closed")
# The standard's classes of GB/T 47678.5-2026 by the first two digits of a code.
CLASS_OF_CODE = re.compile(r"gb_(?:part|event)_(\d\d)\d{3}")

_W3C = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?", re.ASCII)


class Unusable(ValueError):
    """A parameter that cannot be used; `code` names what is wrong with it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when requests are asked for, both ends included."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows of the whole answer one page holds."""

    first: int
    size: int


def items(texts: Iterable[str]) -> tuple[str, ...]:
    """The values of a parameter that may be given several times and with commas; each once, in order."""
    parts = (part.strip() for text in texts for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def moment(text: str, zone: tzinfo) -> tuple[datetime, bool]:
    """A W3C moment with its zone, and whether it was a day only. Raises Unusable.

    A day begins at midnight of the district. A plus sign that was sent unescaped arrives as a space.
    """
    match = _W3C.fullmatch(re.sub(r" (?=\d\d:\d\d$)", "+", text.strip()))
    if match is None:
        raise Unusable("moment")
    day, minutes, seconds, offset = match.groups()
    try:
        if minutes is None:
            found = datetime.fromisoformat(day).replace(tzinfo=zone)
        else:
            found = datetime.fromisoformat(f"{day}T{minutes}:{seconds or '00'}{offset}")
    except ValueError as problem:
        raise Unusable("moment") from problem
    if not 1970 <= found.year <= 9000:
        raise Unusable("moment")
    return found, minutes is None


def window(start: str, end: str, *, now: datetime, zone: tzinfo) -> Window:
    """The window of a list: at most 90 days, the last 90 when nothing is said. Raises Unusable."""
    begins = moment(start, zone)[0] if start.strip() else None
    ends, whole_day = moment(end, zone) if end.strip() else (None, False)
    if begins is not None and ends is not None:
        if ends < begins:
            raise Unusable("order")
        if ends - begins > WINDOW:
            raise Unusable("window")
    if ends is None:
        ends = now if begins is None else max(begins, min(begins + WINDOW, now))
    if begins is None:
        begins = ends - WINDOW
    return Window(begins, ends + DAY - timedelta(microseconds=1) if whole_day else ends)


def statuses(texts: Iterable[str]) -> tuple[str, ...]:
    """The asked statuses; empty means all. Raises Unusable."""
    found = items(texts)
    if any(status not in STATUSES for status in found):
        raise Unusable("status")
    return found


def page(number: str, size: str) -> Slice:
    """The page asked for: counted from 1, at most 1,000 rows. Raises Unusable."""
    wanted, rows = _counted(number, 1, "page"), _counted(size, MOST_ROWS, "page_size")
    return Slice((wanted - 1) * rows, rows)


def _counted(text: str, default: int, name: str) -> int:
    clean = text.strip()
    if not clean:
        return default
    if not re.fullmatch(r"[0-9]{1,4}", clean, re.ASCII) or not 1 <= int(clean) <= MOST_ROWS:
        raise Unusable(name)
    return int(clean)


def coordinate(text: str, limit: float) -> float | None:
    """Degrees within ±limit; None when nothing was sent. Raises Unusable: nan and infinity are no place."""
    clean = text.strip()
    if not clean:
        return None
    written = re.fullmatch(r"[+-]?\d{1,3}(?:\.\d{1,17})?(?:e-?\d{1,3})?", clean, re.ASCII | re.IGNORECASE)
    if written is None or abs(float(clean)) > limit:
        raise Unusable("coordinate")
    return float(clean)


def group_of(code: str) -> str:
    """The class of a kind: two digits of the standard, or "local"."""
    match = CLASS_OF_CODE.fullmatch(code)
    return match.group(1) if match else "local"


def held_by(text: str, words: Iterable[str]) -> bool:
    """Whether a text holds one of the charter's words that a person looks at first."""
    plain = text.casefold()
    return any(word.casefold() in plain for word in words)


# --- one answer, two forms ---------------------------------------------------------------------------------------

ITEM_OF = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}


def xml(name: str, value: Any) -> str:
    """The answer as XML: declaration, no namespace, an empty element for what is not known."""
    return '<?xml version="1.0" encoding="utf-8"?>\n' + _element(name, value)


def _element(name: str, value: Any) -> str:
    if value is None or value == "":
        return f"<{name}/>"
    if isinstance(value, Mapping):
        inner = "".join(_element(key, one) for key, one in value.items())
    elif isinstance(value, list):
        inner = "".join(_element(ITEM_OF[name], one) for one in value)
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = escape(printable(str(value)))
    return f"<{name}>{inner}</{name}>"
