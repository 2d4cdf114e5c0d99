"""Division codes, compound codes and what follows them (domain rules, section 11). Pure.

12 digits = district 6 + subdistrict 3 + community 3; a compound adds a running number of 3 and one check
character by ISO 7064 MOD 11-2. Inside a compound: building 3, stairwell 2, dwelling 4 characters.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Literal

Level = Literal["district", "subdistrict", "community", "compound"]
LEVELS: tuple[Level, ...] = ("district", "subdistrict", "community", "compound")
LENGTHS: dict[Level, int] = {"district": 6, "subdistrict": 9, "community": 12, "compound": 16}
MAX_RUNNING = 999

_DASHES = dict.fromkeys(map(ord, "-‐‑‒–—―－−﹣_ ·.　\t"), None)
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d+")
_HALF_CODE = re.compile(r"\d{15}[\dX]")


class CodeRefused(ValueError):
    """A code that cannot be used; `reason` is one of the words of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


REASONS = ("empty", "number", "characters", "length", "check")


def check_character(digits: str) -> str:
    """ISO 7064 MOD 11-2 over a string of digits; 10 is written X. Raises CodeRefused for anything else."""
    if not digits or not (digits.isascii() and digits.isdigit()):
        raise CodeRefused("characters")
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2 % 11
    value = (12 - total) % 11
    return "X" if value == 10 else str(value)


def plain(text: str) -> str:
    """Half-width, upper case, without dashes, dots and blanks."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES).strip().upper()


def looks_like_number(text: str) -> bool:
    """Whether a spreadsheet has turned a code into a number: 1.40403E+14, or a decimal fraction."""
    half = unicodedata.normalize("NFKC", text).strip()
    return bool(_SCIENTIFIC.fullmatch(half)) or bool(re.fullmatch(r"\d{9,}\.\d+", half))


def normal_compound_code(text: str) -> str:
    """A compound code as stored (16 characters) from what people type: full-width, with or without dashes.

    Raises CodeRefused: `empty`, `number` (a spreadsheet ate the digits), `characters`, `length`, `check`.
    """
    if looks_like_number(text):
        raise CodeRefused("number")
    code = plain(text)
    if not code:
        raise CodeRefused("empty")
    if not re.fullmatch(r"[0-9X]+", code):
        raise CodeRefused("characters")
    if len(code) != LENGTHS["compound"]:
        raise CodeRefused("length")
    if not _HALF_CODE.fullmatch(code):
        raise CodeRefused("characters")
    if check_character(code[:15]) != code[15]:
        raise CodeRefused("check")
    return code


def normal_division_code(text: str) -> str:
    """A division code of 6, 9 or 12 digits from what people type. Raises CodeRefused as above."""
    if looks_like_number(text):
        raise CodeRefused("number")
    code = plain(text)
    if not code:
        raise CodeRefused("empty")
    if not (code.isascii() and code.isdigit()):
        raise CodeRefused("characters")
    if len(code) not in (6, 9, 12):
        raise CodeRefused("length")
    return code


def compound_code(community: str, running: int) -> str:
    """The 16 characters of a compound: community code, running number within it, check character."""
    if not re.fullmatch(r"\d{12}", community):
        raise CodeRefused("length")
    if not 1 <= running <= MAX_RUNNING:
        raise CodeRefused("length")
    body = f"{community}{running:03d}"
    return body + check_character(body)


def shown(code: str) -> str:
    """A code as people read it: 140403-004-001-001-5."""
    cuts = (0, 6, 9, 12, 15, 16)
    parts = [code[a:b] for a, b in pairwise(cuts)]
    return "-".join(part for part in parts if part)


def level_of(code: str) -> Level | None:
    """The level that a code's length stands for; None when there is no such length."""
    return next((level for level, size in LENGTHS.items() if size == len(code)), None)


def parent_code(code: str) -> str:
    """The code one level up; empty for a district."""
    level = level_of(code)
    if level is None or level == "district":
        return ""
    return code[: LENGTHS[LEVELS[LEVELS.index(level) - 1]]]


_PART = {
    "building": (3, re.compile(r"([0-9A-Z]+)(?:号?楼|#楼?|号|栋|幢|座|BUILDING)?")),
    "stairwell": (2, re.compile(r"([0-9A-Z]+)(?:单元|门|号)?")),
    "dwelling": (4, re.compile(r"([0-9A-Z]+)(?:室|号|户)?")),
}
PartKind = Literal["building", "stairwell", "dwelling"]


def part_code(kind: PartKind, text: str) -> str:
    """The fixed-width code of a building, stairwell or dwelling: "1号楼" -> 001, "2单元" -> 02, "101室" -> 0101.

    Raises CodeRefused when more than letters and digits remain or the number is too long.
    """
    size, pattern = _PART[kind]
    half = plain(text)
    if not half:
        raise CodeRefused("empty")
    if _SCIENTIFIC.fullmatch(unicodedata.normalize("NFKC", text).strip()):
        raise CodeRefused("number")
    found = pattern.fullmatch(half)
    if found is None:
        raise CodeRefused("characters")
    body = found.group(1)
    if len(body) > size:
        body = body.lstrip("0")
    if not body.strip("0") or len(body) > size:
        raise CodeRefused("length")
    return body.rjust(size, "0")
