"""Importing lists of compounds, buildings and dwellings: upload, choose columns, preview, import, error file."""

from linli.foundation.places.actions.imports.check import Checked, RowProblem
from linli.foundation.places.actions.imports.run import (
    Preview,
    begin_import,
    error_file,
    import_compounds,
    import_file,
    import_list,
    import_run,
    preview,
    save_mapping,
)

__all__ = [
    "Checked",
    "Preview",
    "RowProblem",
    "begin_import",
    "error_file",
    "import_compounds",
    "import_file",
    "import_list",
    "import_run",
    "preview",
    "save_mapping",
]
