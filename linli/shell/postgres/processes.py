"""Starting programs that die with their parent, and finding those that did not."""

import contextlib
import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from linli.shell.postgres.errors import ServerRefused

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
PLAIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROC = Path("/proc")


@dataclass(frozen=True)
class Account:
    """The operating-system user that PostgreSQL runs as. `uid` None: simply the user who runs us."""

    name: str
    uid: int | None = None
    gid: int | None = None

    @property
    def groups(self) -> list[int] | None:
        """Supplementary groups: none at all when we change the user."""
        return None if self.uid is None else []

    def give(self, path: Path) -> None:
        """Make the account the owner of `path` (only root can, and only then is it needed)."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def die_with_parent(signum: int) -> Callable[[], None]:
    """Return a `preexec_fn` after which the kernel sends `signum` when the forking thread ends.

    Python runs `preexec_fn` after it changed the user, which matters: a change of user clears the wish.
    The kernel watches the thread, not the process, so call `Popen` from the main thread.
    """
    parent = os.getpid()

    def wish() -> None:
        bind_to_parent(parent, signum)

    return wish


def bind_to_parent(parent: int, signum: int) -> None:
    """Ask the kernel to send this process `signum` when the thread that forked it, in process `parent`, ends."""
    if LIBC.prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0) != 0 or os.getppid() != parent:
        os._exit(127)  # the parent is gone already, or the kernel cannot promise: do not start


def plain_environment() -> dict[str, str]:
    """An environment without PG* variables, time zone or language of whoever calls us."""
    return {"PATH": PLAIN_PATH, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def spawn(
    command: Sequence[str], *, account: Account, output: IO[bytes], death: signal.Signals
) -> subprocess.Popen[bytes]:
    """Start `command` as `account`, in its own session so that Ctrl-C in the terminal does not reach it.

    Raises RuntimeError outside the main thread: the server would die with the thread.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Start the database server from the main thread; other threads can only attach.")
    return subprocess.Popen(  # noqa: S603 - the program is a PostgreSQL binary we located
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd="/",
        env=plain_environment(),
        user=account.uid,
        group=account.gid,
        extra_groups=account.groups,
        umask=0o077,
        start_new_session=True,
        preexec_fn=die_with_parent(death),
    )


def run_as(account: Account, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a short program as `account` and return what it printed (never raises on a bad exit)."""
    try:
        return subprocess.run(  # noqa: S603 - callers pass PostgreSQL binaries and `test`
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd="/",
            env=plain_environment(),
            user=account.uid,
            group=account.gid,
            extra_groups=account.groups,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return subprocess.CompletedProcess(list(command), 127, "", str(error))


def can_enter(account: Account, folder: Path) -> bool:
    """Whether `account` can walk to `folder`: asked of the kernel, not guessed from mode bits."""
    return run_as(account, ["/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)]).returncode == 0


def command_line(pid: int) -> list[str]:
    """Arguments of a living process; empty for a zombie or a process that is gone."""
    with contextlib.suppress(OSError):
        return [
            part.decode(errors="replace") for part in (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
        ]
    return []


def server_processes(cluster: Path, cluster_name: str) -> list[int]:
    """Living processes of the server on `cluster`, postmaster and children, oldest first.

    The command line is used because it is readable where `/proc/PID/cwd` is not (root in a container
    without the ptrace capability). Children carry `cluster_name` in their title.
    """
    found = []
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        words = command_line(int(entry.name))
        if is_postmaster(words, cluster) or (words and words[0].startswith(f"postgres: {cluster_name}: ")):
            found.append(int(entry.name))
    return sorted(found)


def is_postmaster(words: list[str], cluster: Path) -> bool:
    """Whether a command line is a postmaster on `cluster`."""
    if not words or Path(words[0]).name not in {"postgres", "postmaster"} or "-D" not in words[:-1]:
        return False
    return words[words.index("-D") + 1] == str(cluster)


def wait_until(condition: Callable[[], bool], seconds: float, *, step: float = 0.05) -> bool:
    """Poll `condition` until it holds or `seconds` have passed; say which."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


def signal_all(pids: Sequence[int], signum: signal.Signals) -> None:
    """Send a signal to those of `pids` that still live.

    Raises ServerRefused when one belongs to another user.
    """
    for pid in pids:
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            continue
        except PermissionError:
            raise ServerRefused(
                f"Process {pid} of an earlier database server still runs and belongs to another user. "
                "Start as that user, or as root."
            ) from None
