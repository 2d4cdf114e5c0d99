"""Stored files: content decides the type, pictures are re-encoded, names are random, digests are kept.

Nothing is served from here without an access check of the room that owns the subject.
"""

from __future__ import annotations

import hashlib
import secrets
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import FileResponse
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import decoding
from linli.foundation.core.errors import Invalid, TooLarge, TooMany
from linli.foundation.core.models import StoredFile
from linli.foundation.core.rules.actor import Actor

MEGA = 1024 * 1024
WAIT_SECONDS = 8
_one_at_a_time = threading.Semaphore(1)


@dataclass(frozen=True, slots=True)
class Picture:
    """A re-encoded picture without metadata."""

    data: bytes
    media_type: str
    width: int
    height: int


def _refuse_picture() -> Invalid:
    return Invalid(
        "file.not_picture",
        _(
            "This file is not a picture that can be read (JPEG, PNG, WebP or HEIC). Nothing was stored. Choose another picture or go on without one."
        ),
    )


def read_picture(source: IO[bytes], *, size: int, max_bytes: int) -> Picture:
    """Check by content, turn upright, shrink to 2048 px and re-encode as WebP: no metadata survives.

    Done in a process of its own with limits of memory and time, one picture at a time for each server process.
    Raises TooLarge with the limit named, or Invalid when it is not a readable picture.
    """
    if size > max_bytes:
        raise TooLarge(
            "file.too_large",
            _(
                "The picture is larger than %(limit)d MB, the limit for one picture. Nothing was stored. Send a smaller one or go on without it."
            )
            % {"limit": max_bytes // MEGA},
        )
    if not size:
        raise _refuse_picture()
    line, _sign, data = _decoded(source.read()).partition(b"\n")
    word, *numbers = line.decode("ascii", "replace").split() or [""]
    if word == "pixels":
        raise TooLarge(
            "file.too_many_pixels",
            _(
                "The picture has more than %(limit)s million points, the limit for this format. Nothing was stored. Send a smaller one or go on without it."
            )
            % {"limit": f"{int(numbers[0]) / 1_000_000:g}"},
        )
    if word != "picture":
        raise _refuse_picture()
    return Picture(data, "image/webp", int(numbers[0]), int(numbers[1]))


def _decoded(data: bytes) -> bytes:
    """What the decoding process answers; nothing when it died. Raises TooMany when too many wait for it."""
    if not _one_at_a_time.acquire(timeout=WAIT_SECONDS):
        raise TooMany(
            "file.busy",
            _(
                "Many pictures are being read at this moment. Nothing was stored. Send it again in half a minute, or go on without it."
            ),
            retry_after=30,
        )
    try:
        script = [sys.executable, "-I", decoding.__file__]
        done = subprocess.run(  # noqa: S603  # our own script, no shell; the request gives only the input
            script,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=WAIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return b""
    finally:
        _one_at_a_time.release()
    return done.stdout if done.returncode == 0 else b""


def store(
    data: bytes,
    media_type: str,
    *,
    actor: Actor,
    now: datetime,
    door: str,
    subject: tuple[str, int] | None = None,
) -> StoredFile:
    """Write bytes under a random name and the row that knows their digest."""
    suffix = {"image/webp": ".webp", "text/csv": ".csv"}.get(media_type, ".bin")
    folder = secrets.token_hex(1)
    name = default_storage.save(
        f"{actor.district}/{folder}/{secrets.token_hex(16)}{suffix}", ContentFile(data)
    )
    return StoredFile.objects.create(
        district=actor.district, public_id=secrets.token_urlsafe(15)[:20], name=name,
        sha256=hashlib.sha256(data).digest(), media_type=media_type, size=len(data), door=door,
        subject_type=subject[0] if subject else "", subject_id=subject[1] if subject else None,
        uploaded_by=actor.user, at=now,
    )  # fmt: skip


def bind(district: int, public_ids: list[str], *, door: str, subject: tuple[str, int]) -> int:
    """Attach files that were uploaded beforehand through a door to their subject, once."""
    if not public_ids:
        return 0
    waiting = StoredFile.objects.filter(
        district=district, public_id__in=public_ids, door=door, subject_id=None
    )
    return waiting.update(subject_type=subject[0], subject_id=subject[1])


def of(district: int, subject: tuple[str, int]) -> list[StoredFile]:
    """Files of one subject, oldest first."""
    rows = StoredFile.objects.filter(
        district=district, subject_type=subject[0], subject_id=subject[1], ended_at=None
    )
    return list(rows.order_by("at", "id"))


def serve(file: StoredFile, *, download_name: str = "") -> FileResponse:
    """Send a file the caller has already been allowed to see; browsers may neither guess its type nor run it."""
    handle: Any = default_storage.open(file.name, "rb")
    inline = file.media_type.startswith("image/")
    response = FileResponse(
        handle, as_attachment=not inline, filename=download_name, content_type=file.media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=600"
    return response
