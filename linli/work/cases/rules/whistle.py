"""A whistle call (吹哨报到, 北京接诉即办工作条例 16, 33): the steps of the department that was called, as a table. Pure."""

from __future__ import annotations

from linli.foundation.core.rules.flows import Flow, move

STAGES = ("called", "acked", "visited", "planned", "done", "ended")
FINAL = frozenset({"done", "ended"})
SIDES = ("caller", "department")
SCORES = range(1, 6)

WHISTLE = Flow(
    "whistle call",
    STAGES,
    FINAL,
    (),
    (
        move("ack", "called", "acked", guards="within a working day"),
        move("visit", "acked", "visited", guards="text"),
        move("plan", "visited", "planned", guards="text"),
        move("done", "planned", "done", guards="text"),
        # Taken back by who called, or over because the case is.
        move("end", "called acked visited planned", "ended"),
        # Both sides judge how the other took part, once each.
        move("rate", "done", None, guards="once per side"),
    ),
)


def side_of(body: int | None, calling_body: int, department: int) -> str | None:
    """Which side of a call a body is on; None for everybody else."""
    if body is None:
        return None
    return "caller" if body == calling_body else "department" if body == department else None
