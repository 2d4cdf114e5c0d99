"""Stored files: content decides the type, pictures are re-encoded, names are random, digests are kept.

Nothing is served from here without an access check of the room that owns the subject.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

import pi_heif
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import FileResponse
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from linli.foundation.core.errors import Invalid, TooLarge
from linli.foundation.core.models import StoredFile
from linli.foundation.core.rules.actor import Actor

pi_heif.register_heif_opener()

MEGA = 1024 * 1024
PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "MPO")
LONGEST_SIDE = 2048
# JPEG is decoded at a reduced scale, so large phone pictures cost little memory; other formats are not.
MAX_PIXELS = {"JPEG": 64_000_000, "MPO": 64_000_000}
MAX_PIXELS_OTHER = 25_000_000


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
    try:
        image = Image.open(source, formats=PICTURE_FORMATS)
    except Exception as problem:
        raise _refuse_picture() from problem
    limit = MAX_PIXELS.get(image.format or "", MAX_PIXELS_OTHER)
    if image.width * image.height > limit:
        raise TooLarge(
            "file.too_many_pixels",
            _(
                "The picture has more than %(limit)d million points, the limit for this format. Nothing was stored. Send a smaller one or go on without it."
            )
            % {"limit": limit // 1_000_000},
        )
    if max(image.size) > 40 * max(1, min(image.size)):
        raise _refuse_picture()
    try:
        return _encode(image)
    except (TooLarge, Invalid):
        raise
    except Exception as problem:
        raise _refuse_picture() from problem


def _encode(image: Image.Image) -> Picture:
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    image.load()
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(image) or image
    plain = upright.convert("RGB")
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=80, method=3)
    return Picture(out.getvalue(), "image/webp", plain.width, plain.height)


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
