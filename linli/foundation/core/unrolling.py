"""Reads one XLSX in a process of its own, so that no sheet can fill, hold up or end the server.

A sheet of 5 KB with one cell in its last corner asks its parser for 500 GB, which ends the process it runs in.
Run as a script: the file comes on standard input, the limits as arguments; the answer is one line of JSON for each
row, or one word. Imports nothing of Linli and gets no environment. A process that dies means the file asks for
more than its limits.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from datetime import date, datetime
from typing import Any

from python_calamine import CalamineWorkbook

MEMORY = 1024 * 1024 * 1024
SECONDS = 30


def packed(cell: Any) -> Any:
    """A cell as JSON: days and moments marked, spans and times of day as text, nothing else changed."""
    if isinstance(cell, datetime):
        return {"moment": cell.isoformat()}
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    return cell if cell is None or isinstance(cell, (str, int, float, bool)) else str(cell)


def main() -> None:
    """Answer `damaged`, `many`, or the rows of the first sheet."""
    most_rows, most_columns = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="replace")
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0)
    except BaseException:  # the parser's panics derive from it; whatever it is, the file is no sheet for us
        out.write("damaged\n")
    else:
        if sheet.total_height > most_rows or sheet.total_width > most_columns:
            out.write("many\n")
        else:
            for row in sheet.to_python(skip_empty_area=False):
                out.write(json.dumps([packed(cell) for cell in row]) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
