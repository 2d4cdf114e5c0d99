"""What the desk keeps of its own: saved filters."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.foundation.core.db.fields import DistrictModel
from linli.work.cases.rules.desk import MAX_NAME


class SavedFilter(DistrictModel):
    """A filtered list that an appointment calls by a name of its own."""

    public_id = models.CharField(max_length=24)
    appointment = models.BigIntegerField()
    name = models.CharField(max_length=MAX_NAME)
    query = models.CharField(max_length=600)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_saved_public_id", fields=["district", "public_id"]),
            # A name is used once by an appointment, so that a list of names can be read.
            models.UniqueConstraint(
                name="cases_saved_name",
                fields=["district", "appointment", "name"],
                condition=Q(ended_at__isnull=True),
            ),
        ]
