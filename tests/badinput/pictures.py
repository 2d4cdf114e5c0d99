"""Files that are not what they say, or far too large: made here, cheaply."""

from __future__ import annotations

import io
import os
import struct
import zlib

from PIL import Image


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *, colour: int = 0, extra: bytes = b"") -> bytes:
    """A PNG of one colour: grey with one bit a point, or RGB (2) and RGBA (6) with eight bits a channel."""
    bits = {0: 1, 2: 24, 6: 32}[colour]
    packer = zlib.compressobj(9)
    row = b"\0" + b"\0" * ((width * bits + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1 if colour == 0 else 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + extra + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def jpeg(width: int = 80, height: int = 60, mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 90 if mode == "L" else tuple([90] * len(mode))).save(
        out, "JPEG", **options
    )
    return out.getvalue()


def webp(width: int, height: int, frames: int = 1, **options: object) -> bytes:
    out = io.BytesIO()
    rows = [Image.new("RGB", (width, height), (n % 255, 9, 9)) for n in range(frames)]
    more: dict[str, object] = (
        {"save_all": True, "append_images": rows[1:], "duration": 10} if frames > 1 else {}
    )
    rows[0].save(out, "WEBP", method=0, quality=1, **more, **options)
    return out.getvalue()


def lying_jpeg(width: int, height: int) -> bytes:
    """Says one size, holds another."""
    data = jpeg(16, 16)
    at = data.find(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def endless_jpeg() -> bytes:
    """300 KB that repeat one scan so often that decoding takes more than a minute."""
    data = jpeg(2000, 2000, progressive=True, quality=30)
    at = data.rfind(b"\xff\xda")
    return data[:at] + data[at:-2] * 20_000 + b"\xff\xd9"


def bomb() -> bytes:
    """A text of 200 MB in 200 KB beside a picture of nothing."""
    return png(20, 20, extra=_chunk(b"zTXt", b"k\0\0" + zlib.compress(b"\0" * 200_000_000, 9)))


def not_pictures() -> dict[str, bytes]:
    whole = jpeg()
    return {
        "empty": b"", "one byte": b"\xff", "html": b"<html><script>alert(1)</script>", "svg": b"<svg onload='alert(1)'/>",
        "pdf": b"%PDF-1.7\n" + b"x" * 500, "zip": b"PK\x03\x04" + os.urandom(200), "noise": os.urandom(100_000),
        "half a jpeg": whole[: len(whole) // 2], "page before jpeg": b"<html>" + whole, "lying jpeg": lying_jpeg(8000, 200),
        "empty png": png(0, 0), "one column": png(1, 60_000), "text bomb": bomb(), "bmp": _other("BMP"), "gif": _other("GIF"), "tiff": _other("TIFF"),
    }  # fmt: skip


def _other(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 30)).save(out, form)
    return out.getvalue()
