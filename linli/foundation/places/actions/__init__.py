"""Writes of places: one function per verb, each records one event."""

from linli.foundation.places.actions.divisions import Loaded, load_divisions
from linli.foundation.places.actions.imports import (
    begin_import,
    error_file,
    import_compounds,
    import_file,
    import_list,
    import_run,
    preview,
    save_mapping,
)
from linli.foundation.places.actions.parts import (
    DwellingRow,
    add_building,
    add_dwellings,
    add_gate,
    add_gates,
    add_stairwell,
    add_stairwells,
    set_facts,
)
from linli.foundation.places.actions.service import end_plate, issue_plate, issue_plates, make_grid
from linli.foundation.places.actions.tree import add_place, close_place, recode_place, rename_place

__all__ = [
    "DwellingRow",
    "Loaded",
    "add_building",
    "add_dwellings",
    "add_gate",
    "add_gates",
    "add_place",
    "add_stairwell",
    "add_stairwells",
    "begin_import",
    "close_place",
    "end_plate",
    "error_file",
    "import_compounds",
    "import_file",
    "import_list",
    "import_run",
    "issue_plate",
    "issue_plates",
    "load_divisions",
    "make_grid",
    "preview",
    "recode_place",
    "rename_place",
    "save_mapping",
    "set_facts",
]
