"""Pages by cursor: a list stays right while rows arrive, and no statement counts the whole."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from linli.foundation.core.rules.typed import is_printable

T = TypeVar("T")
SIZE = 20


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows and the cursor behind the last; an empty cursor means there are no more."""

    rows: Sequence[T]
    next_cursor: str


def encode(*parts: str) -> str:
    """A cursor as addresses carry it: texts only, never an internal id."""
    return base64.urlsafe_b64encode(json.dumps(parts, ensure_ascii=False).encode()).decode().rstrip("=")


def decode(cursor: str, length: int) -> tuple[str, ...] | None:
    """The parts of a cursor; None for an empty or foreign one, which then shows the first page."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    right = (
        isinstance(parts, list)
        and len(parts) == length
        and all(isinstance(part, str) and is_printable(part) for part in parts)
    )
    return tuple(parts) if right else None
