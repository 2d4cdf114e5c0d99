"""What comes in with a request, made safe to work with: texts without unprintable characters, whole numbers. Pure."""

from __future__ import annotations

import re

# Control characters but tab and line ends, halves of surrogate pairs and non-characters: no keyboard types them
# on purpose, the database refuses NUL, and printed XML may hold none of them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[0-9]{1,18}")


def printable(text: str) -> str:
    """The text without characters that nobody can type or see."""
    return _UNPRINTABLE.sub("", text)


def is_printable(text: str) -> bool:
    """Whether nothing would be taken away."""
    return _UNPRINTABLE.search(text) is None


def whole_number(text: str) -> int | None:
    """A number of at most 18 plain digits, as ids and cursors carry it; None for everything else."""
    return int(text) if _NUMBER.fullmatch(text) else None
