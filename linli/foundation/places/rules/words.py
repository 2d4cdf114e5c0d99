"""How places are found by what people type. Pure; the pinyin itself is an argument."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MAX_QUERY = 60
MAX_TERMS = 4
_KEEP = re.compile(r"[^0-9a-z\u3400-\u9fff\U00020000-\U0003ffff]+")


def folded(text: str) -> str:
    """Half-width, lower case, without punctuation and blanks."""
    return _KEEP.sub("", unicodedata.normalize("NFKC", text).lower())


def terms(text: str) -> list[str]:
    """The words of a search, at most four; dashes inside a code do not part it."""
    half = unicodedata.normalize("NFKC", text[:MAX_QUERY]).lower()
    words = (_KEEP.sub("", word) for word in half.replace("-", "").split())
    return [word for word in words if word][:MAX_TERMS]


def search_text(entries: Iterable[str]) -> str:
    """What is stored for searching: each entry after a bar, so that `|x` finds beginnings."""
    seen: dict[str, None] = {}
    for entry in entries:
        word = folded(entry)
        if word:
            seen.setdefault(word)
    return "".join(f"|{word}" for word in seen)


def pattern(term: str) -> str:
    """What to look for: codes and one or two Latin letters only at a beginning, all else anywhere."""
    if term.isdigit() or (term.isascii() and len(term) < 3):
        return f"|{term}"
    return term
