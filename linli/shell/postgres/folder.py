"""The folder `DATA/pg`: what is written there besides the cluster, and the lock of its one supervisor."""

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import secrets as randomness
import shutil
import stat
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from linli.shell.postgres.endpoint import Secrets
from linli.shell.postgres.errors import ServerRefused
from linli.shell.postgres.processes import Account

SOCKET_ROOT = Path("/tmp")  # noqa: S108 - a socket path has 107 bytes; the folder in it is private and checked
PORT = 5432  # only names the socket file; nothing listens on the network
SYSTEM_ACCOUNTS = ("postgres", "linli")


@dataclass(frozen=True)
class Made:
    """What a data folder records about the server that made it.

    `cluster` is relative to the folder, or absolute when the database user cannot enter the folder.
    """

    major: int
    kind: str
    build: str
    cluster: str
    roles: bool = False


class Folder:
    """Paths and small files of one data folder. Created when missing.

    Raises ServerRefused when the folder belongs to somebody else.
    """

    def __init__(self, data: Path) -> None:
        self.data = Path(os.path.realpath(data))
        self.root = self.data / "pg"
        try:
            self._create()
            self._probe()
        except OSError as error:
            raise ServerRefused(
                f"The data folder {self.data} cannot be used: {error.strerror}. Start as the user it belongs "
                "to, or name another folder with --data."
            ) from error

    def _create(self) -> None:
        if self.root.is_dir():
            return
        if not self.data.is_dir():
            # Two first starts may make it at the same moment; both then see the same folder.
            self.data.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                self.data.chmod(0o711)  # the database user walks through, and cannot list it
        self.root.mkdir(exist_ok=True)
        self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
        self.hand_over(self.root, self.data.stat())

    def _probe(self) -> None:
        for name in ("lock", "secrets.json", "made.json"):
            if (path := self.root / name).exists():
                path.open("rb").close()
        if not os.access(self.root, os.W_OK):
            raise PermissionError(13, "it belongs to another user")

    def open_log(self, name: str) -> IO[bytes]:
        """An empty file for what a program prints, replacing that of the start before."""
        self.remove_file(name)
        handle = os.open(self.root / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.hand_over(self.root / name, self.root.stat())
        return os.fdopen(handle, "wb")

    def hand_over(self, path: Path, owner: os.stat_result) -> None:
        """Root working in somebody's folder leaves files which that somebody can use later."""
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)

    @property
    def digest(self) -> str:
        """Twelve characters that stand for this folder in names elsewhere."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:12]

    def write(self, name: str, content: dict[str, Any]) -> None:
        """Replace a small JSON file at once, readable by its owner only."""
        handle, work = tempfile.mkstemp(prefix=f".{name}-", dir=self.root)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        self.hand_over(Path(work), self.root.stat())
        Path(work).rename(self.root / name)

    def read(self, name: str) -> dict[str, Any] | None:
        """A small JSON file; None when it is missing or unreadable as JSON."""
        try:
            content = json.loads((self.root / name).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return content if isinstance(content, dict) else None

    def made(self) -> Made | None:
        """What made the cluster, if there is one."""
        content = self.read("made.json")
        return None if content is None else Made(**content)

    def write_made(self, made: Made) -> None:
        self.write("made.json", asdict(made))

    def secrets(self) -> Secrets | None:
        """The roles' passwords, if a cluster was ever made here."""
        content = self.read("secrets.json")
        return None if content is None else Secrets(**content)

    def new_secrets(self) -> Secrets:
        """Draw and keep new passwords: 32 random bytes each."""
        drawn = Secrets(*(randomness.token_urlsafe(32) for _ in range(3)))
        self.write("secrets.json", asdict(drawn))
        return drawn

    def cluster(self, made: Made) -> Path:
        """Absolute path of the cluster that `made` describes."""
        return self.root / made.cluster

    def remove_file(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            (self.root / name).unlink()


class FolderLock:
    """Held by the one process that supervises a data folder; the kernel releases it however that one ends."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle
        # A forked child would keep the lock alive after our death, so it lets go at once.
        os.register_at_fork(after_in_child=self.release)

    @classmethod
    def take(cls, folder: Folder) -> "FolderLock | None":
        """The lock, or None when another process holds it."""
        handle = os.open(folder.root / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        folder.hand_over(folder.root / "lock", folder.root.stat())
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        return cls(handle)

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def lock_holder(folder: Folder) -> str:
    """Process id of the supervisor, as it wrote it; empty when unknown."""
    with contextlib.suppress(OSError):
        return (folder.root / "lock").read_text().strip()
    return ""


def account_for(folder: Folder, made: Made | None) -> Account:
    """Who runs PostgreSQL: ourselves, and for root an unprivileged user (PostgreSQL refuses to run as root).

    An existing cluster keeps its owner; a folder of an ordinary user keeps that user; else `postgres`,
    `linli` (created when `useradd` is there) or `nobody`.
    """
    if os.geteuid() != 0:
        return Account(_name_of(os.geteuid()))
    owner = folder.root.stat()
    if made is not None and folder.cluster(made).is_dir():
        owner = folder.cluster(made).stat()
    if owner.st_uid != 0:
        return Account(_name_of(owner.st_uid), owner.st_uid, owner.st_gid)
    return _system_account()


def _system_account() -> Account:
    for name in SYSTEM_ACCOUNTS:
        with contextlib.suppress(KeyError):
            return _by_name(name)
    if (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")) is not None:
        command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "linli"]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - fixed words
        with contextlib.suppress(KeyError):
            return _by_name("linli")
    with contextlib.suppress(KeyError):
        return _by_name("nobody")
    raise ServerRefused(
        "PostgreSQL refuses to run as root, and this machine has no user postgres, linli or nobody. "
        "Create a user for it (useradd --system linli), or start as an ordinary user."
    )


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _by_name(name: str) -> Account:
    entry = pwd.getpwnam(name)
    return Account(name, entry.pw_uid, entry.pw_gid)


def socket_folder(folder: Folder, account: Account) -> Path:
    """A short private folder for the socket, the same at every start unless somebody else sits there.

    Never trusts a folder that is a link, belongs to another user or is open to others: a random name is used
    then.
    """
    wanted = SOCKET_ROOT / f"linli-{folder.digest}"
    with contextlib.suppress(FileExistsError):
        wanted.mkdir(mode=0o700)
        account.give(wanted)
    found = wanted.lstat()
    uid = os.geteuid() if account.uid is None else account.uid
    if stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not stat.S_IMODE(found.st_mode) & 0o077:
        return wanted
    other = Path(tempfile.mkdtemp(prefix="linli-", dir=SOCKET_ROOT))
    account.give(other)
    return other


def clear_sockets(sockets: Path) -> None:
    """Remove the socket and the lock file of a server that is gone: its number may be another process now."""
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (sockets / name).unlink(missing_ok=True)
