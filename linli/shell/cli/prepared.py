"""What a start makes ready: static files, only when they are stale."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from linli import __version__
from linli.foundation.core.commands import CommandRefused

STAMP = ".digest"


def everything(data: Path) -> None:
    """Static files and the folder of logs. Call it after the checks; catalogues were compiled before Django."""
    static_files()
    (data / "logs").mkdir(exist_ok=True)


def static_digest() -> str:
    """Names, sizes and times of every static file: changes whenever collecting would give something else."""
    digest = hashlib.sha256(f"{__version__} {settings.STORAGES!r}".encode())
    found = []
    for finder in get_finders():
        for name, storage in finder.list([]):
            seen = Path(storage.path(name)).stat()
            found.append(f"{name}\0{seen.st_size}\0{seen.st_mtime_ns}\n")
    for line in sorted(found):
        digest.update(line.encode())
    return digest.hexdigest()


def static_files() -> bool:
    """Collect, hash and compress the static files when they changed; says whether it did."""
    target = Path(settings.STATIC_ROOT)
    stamp = target / STAMP
    digest = static_digest()
    if stamp.is_file() and stamp.read_text("utf-8") == digest:
        return False
    if target.exists():
        if any(target.iterdir()) and not stamp.is_file() and not target.is_relative_to(settings.LINLI_DATA):
            raise CommandRefused(
                f"LINLI_STATIC names {target}, which holds other files. Name a folder that is empty or does not exist."
            )
        shutil.rmtree(target)
    target.mkdir(parents=True)
    stamp.write_text("unfinished", "utf-8")  # marks the folder as ours to clear
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(digest, "utf-8")
    return True
