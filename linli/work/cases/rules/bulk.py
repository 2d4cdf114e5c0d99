"""Which cases of a choice can be given to a body together, and why the others cannot. Pure."""

from __future__ import annotations

MOST = 50
# What keeps a case from being dispatched: found before the click, or by the action itself.
REASONS = (
    "gone", "not_allowed", "stage", "does_not_serve", "not_on_list", "assist_only", "not_a_handler", "kind",
    "changed",
)  # fmt: skip


def reason_of(code: str, detail: str = "") -> str:
    """The reason a refusal of the action stands for."""
    known = {
        "case.not_found": "gone", "case.verb": "not_allowed", "case.stage": "stage", "case.body": "does_not_serve",
        "case.kind": "kind",
    }  # fmt: skip
    if code == "case.duty_list" and detail in REASONS:
        return detail
    return known.get(code, "changed")
