"""How the vault seals and opens: data keys, bound fields, and the switch that the row policies read.

Settings of the session used: `linli.district` (set by core for each transaction) and `linli.sealed`, which is
`open` only inside `opened()`. Only actions of this room enter `opened()`, after the check and the log.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from linli.foundation.core.keys import DATA_KEY_BYTES, Keyring, Sealed, keyring, open_sealed, seal

_stamp: tuple[int, int] = (0, 0)


def ring() -> Keyring:
    """The keys as the key file has them now: another process may have started a rotation."""
    global _stamp
    status = Path(settings.LINLI_KEYS).stat()
    stamp = (status.st_mtime_ns, status.st_ino)
    if stamp != _stamp:
        keyring.cache_clear()
        _stamp = stamp
    return keyring()


def index(field: str, value: str, district: int) -> str:
    """Blind index of a normalised value; equal values of two districts have nothing in common."""
    return keyring().index(f"people.{field}", f"{district}:{value}")


def _key_bound(key: int) -> bytes:
    return b"people_datakey:%d" % key


def bound(table: str, row: int, field: str) -> bytes:
    """What a sealed value belongs to: it opens nowhere else."""
    return f"{table}:{row}:{field}".encode()


@dataclass(frozen=True, slots=True)
class FreshKey:
    """A data key just made: in the clear for sealing, wrapped for storing."""

    plain: bytes
    wrapped: bytes
    key_id: int


def fresh_key(row: int) -> FreshKey:
    """A new data key for the DataKey row with this id."""
    keys = ring()
    plain = secrets.token_bytes(DATA_KEY_BYTES)
    return FreshKey(plain, keys.wrap(plain, _key_bound(row)), keys.active)


def wrap(plain: bytes, row: int) -> bytes:
    """Wrap a data key again, under the active key-encryption key."""
    return ring().wrap(plain, _key_bound(row))


def unwrap(wrapped: bytes | memoryview | None, row: int) -> bytes:
    """The data key. Raises Sealed when it was destroyed, changed, or its wrapping key is gone."""
    if wrapped is None:
        raise Sealed("The data key was destroyed: this person or text was erased.")
    return ring().unwrap(bytes(wrapped), _key_bound(row))


def seal_field(key: bytes, plain: str, table: str, row: int, field: str) -> bytes | None:
    """Seal one field of one row; an empty value stays empty."""
    return seal(key, plain.encode(), bound(table, row, field), alg=ring().alg) if plain else None


def open_field(key: bytes, sealed: bytes | memoryview | None, table: str, row: int, field: str) -> str:
    """Open one field of one row. Raises Sealed when it was changed or belongs to another row or field."""
    return "" if sealed is None else open_sealed(key, bytes(sealed), bound(table, row, field)).decode()


def _switch(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('linli.sealed', %s, true)", [value])


@contextmanager
def opened() -> Iterator[None]:
    """Let the policies show sealed rows inside. Needs a transaction: the switch ends with it in any case.

    After an error of the database the transaction is lost, and the rollback puts the switch back.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("The vault is opened inside a transaction only.")
    _switch("open")
    try:
        yield
    except BaseException:
        with suppress(DatabaseError):
            _switch("")
        raise
    _switch("")
