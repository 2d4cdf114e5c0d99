"""Progress of long work: a bar on a terminal, a plain line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
LINE_SECONDS = 5.0


class Progress:
    """Says on standard error what is being done, and how far it is."""

    def __init__(self) -> None:
        self.on_terminal = sys.stderr.isatty()

    def say(self, sentence: str) -> None:
        """One plain line."""
        if self.on_terminal:
            tqdm.write(f"  {sentence}", file=sys.stderr)
        else:
            print(f"  {sentence}", file=sys.stderr, flush=True)

    def each(self, items: Iterable[Item], label: str, total: int | None = None) -> Iterator[Item]:
        """Hand the items on one by one and show how many are done."""
        if total is None and isinstance(items, Sized):
            total = len(items)
        if self.on_terminal:
            yield from tqdm(items, desc=f"  {label}", total=total, file=sys.stderr, leave=True)
            return
        begun = last = time.monotonic()
        done = 0
        for item in items:
            yield item
            done += 1
            if time.monotonic() - last > LINE_SECONDS:
                last = time.monotonic()
                self.say(f"{label}: {done}{f' of {total}' if total else ''}")
        self.say(f"{label}: {done} in {time.monotonic() - begun:.1f} s")
