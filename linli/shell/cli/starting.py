"""serve, worker, migrate, check-start: everything that begins with the database at hand."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from linli.foundation.core.commands import CommandRefused
from linli.shell import postgres
from linli.shell.cli.installation import Stopwatch, application
from linli.shell.serving import Plan, Service, connections_needed, port_problem, workers_that_fit


def serve(arguments: argparse.Namespace) -> int:
    """Check everything, prepare static files and catalogues, serve until stopped."""
    watch = Stopwatch()
    with application(arguments) as data:
        plan = prepare(arguments, data)
        return supervise(plan, lambda: said_ready(plan, watch))


def said_ready(plan: Plan, watch: Stopwatch) -> None:
    print(
        f"Linli answers at {plan.address} after {watch.seconds():.1f} s. Stop: Ctrl-C or SIGTERM.", flush=True
    )


def prepare(arguments: argparse.Namespace, data: Path, *, logs: Path | None = None) -> Plan:
    """The plan of a start that nothing speaks against. Raises CommandRefused with every problem named."""
    checks = import_module("linli.shell.cli.checks")
    plan, problems = _planned(arguments, data, logs, checks.connections_available())
    problems += checks.problems()
    if problem := port_problem(plan.host, plan.port):
        problems.append(problem)
    if problems:
        raise CommandRefused("the start is refused.\n" + "\n".join(f"  - {problem}" for problem in problems))
    import_module("linli.shell.cli.prepared").everything(data)
    return plan


def _planned(
    arguments: argparse.Namespace, data: Path, logs: Path | None, available: int
) -> tuple[Plan, list[str]]:
    threads = arguments.threads or import_module("django.conf").settings.LINLI_THREADS
    cores = len(os.sched_getaffinity(0))
    workers = arguments.workers or workers_that_fit(cores, threads, available)
    problems = []
    if connections_needed(workers, threads) > available:
        problems.append(
            f"{workers} web processes with {threads} threads, their jobs processes and commands need "
            f"{connections_needed(workers, threads)} database connections, and max_connections leaves {available}. "
            "Raise max_connections, or lower --workers or --threads."
        )
    elif not arguments.workers and workers < cores:
        print(
            f"linli: {workers} web processes, not {cores}: max_connections allows no more.", file=sys.stderr
        )
    return Plan(arguments.host, arguments.port, workers, threads, data, logs), problems


def supervise(plan: Plan, ready: Callable[[], None]) -> int:
    """Run web server and jobs; a database server of our own that dies is started again, with crash recovery."""
    return Service(plan).run(
        alive=lambda: postgres.alive(plan.data), revive=lambda: postgres.revive(plan.data), ready=ready
    )


def check_start(arguments: argparse.Namespace) -> int:
    """Say what a start would refuse."""
    with application(arguments) as data:
        checks = import_module("linli.shell.cli.checks")
        _plan, problems = _planned(arguments, data, None, checks.connections_available())
        problems += checks.problems()
    for problem in problems:
        print(problem)
    print(
        f"A start would be refused for {len(problems)} reasons."
        if problems
        else "Nothing speaks against a start."
    )
    return 1 if problems else 0


def migrate(arguments: argparse.Namespace) -> int:
    """Bring the tables to this version."""
    with application(arguments, as_owner=True):
        import_module("django.core.management").call_command("migrate", verbosity=1, interactive=False)
    return 0


def worker(arguments: argparse.Namespace) -> int:
    """The jobs process, or with --once a single run until nothing is due."""
    with application(arguments):
        jobs = import_module("linli.shell.worker")
        if not arguments.once:
            result: int = jobs.run_forever()
            return result
        print(f"{jobs.run_once()} rows of work were done.")
    return 0
