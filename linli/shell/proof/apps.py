"""Loads the probe and the planted defect into web and jobs processes that were started for the kill test."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from linli.shell.proof import planted


class ProofConfig(AppConfig):
    default = True
    name = "linli.shell.proof"
    label = "proof"

    def ready(self) -> None:
        """Refuses every process that was not started for the kill test."""
        if not planted.allowed(settings.LINLI_MODE):
            raise ImproperlyConfigured("linli.shell.proof is loaded for the kill test only.")
        import_module("linli.shell.proof.probe").connect()
        if planted.LEASE:
            outbox = import_module("linli.foundation.core.outbox")
            lease = timedelta(seconds=planted.LEASE)
            outbox.__dict__["LEASE"] = lease
            outbox.claim.__defaults__ = (50, lease)
        if planted.DEFECT:
            import_module("linli.shell.proof.defects").plant(planted.DEFECT)
