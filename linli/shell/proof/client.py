"""The clients, a process of their own: `python -m linli.shell.proof.client CONFIG`. No Django here.

Each thread sends one thing at a time under its own key, again and again with that key until it is acknowledged,
then appends {key, digest, answer} to its ledger and syncs it to disk before the next. A share is sent twice
although it was acknowledged, a share once more with another body, and some callers judge.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linli.shell.proof.door import Answer, Door, DoorFailed, Form, last_step, open_form

Fields = Callable[[Form], dict[str, str]]
REPEATED, ALIEN = 0.05, 0.02
REACHABLE = 0.25  # of the callers leave a number: each such case has messages to deliver
JUDGED_EVERY = 12
LONGEST_OP = 90.0  # seconds after which an operation is given up, which is a failure of the run
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5
WORDS = (
    "路灯",
    "楼道",
    "下水",
    "电梯",
    "垃圾",
    "停车",
    "噪声",
    "绿化",
    "门禁",
    "水管",
    "墙面",
    "井盖",
    "消防",
    "围栏",
    "健身",
    "路面",
    "积水",
    "照明",
    "雨棚",
    "台阶",
)


@dataclass(frozen=True, slots=True)
class Config:
    """What the harness asks of the clients."""

    port: int
    place: str
    kind: str
    threads: int
    seed: int
    folder: Path
    waiting: list[dict[str, str]]
    pause: float = 0.0  # seconds between two operations of one client

    @classmethod
    def read(cls, file: Path) -> Config:
        told: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return cls(**{**told, "folder": Path(told["folder"])})


def letters(number: int) -> str:
    """A number without digits, so that no rule of masking touches it."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def text_of(chance: random.Random, name: str) -> str:
    """About 300 characters that name the operation and hold nothing personal."""
    words = [f"操作 {name}。"]
    while sum(map(len, words)) < 290:
        words.append(chance.choice(WORDS) + "有问题，请来看看。")
    return "".join(words)[:300]


class Client(threading.Thread):
    """One person after another at one connection."""

    def __init__(self, config: Config, number: int, waiting: deque[dict[str, str]]) -> None:
        super().__init__(daemon=True)
        self.config, self.number, self.waiting = config, number, waiting
        self.chance = random.Random(f"{config.seed}-{number}")  # noqa: S311 - a repeatable run, not a secret
        self.door = Door(config.port, source=f"127.0.0.{number + 2}")
        self.form: Form | None = None
        self.sent = 0.0  # when the last try left
        self.ledger = os.open(
            config.folder / f"ledger-{number}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600
        )

    def run(self) -> None:
        stop = self.config.folder / "stop"
        done = 0
        while not stop.exists():
            time.sleep(self.config.pause)
            done += 1
            case = self._next() if done % JUDGED_EVERY == 0 else None
            if case is None:
                self.report(done)
            else:
                self.judge(case)
        os.close(self.ledger)

    def _next(self) -> dict[str, str] | None:
        try:
            return self.waiting.popleft()
        except IndexError:
            return None

    def write(self, **line: Any) -> None:
        """Durable before the next operation begins."""
        os.write(self.ledger, (json.dumps(line) + "\n").encode())
        os.fsync(self.ledger)

    def report(self, number: int) -> None:
        """A report; now and then sent once more, or once more with another body."""
        key = f"proof-{self.config.seed}-{self.number}-{number}"
        text = text_of(self.chance, f"{letters(self.number)}-{letters(number)}")
        phone = "13800138000" if self.chance.random() < REACHABLE else ""

        def fields(words: str) -> Fields:
            told = {
                "key": key,
                "place": self.config.place,
                "kind": self.config.kind,
                "text": words,
                "phone": phone,
            }
            return lambda form: last_step(form, **told)

        begun = time.time()
        answer, tries = self.until_taken("/report", fields(text))
        where = answer.location if answer is not None and answer.status == 303 else ""
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.acknowledged("report", key, answer, tries, begun, digest=digest, answer=where)
        chance = self.chance.random()
        if where and chance < REPEATED:
            again, _tries = self.until_taken("/report", fields(text))
            self.write(
                what="repeat", key=key, first=where, answer=again.location if again else "", at=time.time()
            )
        elif where and chance < REPEATED + ALIEN:
            alien, _tries = self.until_taken("/report", fields(text + "还有别的。"))
            self.write(what="alien", key=key, status=alien.status if alien else 0, at=time.time())

    def judge(self, case: dict[str, str]) -> None:
        """A caller's judgement of an answered case."""
        key = f"judge-{self.config.seed}-{case['case']}"
        begun = time.time()
        told = {"key": key, "solved": "yes", "rating": "very", "note": ""}
        answer, tries = self.until_taken(
            f"/c/{case['case']}/judge",
            lambda form: {**told, "csrfmiddlewaretoken": form.token},
            {case["name"]: case["cookie"]},
        )
        taken = answer.location if answer is not None and answer.status == 302 else ""
        self.acknowledged("judge", key, answer, tries, begun, case=case["case"], answer=taken)

    def acknowledged(
        self, what: str, key: str, got: Answer | None, tries: int, begun: float, **more: str
    ) -> None:
        """Write down what came of an operation, acknowledged or not."""
        status = got.status if got else 0
        self.write(
            what=what,
            key=key,
            status=status,
            tries=tries,
            begun=begun,
            sent=self.sent,
            at=time.time(),
            **more,
        )

    def until_taken(
        self, path: str, fields: Fields, cookies: Mapping[str, str] | None = None
    ) -> tuple[Answer | None, int]:
        """Send until there is a definite answer: a server that is away, an error of its own, or "still open" is none."""
        end, pause, tries = time.monotonic() + LONGEST_OP, FIRST_PAUSE, 0
        while time.monotonic() < end:
            tries += 1
            try:
                if self.form is None:
                    self.form = open_form(self.door)
                self.sent = time.time()
                answer = self.door.post(path, fields(self.form), {**self.form.cookies, **(cookies or {})})
                if answer.status < 500 and answer.status != 409:
                    return answer, tries
            except DoorFailed:
                pass
            time.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
        return None, tries


def main(arguments: list[str]) -> int:
    """Run until the file `stop` is in the folder."""
    config = Config.read(Path(arguments[0]))
    waiting = deque(config.waiting)
    clients = [Client(config, number, waiting) for number in range(config.threads)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
