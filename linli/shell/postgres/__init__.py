"""The database server of this installation, started and watched by ourselves.

`running(data)` gives the server of a data folder: it finds or brings PostgreSQL, makes the cluster, starts
it on a private socket and stops it at the end, or attaches to a server that another process supervises.
Words: a data folder holds one cluster; a supervisor is the one process that started it; the owner role
migrates, the application role serves. Invariants: one supervisor per folder; no server outlives its
supervisor; a cluster is never opened by another major version; nothing listens on the network.
"""

from linli.shell.postgres.databases import create_database, drop_database
from linli.shell.postgres.endpoint import ADMIN, APP, OWNER, Endpoint
from linli.shell.postgres.errors import ServerRefused
from linli.shell.postgres.processes import die_with_parent
from linli.shell.postgres.supervisor import alive, remove, revive, running, server_pid

__all__ = [
    "ADMIN",
    "APP",
    "OWNER",
    "Endpoint",
    "ServerRefused",
    "alive",
    "create_database",
    "die_with_parent",
    "drop_database",
    "remove",
    "revive",
    "running",
    "server_pid",
]
