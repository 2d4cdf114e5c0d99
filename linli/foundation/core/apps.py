"""How a room starts: its `wiring` tells core what it declares, then its reactions and jobs are loaded."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig

from linli.foundation.core.locale import ensure_compiled


class RoomConfig(AppConfig):
    """Base of every room's configuration. Loads `wiring`, `reactions` and `jobs` where the room has them."""

    default = False

    def ready(self) -> None:
        for part in ("wiring", "reactions", "jobs"):
            if find_spec(f"{self.name}.{part}") is not None:
                module = import_module(f"{self.name}.{part}")
                if part == "wiring":
                    module.connect()


class CoreConfig(RoomConfig):
    default = True
    name = "linli.foundation.core"
    label = "core"
    verbose_name = "Core"

    def import_models(self) -> None:
        """Core is the first app: the Chinese is compiled here, because Django reads texts while it makes models."""
        ensure_compiled()
        super().import_models()
