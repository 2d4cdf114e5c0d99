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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linli.shell.proof.door import Answer, Door, DoorFailed, Form, last_step, open_form

REPEATED, ALIEN = 0.05, 0.02
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
            if self.waiting and done % JUDGED_EVERY == 0:
                self.judge(done)
            else:
                self.report(done)
        os.close(self.ledger)

    def write(self, **line: Any) -> None:
        """Durable before the next operation begins."""
        os.write(self.ledger, (json.dumps(line) + "\n").encode())
        os.fsync(self.ledger)

    def report(self, number: int) -> None:
        key = f"proof-{self.config.seed}-{self.number}-{number}"
        text = text_of(self.chance, f"{letters(self.number)}-{letters(number)}")
        begun = time.time()
        answer, tries = self.until_taken("/report", key=key, text=text)
        where = answer.location if answer is not None and answer.status == 303 else ""
        digest = hashlib.sha256(text.encode()).hexdigest()
        line = {
            "what": "report",
            "key": key,
            "digest": digest,
            "answer": where,
            "tries": tries,
            "begun": begun,
            "sent": self.sent,
        }
        self.write(**line, status=answer.status if answer else 0, at=time.time())
        chance = self.chance.random()
        if where and chance < REPEATED:
            again, _tries = self.until_taken("/report", key=key, text=text)
            self.write(
                what="repeat", key=key, first=where, answer=again.location if again else "", at=time.time()
            )
        elif where and chance < REPEATED + ALIEN:
            alien, _tries = self.until_taken("/report", key=key, text=text + "还有别的。")
            self.write(what="alien", key=key, status=alien.status if alien else 0, at=time.time())

    def judge(self, number: int) -> None:
        try:
            case = self.waiting.popleft()
        except IndexError:
            return self.report(number)
        key = f"judge-{self.config.seed}-{case['case']}"
        begun = time.time()
        answer, tries = self.until_taken(f"/c/{case['case']}/judge", key=key, case=case)
        taken = answer.location if answer is not None and answer.status == 302 else ""
        line = {
            "what": "judge",
            "key": key,
            "case": case["case"],
            "answer": taken,
            "tries": tries,
            "begun": begun,
            "sent": self.sent,
        }
        self.write(**line, status=answer.status if answer else 0, at=time.time())
        return None

    def until_taken(
        self, path: str, *, key: str, text: str = "", case: dict[str, str] | None = None
    ) -> tuple[Answer | None, int]:
        """Send until there is a definite answer: a server that is away, an error of its own, or "still open" is none."""
        end, pause, tries = time.monotonic() + LONGEST_OP, FIRST_PAUSE, 0
        while time.monotonic() < end:
            tries += 1
            self.sent = time.time()
            try:
                answer = self._send(path, key, text, case)
                if answer.status < 500 and answer.status != 409:
                    return answer, tries
            except DoorFailed:
                pass
            time.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
        return None, tries

    def _send(self, path: str, key: str, text: str, case: dict[str, str] | None) -> Answer:
        if self.form is None:
            self.form = open_form(self.door)
        if case is None:
            fields = last_step(
                self.form,
                key=key,
                place=self.config.place,
                kind=self.config.kind,
                text=text,
                phone="13800138000",
            )
            return self.door.post(path, fields, self.form.cookies)
        judged = {
            "csrfmiddlewaretoken": self.form.token,
            "key": key,
            "solved": "yes",
            "rating": "very",
            "note": "",
        }
        return self.door.post(path, judged, {**self.form.cookies, case["name"]: case["cookie"]})


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
