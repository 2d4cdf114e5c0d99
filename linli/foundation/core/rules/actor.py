"""Who acts, in exactly one appointment. Pure: rooms read it, accounts make it from a grant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Actor:
    """One acting person, the public, or the system itself.

    `scope` is the materialised path of the place the grant reaches ("" reaches nothing for the public and
    everything for the system); rights of several appointments are never merged.
    """

    district: int
    kind: Literal["staff", "public", "system"]
    user: int | None = None
    grant: int | None = None
    appointment: int | None = None
    body: int | None = None
    role: str = ""
    scope: str = ""
    verbs: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def may(self, verb: str) -> bool:
        """Whether the acting role knows the verb at all; place and relation are the room's to check."""
        return self.kind == "system" or verb in self.verbs

    def covers(self, path: str) -> bool:
        """Whether a place's path lies within the scope."""
        if self.kind == "system":
            return True
        return bool(self.scope) and path.startswith(self.scope)


def public(district: int) -> Actor:
    """Somebody without an account."""
    return Actor(district=district, kind="public")


def system(district: int) -> Actor:
    """The software itself: sweeps, imports and reactions."""
    return Actor(district=district, kind="system")
