"""The tree of places and what stands in a compound."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel


class Place(DistrictModel):
    """A node of the administrative tree: district, subdistrict (or town), community, compound.

    `path` is made of node counters ("1.17.203.") and gives every scope check one prefix; codes and names are
    dated rows beside it, because they change when communities are split or merged and the id does not.
    """

    class Level(models.TextChoices):
        DISTRICT = "district", "district"
        SUBDISTRICT = "subdistrict", "subdistrict"
        COMMUNITY = "community", "community"
        COMPOUND = "compound", "compound"

    public_id = models.CharField(max_length=24)
    level = models.CharField(max_length=12, choices=Level)
    parent = DistrictForeignKey("self", null=True)
    path = models.CharField(max_length=200)
    name = models.CharField(max_length=80)
    pinyin = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=16, blank=True)
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="places_place_public_id", fields=["district", "public_id"]),
            models.UniqueConstraint(name="places_place_path", fields=["district", "path"]),
            models.CheckConstraint(
                name="places_place_level", condition=Q(level__in=["district", "subdistrict", "community", "compound"])
            ),
        ]
        indexes = [
            models.Index(name="places_place_scope", fields=["district", "path"], opclasses=["int4_ops", "text_pattern_ops"]),
            models.Index(name="places_place_code", fields=["district", "code"]),
        ]

    def __str__(self) -> str:
        return self.name
