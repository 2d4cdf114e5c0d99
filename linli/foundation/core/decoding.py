"""Reads one picture in a process of its own, so that no file can fill or hold up the server.

Run as a script: the file comes on standard input; the answer is one line, and after it the re-encoded picture.
Imports nothing of Linli and gets no environment, so a broken decoder has no key or address to find. Memory and
processor time are limited by the system; a process that dies means the file cannot be read.
"""

from __future__ import annotations

import io
import resource
import sys
import warnings

import pi_heif
from PIL import Image, ImageOps

PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "MPO")
LONGEST_SIDE = 2048
# JPEG is decoded at a reduced scale, so large phone pictures cost little memory. A progressive JPEG keeps all
# its coefficients, WebP several whole copies: these are held to what fits into MEMORY.
MAX_PIXELS = {"JPEG": 64_000_000, "MPO": 64_000_000, "WEBP": 12_500_000}
MAX_PIXELS_OTHER = 25_000_000
MAX_RATIO = 40
MEMORY = 320 * 1024 * 1024
SECONDS = 4


class Unreadable(Exception):
    """Not a picture that can be read."""


class TooManyPixels(Exception):
    """More points than the format's limit, which is the argument."""


def opened(data: bytes) -> Image.Image:
    """The picture by its content, not yet decoded, within its limits. Raises Unreadable or TooManyPixels."""
    if _webp_points(data) > MAX_PIXELS["WEBP"]:  # its decoder takes memory for all of them before it tells
        raise TooManyPixels(MAX_PIXELS["WEBP"])
    try:
        image = Image.open(io.BytesIO(data), formats=PICTURE_FORMATS)
    except Exception as problem:
        raise Unreadable from problem
    limit = MAX_PIXELS.get(image.format or "", MAX_PIXELS_OTHER)
    if image.info.get("progressive"):
        limit = min(limit, MAX_PIXELS_OTHER)
    if image.width * image.height > limit:
        raise TooManyPixels(limit)
    if max(image.size) > MAX_RATIO * max(1, min(image.size)):
        raise Unreadable
    return image


def _webp_points(data: bytes) -> int:
    """Width times height as a WebP file's first chunk says; 0 for everything else."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return 0
    if data[12:16] == b"VP8X":
        return (1 + int.from_bytes(data[24:27], "little")) * (1 + int.from_bytes(data[27:30], "little"))
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (1 + (bits & 0x3FFF)) * (1 + (bits >> 14 & 0x3FFF))
    return (int.from_bytes(data[26:28], "little") & 0x3FFF) * (int.from_bytes(data[28:30], "little") & 0x3FFF)


def encoded(image: Image.Image) -> tuple[int, int, bytes]:
    """Width, height and WebP bytes: upright, at most 2048 px, without metadata."""
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    image.load()
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(image) or image
    plain = upright.convert("RGB")
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=80, method=3)
    return plain.width, plain.height, out.getvalue()


def main() -> None:
    """Answer `picture WIDTH HEIGHT` and the bytes, `pixels LIMIT`, or `unreadable`."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # our own limits are lower and named
    pi_heif.register_heif_opener()
    out = sys.stdout.buffer
    try:
        width, height, data = encoded(opened(sys.stdin.buffer.read()))
    except TooManyPixels as problem:
        out.write(f"pixels {problem.args[0]}\n".encode())
    except Exception:  # whatever a decoder stumbles over, the file is not a picture for us
        out.write(b"unreadable\n")
    else:
        out.write(f"picture {width} {height}\n".encode() + data)


if __name__ == "__main__":
    main()
