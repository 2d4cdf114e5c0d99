"""Token buckets in a table: one statement per check, exact across workers, keyed hashes instead of addresses."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext_lazy as _

from linli.foundation.core.errors import TooMany
from linli.foundation.core.keys import keyring

_TAKE = """
INSERT INTO core_ratebucket AS b (district, door, who, tokens, at)
VALUES (%(district)s, %(door)s, %(who)s, %(burst)s - %(cost)s, clock_timestamp())
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


def take(door: str, who: str, limit: Limit, *, district: int, cost: float = 1.0) -> None:
    """Take one token. Raises TooMany with seconds to wait in `retry_after`.

    An empty bucket is refused inside the caller's transaction and rolls back with it, so a refused try costs
    nothing; the refill alone decides when the next one passes.
    """
    parameters: dict[str, int | float | str] = {
        "district": district, "door": door, "who": who, "burst": float(limit.burst),
        "rate": limit.per_hour / 3600.0, "cost": cost,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, parameters)
        row = cursor.fetchone()
    if row[0] < 0:
        wait = max(1, round(3600 * cost / limit.per_hour))
        raise TooMany(
            "rate.limit",
            _(
                "Too many tries from here in a short time. Nothing was stored. Wait a little and send again; what you typed stays on this page."
            ),
            retry_after=wait,
        )
