"""PostgreSQL as Linli uses it: foreign keys checked at once, GROUP BY with full keys, dead connections noticed.

The first two are what a database distributed by district accepts, so nothing has to change when it is.
"""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base, features, operations
from psycopg_pool.base import AttemptWithBackoff

# A pool that lost its server asks again at a steady pace: with doubling pauses it would sleep for seconds after
# the server has long come back, and every request with it.
AttemptWithBackoff.INITIAL_DELAY = 0.25
AttemptWithBackoff.DELAY_BACKOFF = 1.0


class DatabaseFeatures(features.DatabaseFeatures):
    can_defer_constraint_checks = False
    allows_group_by_selected_pks = False


class DatabaseOperations(operations.DatabaseOperations):
    def deferrable_sql(self) -> str:
        return ""


def is_dead(connection: Any) -> bool:
    """Whether a connection at rest has something to read: the server's goodbye, or its end.

    Costs no round trip, unlike asking the server at every request.
    """
    if connection.closed:
        return True
    readable, _writable, _broken = select.select([connection.fileno()], [], [], 0)
    return bool(readable)


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
    ops_class = DatabaseOperations

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection; from the pool only one whose server still talks to it."""
        connection = super().get_new_connection(conn_params)
        if self.pool is None:
            return connection
        for _attempt in range(self.pool.max_size):
            if not is_dead(connection):
                break
            connection.close()
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection
