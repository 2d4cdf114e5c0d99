"""What goes on beside a case: assisting bodies, whistle calls with their ratings, what was told of which clock."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.foundation.bodies.models import Body
from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.work.cases.models.case import Case
from linli.work.cases.rules.whistle import FINAL, SCORES, SIDES, STAGES


class JointTurn(DistrictModel):
    """One assisting body's part in a case: asked, accepted, contributed. The lead stays responsible."""

    case = DistrictForeignKey(Case)
    body = DistrictForeignKey(Body)
    asked_at = models.DateTimeField()
    asked_by = models.BigIntegerField(null=True)
    accepted_at = models.DateTimeField(null=True)
    contributed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # A body assists once at a time.
            models.UniqueConstraint(
                name="cases_joint_open",
                fields=["district", "case", "body"],
                condition=Q(ended_at__isnull=True),
            ),
            # Who has contributed is through with it.
            models.CheckConstraint(
                name="cases_joint_contributed",
                condition=Q(contributed_at__isnull=True) | Q(ended_at__isnull=False),
            ),
        ]
        indexes = [models.Index(name="cases_joint_body", fields=["district", "body", "asked_at"])]


class WhistleCall(DistrictModel):
    """A subdistrict calls a department to a case; its own small flow stands in `rules.whistle`."""

    case = DistrictForeignKey(Case)
    calling_body = DistrictForeignKey(Body)
    department = DistrictForeignKey(Body)
    stage = models.CharField(max_length=10, default="called")
    called_at = models.DateTimeField()
    called_by = models.BigIntegerField(null=True)
    acked_at = models.DateTimeField(null=True)
    visited_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.CheckConstraint(name="cases_whistle_stage", condition=Q(stage__in=STAGES)),
            # One call at a time on a case.
            models.UniqueConstraint(
                name="cases_whistle_open", fields=["district", "case"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="cases_whistle_ended",
                condition=(Q(stage__in=sorted(FINAL)) & Q(ended_at__isnull=False))
                | (~Q(stage__in=sorted(FINAL)) & Q(ended_at__isnull=True)),
            ),
            # Nobody whistles for their own body.
            models.CheckConstraint(
                name="cases_whistle_other", condition=~Q(calling_body=models.F("department"))
            ),
        ]
        indexes = [
            models.Index(name="cases_whistle_case", fields=["district", "case"]),
            models.Index(name="cases_whistle_body", fields=["district", "department", "called_at"]),
        ]


class WhistleRating(DistrictModel):
    """How one side of a whistle call judges the other, once, after it is done. Bodies are rated, never persons."""

    call = DistrictForeignKey(WhistleCall)
    side = models.CharField(max_length=10)
    body = models.BigIntegerField(null=True)
    score = models.SmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_rating_once", fields=["district", "call", "side"]),
            models.CheckConstraint(name="cases_rating_side", condition=Q(side__in=SIDES)),
            models.CheckConstraint(name="cases_rating_score", condition=Q(score__in=list(SCORES))),
        ]


class Told(DistrictModel):
    """Which step of the charter was told of which clock, to whom, for which due moment: told once.

    An extended or handed-on clock has another due moment or another recipient, so its new warnings are new rows.
    """

    clock = models.BigIntegerField()
    step = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    recipient = models.CharField(max_length=120)
    # What a bundled message of the day is counted by; empty for what is told at once.
    queue = models.CharField(max_length=20, blank=True)
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(
                name="cases_told_once", fields=["district", "clock", "step", "due_at", "recipient"]
            ),
        ]
        indexes = [models.Index(name="cases_told_day", fields=["district", "day", "queue", "recipient"])]
