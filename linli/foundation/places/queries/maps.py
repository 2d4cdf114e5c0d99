"""What the small maps draw: the outline of the district and the points of its compounds."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from shapely.geometry import Point, shape

from linli.foundation.places.models import Place

# Degrees, about a kilometre: the outline is generalised, and a compound at the border is no mistake.
TOLERANCE = 0.01
DATA = Path(__file__).resolve().parents[1] / "data"


@cache
def _outlines() -> dict[str, dict[str, Any]]:
    content = json.loads((DATA / "luzhou_boundary.geojson").read_text("utf-8"))
    return {feature["properties"]["code"]: feature for feature in content["features"]}


def outline(district: int) -> dict[str, Any]:
    """GeoJSON of a district's schematic outline; without a feature where none is known."""
    feature = _outlines().get(str(district))
    return {"type": "FeatureCollection", "features": [feature] if feature else []}


@cache
def _shape(code: str) -> Any:
    feature = _outlines().get(code)
    return None if feature is None else shape(feature["geometry"]).buffer(TOLERANCE)


def inside_outline(district: int, lon: float, lat: float) -> bool | None:
    """Whether a position lies in the district; None where no outline is known. The outline is schematic."""
    area = _shape(str(district))
    return None if area is None else bool(area.intersects(Point(lon, lat)))


def points(district: int) -> dict[str, Any]:
    """GeoJSON of the open compounds that have a position: name, public id, code. One statement."""
    rows = (
        Place.objects.of(district)
        .filter(level=Place.Level.COMPOUND, valid_to__isnull=True, longitude__isnull=False)
        .order_by("pinyin", "id")
        .values_list("public_id", "name", "code", "longitude", "latitude")
    )
    features = [
        {
            "type": "Feature",
            "properties": {"public_id": public_id, "name": name, "code": code},
            "geometry": {"type": "Point", "coordinates": [round(lon or 0, 6), round(lat or 0, 6)]},
        }
        for public_id, name, code, lon, lat in rows
    ]
    return {"type": "FeatureCollection", "features": features}
