"""The senders, a process of their own: `python -m linli.shell.bench.load CONFIG`. No Django here.

Each client keeps one connection and sends one report after the other; prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from linli.shell.proof.door import Door, DoorFailed, last_step, open_form

TEXT = (
    "三号楼东侧的路灯已经一周不亮，晚上回家看不清路，老人和孩子走路都不放心。物业说已经登记，但是一直没有人来修。"
    "楼道里的声控灯也有两层不亮，门口的台阶有一处松动，下雨以后更滑。小区北门旁边的垃圾桶常常满出来，味道很大，"
    "附近的几户人家都不敢开窗。希望社区能够请物业尽快来看一看，先把路灯修好，再把台阶固定住，垃圾每天清运两次。"
    "如果需要居民配合，可以在小区的公告栏里说明时间，我们会提醒邻居把车挪开。另外，健身器材旁边的围栏也断了一根，"
    "露出来的铁条很尖，孩子们放学以后常常在那里玩，请先用警示带围起来，等修好以后再撤掉。谢谢大家的辛苦，"
    "也希望处理以后能够给一个明确的答复，说明哪一天修好，由谁负责，以后坏了应该找谁。"
)[:300]


class Sender(threading.Thread):
    """One client until the end."""

    def __init__(self, told: dict[str, Any], number: int) -> None:
        super().__init__(daemon=True)
        self.told, self.number = told, number
        self.taken: list[tuple[float, float]] = []  # (end, seconds)
        self.failures = 0

    def run(self) -> None:
        told = self.told
        door = Door(told["port"], source=f"127.0.{told['round'] % 200 + 2}.{self.number + 2}", timeout=30)
        form = open_form(door)
        end = time.monotonic() + told["seconds"]
        count = 0
        while time.monotonic() < end and (not told["most"] or count < told["most"]):
            count += 1
            key = f"bench-{told['round']}-{self.number}-{count}"
            fields = last_step(
                form, key=key, place=told["place"], kind=told["kind"], text=TEXT, phone=told["phone"]
            )
            begun = time.monotonic()
            try:
                good = door.post("/report", fields, form.cookies).status == 303
            except DoorFailed:
                good = False
            if good:
                self.taken.append((time.monotonic(), time.monotonic() - begun))
            else:
                self.failures += 1
        door.close()


def main(arguments: list[str]) -> int:
    """Send, and print what was seen: count, failures, seconds, every latency in milliseconds, own CPU seconds."""
    told: dict[str, Any] = json.loads(Path(arguments[0]).read_text("utf-8"))
    senders = [Sender(told, number) for number in range(told["clients"])]
    begun = time.monotonic()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    seconds = time.monotonic() - begun
    latencies = sorted(1000 * latency for sender in senders for _end, latency in sender.taken)
    seen = {
        "count": len(latencies), "failures": sum(sender.failures for sender in senders), "seconds": seconds,
        "latencies": latencies, "cpu": time.process_time(),
    }  # fmt: skip
    print(json.dumps(seen))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
