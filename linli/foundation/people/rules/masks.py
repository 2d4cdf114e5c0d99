"""What is shown of a name, a phone, a number. Pure. A mask is made once, at keeping, and stored."""

from __future__ import annotations

from linli.foundation.people.rules.identifiers import folded, normal_phone
from linli.foundation.people.rules.surnames import COMPOUND_SURNAMES

HIDDEN = "*"


def normal_name(raw: str) -> str:
    """A name without spaces between Chinese characters, with single spaces elsewhere."""
    name = " ".join(folded(raw).split())
    return name.replace(" ", "") if any("\u4e00" <= c <= "\u9fff" for c in name) else name


def name_key(raw: str) -> str:
    """What the blind index of a name is made of: the whole name, letters without case."""
    return normal_name(raw).casefold()


def mask_name(raw: str) -> str:
    """Surname and a star: 张*, 欧阳*; of a name in Latin letters its first letter: J*."""
    name = normal_name(raw)
    if not name:
        return ""
    if len(name) > 2 and name[:2] in COMPOUND_SURNAMES:
        return name[:2] + HIDDEN
    return name[0] + HIDDEN


def mask_phone(raw: str) -> str:
    """138****5678; 0355-***4567; public short codes stay; anything else shows nothing."""
    phone = normal_phone(raw)
    if phone.kind == "mobile":
        return f"{phone.value[:3]}****{phone.value[7:]}"
    if phone.kind == "landline":
        area, line = phone.value.split("-")
        return f"{area}-{HIDDEN * (len(line) - 4)}{line[-4:]}"
    return phone.value if phone.kind == "short" else HIDDEN * 4 if raw.strip() else ""


def mask_id(raw: str) -> str:
    """The first four and the last two characters of an ID card number: neither birthday nor sequence."""
    number = folded(raw).replace(" ", "").upper()
    return (
        f"{number[:4]}{HIDDEN * (len(number) - 6)}{number[-2:]}"
        if len(number) >= 15
        else HIDDEN * len(number)
    )
