"""How long work waits whose jobs process was killed: measured row by row, from the kill to the next claim."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import psycopg

from linli.shell.proof.killer import Kill

LOOK_SECONDS = 0.25
_HELD = """
SELECT id, token FROM core_outbox
WHERE done_at IS NULL AND dead_at IS NULL AND lease_until > clock_timestamp()
  AND lease_until - make_interval(secs => %s) <= to_timestamp(%s)
"""


class Orphans(threading.Thread):
    """Watches the rows that were claimed when a jobs process was killed: its own and those of others, finished soon."""

    def __init__(self, url: str, kills: Sequence[Kill], lease: float) -> None:
        super().__init__(daemon=True)
        self.url, self.kills, self.lease = url, kills, lease
        self.waiting: dict[tuple[int, int], float] = {}  # (row, token at the kill) -> moment of the kill
        self.seconds: list[float] = []
        self.ended = threading.Event()
        self._seen = 0

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                with psycopg.connect(self.url, connect_timeout=3, autocommit=True) as connection:
                    while not self.ended.is_set():
                        self._look(connection)
                        self.ended.wait(LOOK_SECONDS)
            except psycopg.Error:  # the database was killed too
                self.ended.wait(LOOK_SECONDS)

    def _look(self, connection: psycopg.Connection[tuple[int, ...]]) -> None:
        for kill in list(self.kills)[self._seen :]:
            if kill.what == "jobs":
                rows = connection.execute(_HELD, [self.lease, kill.at]).fetchall()
                self.waiting.update({(row[0], row[1]): kill.at for row in rows})
            self._seen += 1
        if not self.waiting:
            return
        rows = connection.execute(
            "SELECT id, token, done_at IS NOT NULL FROM core_outbox WHERE id = ANY(%s)",
            [[key[0] for key in self.waiting]],
        ).fetchall()
        now = time.time()
        state = {row[0]: (row[1], row[2]) for row in rows}
        for key in list(self.waiting):
            token, done = state[key[0]]
            if done or token > key[1]:
                self.seconds.append(now - self.waiting.pop(key))
