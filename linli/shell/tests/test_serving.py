"""The plan of a service, its ports and connections, and how a child is kept alive."""

from __future__ import annotations

import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from linli.shell import serving
from linli.shell.serving import Child, Plan, connections_needed, port_problem, workers_that_fit

PLAN = Plan("127.0.0.1", 8000, 2, 8, Path("/data"))


def test_connections_count_threads_jobs_and_commands() -> None:
    assert connections_needed(2, 8) == 2 * 11 + 2 * 3 + 8
    assert PLAN.connections == connections_needed(2, 8)


@pytest.mark.parametrize(("wanted", "available", "fitting"), [(4, 97, 4), (16, 97, 7), (4, 30, 1), (4, 5, 1)])
def test_the_default_fits_the_database(wanted: int, available: int, fitting: int) -> None:
    assert workers_that_fit(wanted, 8, available) == fitting


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),
        ("::1", "http://[::1]:8000/"),
    ],
)
def test_the_address_can_be_opened(host: str, address: str) -> None:
    assert Plan(host, 8000, 1, 1, Path("/data")).address == address


def test_a_port_in_use_is_named_even_when_it_could_be_shared() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} cannot be used" in port_problem("127.0.0.1", port)
    assert port_problem("127.0.0.1", port) == ""


def test_the_children_get_a_pool_and_nobody_elses_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANIAN_WORKERS", "9")
    monkeypatch.setenv("PGHOST", "elsewhere")
    found = serving.child_environment(PLAN)
    assert found["LINLI_POOL"] == "1" and found["LINLI_THREADS"] == "8"
    assert "GRANIAN_WORKERS" not in found and "PGHOST" not in found


def test_the_web_server_is_told_workers_threads_and_no_access_log() -> None:
    command = " ".join(serving.web_command(PLAN))
    assert "--interface wsgi" in command and "--workers 2 --blocking-threads 8" in command
    assert "--no-access-log" in command and "--respawn-failed-workers" in command


def child(code: str, tmp_path: Path) -> Child:
    return Child("probe", [sys.executable, "-c", code], {}, tmp_path / "probe.log")


def test_a_child_that_dies_is_started_again_within_a_second(tmp_path: Path) -> None:
    probe = child("import time; time.sleep(60)", tmp_path)
    probe.start()
    first = probe.pid
    probe.tell(signal.SIGKILL)
    assert probe.process is not None
    probe.process.wait()
    begun = time.monotonic()
    while probe.pid == first and time.monotonic() - begun < 5:
        probe.look()
        time.sleep(0.02)
    assert probe.runs() and probe.pid != first
    assert time.monotonic() - begun < 1
    probe.tell(signal.SIGKILL)
    probe.process.wait()


def test_pauses_grow_while_lives_are_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [0.0]
    monkeypatch.setattr(serving.time, "monotonic", lambda: moments[0])
    probe = child("raise SystemExit(3)", tmp_path)
    monkeypatch.setattr(probe, "start", lambda: setattr(probe, "born", moments[0]))
    pauses = []
    for _ in range(8):
        probe.look()
        pauses.append(round(probe.restart_at - moments[0], 2))
        moments[0] = probe.restart_at
        probe.look()
        assert probe.restart_at == 0.0
    assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_after_a_long_life_the_restart_is_immediate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [1000.0]
    monkeypatch.setattr(serving.time, "monotonic", lambda: moments[0])
    probe = child("", tmp_path)
    started = []
    monkeypatch.setattr(probe, "start", lambda: started.append(moments[0]))
    probe.short_lives = 5
    probe.look()
    assert started == [1000.0]


def test_the_last_words_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("".join(f"line {n}\n" for n in range(30)))
    assert serving.tail(log, 2) == "line 28\nline 29"
    assert serving.tail(None) == "" and serving.tail(tmp_path / "none") == ""


@pytest.mark.parametrize(("workers", "jobs"), [(1, 1), (2, 2), (16, 4)])
def test_every_core_works_off_what_a_busy_hour_left(workers: int, jobs: int) -> None:
    service = serving.Service(Plan("127.0.0.1", 8000, workers, 8, Path("/data")))
    assert len(service.jobs) == jobs and service.children == [service.web, *service.jobs]
    assert all(child.command == serving.worker_command() for child in service.jobs)
