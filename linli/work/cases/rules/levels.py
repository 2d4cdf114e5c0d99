"""Levels of a matter and who decides at which. Pure. (charter: small and large matters; domain-rules 4.1, 4.3)"""

from __future__ import annotations

from typing import Literal

Level = Literal["compound", "community", "subdistrict", "district"]
LEVELS: tuple[Level, ...] = ("compound", "community", "subdistrict", "district")
MATTERS = ("small", "large")


def rank(level: str) -> int:
    """0 for the compound, 3 for the district. Raises ValueError for a word that is no level."""
    return [str(known) for known in LEVELS].index(level)


def first_level(matter: str, place_level: str) -> Level:
    """Where a matter starts: a large one at the community, a small one in the compound if it happened in one."""
    return "community" if matter == "large" or place_level == "community" else "compound"


def level_of_scope(scope: str) -> Level:
    """The level of an appointment's reach by its path: one step is the district, four and more the compound."""
    return LEVELS[max(0, 4 - scope.count("."))] if scope else "compound"


def gives_out(level: str, scope: str) -> bool:
    """Whether a clerk of this reach gives out a matter of this level: a higher clerk may, a lower one not."""
    return rank(level_of_scope(scope)) >= max(rank(level), rank("community"))


def may_climb(level: str, to: str) -> bool:
    """Whether a matter may climb to a level: only to a higher one that is known."""
    return to in LEVELS and rank(to) > rank(level)


def approves_parking(case_level: str, body_level: str, approver_level: str) -> bool:
    """Whether a body may park a matter of another: at least one level above both the matter and who has it.

    What the district itself handles, another body of the district decides.
    """
    base = max(rank(case_level), rank(body_level))
    return rank(approver_level) > base or rank(approver_level) == base == rank("district")
