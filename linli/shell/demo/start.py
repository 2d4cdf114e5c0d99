"""`linli demo`: folder, server, database, content, service; each step only when it is not done."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path

import psycopg

from linli.foundation.core.commands import CommandRefused
from linli.shell import postgres
from linli.shell.cli import installation, starting
from linli.shell.cli.installation import ACCOUNTS_FILE, DATABASE, MARK, UNFINISHED, Stopwatch
from linli.shell.serving import Plan

BEIJING = timedelta(hours=8)


def run(arguments: argparse.Namespace) -> int:
    """Prepare what is missing, then serve until Ctrl-C."""
    watch = Stopwatch()
    data = installation.use_folder(arguments)
    refuse_production()
    anchor = read_anchor(arguments.anchor)
    if arguments.fresh:
        delete(data)
    mark(data, arguments.size, anchor)
    installation.ensure_secrets(data)
    with installation.server(data, create=False) as endpoint:
        if endpoint is None:
            raise CommandRefused("The demonstration brings its own database. Start it without DATABASE_URL.")
        built = False
        if not installation.exists(endpoint, DATABASE):
            build(endpoint, data)
            built = True
        installation.ensure_keys(data)
        installation.set_up_django()
        if not built:
            bring_up_to_date()
        plan = starting.prepare(arguments, data, logs=fresh_logs(data))
        if arguments.no_serve:
            print(
                f"The demonstration in {data} is ready after {watch.seconds():.1f} s. Serve it: linli demo --data {data}"
            )
            return 0
        return starting.supervise(plan, lambda: welcome(plan, data, watch))


def refuse_production() -> None:
    if installation.mode() != "demo":
        raise CommandRefused(
            "LINLI_MODE is not demo. The demonstration holds made-up people and printed passwords; start it without "
            "LINLI_MODE, or serve the real district with: linli serve"
        )


def read_anchor(text: str | None) -> date:
    """The day on which the made-up past ends; without a wish today in the district's time zone."""
    today = (datetime.now(UTC) + BEIJING).date()
    if text is None:
        return today
    try:
        anchor = date.fromisoformat(text)
    except ValueError:
        raise CommandRefused(f"--anchor {text!r} is not a date. Write it as 2026-10-01.") from None
    if anchor > today:
        raise CommandRefused(
            f"--anchor {text} lies in the future. The made-up past ends today ({today}) or earlier."
        )
    return anchor


def mark(data: Path, size: str, anchor: date) -> None:
    """Mark a new or empty folder as demonstration; refuse one that holds something else."""
    if installation.is_demonstration(data):
        return
    if data.exists() and any(data.iterdir()):
        raise CommandRefused(
            f"The folder {data} holds other data and is not marked as a demonstration. Choose another folder with --data."
        )
    installation.make_folder(data)
    wish = {
        "size": size,
        "anchor": anchor.isoformat(),
        "note": "Made-up data of linli demo; --fresh deletes this folder.",
    }
    installation.write_private(data / MARK, json.dumps(wish, indent=1) + "\n")


def delete(data: Path) -> None:
    """Delete a marked folder, its server's cluster included. Raises when it is not marked or in use."""
    if not data.exists():
        return
    if not installation.is_demonstration(data):
        if not any(data.iterdir()):
            return
        raise CommandRefused(
            f"The folder {data} is not marked as a demonstration; --fresh deletes only such a folder."
        )
    postgres.remove(data)  # refuses while a process runs its server
    for path in sorted(data.iterdir(), key=lambda path: path.name == MARK):  # the mark goes last
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def build(endpoint: postgres.Endpoint, data: Path) -> None:
    """Make tables and content in a database of another name, and give it its name at the end."""
    wish = installation.read_json(data / MARK)
    print(f"linli: making the demonstration district in {data} (once) ...", file=sys.stderr, flush=True)
    postgres.drop_database(endpoint, UNFINISHED)
    postgres.create_database(endpoint, UNFINISHED)
    shutil.rmtree(data / "files", ignore_errors=True)
    installation.ensure_keys(data)
    owner, served = endpoint.owner_url(UNFINISHED), endpoint.app_url(UNFINISHED)
    child(["-m", "linli", "migrate"], {"DATABASE_URL": served, "LINLI_OWNER_URL": owner}, quiet=True)
    words = [str(wish.get("size", "small")), str(wish.get("anchor", "")), str(data / ACCOUNTS_FILE)]
    child(["-m", "linli.shell.demo.build", *words], {"DATABASE_URL": served, "LINLI_OWNER_URL": ""})
    # Without statistics the first queries after a load are planned as if every table were tiny.
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("ANALYZE")
    installation.name_database(endpoint)


def bring_up_to_date() -> None:
    """Migrate the tables of an older version, in a process that signs in as the owner."""
    checks = import_module("linli.shell.cli.checks")
    if checks.migrations():
        print("linli: bringing the tables to this version ...", file=sys.stderr, flush=True)
        child(["-m", "linli", "migrate"], {}, quiet=True)


def child(words: list[str], environment: dict[str, str], *, quiet: bool = False) -> None:
    """Run a step in a process that ends with this one. Raises CommandRefused with what it said."""
    process = subprocess.Popen(  # noqa: S603 - our own commands
        [sys.executable, "-P", *words],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        start_new_session=True,
        preexec_fn=postgres.die_with_parent(signal.SIGKILL),
    )
    try:
        said, _ = process.communicate()
    except KeyboardInterrupt:
        process.kill()
        process.wait()
        raise
    if process.returncode != 0:
        last = (said or b"").decode(errors="replace").strip().splitlines()[-12:]
        raise CommandRefused("the demonstration could not be made.\n" + "\n".join(last))


def fresh_logs(data: Path) -> Path:
    """The folder of the children's output; what an earlier start wrote is kept once."""
    logs = data / "logs"
    logs.mkdir(exist_ok=True)
    for name in ("web.log", "jobs.log"):
        if (logs / name).exists():
            (logs / name).replace(logs / f"{name}.1")
    return logs


def accounts(data: Path) -> list[dict[str, str]]:
    """What the building process wrote: one account per role with its password."""
    try:
        listed: list[dict[str, str]] = json.loads((data / ACCOUNTS_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return listed


def welcome(plan: Plan, data: Path, watch: Stopwatch) -> None:
    """Address, accounts and what to try first."""
    lines = [f"Linli 邻里 answers at {plan.address} (after {watch.seconds():.1f} s).  已就绪。", ""]
    known = accounts(data)
    if known:
        lines.append("Accounts of the demonstration (kept in accounts.json)  演示账号:")
        width = max(len(one["login_name"]) for one in known)
        first = known[0]["district"]
        for one in known:
            where = "" if one["district"] == first else f"   {plan.address}d/{one['district']}/"
            words = f"{one['role_zh']}  {one['role_en']}{where}"
            lines.append(f"  {one['login_name']:{width}}  {one['password']}   {words}")
        lines.append("")
    lines += [
        "Try first  先试:",
        f"  1. Report something as a resident  居民报事: {plan.address}",
        f"  2. Work as staff at the desk  工作人员办事: {plan.address}desk/",
        f"  3. The second district shows nothing of the first  第二个区: {plan.address}d/qingshan/",
        "",
        f"Logs: {data / 'logs'}   Stop: Ctrl-C",
    ]
    print("\n".join(lines), flush=True)
