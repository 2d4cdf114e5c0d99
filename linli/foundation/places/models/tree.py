"""The tree of places with its dated codes and names."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel


class PlaceQuerySet(models.QuerySet["Place"]):
    """Filters that every screen shares; each keeps the district in the statement."""

    def of(self, district: int) -> PlaceQuerySet:
        return self.filter(district=district)

    def open_at(self, moment: datetime) -> PlaceQuerySet:
        """Places that exist at a moment: begun and not closed."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=moment), valid_from__lte=moment)

    def under(self, path: str) -> PlaceQuerySet:
        """A place and everything below it."""
        return self.filter(path__startswith=path)


class Place(DistrictModel):
    """A node of the administrative tree: district, subdistrict (or town), community, compound.

    `path` is made of node counters ("1.17.203.") and gives every scope check one prefix. `name` and `code` are
    the current ones of the dated rows beside it; `pinyin` sorts, `search_text` finds (names past and present,
    pinyin, initials, code).
    """

    class Level(models.TextChoices):
        DISTRICT = "district", _("District")
        SUBDISTRICT = "subdistrict", _("Subdistrict")
        COMMUNITY = "community", _("Community")
        COMPOUND = "compound", _("Compound")

    public_id = models.CharField(max_length=24)
    level = models.CharField(max_length=12, choices=Level)
    parent = DistrictForeignKey("self", null=True)
    path = models.CharField(max_length=200)
    name = models.CharField(max_length=80)
    pinyin = models.CharField(max_length=300, blank=True)
    search_text = models.TextField(blank=True)
    code = models.CharField(max_length=16, blank=True)
    # WGS-84 degrees (equal to CGCS2000 at this scale); other systems are converted at the edge.
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="places_place_public_id", fields=["district", "public_id"]),
            models.UniqueConstraint(name="places_place_path", fields=["district", "path"]),
            # Two open places with one code could not be told apart on an order or an import.
            models.UniqueConstraint(
                name="places_place_open_code",
                fields=["district", "code"],
                condition=Q(valid_to__isnull=True) & ~Q(code=""),
            ),
            models.CheckConstraint(
                name="places_place_level",
                condition=Q(level__in=["district", "subdistrict", "community", "compound"]),
            ),
            # Only the root has no parent; a second root would be reached by nobody's scope.
            models.CheckConstraint(
                name="places_place_rooted",
                condition=Q(level="district", parent__isnull=True)
                | (~Q(level="district") & Q(parent__isnull=False)),
            ),
            models.CheckConstraint(
                name="places_place_ends_later",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
            ),
            # A half position would draw a point on the equator.
            models.CheckConstraint(
                name="places_place_position",
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(longitude__gte=-180, longitude__lte=180, latitude__gte=-90, latitude__lte=90),
            ),
        ]
        indexes = [
            models.Index(
                name="places_place_scope",
                fields=["district", "path"],
                opclasses=["int4_ops", "text_pattern_ops"],
            ),
            models.Index(name="places_place_code", fields=["district", "code"]),
            models.Index(name="places_place_list", fields=["district", "level", "pinyin", "id"]),
            models.Index(name="places_place_box", fields=["district", "latitude", "longitude"]),
        ]

    def __str__(self) -> str:
        return self.name


class PlaceCode(DistrictModel):
    """A code that a place carries from a day on. No two periods of one place or of one code overlap (0002)."""

    place = DistrictForeignKey(Place)
    code = models.CharField(max_length=16)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.CheckConstraint(
                name="places_placecode_ends_later",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
            ),
        ]
        indexes = [models.Index(name="places_placecode_code", fields=["district", "code"])]

    def __str__(self) -> str:
        return self.code


class PlaceName(DistrictModel):
    """A name that a place carries from a day on. No two periods of one place overlap (migration 0002)."""

    place = DistrictForeignKey(Place)
    name = models.CharField(max_length=80)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.CheckConstraint(
                name="places_placename_ends_later",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
            ),
        ]
        indexes = [models.Index(name="places_placename_place", fields=["district", "place"])]

    def __str__(self) -> str:
        return self.name
