"""Distances and coordinate systems. Pure.

Stored positions are WGS-84 degrees. Chinese web maps use GCJ-02; the conversion is done at the edge, with the
published approximation (error of the inverse below 1e-6 degrees, a tenth of a metre).
"""

from __future__ import annotations

import math

EARTH_METRES = 6_371_008.8
_A = 6_378_245.0
_EE = 0.00669342162296594323


def distance(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres between two positions (haversine)."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((p2 - p1) / 2) ** 2
    half += math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(half)))


def box(lon: float, lat: float, metres: float) -> tuple[float, float, float, float]:
    """(west, south, east, north) of the square that holds a circle."""
    high = math.degrees(metres / EARTH_METRES)
    wide = high / max(0.01, math.cos(math.radians(lat)))
    return lon - wide, lat - high, lon + wide, lat + high


def is_position(lon: float, lat: float) -> bool:
    """Whether two numbers are degrees at all."""
    return math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90


def outside_china(lon: float, lat: float) -> bool:
    """Outside the rectangle in which GCJ-02 differs from WGS-84."""
    return not (72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271)


def _shift(lon: float, lat: float) -> tuple[float, float]:
    x, y = lon - 105.0, lat - 35.0
    root = math.sqrt(abs(x))
    waves = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    dlat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    dlat += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    dlat += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    dlon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    dlon += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    dlon += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    rad = math.radians(lat)
    magic = 1 - _EE * math.sin(rad) ** 2
    dlat = dlat * 180.0 / ((_A * (1 - _EE)) / (magic * math.sqrt(magic)) * math.pi)
    dlon = dlon * 180.0 / (_A / math.sqrt(magic) * math.cos(rad) * math.pi)
    return dlon, dlat


def to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """WGS-84 to GCJ-02."""
    if outside_china(lon, lat):
        return lon, lat
    dlon, dlat = _shift(lon, lat)
    return lon + dlon, lat + dlat


def to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """GCJ-02 to WGS-84, by four rounds of correction."""
    if outside_china(lon, lat):
        return lon, lat
    x, y = lon, lat
    for _ in range(4):
        gx, gy = to_gcj02(x, y)
        x, y = x + lon - gx, y + lat - gy
    return x, y
