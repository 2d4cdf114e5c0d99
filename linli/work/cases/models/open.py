"""What comes in through the doors of connected systems and what everybody may read. Only this room writes here."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.foundation.people.models import KeptText, Person
from linli.foundation.places.models import Place
from linli.work.cases.models.case import ApiKey, Case

HELD_STATES = ("held", "released", "refused")
HELD_REASONS = ("no_key", "words")


def new_token() -> str:
    """A random name in addresses, of letters and digits only."""
    return secrets.token_urlsafe(15).replace("-", "a").replace("_", "b")


class HeldReport(DistrictModel):
    """A report that waits for the abuse check: masked text, its original and its caller in the vault."""

    public_id = models.CharField(max_length=24, default=new_token)
    api_key = DistrictForeignKey(ApiKey, null=True)
    reason = models.CharField(max_length=12)
    place = DistrictForeignKey(Place)
    kind = models.CharField(max_length=60)
    text = models.TextField()
    answers = models.JSONField(default=dict)
    text_original = DistrictForeignKey(KeptText)
    contact = DistrictForeignKey(Person, null=True)
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    photos = models.JSONField(default=list)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, default="held")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)
    case = DistrictForeignKey(Case, null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_held_public_id", fields=["district", "public_id"]),
            models.CheckConstraint(name="cases_held_state", condition=Q(state__in=HELD_STATES)),
            models.CheckConstraint(name="cases_held_reason", condition=Q(reason__in=HELD_REASONS)),
            # Released means that there is a case; nothing else has one.
            models.CheckConstraint(
                name="cases_held_released",
                condition=(Q(state="released") & Q(case__isnull=False))
                | (~Q(state="released") & Q(case__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(
                name="cases_held_waiting", fields=["district", "received_at", "id"], condition=Q(state="held")
            )
        ]


class PublicCard(DistrictModel):
    """What a clerk approved for everybody to read of one case: a text without names, an answer, pictures."""

    case = DistrictForeignKey(Case)
    text = models.TextField()
    answer = models.TextField(blank=True)
    photos = models.JSONField(default=list)
    approved_at = models.DateTimeField()
    approved_by = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # One card of a case is shown at a time; an earlier one is ended, never changed.
            models.UniqueConstraint(
                name="cases_card_open", fields=["district", "case"], condition=Q(ended_at__isnull=True)
            ),
        ]
