"""Plate codes: random, short, hard to misread, one check character. Pure.

The alphabet has 31 characters (a prime), so weights 3^i modulo 31 find every single wrong character and every
exchange of two neighbours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
BODY = 8
LENGTH = BODY + 1

PUBLIC_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def check_character(body: str) -> str:
    """The last character of a plate code. Raises ValueError for characters outside the alphabet."""
    total = sum(ALPHABET.index(letter) * pow(3, i + 1, 31) for i, letter in enumerate(body))
    return ALPHABET[(31 - total % 31) % 31]


def new_code(draw: Callable[[int], int]) -> str:
    """A fresh code; `draw(n)` gives a random number below n."""
    body = "".join(ALPHABET[draw(len(ALPHABET))] for _ in range(BODY))
    return body + check_character(body)


def normal_code(text: str) -> str | None:
    """A plate code as stored from what was typed or scanned; None when it can be no plate's."""
    code = "".join(unicodedata.normalize("NFKC", text).upper().split()).replace("-", "")
    if len(code) != LENGTH or any(letter not in ALPHABET for letter in code):
        return None
    return code if check_character(code[:BODY]) == code[BODY] else None


def shown(code: str) -> str:
    """In groups of three, as printed on the plate."""
    return " ".join(code[i : i + 3] for i in range(0, len(code), 3))


def new_public_id(draw: Callable[[int], int], length: int = 12) -> str:
    """A random name for addresses in the browser: says nothing, holds no order."""
    return "".join(PUBLIC_ALPHABET[draw(len(PUBLIC_ALPHABET))] for _ in range(length))
