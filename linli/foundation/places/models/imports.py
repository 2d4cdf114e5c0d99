"""Imports of spreadsheets, between their steps and afterwards."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.foundation.core.models import StoredFile


class ImportRun(DistrictModel):
    """One uploaded list: file, mapping, counts, error file. The same file and mapping is imported once."""

    class Kind(models.TextChoices):
        COMPOUNDS = "compounds", _("Compounds")
        BUILDINGS = "buildings", _("Buildings")
        DWELLINGS = "dwellings", _("Dwellings")

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded, columns not yet confirmed")
        MAPPED = "mapped", _("Columns confirmed, not yet imported")
        DONE = "done", _("Rows imported")

    public_id = models.CharField(max_length=24)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State)
    file = DistrictForeignKey(StoredFile)
    errors = DistrictForeignKey(StoredFile, null=True)
    # SHA-256 over kind, file and mapping: the second import of the same list finds the first.
    digest = models.CharField(max_length=64, blank=True)
    mapping = models.JSONField(default=dict)
    rows = models.IntegerField(default=0)
    good = models.IntegerField(default=0)
    bad = models.IntegerField(default=0)
    created = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    scope = models.CharField(max_length=200, blank=True)
    started_by = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="places_importrun_public_id", fields=["district", "public_id"]),
            models.CheckConstraint(
                name="places_importrun_done",
                condition=(Q(state="done") & Q(finished_at__isnull=False))
                | (Q(state__in=["uploaded", "mapped"]) & Q(finished_at__isnull=True)),
            ),
        ]
        indexes = [models.Index(name="places_importrun_digest", fields=["district", "digest"])]
