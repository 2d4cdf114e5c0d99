"""The building process: `python -m linli.shell.demo.build SIZE ANCHOR FILE` in the environment of its parent.

A process of its own, so that the serving process never holds a connection to the database that is renamed.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from importlib import import_module
from pathlib import Path

from linli.shell.cli.installation import set_up_django, write_private


def main(arguments: list[str]) -> int:
    """Build and write the accounts file."""
    size, anchor, accounts_file = arguments
    set_up_django()
    content = import_module("linli.shell.demo.content")
    progress = import_module("linli.shell.progress").Progress()
    accounts = content.build(size, date.fromisoformat(anchor), progress)
    listed = [account.as_json() for account in accounts]
    write_private(Path(accounts_file), json.dumps(listed, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
