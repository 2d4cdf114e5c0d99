"""Token buckets in a table: one statement per check, exact across workers, keyed hashes instead of addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from linli.foundation.core.errors import TooMany
from linli.foundation.core.keys import keyring

_TAKE = """
INSERT INTO core_ratebucket AS b (district, door, who, tokens, at)
SELECT %(district)s, %(door)s, %(who)s, %(burst)s - %(cost)s, clock_timestamp() {condition}
ON CONFLICT (district, door, who) DO UPDATE SET
  tokens = GREATEST(-1, LEAST(%(burst)s, GREATEST(b.tokens, 0)
           + %(rate)s * EXTRACT(EPOCH FROM clock_timestamp() - b.at)) - %(cost)s),
  at = clock_timestamp()
RETURNING tokens
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` tries at once, then `per_hour` refilled evenly."""

    burst: int
    per_hour: int


def who_is(*parts: str) -> str:
    """A keyed hash of an address, account or device: never stored in the clear."""
    return keyring().index("rate", "|".join(parts))[:44]


@dataclass(frozen=True, slots=True)
class Try:
    """One try at a door by somebody, with what is allowed there."""

    door: str
    who: str
    limit: Limit

    def statement(
        self, district: int, cost: float = 1.0, *, condition: str = ""
    ) -> tuple[str, dict[str, Any]]:
        """The statement that takes one token and returns what is left, and its parameters.

        `condition` (FROM ...) lets another statement take the token only when something of its own happened.
        """
        return _TAKE.format(condition=condition), {
            "district": district, "door": self.door, "who": self.who, "burst": float(self.limit.burst),
            "rate": self.limit.per_hour / 3600.0, "cost": cost,
        }  # fmt: skip

    def judge(self, tokens: float, cost: float = 1.0) -> None:
        """Raises TooMany, with seconds to wait in `retry_after`, when a token was taken that was not there."""
        if tokens < 0:
            raise TooMany(
                "rate.limit",
                _(
                    "Too many tries from here in a short time. Nothing was stored. Wait a little and send again; what you typed stays on this page."
                ),
                retry_after=max(1, round(3600 * cost / self.limit.per_hour)),
            )


def take(door: str, who: str, limit: Limit, *, district: int, cost: float = 1.0) -> None:
    """Take one token. Raises TooMany with seconds to wait in `retry_after`.

    An empty bucket is refused inside the caller's transaction and rolls back with it, so a refused try costs
    nothing; the refill alone decides when the next one passes.
    """
    one = Try(door, who, limit)
    with connection.cursor() as cursor:
        cursor.execute(*one.statement(district, cost))
        row = cursor.fetchone()
    one.judge(row[0], cost)
