"""What an event may say, and the bytes its leaf is made of. Pure.

The leaf is SHA-256 over 0x00, the 16-byte salt and the RFC 8785 form of the record, so that the log's tree
(RFC 9162 leaf prefix) can be built over stored rows at any later time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import rfc8785

Value = int | str | bool | None | list[int] | list[str]
FieldKind = Literal["id", "code", "count", "moment", "flag", "ids", "codes", "digest"]

LEAF_ALG = "sha256"
_CODE = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,59}", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_ID = 2**53


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event: its code, its sentence in both languages and the fields it may carry.

    Sentences use `{field}` for the fields of the event. Ids and codes only: no field kind holds free text,
    a name, a phone or a number of a person.
    """

    code: str
    zh: str
    en: str
    fields: Mapping[str, FieldKind]
    public: bool = False


class EventRefused(ValueError):
    """An event that says more than ids and codes, or something its type does not know."""


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_ID


def _is_code(value: object) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


_CHECKS: dict[str, Any] = {
    "id": _is_id,
    "count": _is_id,
    "code": _is_code,
    "moment": lambda v: isinstance(v, str) and _MOMENT.fullmatch(v) is not None,
    "digest": lambda v: isinstance(v, str) and _DIGEST.fullmatch(v) is not None,
    "flag": lambda v: isinstance(v, bool),
    "ids": lambda v: isinstance(v, list) and all(_is_id(x) for x in v),
    "codes": lambda v: isinstance(v, list) and all(_is_code(x) for x in v),
}


def check_data(kind: EventType, data: Mapping[str, Value]) -> None:
    """Refuse fields that the type does not declare and values that are not of the declared kind.

    None means "not known" and is allowed for every field. Raises EventRefused.
    """
    for name, value in data.items():
        declared = kind.fields.get(name)
        if declared is None:
            raise EventRefused(f"Event {kind.code} has no field {name!r}; it has {sorted(kind.fields)}.")
        if value is not None and not _CHECKS[declared](value):
            raise EventRefused(
                f"Field {name!r} of event {kind.code} is not of kind {declared}: ids and codes only."
            )


def record_bytes(record: Mapping[str, Any]) -> bytes:
    """The canonical form (RFC 8785) of an event record."""
    return bytes(rfc8785.dumps(dict(record)))


def leaf_hash(record: Mapping[str, Any], salt: bytes) -> bytes:
    """SHA-256 of 0x00, salt and canonical record. `salt` is 16 random bytes."""
    if len(salt) != 16:
        raise ValueError("A leaf's salt has 16 bytes.")
    return hashlib.sha256(b"\x00" + salt + record_bytes(record)).digest()
