"""What a case waits for, as banners: who must do what until when, for the desk and in plain words for the caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from linli.work.cases.models import CaseHold
from linli.work.cases.queries import Story

REASONS = {
    "extension": "cases.extension_reasons", "park_asked": "cases.parking_reasons", "parked": "cases.parking_reasons",
    "conference": "cases.conference_reasons", "return": "cases.return_reasons",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wait:
    """An open hold with its reason in words, what was said with it, and the moment that matters."""

    kind: str
    hold: CaseHold
    reason: Any
    text: str
    until: datetime | None
    step: str = ""
    body: str = ""


def waits(story: Story, rules: Any) -> list[Wait]:
    """Open holds, oldest first."""
    return [_wait(story, rules, hold) for hold in story.open_holds]


def _wait(story: Story, rules: Any, hold: CaseHold) -> Wait:
    names = {row["code"]: row["name"] for row in rules[REASONS[hold.kind]]} if hold.kind in REASONS else {}
    said = [row for row in story.events if row["event"].data.get("hold") == hold.kind]
    text = said[-1]["text"] if said else ""
    if hold.kind == "whistle":
        return _whistle(story, hold, text)
    return Wait(hold.kind, hold, names.get(hold.reason, ""), text, hold.until)


def _whistle(story: Story, hold: CaseHold, text: str) -> Wait:
    call = story.around.call
    due = next(
        (c.next_due for c in reversed(story.clocks) if c.kind == "whistle_ack" and c.stopped_at is None), None
    )
    return Wait(
        hold.kind, hold, "", text, due, call.stage if call else "", call.department.name if call else ""
    )


def question_of(story: Story) -> str:
    """What the caller is asked now, or nothing."""
    if not any(hold.kind == "question" for hold in story.open_holds):
        return ""
    asked = [row["text"] for row in story.events if row["kind"] == "question"]
    return str(asked[-1]) if asked else ""


def channel_of(story: Story, rules: Any) -> Any:
    """The legal channel that is open instead, for a case that was not accepted or handed on."""
    if story.case.stage == "not_accepted":
        reasons = {row["code"]: row["channel"] for row in rules["cases.refuse_reasons"]}
        refused = [row["event"] for row in story.events if row["event"].code == "case.refused"]
        return reasons.get(refused[-1].data.get("reason")) if refused else None
    if story.case.stage in ("transferred_emergency", "transferred_petition"):
        return rules["cases.channel." + story.case.stage.removeprefix("transferred_")]
    return None
