"""What a start refuses: each check gives sentences; an empty list lets the service begin."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from linli.foundation.accounts.checks import setting_problems, start_problems
from linli.foundation.core import charter, keys, outbox
from linli.foundation.core.models import District
from linli.shell import worker

OLDEST_SERVER = 150_000
DEMONSTRATION_HOST = "testserver"


def problems() -> list[str]:
    """Everything that speaks against a start, in the order in which one mends it."""
    first = _of(database, keyring, files_writable)
    if first:
        return first
    unready = migrations()
    if unready:
        return [*unready, *system_checks(), *charter_files()]
    return _of(system_checks, charter_files, adopted_charters, periods, production)


def _of(*checks: Callable[[], list[str]]) -> list[str]:
    return [problem for check in checks for problem in check()]


def connections_available() -> int:
    """Connections that the server leaves to ordinary roles."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        )
        row = cursor.fetchone()
    return int(row[0])


def database() -> list[str]:
    """The server's version and the application role: it must neither own tables nor pass row-level policies."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_user, rolsuper OR rolbypassrls, "
            "EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner = r.oid) "
            "FROM pg_roles AS r WHERE rolname = current_user"
        )
        version, role, above, owner = cursor.fetchone()
    found = []
    if version < OLDEST_SERVER:
        found.append(f"PostgreSQL {version // 10000} is too old. Needed: 15 or newer.")
    if above or owner:
        found.append(
            f"DATABASE_URL signs in as {role}, which owns the tables or stands above the row-level policies. Serve "
            "as the application role (docs/operations.md says how to make it), and name the owner in LINLI_OWNER_URL."
        )
    return found


def system_checks() -> list[str]:
    """What Django and the rooms themselves call an error in the settings."""
    said = set(setting_problems())  # these come with `production` in plainer words
    return [str(one) for one in run_checks(databases=[]) if one.level >= ERROR and one.msg not in said]


def migrations() -> list[str]:
    """Tables of another version."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return []
    names = ", ".join(f"{step.app_label}.{step.name}" for step, _backwards in plan[:3])
    return [
        f"{len(plan)} migrations are pending ({names}{', ...' if len(plan) > 3 else ''}). Apply them: linli migrate"
    ]


def charter_files() -> list[str]:
    """Wrong rules and unknown verbs, with file, line, key and allowed values."""
    return charter.check_files()


def adopted_charters() -> list[str]:
    """Every district has a charter in force that this version can read; a verb it no longer knows gives no right."""
    found = []
    now = datetime.now(UTC)
    for district in District.objects.order_by("id"):
        try:
            missing = charter.missing_keys(charter.current(district.id, now))
            if missing:
                found.append(
                    f"The charter in force in {district.slug} was adopted before this version and lacks "
                    f"{', '.join(missing)}. Adopt the present one: linli charter adopt --district {district.slug}."
                )
        except charter.NoCharter as problem:
            found.append(str(problem))
        except Exception as problem:
            found.append(
                f"The charter in force in {district.slug} cannot be read by this version: {problem} Adopt a "
                "corrected one: linli charter adopt."
            )
    return found


def periods() -> list[str]:
    """Every periodic job is one that its room has, with a period that can be counted.

    A room without any job is not built yet; until then its periods are let pass, as its verbs are.
    """
    found = []
    now = datetime.now(UTC)
    known = outbox.job_names()
    with_jobs = {name.split(".")[0] for name in known}
    for district in District.objects.order_by("id"):
        for key, rule in charter.current(district.id, now).rules.items():
            name = key.removeprefix(worker.PREFIX)
            if not key.startswith(worker.PREFIX) or name.split(".")[0] not in with_jobs:
                continue
            if name not in known:
                found.append(f"{rule.source}, {key}: no room has this job. Allowed: {', '.join(known)}.")
                continue
            try:
                worker.slot(rule.value, now, ZoneInfo(district.zone))
            except ValueError as problem:
                found.append(f"{rule.source}, {key}: {problem}")
    return sorted(set(found))


def keyring() -> list[str]:
    """The key file is there, whole, and nobody else's to read."""
    path = Path(settings.LINLI_KEYS)
    try:
        keys.read_keyring(path)
    except FileNotFoundError:
        return [
            f"The key file {path} is missing. Bring it back from where the keys are kept (LINLI_KEYS names it)."
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return [f"The key file {path} cannot be read as keys. Bring it back from where the keys are kept."]
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return [f"The key file {path} can be read by other users of this machine. Close it: chmod 600 {path}"]
    return []


def files_writable() -> list[str]:
    """Pictures and static files have a place."""
    data = Path(settings.LINLI_DATA)
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / ".probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as problem:
        return [
            f"Nothing can be written in the data folder {data}: {problem.strerror}. Set LINLI_DATA or its rights."
        ]
    return []


def production() -> list[str]:
    """What is fine for a demonstration and wrong for real people: settings, made-up districts and accounts."""
    if settings.LINLI_MODE != "production":
        return []
    return [*start_problems(), *hosts()]


def hosts() -> list[str]:
    """The host names must be this installation's own."""
    if DEMONSTRATION_HOST in settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        return ["LINLI_HOSTS is not set. Name the host names of this installation, separated by commas."]
    return []
