"""What a message may carry, when it may go out, what an answer means. Pure."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from linli.foundation.core.rules.charter import Text
from linli.foundation.core.rules.clocks import OpeningHours

Value = int | str | bool | None | dict[str, str]

ALWAYS_KNOWN = frozenset({"district", "hotline"})
LONGEST_VALUE = 200
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PERSONAL = re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_LINK = re.compile(r"https?://|\{link\}")
_ANSWERS = {"1": 1, "2": 2, "3": 3, "一": 1, "二": 2, "三": 3}


class MessageRefused(ValueError):
    """A message that a room must not send as it is; the sentence is for the programmer."""


def placeholders(template: str) -> frozenset[str]:
    """Names in curly brackets."""
    return frozenset(name for _text, name, _spec, _conversion in string.Formatter().parse(template) if name)


def check_template(text: Text) -> None:
    """Refuse a template whose languages ask for different values, or that sends a link without the code in words."""
    for words in (text.zh, text.en):
        if _LINK.search(words) and "code" not in placeholders(words):
            raise MessageRefused("A text with a link also says the code in words: add {code}.")
    if placeholders(text.zh) != placeholders(text.en):
        raise MessageRefused("Both languages must use the same placeholders.")


def check_data(data: Mapping[str, Value]) -> None:
    """Refuse what a message row must not keep: a mobile number, an identity number, long texts, other types."""
    for name, value in data.items():
        if _NAME.fullmatch(name) is None:
            raise MessageRefused(f"{name!r} is not the name of a placeholder.")
        for word in value.values() if isinstance(value, dict) else (value,):
            if word is not None and not isinstance(word, (int, str)):
                raise MessageRefused(f"The value of {name!r} is neither a number nor a text.")
            if isinstance(word, str) and len(word) > LONGEST_VALUE:
                raise MessageRefused(f"The value of {name!r} is longer than {LONGEST_VALUE} characters.")
            if isinstance(word, str) and _PERSONAL.search(word):
                raise MessageRefused(f"The value of {name!r} holds a personal number; send the masked text.")
        if isinstance(value, dict) and set(value) != {"zh", "en"}:
            raise MessageRefused(f"The value of {name!r} in two languages needs zh and en.")


def check_filled(text: Text, data: Mapping[str, Value]) -> None:
    """Refuse data that leave a placeholder empty."""
    missing = placeholders(text.zh) - set(data) - ALWAYS_KNOWN
    if missing:
        raise MessageRefused(f"The template needs {sorted(missing)}.")


def _moment_words(text: str, zone: ZoneInfo, *, chinese: bool) -> str:
    at = datetime.fromisoformat(text).astimezone(zone)
    if chinese:
        return f"{at.month}月{at.day}日{at:%H:%M}"
    return f"{at.day} {at:%B, %H:%M}"


def shown(value: Value, language: str, zone: ZoneInfo) -> str:
    """A value as words: a pair by language, a moment in the district's zone, anything else as it is."""
    if isinstance(value, dict):
        return value["zh" if language.startswith("zh") else "en"]
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return _moment_words(value, zone, chinese=language.startswith("zh"))
    return "" if value is None else str(value)


def render(
    text: Text, data: Mapping[str, Value], *, language: str, zone: ZoneInfo, known: Mapping[str, str]
) -> str:
    """The words of a message. `known` holds the district's name and hotline. Raises MessageRefused."""
    check_filled(text, data)
    words = {**known, **{name: shown(value, language, zone) for name, value in data.items()}}
    return text.in_language(language).format_map(words)


def with_sender(name: str, text: str) -> str:
    """The official sender in front, as messages in China carry it."""
    return f"【{name}】{text}"


def send_at(now: datetime, hours: OpeningHours, zone: ZoneInfo, *, urgent: bool) -> datetime:
    """The first moment at or after `now` outside quiet hours. `hours` are when messages may go out."""
    if urgent:
        return now
    local = now.astimezone(zone)
    for ahead in (0, 1):
        day = local.date() + timedelta(days=ahead)
        for start, end in hours.offsets:
            opens = _wall(day, start, zone)
            if local < opens:
                return opens.astimezone(UTC)
            if local < _wall(day, end, zone):
                return now
    raise AssertionError(
        "opening hours have a period"
    )  # pragma: no cover  # OpeningHours refuses to be empty


def _wall(day: Any, offset: timedelta, zone: ZoneInfo) -> datetime:
    whole, rest = divmod(offset, timedelta(days=1))
    return (datetime.combine(day, time.min) + whole * timedelta(days=1) + rest).replace(tzinfo=zone)


def answer_of(text: str) -> int | None:
    """1, 2 or 3 when the answer is nothing but that (any width, with or without a full stop), else None."""
    plain = unicodedata.normalize("NFKC", text).strip().rstrip(".。!！ ")
    return _ANSWERS.get(plain)
