"""A supervising process that tests can kill, and ways to look at what is left."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from linli.shell.postgres.processes import command_line

REPOSITORY = Path(__file__).resolve().parents[4]

# Starts the server of argv[1], runs argv[2] as owner if given, says what it has, then holds until told.
SUPERVISOR = """
import sys
from pathlib import Path
import psycopg
from linli.shell.postgres import create_database, running
with running(Path(sys.argv[1])) as endpoint:
    create_database(endpoint, "linli")
    if len(sys.argv) > 2:
        with psycopg.connect(endpoint.owner_url(), autocommit=True) as connection:
            connection.execute(sys.argv[2])
    print("supervised" if endpoint.supervised else "attached", endpoint.host, flush=True)
    sys.stdin.readline()
"""


class Supervisor:
    """A process of our own that runs `running(data)`."""

    def __init__(self, data: Path, statement: str = "", *, code: str = SUPERVISOR) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(data), *([statement] if statement else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            start_new_session=True,
        )

    def answer(self) -> list[str]:
        """The words it said when it was ready; fails with its error text when it was not."""
        assert self.process.stdout is not None and self.process.stderr is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return line.split()

    def finish(self) -> int:
        """Let it leave its block in an orderly way."""
        self.process.communicate("\n", timeout=60)
        return self.process.returncode

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def postgres_processes(data: Path) -> list[list[str]]:
    """Command lines of living postmasters whose cluster or record names `data`."""
    lines = [command_line(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [
        words
        for words in lines
        if words and Path(words[0]).name == "postgres" and any(str(data) in word for word in words)
    ]
