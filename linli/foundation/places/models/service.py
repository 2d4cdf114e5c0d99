"""Grids and plates."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.foundation.places.models.parts import Gate, Stairwell
from linli.foundation.places.models.tree import Place


class Grid(DistrictModel):
    """A grid of a community; which compounds it holds is dated in `GridPlace`."""

    public_id = models.CharField(max_length=24)
    community = DistrictForeignKey(Place)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="places_grid_public_id", fields=["district", "public_id"]),
            models.UniqueConstraint(
                name="places_grid_code",
                fields=["district", "community", "code"],
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GridPlace(DistrictModel):
    """A compound in a grid, from a day on. A large compound may belong to several grids."""

    grid = DistrictForeignKey(Grid)
    place = DistrictForeignKey(Place)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(
                name="places_gridplace_open",
                fields=["district", "grid", "place"],
                condition=Q(valid_to__isnull=True),
            ),
        ]
        indexes = [models.Index(name="places_gridplace_place", fields=["district", "place"])]


class Plate(DistrictModel):
    """A QR plate (门牌二维码) on a gate, a stairwell or a compound; its code says nothing about the place.

    `place` is always the compound, so that reading a plate costs one row.
    """

    class Kind(models.TextChoices):
        COMPOUND = "compound", _("Compound")
        GATE = "gate", _("Gate")
        STAIRWELL = "stairwell", _("Stairwell")

    code = models.CharField(max_length=9)
    kind = models.CharField(max_length=10, choices=Kind)
    place = DistrictForeignKey(Place)
    gate = DistrictForeignKey(Gate, null=True)
    stairwell = DistrictForeignKey(Stairwell, null=True)
    # The number on an existing police address plate that this plate is bound to.
    police_code = models.CharField(max_length=40, blank=True)
    issued_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # A code is never given twice, not even after a plate has ended: old prints stay on walls.
            models.UniqueConstraint(name="places_plate_code", fields=["district", "code"]),
            models.UniqueConstraint(
                name="places_plate_police_code",
                fields=["district", "police_code"],
                condition=Q(ended_at__isnull=True) & ~Q(police_code=""),
            ),
            models.CheckConstraint(
                name="places_plate_bound",
                condition=Q(kind="compound", gate__isnull=True, stairwell__isnull=True)
                | Q(kind="gate", gate__isnull=False, stairwell__isnull=True)
                | Q(kind="stairwell", gate__isnull=True, stairwell__isnull=False),
            ),
        ]
        indexes = [models.Index(name="places_plate_place", fields=["district", "place"])]

    def __str__(self) -> str:
        return self.code
