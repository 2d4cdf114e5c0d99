"""Where a running server listens and how each role signs in."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

ADMIN = "linli_admin"
OWNER = "linli_owner"
APP = "linli_app"


@dataclass(frozen=True)
class Secrets:
    """Random passwords of the three roles. They never appear in a repr or a log."""

    admin: str = field(repr=False)
    owner: str = field(repr=False)
    app: str = field(repr=False)


@dataclass(frozen=True)
class Endpoint:
    """A running server.

    `host` is the folder of the socket, `version` is PostgreSQL's `server_version_num` (180006 is 18.6),
    `bin_dir` holds the programs of the same build (`pg_dump`, `psql`, ...), `supervised` says whether this
    process started the server (and will stop it) or attached to somebody else's.
    """

    host: str
    port: int
    superuser: str
    version: int
    bin_dir: Path
    secrets: Secrets = field(repr=False)
    supervised: bool = False

    @property
    def major(self) -> int:
        """Major version: 18 for 18.6."""
        return self.version // 10_000

    def _url(self, user: str, password: str, db: str) -> str:
        return (
            f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@/{quote(db, safe='')}"
            f"?host={quote(self.host, safe='/')}&port={self.port}"
        )

    def owner_url(self, db: str = "linli") -> str:
        """URL of the role that owns databases and schemas and runs migrations."""
        return self._url(OWNER, self.secrets.owner, db)

    def app_url(self, db: str = "linli") -> str:
        """URL of the role that serves requests: reads and writes rows, owns nothing."""
        return self._url(APP, self.secrets.app, db)

    def super_url(self, db: str = "postgres") -> str:
        """URL of the superuser: creates and drops databases, nothing else."""
        return self._url(self.superuser, self.secrets.admin, db)
