"""Tables of places."""

from linli.foundation.places.models.imports import ImportRun
from linli.foundation.places.models.parts import Building, CompoundFile, Dwelling, Gate, Stairwell
from linli.foundation.places.models.service import Grid, GridPlace, Plate
from linli.foundation.places.models.tree import Place, PlaceCode, PlaceName, PlaceQuerySet

__all__ = [
    "Building",
    "CompoundFile",
    "Dwelling",
    "Gate",
    "Grid",
    "GridPlace",
    "ImportRun",
    "Place",
    "PlaceCode",
    "PlaceName",
    "PlaceQuerySet",
    "Plate",
    "Stairwell",
]
