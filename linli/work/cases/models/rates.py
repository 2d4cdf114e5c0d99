"""Exclusions from the base of the rates, frozen periods, samples heard again. Only this room's actions write them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.foundation.people.models import KeptText
from linli.work.cases.models.case import Case

DIMENSIONS = ("district", "subdistrict", "community", "compound", "body", "kind", "channel", "line")
PURPOSES = ("no_contact", "heard_again")
RESULTS = ("", "confirmed", "differs", "not_possible")


class Exclusion(DistrictModel):
    """A case taken out of the base for a reason of the charter: one body proposes, another approves."""

    public_id = models.CharField(max_length=24)
    case = DistrictForeignKey(Case)
    reason = models.CharField(max_length=40)
    text = models.TextField()
    text_original = DistrictForeignKey(KeptText, null=True)
    proposed_at = models.DateTimeField()
    proposed_body = models.BigIntegerField()
    proposed_by = models.BigIntegerField()
    approved_at = models.DateTimeField(null=True)
    approved_body = models.BigIntegerField(null=True)
    approved_by = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_body = models.BigIntegerField(null=True)
    withdrawn_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_exclusion_public_id", fields=["district", "public_id"]),
            # A case is proposed or excluded once at a time.
            models.UniqueConstraint(
                name="cases_exclusion_open",
                fields=["district", "case"],
                condition=Q(withdrawn_at__isnull=True),
            ),
            # Nobody approves what their own body proposed, and never the same office.
            models.CheckConstraint(
                name="cases_exclusion_two",
                condition=Q(approved_at__isnull=True, approved_body__isnull=True, approved_by__isnull=True)
                | (
                    Q(approved_at__isnull=False, approved_body__isnull=False, approved_by__isnull=False)
                    & ~Q(approved_body=F("proposed_body"))
                    & ~Q(approved_by=F("proposed_by"))
                    & Q(approved_at__gte=F("proposed_at"))
                ),
            ),
        ]
        indexes = [
            models.Index(
                name="cases_exclusion_waiting",
                fields=["district", "proposed_at", "id"],
                condition=Q(approved_at__isnull=True, withdrawn_at__isnull=True),
            )
        ]


class RatePeriod(DistrictModel):
    """A month whose figures are frozen, with the charter they were judged by. Never changed (0003): a correction is
    a new row that names the old one."""

    name = models.CharField(max_length=10)
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    as_of = models.DateTimeField()
    # A correction judges by the facts of the first freeze and lets in what was left out since.
    excluded_as_of = models.DateTimeField()
    frozen_at = models.DateTimeField()
    charter = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    cases = models.IntegerField()
    corrects = DistrictForeignKey("self", null=True)
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # A period is frozen once; a correction replaces one row, and one row is replaced once.
            models.UniqueConstraint(
                name="cases_rateperiod_first", fields=["district", "name"], condition=Q(corrects__isnull=True)
            ),
            models.UniqueConstraint(
                name="cases_rateperiod_corrects",
                fields=["district", "corrects"],
                condition=Q(corrects__isnull=False),
            ),
            models.CheckConstraint(
                name="cases_rateperiod_edges", condition=Q(starts__lt=F("ends"), ends__lte=F("as_of"))
            ),
            models.CheckConstraint(
                name="cases_rateperiod_reason",
                condition=Q(corrects__isnull=True, reason="") | (Q(corrects__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RateRow(DistrictModel):
    """One cell of a frozen period: the whole numbers of a place, body, kind, channel or complaint number."""

    period = DistrictForeignKey(RatePeriod)
    dimension = models.CharField(max_length=12)
    key = models.CharField(max_length=60, blank=True)
    base = models.IntegerField()
    responded = models.IntegerField()
    on_time = models.IntegerField()
    judged = models.IntegerField()
    late = models.IntegerField()
    solved = models.IntegerField()
    satisfied = models.IntegerField()
    no_contact = models.IntegerField()
    unreached = models.IntegerField()
    awaiting = models.IntegerField()
    by_time = models.IntegerField()
    withdrawn = models.IntegerField()
    excluded = models.IntegerField()
    parked = models.IntegerField()
    merged = models.IntegerField()
    at_intake = models.IntegerField()
    not_due = models.IntegerField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(
                name="cases_raterow_once", fields=["district", "period", "dimension", "key"]
            ),
            models.CheckConstraint(name="cases_raterow_dimension", condition=Q(dimension__in=DIMENSIONS)),
            # What is not judged is told apart from what is: the parts are the whole.
            models.CheckConstraint(
                name="cases_raterow_parts",
                condition=Q(
                    base=F("judged")
                    + F("late")
                    + F("no_contact")
                    + F("unreached")
                    + F("awaiting")
                    + F("by_time")
                    + F("withdrawn")
                ),
            ),
        ]


class SampleDraw(DistrictModel):
    """A lot drawn among the cases that ended in a month: the seed and the rule let anybody draw it again."""

    period = models.CharField(max_length=10)
    purpose = models.CharField(max_length=12)
    seed = models.CharField(max_length=64)
    population = models.IntegerField()
    percent = models.SmallIntegerField()
    size = models.IntegerField()
    drawn_at = models.DateTimeField()
    charter = models.CharField(max_length=64)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_sampledraw_once", fields=["district", "period", "purpose"]),
            models.CheckConstraint(name="cases_sampledraw_purpose", condition=Q(purpose__in=PURPOSES)),
        ]


class Sample(DistrictModel):
    """A drawn case: asked again, or looked at, by another body than the one that recorded or asked first."""

    public_id = models.CharField(max_length=24)
    draw = DistrictForeignKey(SampleDraw)
    case = DistrictForeignKey(Case)
    position = models.IntegerField()
    result = models.CharField(max_length=12, blank=True)
    checked_at = models.DateTimeField(null=True)
    checked_body = models.BigIntegerField(null=True)
    checked_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_sample_public_id", fields=["district", "public_id"]),
            models.UniqueConstraint(name="cases_sample_once", fields=["district", "draw", "case"]),
            models.CheckConstraint(
                name="cases_sample_result",
                condition=Q(result="", checked_at__isnull=True)
                | (Q(result__in=RESULTS[1:], checked_at__isnull=False, checked_body__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                name="cases_sample_open", fields=["district", "id"], condition=Q(checked_at__isnull=True)
            )
        ]
