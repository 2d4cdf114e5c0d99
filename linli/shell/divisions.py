"""The real divisions of the first district, loaded into a tenant."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.actions import Loaded, load_divisions
from linli.foundation.places.rules.divisions import DivisionRow, parse_divisions

FILE = Path(__file__).resolve().parents[1] / "foundation" / "places" / "data" / "luzhou_divisions.csv"


def rows() -> tuple[DivisionRow, ...]:
    """The published list as rows, in the order of levels."""
    return parse_divisions(FILE.read_text("utf-8").splitlines()).rows


def load(actor: Actor, now: datetime) -> Loaded:
    """Bring a tenant's tree in line with the published list of 潞州区 (13 subdistricts, 3 towns, 83 communities)."""
    return load_divisions(actor=actor, rows=rows(), now=now)
