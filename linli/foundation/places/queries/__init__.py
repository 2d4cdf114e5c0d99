"""Reads of places for screens, API and upper rooms."""

from linli.foundation.places.access import in_scope, visible_to
from linli.foundation.places.queries.files import (
    CompoundFacts,
    compound_facts,
    grids_of,
    plates_of,
)
from linli.foundation.places.queries.lists import Listing, listing
from linli.foundation.places.queries.maps import inside_outline, outline, points
from linli.foundation.places.queries.tree import (
    Near,
    PlaceKey,
    ancestors,
    by_code,
    by_path,
    by_plate,
    children,
    community_of,
    is_open,
    key_of,
    matching,
    nearest,
    place,
    root,
    search,
)

__all__ = [
    "CompoundFacts",
    "Listing",
    "Near",
    "PlaceKey",
    "ancestors",
    "by_code",
    "by_path",
    "by_plate",
    "children",
    "community_of",
    "compound_facts",
    "grids_of",
    "in_scope",
    "inside_outline",
    "is_open",
    "key_of",
    "listing",
    "matching",
    "nearest",
    "outline",
    "place",
    "plates_of",
    "points",
    "root",
    "search",
    "visible_to",
]
