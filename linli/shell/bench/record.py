"""One intake, statement by statement: `python -m linli.shell.bench.record CONFIG FILE` in the product's settings.

Two intakes are recorded through the whole stack of middleware, so that what differs between them is known.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from linli.shell.bench.load import TEXT
from linli.shell.cli.installation import set_up_django, write_private

WARM_UPS = 3


def main(arguments: list[str]) -> int:
    """Write the statements of two intakes, and what names them, to FILE."""
    told: dict[str, Any] = json.loads(Path(arguments[0]).read_text("utf-8"))
    set_up_django()
    client = import_module("django.test").Client(SERVER_NAME="127.0.0.1")
    for number in range(WARM_UPS):
        intake(client, told, f"record-warm-{number}")
    write_private(Path(arguments[1]), json.dumps([intake(client, told, f"record-{n}") for n in range(2)]))
    return 0


def intake(client: Any, told: dict[str, Any], key: str) -> dict[str, Any]:
    """Send one report and keep what went to the database."""
    connection = import_module("django.db").connection
    capture = import_module("django.test.utils").CaptureQueriesContext
    fields = {
        "step": "contact", "go": "send", "key": key, "place": told["place"], "kind": told["kind"],
        "kind_of_request": "complaint", "text": TEXT, "phone": told["phone"], "name": "",
    }  # fmt: skip
    with capture(connection) as seen:
        answer = client.post("/report", fields)
    if answer.status_code != 303:
        raise SystemExit(f"The recorded intake was answered {answer.status_code}.")
    public_id = answer.headers["Location"].strip("/").split("/")[-2]
    case = import_module("linli.work.cases.models").Case.objects.get(
        district=told["district"], public_id=public_id
    )
    return {
        "key": key, "public_id": public_id, "number": case.number,
        "statements": [query["sql"] for query in seen.captured_queries],
    }  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
