"""Phones, ID card numbers and credit codes: normal form and verdict. Pure.

Sources: GB 11643 (ID card), GB 32100 (unified social credit code), the numbering of mobile and fixed lines.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

PhoneKind = Literal["mobile", "landline", "short", "invalid"]
Problem = Literal["", "empty", "length", "legacy", "characters", "birth", "future", "check"]


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number in its normal form; `value` is empty when the number is none. False when invalid."""

    kind: PhoneKind
    value: str

    def __bool__(self) -> bool:
        return self.kind != "invalid"


@dataclass(frozen=True, slots=True)
class Checked:
    """An identifier in its normal form, or the code of what is wrong with it. True when valid."""

    value: str
    problem: Problem

    def __bool__(self) -> bool:
        return self.problem == ""


INVALID_PHONE = Phone("invalid", "")
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―.·•()\u200b\u200c\u200d\ufeff]+")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(0(?:10|2[0-9]|[3-9][0-9]{2}))([1-9][0-9]{6,7})")
_SHORT = re.compile(r"1(?:1[0-9]|2[0-2]|2[0-9]{3}|[0-9]{4})|9[5-6][0-9]{3}")


def _fold(character: str) -> str:
    if character.isascii():
        return character
    if character == "\u3000":
        return " "
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    return character


class _Folds(dict[int, str]):
    """What each character folds to, worked out when it is first met; rare planes are not held."""

    def __missing__(self, code: int) -> str:
        found = _fold(chr(code))
        return self.setdefault(code, found) if code <= 0xFFFF else found


_FOLDS = _Folds()


def folded(text: str) -> str:
    """Full-width letters and digits as plain ones, character by character: the length stays."""
    return text if text.isascii() else text.translate(_FOLDS)


def normal_phone(raw: str) -> Phone:
    """The normal form of a phone number as typed by people.

    Mobile numbers lose the country code, spaces and dashes; a fixed line keeps area code and dash
    (`0355-1234567`); public short codes such as 12345 are told apart because they belong to nobody.
    """
    number = _SEPARATORS.sub("", folded(raw))
    had_country = False
    for prefix in ("+86", "0086"):
        if number.startswith(prefix):
            number, had_country = number[len(prefix) :], True
            break
    if not number.isascii() or not number.isdigit():
        return INVALID_PHONE
    if len(number) == 13 and number.startswith("86") and _MOBILE.fullmatch(number[2:]):
        number = number[2:]
    if _MOBILE.fullmatch(number):
        return Phone("mobile", number)
    line = _LANDLINE.fullmatch(number if not had_country or number.startswith("0") else f"0{number}")
    if line is not None:
        return Phone("landline", f"{line.group(1)}-{line.group(2)}")
    return Phone("short", number) if _SHORT.fullmatch(number) else INVALID_PHONE


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"


def id_check_digit(first_seventeen: str) -> str:
    """The last character of an ID card number (GB 11643, ISO 7064 MOD 11-2)."""
    return _ID_CHECK[sum(int(d) * w for d, w in zip(first_seventeen, _WEIGHTS, strict=True)) % 11]


def check_id_number(raw: str, today: date) -> Checked:
    """An 18-digit ID card number: length, real birth date that is not after `today`, check digit.

    The first six digits are not checked: holders keep the code of a district that has since been merged or
    renamed (140402 and 140411 were merged into 140403 in 2018), and many districts are younger than their people.
    """
    number = _SEPARATORS.sub("", folded(raw)).upper()
    if not number:
        return Checked("", "empty")
    if len(number) == 15 and number.isdigit():
        return Checked("", "legacy")
    if len(number) != 18:
        return Checked("", "length")
    if re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number) is None:
        return Checked("", "characters")
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return Checked("", "birth")
    if birth > today:
        return Checked("", "future")
    if id_check_digit(number[:17]) != number[17]:
        return Checked("", "check")
    return Checked(number, "")


USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_uscc(raw: str) -> Checked:
    """A unified social credit code of a body (GB 32100): 18 characters of 31, weights 3^i mod 31."""
    code = _SEPARATORS.sub("", folded(raw)).upper()
    if not code:
        return Checked("", "empty")
    if len(code) != 18:
        return Checked("", "length")
    if any(c not in USCC_ALPHABET for c in code) or re.fullmatch(r"[0-9A-Y]{2}[0-9]{6}.{10}", code) is None:
        return Checked("", "characters")
    total = sum(USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    if USCC_ALPHABET[(31 - total % 31) % 31] != code[17]:
        return Checked("", "check")
    return Checked(code, "")
