"""Sheets that ask for more than there is end the process that reads them, never the server."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import datetime

import pytest
import xlsxwriter

from linli.foundation.core.sheets import SheetUnreadable, xlsx_rows


def book(cells: dict[tuple[int, int], object]) -> bytes:
    """An XLSX with these cells."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = made.add_worksheet()
    for (row, column), value in cells.items():
        sheet.write(row, column, value)
    made.close()
    return out.getvalue()


def swollen(data: bytes, name: str, size: int) -> bytes:
    """The same file with one part whose first text is `size` letters longer: small packed, large unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry))
        with new.open(name, "w") as part:
            text = old.read(name)
            part.write(text[: text.index(b"</t></si>")])
            for _turn in range(size >> 20):
                part.write(b"x" * (1 << 20))
            part.write(text[text.index(b"</t></si>") :])
    return out.getvalue()


def test_cells_arrive_as_what_they_are() -> None:
    moment = datetime(2026, 11, 22, 16, 54)
    data = book(
        {(0, 0): "题", (1, 0): "正文\n二行", (1, 1): 1.5, (1, 2): True, (2, 0): moment, (3, 3): "=1+1"}
    )
    assert xlsx_rows(data, most_rows=10) == [
        ["题", "", "", ""],
        ["正文\n二行", 1.5, True, ""],
        [moment, "", "", ""],
        ["", "", "", 0.0],
    ]


def test_one_cell_in_the_last_corner_is_refused_and_we_live() -> None:
    started = time.monotonic()
    with pytest.raises(SheetUnreadable) as caught:
        xlsx_rows(book({(0, 0): "a", (1_048_575, 16_383): "z"}), most_rows=100)
    assert caught.value.reason == "large"
    assert time.monotonic() - started < 20


@pytest.mark.slow
def test_a_text_of_640_megabytes_in_one_is_refused() -> None:
    bomb = swollen(book({(0, 0): "a"}), "xl/sharedStrings.xml", 640 << 20)
    assert len(bomb) < 1_000_000
    with pytest.raises(SheetUnreadable) as caught:
        xlsx_rows(bomb, most_rows=100)
    assert caught.value.reason == "large"


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "damaged"), (b"PK\x03\x04 broken", "damaged"), (book({(200, 0): "a"}), "many"), (book({(0, 6000): "a"}), "many")],
)  # fmt: skip
def test_what_is_no_sheet_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(SheetUnreadable) as caught:
        xlsx_rows(data, most_rows=100)
    assert caught.value.reason == reason
