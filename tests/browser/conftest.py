"""A demonstration started as a new user starts it, and a real browser before it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "tests" / "vendor" / "axe.min.js").read_text("utf-8")
# The serious rules; a page with any finding of these weights fails.
WEIGHTS = {"serious", "critical"}


@dataclass(slots=True)
class Demo:
    """The served demonstration: address, passwords by sign-in name."""

    address: str
    passwords: dict[str, str]
    shots: Path | None
    problems: list[str] = field(default_factory=list)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LINLI_") or k == "LINLI_PG"}
    kept.pop("DATABASE_URL", None)
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    """`linli demo --size tiny` in a folder of its own, until it answers; stopped as by Ctrl-C."""
    folder = Path(tempfile.mkdtemp(prefix="linli-browser-"))
    folder.chmod(0o755)
    port = _free_port()
    log = (folder / "start.log").open("w+")
    command = [
        sys.executable,
        "-m",
        "linli",
        "demo",
        "--size",
        "tiny",
        "--data",
        str(folder / "var"),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, env=_environment(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        _wait_for_answer(process, port, folder)
        accounts = json.loads((folder / "var" / "accounts.json").read_text("utf-8"))
        rows = accounts if isinstance(accounts, list) else accounts["accounts"]
        shots = Path(os.environ["LINLI_SHOTS"]) if os.environ.get("LINLI_SHOTS") else None
        yield Demo(f"http://127.0.0.1:{port}", {r["login_name"]: r["password"] for r in rows}, shots)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_answer(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
                probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if b"200" in probe.recv(64):
                    return
        except OSError:
            time.sleep(0.3)
    pytest.fail("The demonstration did not start:\n" + (folder / "start.log").read_text("utf-8")[-3000:])


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless, without any talk of its own to the outside."""
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--disable-quic",
    ]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        yield opened
        opened.close()


@dataclass(slots=True)
class Person:
    """One person with a browser of their own; every page they open is checked."""

    page: Page
    demo: Demo
    language: str
    width: int
    name: str
    problems: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        sign = "&" if "?" in path else "?"
        address = path if path.startswith("http") else self.demo.address + path
        self.page.goto(f"{address}{sign}lang={self.language}")

    def check(self, words: str, shot: str = "") -> None:
        """No serious axe finding, nothing wider than the window, no refused script or style; keeps a picture."""
        self.page.evaluate(AXE)
        found = self.page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(v => [v.impact, v.id, v.nodes.map(n => n.target.join(' ')).slice(0, 3)])"
        )
        self.problems += [
            f"{words}: {impact} {rule} {nodes}" for impact, rule, nodes in found if impact in WEIGHTS
        ]
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wide > 1:
            self.problems.append(f"{words}: {wide} px wider than the window")
        if shot and self.demo.shots is not None:
            self.demo.shots.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(
                path=str(self.demo.shots / f"{shot}-{self.language}-{self.width}.png"), full_page=False
            )

    def sign_in(self) -> None:
        self.open("/sign-in")
        self.page.fill("input[name=name]", self.name)
        self.page.fill("input[name=password]", self.demo.passwords[self.name])
        self.page.click("main button.button-primary")
        self.page.wait_for_url(re.compile(r"/desk/"))


@pytest.fixture
def people(browser: Browser, demo: Demo) -> Iterator[object]:
    """Makes persons; at the end none of their pages may have had a problem."""
    made: list[Person] = []
    contexts = []

    def person(name: str, language: str = "zh-hans", width: int = 390) -> Person:
        context = browser.new_context(
            viewport={"width": width, "height": 844 if width < 700 else 900}, locale="zh-CN"
        )
        contexts.append(context)
        page = context.new_page()
        one = Person(page, demo, language, width, name)
        page.on(
            "console",
            lambda m: (
                one.problems.append(f"console: {m.text}")
                if m.type == "error" and "status of 4" not in m.text
                else None
            ),
        )
        page.on("pageerror", lambda e: one.problems.append(f"script: {e}"))
        made.append(one)
        return one

    yield person
    for context in contexts:
        context.close()
    problems = [f"{one.name} {one.language} {one.width}: {p}" for one in made for p in one.problems]
    assert not problems, "\n".join(problems)
