"""Pure rules of accounts: names, phones, devices, levels, and when a session is over."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from linli.foundation.core.rules.clocks import Span

LEVELS = ("public", "compound", "community", "subdistrict", "district")
NAME_PATTERN = r"[a-z][a-z0-9._-]{2,39}"
# How long a person may take between the password and the second factor.
PENDING = timedelta(minutes=10)
# The idle time is moved on at most this often, so that not every page writes.
TOUCH_PART = 10

Verdict = Literal["alive", "ended", "account_ended", "too_old", "grant_ended", "factor_missing"]

_PER_UNIT = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "calendar_days": timedelta(days=1),
}
_MOBILE = re.compile(r"1[3-9]\d{9}")
_FAMILIES = (
    ("micromessenger", "wechat"),
    ("dingtalk", "dingtalk"),
    ("edg", "edge"),
    ("firefox", "firefox"),
    ("chrome", "chrome"),
    ("safari", "safari"),
)
_SYSTEMS = (
    ("harmonyos", "harmony"),
    ("android", "android"),
    ("iphone", "ios"),
    ("ipad", "ios"),
    ("windows", "windows"),
    ("mac os", "macos"),
    ("linux", "linux"),
)


def plain_name(typed: str) -> str:
    """A sign-in name as it is stored and looked up: full-width forms folded, lower case, no spaces around."""
    return unicodedata.normalize("NFKC", typed).strip().lower()


def is_login_name(name: str) -> bool:
    """3 to 40 of a-z, 0-9, dot, line, underscore, beginning with a letter: so it is never a phone number."""
    return re.fullmatch(NAME_PATTERN, name) is not None


def plain_phone(typed: str) -> str:
    """A mainland mobile number as eleven digits, "" when it is not one. +86 and 0086 are taken off."""
    digits = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", typed))
    for prefix in ("+86", "0086"):
        digits = digits.removeprefix(prefix)
    return digits if digits.isascii() and _MOBILE.fullmatch(digits) else ""


def device_of(user_agent: str) -> str:
    """Browser family and system only ("firefox-windows"): enough to know one's own device, no more."""
    low = user_agent.lower()
    family = next((name for mark, name in _FAMILIES if mark in low), "other")
    system = next((name for mark, name in _SYSTEMS if mark in low), "other")
    return f"{family}-{system}"


def length(span: Span) -> timedelta:
    """A charter period of minutes, hours or calendar days as a length of time. Raises KeyError for others."""
    return span.amount * _PER_UNIT[span.unit]


def hour_of(moment: datetime) -> datetime:
    """A moment cut to its hour: when a device was last seen is kept no finer."""
    return moment.replace(minute=0, second=0, microsecond=0)


def is_within_level(level: str, own: str) -> bool:
    """Whether a role's level is not above the level of whoever files it."""
    return LEVELS.index(level) <= LEVELS.index(own)


def is_factor_exempt(mode: str, demonstration: bool) -> bool:
    """Demonstration accounts need no second factor, and exist nowhere but in a demonstration or a test."""
    return demonstration and mode in ("demo", "test")


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment on, until another one when it is known."""

    valid_from: datetime
    valid_to: datetime | None

    def holds(self, now: datetime) -> bool:
        return self.valid_from <= now and (self.valid_to is None or now < self.valid_to)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What decides whether a session still counts. `grant` is None before an appointment was chosen."""

    began: datetime
    ended: bool
    account_ended: bool
    grant: Period | None
    factor_given: bool
    factor_needed: bool


def session_verdict(facts: SessionFacts, now: datetime, absolute: timedelta) -> Verdict:
    """Why a session is over, or "alive". `absolute` is the longest a sign-in lasts, used or not."""
    if facts.ended:
        return "ended"
    if facts.account_ended:
        return "account_ended"
    if now >= facts.began + absolute:
        return "too_old"
    if facts.grant is not None and not facts.grant.holds(now):
        return "grant_ended"
    if facts.factor_needed and not facts.factor_given:
        return "factor_missing"
    return "alive"


def is_pending_over(began: datetime, now: datetime) -> bool:
    """Whether too long passed between password and second factor."""
    return now >= began + PENDING


def is_fresh(confirmed: datetime | None, now: datetime, minutes: int) -> bool:
    """Whether the password was given within the last `minutes`."""
    return confirmed is not None and now < confirmed + timedelta(minutes=minutes)
