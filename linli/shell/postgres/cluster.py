"""Making a cluster, and the settings it runs with."""

import shutil
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL

from linli.shell.postgres.binaries import Binaries, shared_root
from linli.shell.postgres.endpoint import ADMIN, Secrets
from linli.shell.postgres.errors import ServerRefused
from linli.shell.postgres.folder import PORT, Folder, Made
from linli.shell.postgres.processes import Account, can_enter, spawn

HBA = "# Written by Linli: only the socket, only with a password.\nlocal all all scram-sha-256\n"
FIRST_BUILTIN_LOCALE = 17


def place_for(folder: Folder, account: Account) -> Path:
    """The folder that will hold the cluster: the data folder, or /var/lib/linli when that is out of reach."""
    if account.uid is None or can_enter(account, folder.root):
        return folder.root
    place = shared_root() / folder.digest
    place.mkdir(exist_ok=True)
    place.chmod(0o711)
    if not can_enter(account, place):
        raise ServerRefused(
            f"The database user {account.name} can enter neither {folder.root} nor {place}. Make one of them "
            "passable for that user (chmod o+x on the parent folders), or start as an ordinary user."
        )
    return place


def locale_options(major: int) -> list[str]:
    """UTF-8 in code point order, the same on every machine; newer versions need no help of the C library."""
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--lc-messages=C"]
    if major >= FIRST_BUILTIN_LOCALE:
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return options


def make(folder: Folder, build: Binaries, account: Account, sockets: Path, *, durable: bool) -> Made:
    """Run `initdb` beside the final place and rename, so that an interrupted start leaves nothing half made.

    Raises ServerRefused with what `initdb` said.
    """
    place = place_for(folder, account)
    for rest in place.glob("new-*"):
        shutil.rmtree(rest, ignore_errors=True)
    final = place / "cluster"
    inside = place == folder.root
    if final.exists() and inside:
        raise ServerRefused(
            f"{final} holds a cluster, but the record of how it was made (made.json) is missing. Bring the "
            f"files beside it back from a backup, or move {final} away to begin anew."
        )
    if final.exists():  # the data folder was deleted, its cluster elsewhere was not: the passwords are lost
        final.rename(place / f"cluster-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}")
    work = Path(tempfile.mkdtemp(prefix="new-", dir=place))
    account.give(work)
    secrets = folder.new_secrets()
    _initdb(folder, build, account, sockets, work, secrets, durable=durable)
    hba = work / "pg_hba.conf"
    hba.write_text(HBA, encoding="utf-8")
    made = Made(build.major, build.kind, build.build, "cluster" if inside else str(final))
    folder.write_made(made)
    work.rename(final)
    return made


def _initdb(
    folder: Folder,
    build: Binaries,
    account: Account,
    sockets: Path,
    work: Path,
    secrets: Secrets,
    *,
    durable: bool,
) -> None:
    password = sockets / "pw"  # in the only folder that is private to the database user
    password.write_text(secrets.admin, encoding="utf-8")
    password.chmod(0o600)
    account.give(password)
    command = [build.program("initdb"), "-D", str(work), f"--username={ADMIN}", f"--pwfile={password}"]
    command += ["--auth=scram-sha-256", "--data-checksums", *locale_options(build.major)]
    command += [] if durable else ["--no-sync"]
    log = folder.root / "initdb.log"
    try:
        with folder.open_log(log.name) as output:
            code = spawn(command, account=account, output=output, death=SIGKILL).wait(timeout=600)
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerRefused(f"PostgreSQL {build.build} could not be started: {error}.") from error
    finally:
        password.unlink(missing_ok=True)
    if code != 0:
        said = " ".join(log.read_text(errors="replace").split()[-60:])
        shutil.rmtree(work, ignore_errors=True)
        raise ServerRefused(
            f"PostgreSQL {build.build} could not make a new data folder in {work.parent}: {said}"
        )
    log.unlink()


def adopt(folder: Folder, made: Made, build: Binaries) -> Made:
    """Record the build that opens an existing cluster (same major version, perhaps a newer minor one).

    Raises ServerRefused when the cluster or its passwords are missing, or it is not what the record says.
    """
    if folder.secrets() is None:
        raise ServerRefused(
            f"The passwords of the database roles are missing ({folder.root / 'secrets.json'}). Bring the "
            "file back from a backup, or bring a whole backup into a new folder with `./run linli restore` "
            "(option --data)."
        )
    version_file = folder.cluster(made) / "PG_VERSION"
    if not version_file.exists():
        raise ServerRefused(
            f"The cluster {folder.cluster(made)} that {folder.root} records is missing. Bring it back from a "
            "backup (`./run linli restore`), or start anew with `./run demo --fresh`."
        )
    if int(version_file.read_text()) != build.major:
        raise ServerRefused(
            f"The cluster {folder.cluster(made)} is of PostgreSQL {version_file.read_text().strip()}, its "
            f"record says {made.major}. A folder is never opened by another major version. Bring a backup "
            "into a new folder with `./run linli restore` (option --data)."
        )
    now = replace(made, kind=build.kind, build=build.build)
    if now != made:
        folder.write_made(now)
    return now


def postgres_command(
    folder: Folder, build: Binaries, cluster: Path, sockets: Path, *, cluster_name: str, durable: bool
) -> list[str]:
    """The postmaster's command line. Settings travel here, not in postgresql.conf: code and cluster agree."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "port": str(PORT),
        "cluster_name": cluster_name,
        "linli.folder": str(folder.root),  # lets the next supervisor recognise a server that outlived its own
        "max_connections": "100",
        "shared_buffers": "256MB",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",
        # Seven files by weekday, each overwritten a week later. Neither statements nor row values are logged:
        # both can hold what a person typed.
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings |= {"wal_level": "minimal", "max_wal_senders": "0", "autovacuum_naptime": "1h"}
    command = [build.program("postgres"), "-D", str(cluster)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return command
