"""The number a case is known by, and the code its caller follows it with. Pure.

The number is year, running number and a check digit (ISO 7064 MOD 11,10 over all digits): a slip of one digit
or two neighbouring ones is noticed. The running number comes from the row's own counter, so it is unique in
the district without another round trip; it says nothing about order.
"""

from __future__ import annotations

import re
import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8


def check_digit(digits: str) -> str:
    """ISO 7064 MOD 11,10 check digit of a string of digits."""
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = (total * 2) % 11
    return str((11 - product) % 10)


def case_number(counter: int, year: int) -> str:
    """`26-0001042-7` for counter 1042 in 2026."""
    body = f"{year % 100:02d}{counter:07d}"
    return f"{body[:2]}-{body[2:]}-{check_digit(body)}"


def normal_number(text: str) -> str | None:
    """The number as stored, from what a person typed (full-width digits, missing dashes); None when it cannot be one."""
    plain = unicodedata.normalize("NFKC", text)
    digits = re.sub(r"[\s\-—–_.]", "", plain)
    if not digits.isascii() or not digits.isdigit() or not 10 <= len(digits) <= 12:
        return None
    if check_digit(digits[:-1]) != digits[-1]:
        return None
    return f"{digits[:2]}-{digits[2:-1]}-{digits[-1]}"


def code_from(raw: bytes) -> str:
    """Eight letters and digits, none of which looks like another, from at least 8 bytes of a keyed hash."""
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in raw[:CODE_LENGTH])


def normal_code(text: str) -> str:
    """A follow code as typed: upper case, without spaces and dashes."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[\s\-]", "", plain)
