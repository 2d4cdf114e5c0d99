"""No file fills or holds up the server, and what was typed stays."""

from __future__ import annotations

import io
import resource
import time
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

from linli.foundation.core import decoding, files
from linli.foundation.core.errors import Invalid, TooLarge, TooMany
from tests.badinput import pictures

LIMIT = 12 * files.MEGA


def read(data: bytes) -> files.Picture:
    return files.read_picture(io.BytesIO(data), size=len(data), max_bytes=LIMIT)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(pictures.not_pictures()))
def test_what_is_no_picture_is_refused_in_words(name: str) -> None:
    data = pictures.not_pictures()[name]
    if name == "lying jpeg":  # decoders fill the rest with grey: it is small again afterwards
        assert max(read(data).width, read(data).height) <= decoding.LONGEST_SIDE
        return
    with pytest.raises(Invalid) as caught:
        read(data)
    assert caught.value.code == "file.not_picture"


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (pictures.png(10_000, 10_000), "25 "),
        (pictures.lying_jpeg(10_000, 10_000), "64 "),
        (pictures.lying_jpeg(65_000, 65_000), "64 "),
        (pictures.webp(4000, 4000), "12.5 "),
        (pictures.webp(16_000, 6300), "12.5 "),
        (pictures.webp(4000, 4000, lossless=True), "12.5 "),
    ],
    ids=["png", "jpeg", "jpeg of 4,225 million points", "webp", "webp of 100 million points", "lossless webp"],
)  # fmt: skip
def test_too_many_points_are_refused_with_the_limit_named(data: bytes, limit: str) -> None:
    with pytest.raises(TooLarge) as caught:
        read(data)
    assert f"{limit}million" in str(caught.value.message) or f"{limit}百万" in str(caught.value.message)


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(TooLarge) as caught:
        files.read_picture(io.BytesIO(), size=LIMIT + 1, max_bytes=LIMIT)
    assert "12 MB" in str(caught.value.message)


@pytest.mark.slow
def test_a_file_that_never_ends_is_stopped() -> None:
    started = time.monotonic()
    with pytest.raises(Invalid):
        read(pictures.endless_jpeg())
    assert time.monotonic() - started < files.WAIT_SECONDS + 5


@pytest.mark.slow
def test_reading_large_pictures_leaves_the_server_small() -> None:
    """The largest of each kind: read or refused, this process does not grow by a decoded picture (60 MB and more)."""
    for data in (
        pictures.jpeg(8900, 7100, quality=5),
        pictures.jpeg(5000, 4900, "CMYK", progressive=True, quality=5),
        pictures.png(5000, 4900, colour=2),
        pictures.webp(4000, 3000),
    ):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        picture = read(data)
        assert max(picture.width, picture.height) == decoding.LONGEST_SIDE
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 40 * 1024


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_turn_of_a_phone_ends_upright_without_metadata(turn: int) -> None:
    exif = Image.Exif()
    exif[0x112] = turn
    exif[0x8825] = {1: "N", 2: (36.2, 0, 0)}
    picture = read(pictures.jpeg(300, 200, exif=exif))
    assert (picture.width, picture.height) == ((200, 300) if turn >= 5 else (300, 200))
    assert not Image.open(io.BytesIO(picture.data)).getexif()


@pytest.mark.parametrize(
    "data",
    [pictures.jpeg(mode="CMYK"), pictures.jpeg(mode="L"), pictures.jpeg() + b"<script>alert(1)</script>", pictures.webp(40, 40, frames=300)],
    ids=["cmyk", "grey", "jpeg before page", "moving webp"],
)  # fmt: skip
def test_unusual_pictures_become_plain_ones(data: bytes) -> None:
    picture = read(data)
    assert picture.data[8:12] == b"WEBP"
    assert b"script" not in picture.data
    assert getattr(Image.open(io.BytesIO(picture.data)), "n_frames", 1) == 1


def test_pictures_wait_for_each_other_and_then_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WAIT_SECONDS", 0.05)
    caught: list[Exception] = []

    def one() -> None:
        try:
            read(pictures.jpeg())
        except TooMany as refusal:
            caught.append(refusal)

    with files._one_at_a_time:
        thread = Thread(target=one)
        thread.start()
        thread.join()
    assert [refusal.code for refusal in caught] == ["file.busy"]


def test_the_decoder_knows_nothing_of_linli() -> None:
    source = Path(decoding.__file__).read_text("utf-8")
    assert "import linli" not in source and "from linli" not in source
