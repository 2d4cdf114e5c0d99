"""The exchange with the city's hotline: its columns, its words, its moments, and what one row says. Pure."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from linli.foundation.core.rules.typed import printable
from linli.work.cases.rules.importing import (
    EARLIEST,
    MAX_NUMBER,
    CellProblem,
    read_code,
    read_moment,
    read_text,
)
from linli.work.cases.rules.judging import RATINGS

IN_KINDS = ("order", "urge", "return_ruling", "extension_ruling", "judgement", "acknowledgement")
OUT_KINDS = ("sign_in", "return", "extension", "reply", "attachment", "judgement")
KINDS = tuple(dict.fromkeys((*IN_KINDS, *OUT_KINDS)))
RULINGS = ("agreed", "refused")
SOLVED = ("yes", "no")
WORD_GROUPS = MappingProxyType({"message": KINDS, "ruling": RULINGS, "solved": SOLVED, "rating": RATINGS})
WORDS = tuple(code for group in WORD_GROUPS.values() for code in group)
IN_FIELDS = (
    "number", "message", "received", "deadline", "text", "place", "kind", "request", "phone", "name", "urges",
    "ruling", "solved", "rating", "receipt",
)  # fmt: skip
OUT_FIELDS = (
    "number", "message", "moment", "text", "reason", "more_time", "solved", "rating", "file", "digest", "our_number",
    "receipt",
)  # fmt: skip
MOMENT_MARKS = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "hh": "%H", "mm": "%M", "ss": "%S"}
MOST_URGES = 1000
LATEST = 2200
SHORT = 400
# A name in an address begins where the words before it end.
_BEFORE = "路街号区市县镇乡道巷村段口侧旁边 ,,、。.;;::-—()()/|"


class RowProblem(ValueError):
    """A row that cannot be taken: `code` says why, `column` is the field."""

    def __init__(self, code: str, column: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.column = column


@dataclass(frozen=True, slots=True)
class Format:
    """A district's agreement with its city: header names in and out, words, and how moments are written."""

    columns: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    moments: Sequence[str]
    out: Sequence[tuple[str, str]]
    spoken: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OutsideRow:
    """What one row or file of the city says. Moments are aware; codes are ours."""

    number: str
    message: str = "order"
    received: datetime | None = None
    deadline: datetime | None = None
    text: str = ""
    place: str = ""
    kind: str = ""
    request: str = ""
    phone: str = ""
    name: str = ""
    urges: int = 0
    ruling: str = ""
    solved: str = ""
    rating: str = ""
    receipt: str = ""

    def digest(self) -> str:
        """The same for the same content, however it was written: from a sheet or a file, today or tomorrow."""
        plain = {
            k: v.astimezone(UTC).isoformat() if isinstance(v, datetime) else v
            for k, v in asdict(self).items()
        }
        return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def same(text: object) -> str:
    """A header or word as it is compared: width, case and spaces do not matter."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text if text is not None else ""))).casefold()


def read_format(
    columns: Sequence[Mapping[str, Any]], out: Sequence[Mapping[str, Any]], words: Sequence[Mapping[str, Any]],
    moments: Sequence[str],
) -> Format:  # fmt: skip
    """The charter's tables as one thing."""
    known = {row["code"]: row["names"] for row in words}
    return Format(
        columns={same(name): row["code"] for row in columns for name in row["names"]},
        words={
            group: {same(name): code for code in codes for name in (code, *known.get(code, ()))}
            for group, codes in WORD_GROUPS.items()
        },
        moments=tuple(moments),
        out=tuple((row["code"], row["heading"]) for row in out),
        spoken={code: names[0] for code, names in known.items() if names},
    )


def find_columns(header: Sequence[str], form: Format) -> dict[str, int]:
    """Field -> index of its column. Raises RowProblem when the number has none or a field has two."""
    found: dict[str, int] = {}
    for at, name in enumerate(header):
        field = form.columns.get(same(name))
        if field is None:
            continue
        if field in found:
            raise RowProblem("two_columns", field)
        found[field] = at
    if "number" not in found:
        raise RowProblem("no_column", "number")
    return found


def _pattern(marks: str) -> str:
    for mark, code in MOMENT_MARKS.items():
        marks = marks.replace(mark, code)
    return marks


def moment_of(value: object, form: Format, zone: ZoneInfo) -> datetime | None:
    """A moment from a cell; None when the cell is empty. Raises CellProblem, also for one in no year of a hotline."""
    told = _moment(value, form, zone)
    if told is not None and not EARLIEST <= told.year <= LATEST:
        raise CellProblem(str(value)[:40])
    return told


def _moment(value: object, form: Format, zone: ZoneInfo) -> datetime | None:
    if value is None or not str(value).strip():
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if isinstance(value, (str, int)):
        for marks in form.moments:
            try:
                return datetime.strptime(text, _pattern(marks)).replace(tzinfo=zone)
            except ValueError:
                continue
    if isinstance(value, str) and "T" in text:
        try:
            told = datetime.fromisoformat(text)
        except ValueError as problem:
            raise CellProblem(text[:40]) from problem
        return told if told.tzinfo else told.replace(tzinfo=zone)
    return read_moment(value, zone)


def write_moment(at: datetime, form: Format, zone: ZoneInfo) -> str:
    """A moment in the city's first way of writing one."""
    return at.astimezone(zone).strftime(_pattern(form.moments[0]))


def _word(group: str, value: object, form: Format) -> str:
    plain = same(value)
    if not plain:
        return ""
    code = form.words[group].get(plain)
    if code is None:
        raise CellProblem(plain[:40])
    return code


def _count(value: object) -> int:
    text = read_code(value, "count")
    if not text:
        return 0
    if not re.fullmatch(r"\d{1,4}", text) or int(text) > MOST_URGES:
        raise CellProblem(text[:40])
    return int(text)


def _short(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = printable(str(value if value is not None else "")).strip()
    if len(text) > SHORT:
        raise CellProblem(text[:40])
    return text


def _needed(row: OutsideRow, now: datetime) -> None:
    """What a message of its kind must say. Raises RowProblem."""
    if not row.number or len(row.number) > MAX_NUMBER:
        raise RowProblem("number", "number")
    if row.message not in IN_KINDS:
        raise RowProblem("message", "message")
    if row.message == "order":
        if row.received is None or row.received > now:
            raise RowProblem("received", "received")
        if row.deadline is not None and row.deadline <= row.received:
            raise RowProblem("deadline_before", "deadline")
        if not row.text:
            raise RowProblem("text", "text")
    if row.message.endswith("_ruling") and not row.ruling:
        raise RowProblem("ruling", "ruling")
    if row.message == "judgement" and not (row.solved and row.rating):
        raise RowProblem("solved", "solved")
    if row.message == "acknowledgement" and not row.receipt:
        raise RowProblem("receipt", "receipt")


def read_row(cells: Mapping[str, object], form: Format, zone: ZoneInfo, now: datetime) -> OutsideRow:
    """One row by field, from a sheet or a file. Raises RowProblem with the field that is wrong."""
    readers: dict[str, Any] = {
        "number": lambda v: read_code(v, "number"), "phone": lambda v: read_code(v, "phone"), "urges": _count,
        "text": lambda v: read_text(v) if str(v if v is not None else "").strip() else "",
        "received": lambda v: moment_of(v, form, zone), "deadline": lambda v: moment_of(v, form, zone),
        **{group: (lambda v, g=group: _word(g, v, form)) for group in WORD_GROUPS},
    }  # fmt: skip
    told: dict[str, Any] = {}
    for field in IN_FIELDS:
        try:
            told[field] = readers.get(field, _short)(cells.get(field))
        except (CellProblem, OverflowError) as problem:
            raise RowProblem(field, field) from problem
    told["message"] = told["message"] or "order"
    row = OutsideRow(**told)
    _needed(row, now)
    return row


# Spans as the city reads them; its sheets are Chinese in every district.
SPANS = MappingProxyType(
    {
        "minutes": "分钟",
        "business_minutes": "个工作分钟",
        "hours": "小时",
        "calendar_days": "天",
        "working_days": "个工作日",
        "months": "个月",
    }
)


def message_cells(
    *, kind: str, number: str, at: datetime, data: Mapping[str, Any], text: str, reason: str, digest: str, our_number: str,
    receipt: str, form: Format, zone: ZoneInfo,
) -> dict[str, str]:  # fmt: skip
    """One message to the city, by field, in the words agreed with it."""

    def spoken(code: object) -> str:
        return form.spoken.get(str(code), str(code)) if code else ""

    amount, unit = data.get("amount"), str(data.get("unit", ""))
    return {
        "number": number, "message": spoken(kind), "moment": write_moment(at, form, zone), "text": text, "reason": reason,
        "more_time": f"{amount}{SPANS.get(unit, unit)}" if amount else "", "solved": spoken(data.get("solved")),
        "rating": spoken(data.get("rating")), "file": str(data.get("name", "")), "digest": digest, "our_number": our_number,
        "receipt": receipt,
    }  # fmt: skip


def named_in(address: str, names: Iterable[str]) -> list[str]:
    """Names of the register that stand in an address as words of their own; the longer one wins over its part."""
    plain = unicodedata.normalize("NFKC", address)
    found = []
    for name in names:
        at = plain.find(name) if len(name) >= 3 else -1
        if at == 0 or (at > 0 and plain[at - 1] in _BEFORE):
            found.append(name)
    return [one for one in found if not any(one != other and one in other for other in found)]
