"""What stands in a compound: its file, buildings, stairwells, gates and dwellings. No personal fields."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.foundation.places.models.tree import Place


class CompoundFile(DistrictModel):
    """Facts of one compound (档案). Households and areas are counts of the building, never of persons."""

    class Management(models.TextChoices):
        UNMANAGED = "unmanaged", _("Without management, owners' body or gatekeeper")
        SELF_MANAGED = "self_managed", _("Self-managed")
        PROFESSIONAL = "professional", _("Professional company")

    place = DistrictForeignKey(Place)
    address = models.CharField(max_length=200, blank=True)
    built_year = models.SmallIntegerField(null=True)
    household_count = models.IntegerField(null=True)
    management = models.CharField(max_length=14, choices=Management, blank=True)
    has_lift = models.BooleanField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="places_compoundfile_once", fields=["district", "place"]),
            models.CheckConstraint(
                name="places_compoundfile_kind",
                condition=Q(management__in=["", "unmanaged", "self_managed", "professional"]),
            ),
            # Years outside are typing errors or numbers that a spreadsheet made of dates.
            models.CheckConstraint(
                name="places_compoundfile_year",
                condition=Q(built_year__isnull=True) | Q(built_year__gte=1800, built_year__lte=2200),
            ),
            models.CheckConstraint(
                name="places_compoundfile_count",
                condition=Q(household_count__isnull=True)
                | Q(household_count__gte=0, household_count__lte=100000),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id}"


class Building(DistrictModel):
    """A building; `code` is the three characters of the address code, `name` what people call it."""

    place = DistrictForeignKey(Place)
    code = models.CharField(max_length=3)
    name = models.CharField(max_length=40)
    storeys = models.SmallIntegerField(null=True)
    completed_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="places_building_code", fields=["district", "place", "code"]),
            models.CheckConstraint(
                name="places_building_code_size", condition=Q(code__regex=r"^[0-9A-Z]{3}$")
            ),
            models.CheckConstraint(
                name="places_building_storeys",
                condition=Q(storeys__isnull=True) | Q(storeys__gte=1, storeys__lte=200),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Stairwell(DistrictModel):
    """A stairwell (单元) of a building, two characters."""

    building = DistrictForeignKey(Building)
    code = models.CharField(max_length=2)
    name = models.CharField(max_length=40)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="places_stairwell_code", fields=["district", "building", "code"]),
            models.CheckConstraint(
                name="places_stairwell_code_size", condition=Q(code__regex=r"^[0-9A-Z]{2}$")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Gate(DistrictModel):
    """A gate (小区出入口)."""

    place = DistrictForeignKey(Place)
    name = models.CharField(max_length=40)
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(
                name="places_gate_name",
                fields=["district", "place", "name"],
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Dwelling(DistrictModel):
    """A dwelling as built: number, floor, area. Who lives or owns there is the vault's matter."""

    place = DistrictForeignKey(Place)
    building = DistrictForeignKey(Building)
    stairwell = DistrictForeignKey(Stairwell, null=True)
    code = models.CharField(max_length=4)
    number = models.CharField(max_length=20)
    floor = models.SmallIntegerField(null=True)
    # Hundredths of a square metre: votes by area add up exactly.
    area = models.IntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(
                name="places_dwelling_code",
                fields=["district", "building", "stairwell", "code"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="places_dwelling_code_size", condition=Q(code__regex=r"^[0-9A-Z]{4}$")
            ),
            models.CheckConstraint(
                name="places_dwelling_area",
                condition=Q(area__isnull=True) | Q(area__gt=0, area__lte=100_000_000),
            ),
            models.CheckConstraint(
                name="places_dwelling_floor",
                condition=Q(floor__isnull=True) | Q(floor__gte=-9, floor__lte=200),
            ),
        ]
        indexes = [models.Index(name="places_dwelling_place", fields=["district", "place"])]

    def __str__(self) -> str:
        return self.number
