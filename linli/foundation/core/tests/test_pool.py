"""A pool whose server is away finds it again soon after it is back."""

from __future__ import annotations

import socket
import threading
import time
from itertools import pairwise

from psycopg_pool import ConnectionPool

from linli.foundation.core.db import base  # noqa: F401  # sets the pace


def test_a_pool_asks_again_at_a_steady_pace() -> None:
    """Something listens and hangs up at once: every try is counted."""
    tries: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        ended = threading.Event()

        def hang_up() -> None:
            while not ended.is_set():
                try:
                    listening.accept()[0].close()
                except TimeoutError:
                    continue
                tries.append(time.monotonic())

        thread = threading.Thread(target=hang_up)
        thread.start()
        port = listening.getsockname()[1]
        pool = ConnectionPool(f"host=127.0.0.1 port={port} dbname=x user=x", min_size=1, max_size=1)
        time.sleep(3)
        pool.close()
        ended.set()
        thread.join()
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert len(tries) >= 6 and max(pauses) < 1, pauses
