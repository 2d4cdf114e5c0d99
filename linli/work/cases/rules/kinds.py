"""Kinds of matters: what their codes say, which belong together, what else is asked, how urgent words are. Pure.

The catalogue is GB/T 47678.5-2026 (domain-rules 5.1): 5 digits are 2 of the class and 3 of the item, and things
and events share the number space, so a kind is known by (standard, kind of entry, number).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

STANDARD = "GB/T 47678.5-2026"
LOCAL = "local extension"
TYPES = ("choice", "text", "number")
MAX_ANSWER = 200
CLASS_ORDER = ("P0", "P1", "P2", "P3")
FEAR_REACH = 30

_CODE = re.compile(r"gb_(part|event)_(\d{5})")
_EVENT_CODE = re.compile(r"\d{6}(\d{5})")
_NUMBER = re.compile(r"-?\d{1,6}(\.\d{1,2})?")

Problem = Literal["choice", "number", "long"]


def national_key(code: str, standard: str) -> tuple[str, str, str] | None:
    """(standard, part or event, 5 digits) of a kind of the national catalogue; None for a local extension."""
    match = _CODE.fullmatch(code)
    return (standard, match.group(1), match.group(2)) if match and standard != LOCAL else None


def family_of(code: str, families: Sequence[Mapping[str, Any]]) -> str:
    """The family a kind belongs to; a kind that no family names is a family of its own."""
    return next((str(row["code"]) for row in families if code in row["kinds"]), code)


def kinds_of_family(code: str, families: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """All kinds that belong together with this one, itself among them."""
    return next((tuple(row["kinds"]) for row in families if code in row["kinds"]), (code,))


def by_outside_code(text: str, codes: Sequence[str], old: Sequence[Mapping[str, Any]]) -> str | None:
    """Our kind for a code in a sheet: 5 digits, the 11 digits of an event code, or a code of the old family.

    An event is looked for before a thing: a report says that something is wrong. None when nothing fits.
    """
    plain = re.sub(r"\s", "", text)
    named = next((str(row["kind"]) for row in old if row["code"] == plain), None)
    if named is not None:
        return named if named in codes else None
    long = _EVENT_CODE.fullmatch(plain)
    number = long.group(1) if long else plain
    found = [c for c in (f"gb_event_{number}", f"gb_part_{number}") if c in codes]
    return found[0] if found else None


# --- questions of a kind ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """An answer to a kind's own question: a code of an option, a number, or words."""

    code: str
    value: str
    words: bool


def questions_of(kind: str, questions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The questions that are asked for a kind, in the charter's order."""
    return [row for row in questions if kind in row["kinds"]]


def read_answers(
    kind: str, questions: Sequence[Mapping[str, Any]], given: Mapping[str, str]
) -> tuple[list[Said], dict[str, Problem]]:
    """(answers, what is wrong by question). An empty answer is none: no question must be answered."""
    said: list[Said] = []
    problems: dict[str, Problem] = {}
    for row in questions_of(kind, questions):
        code, value = str(row["code"]), given.get(str(row["code"]), "").strip()
        if not value:
            continue
        problem = _problem(row, value)
        if problem is None:
            said.append(Said(code, value, row["type"] == "text"))
        else:
            problems[code] = problem
    return said, problems


def _problem(row: Mapping[str, Any], value: str) -> Problem | None:
    if row["type"] == "choice":
        return None if value in {o["code"] for o in row["options"] or ()} else "choice"
    if row["type"] == "text":
        return "long" if len(value) > MAX_ANSWER else None
    if not value.isascii() or not _NUMBER.fullmatch(value):
        return "number"
    low, high = row["low"], row["high"]
    fits = (low is None or float(value) >= low) and (high is None or float(value) <= high)
    return None if fits else "number"


# --- urgency ----------------------------------------------------------------------------------------------------


def more_urgent(a: str, b: str) -> str:
    """The more urgent of two classes; a class that is none of P0-P3 is the least urgent."""
    return min(a, b, key=lambda c: CLASS_ORDER.index(c) if c in CLASS_ORDER else len(CLASS_ORDER))


def danger(text: str, words: Sequence[str], feared: Sequence[str]) -> Literal["", "feared", "now"]:
    """Whether a text tells of danger: "now", only "feared" (every danger word has an "if" before it in its clause), or not."""
    lower = text.lower()
    found: Literal["", "feared", "now"] = ""
    for word in words:
        at = lower.find(word.lower())
        while at >= 0:
            before = re.split(r"[。！？!?；;，,、\n]", lower[max(0, at - FEAR_REACH) : at])[-1]
            if not any(f.lower() in before for f in feared):
                return "now"
            found = "feared"
            at = lower.find(word.lower(), at + 1)
    return found


def raised(case_class: str, told: Literal["", "feared", "now"]) -> str:
    """The class after the danger words: never less urgent than before."""
    return more_urgent(case_class, {"now": "P0", "feared": "P1"}.get(told, case_class))
