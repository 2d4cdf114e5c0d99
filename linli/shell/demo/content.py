"""What the demonstration holds. Runs in the fresh database, as the application role."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from linli.shell.cli.progress import Progress
from linli.shell.world import two_districts

Size = Literal["tiny", "small"]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One sign-in that the start prints: whose seat it is, and its random password."""

    district: str
    role_zh: str
    role_en: str
    login_name: str
    password: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def build(size: Size, anchor: date, progress: Progress) -> list[DemoAccount]:
    """Fill an empty, migrated database; returns the accounts to print, one per role.

    `anchor` is the last day of the made-up past; equal size and anchor give equal data.
    """
    progress.say(f"two districts, {size}, past up to {anchor}")
    two_districts(enrolled_at(anchor))
    return []


def enrolled_at(anchor: date) -> datetime:
    """The moment of enrolment: now, or the beginning of an anchor day that has passed."""
    return min(datetime.now(UTC), datetime.combine(anchor, time(8), tzinfo=ZoneInfo("Asia/Shanghai")))
