"""Cryptography: sealed fields, blind indexes, wrapped data keys. Keys live in a file apart from the database.

A sealed value is `alg(1) | key id(2) | nonce(12) | ciphertext+tag`; the row and field it belongs to are bound
as associated data, so that ciphertexts cannot be swapped. Algorithms sit behind ids: 1 = AES-256-GCM,
2 = SM4-GCM.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

AES_256_GCM = 1
SM4_GCM = 2
DATA_KEY_BYTES = 32


class Sealed(ValueError):
    """A value that cannot be opened: changed, swapped, or its key is gone."""


def _encrypt(alg: int, key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    if alg == AES_256_GCM:
        return AESGCM(key).encrypt(nonce, plain, bound)
    sealer = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce)).encryptor()
    sealer.authenticate_additional_data(bound)
    return sealer.update(plain) + sealer.finalize() + sealer.tag


def _decrypt(alg: int, key: bytes, nonce: bytes, body: bytes, bound: bytes) -> bytes:
    if alg == AES_256_GCM:
        return AESGCM(key).decrypt(nonce, body, bound)
    opener = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce, body[-16:])).decryptor()
    opener.authenticate_additional_data(bound)
    return opener.update(body[:-16]) + opener.finalize()


def seal(key: bytes, plain: bytes, bound: bytes, *, key_id: int = 0, alg: int = AES_256_GCM) -> bytes:
    """Encrypt `plain`, bound to `bound` (row and field). `key` has 32 bytes."""
    nonce = secrets.token_bytes(12)
    return bytes([alg]) + key_id.to_bytes(2, "big") + nonce + _encrypt(alg, key, nonce, plain, bound)


def key_id_of(sealed: bytes) -> int:
    """Which key sealed it."""
    return int.from_bytes(sealed[1:3], "big")


def open_sealed(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """Decrypt. Raises Sealed when the value was changed, swapped or belongs to another key."""
    if len(sealed) < 31 or sealed[0] not in (AES_256_GCM, SM4_GCM):
        raise Sealed("This is not a sealed value.")
    try:
        return _decrypt(sealed[0], key, sealed[3:15], sealed[15:], bound)
    except InvalidTag as problem:
        raise Sealed("A sealed value does not belong to its row and field, or was changed.") from problem


@dataclass(frozen=True, slots=True)
class Keyring:
    """The installation's keys: key-encryption keys by id, one of them active, and the index key."""

    wrapping: dict[int, bytes]
    active: int
    index_key: bytes
    alg: int = AES_256_GCM

    def wrap(self, data_key: bytes, bound: bytes) -> bytes:
        """A person's data key under the active key-encryption key."""
        return seal(self.wrapping[self.active], data_key, bound, key_id=self.active, alg=self.alg)

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        """Raises Sealed when the wrapping key is not in the ring any more."""
        key = self.wrapping.get(key_id_of(wrapped))
        if key is None:
            raise Sealed("The key that wrapped this is not in the key file.")
        return open_sealed(key, wrapped, bound)

    def index(self, field: str, value: str) -> str:
        """Blind index: keyed hash of a normalised value, with a key of its own per field."""
        per_field = hmac.digest(self.index_key, b"linli-index:" + field.encode(), "sha256")
        return base64.urlsafe_b64encode(hmac.digest(per_field, value.encode(), "sha256")).decode()


def new_keyring() -> Keyring:
    """Fresh random keys."""
    return Keyring({1: secrets.token_bytes(32)}, 1, secrets.token_bytes(32))


def write_keyring(path: Path, ring: Keyring) -> None:
    """Write a key file readable by its owner only, whole or not at all."""
    data = {
        "wrapping": {str(k): base64.b64encode(v).decode() for k, v in ring.wrapping.items()},
        "active": ring.active,
        "index": base64.b64encode(ring.index_key).decode(),
        "alg": ring.alg,
    }
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(data, out)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


def read_keyring(path: Path) -> Keyring:
    """Read a key file. Raises FileNotFoundError or ValueError."""
    data = json.loads(path.read_text("utf-8"))
    wrapping = {int(k): base64.b64decode(v) for k, v in data["wrapping"].items()}
    if data["active"] not in wrapping or any(len(v) != 32 for v in wrapping.values()):
        raise ValueError(f"{path.name} is not a key file of Linli.")
    return Keyring(
        wrapping, int(data["active"]), base64.b64decode(data["index"]), int(data.get("alg", AES_256_GCM))
    )


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """The running installation's keys; read once per process (`keyring.cache_clear()` after a rotation)."""
    return read_keyring(Path(settings.LINLI_KEYS))
