"""Notices with their frozen content, objections with their answers, the rules library."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from linli.foundation.bodies.models import Body
from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.foundation.notices import rules
from linli.foundation.people.models import KeptText, Person
from linli.foundation.places.models import Place


class Notice(DistrictModel):
    """One version of something shown. From publishing on, its content is frozen (migration 0002 refuses change).

    `last_day` is the last day of showing: one may act on it from the day after. `digest` is SHA-256 over the
    canonical content (`queries.content_of`). `place_path` is the place's path on the day of publishing.
    """

    class Kind(models.TextChoices):
        CONSULTATION = rules.CONSULTATION, "consultation notice"
        ANNOUNCEMENT = rules.ANNOUNCEMENT, "announcement"
        DISCLOSURE = rules.DISCLOSURE, "disclosure"

    class Stage(models.TextChoices):
        DRAFT = rules.DRAFT, "draft"
        RUNNING = rules.RUNNING, "running"
        ENDED = rules.ENDED, "ended"
        WITHDRAWN = rules.WITHDRAWN, "withdrawn"
        SUPERSEDED = rules.SUPERSEDED, "superseded"
        DISCARDED = rules.DISCARDED, "discarded"

    public_id = models.CharField(max_length=24)
    kind = models.CharField(max_length=20, choices=Kind)
    rule = models.CharField(max_length=40)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.DRAFT)
    version = models.SmallIntegerField(default=1)
    corrects = DistrictForeignKey("self", null=True)
    place = DistrictForeignKey(Place)
    place_path = models.CharField(max_length=200)
    body = DistrictForeignKey(Body, null=True)
    body_name = models.CharField(max_length=80)
    appointment = models.BigIntegerField(null=True)
    title = models.CharField(max_length=rules.TITLE_MOST)
    text = models.TextField()
    basis = models.CharField(max_length=300, blank=True)
    personal_basis = models.CharField(max_length=300, blank=True)
    shown_amount = models.SmallIntegerField()
    shown_unit = models.CharField(max_length=20)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    objections_until = models.DateField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    proved_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=rules.REASON_MOST, blank=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="notices_notice_public_id", fields=["district", "public_id"]),
            # A version is corrected by one other version, or nobody could say which one holds.
            models.UniqueConstraint(
                name="notices_notice_corrects",
                fields=["district", "corrects"],
                condition=Q(corrects__isnull=False) & ~Q(stage=rules.DISCARDED),
            ),
            models.CheckConstraint(name="notices_notice_kind", condition=Q(kind__in=rules.KINDS)),
            models.CheckConstraint(name="notices_notice_stage", condition=Q(stage__in=rules.STAGES)),
            # What has been shown has days and a digest; what has not, has none.
            models.CheckConstraint(
                name="notices_notice_shown",
                condition=Q(stage__in=[rules.DRAFT, rules.DISCARDED], published_at__isnull=True, digest="")
                | Q(
                    stage__in=rules.PUBLIC_STAGES,
                    published_at__isnull=False,
                    first_day__isnull=False,
                    last_day__gte=F("first_day"),
                    digest__regex="^[0-9a-f]{64}$",
                ),
            ),
            # Objections belong to consultation notices only.
            models.CheckConstraint(
                name="notices_notice_objections",
                condition=Q(objections_until__isnull=True) | Q(kind=rules.CONSULTATION),
            ),
            # A withdrawal says why.
            models.CheckConstraint(
                name="notices_notice_reason",
                condition=(Q(stage=rules.WITHDRAWN) & ~Q(withdrawn_reason=""))
                | (~Q(stage=rules.WITHDRAWN) & Q(withdrawn_reason="")),
            ),
        ]
        indexes = [
            models.Index(name="notices_notice_newest", fields=["district", "published_at", "id"]),
            models.Index(name="notices_notice_place", fields=["district", "place_path"], opclasses=["int4_ops", "text_pattern_ops"]),
            models.Index(name="notices_notice_running", fields=["district", "last_day"], condition=Q(stage=rules.RUNNING)),
            models.Index(name="notices_notice_subject", fields=["district", "subject_type", "subject_id"]),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class Objection(DistrictModel):
    """What somebody says against a consultation notice: masked here, the original in the vault. It is answered.

    `public_id` is known to the person who objected and opens the answer.
    """

    public_id = models.CharField(max_length=24)
    notice = DistrictForeignKey(Notice)
    text = models.TextField()
    kept = DistrictForeignKey(KeptText, null=True)
    person = DistrictForeignKey(Person, null=True)
    at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="notices_objection_public_id", fields=["district", "public_id"]),
            models.CheckConstraint(
                name="notices_objection_answer",
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(name="notices_objection_notice", fields=["district", "notice", "at"]),
            models.Index(
                name="notices_objection_open",
                fields=["district", "at"],
                condition=Q(answered_at__isnull=True),
            ),
        ]


class RuleText(DistrictModel):
    """A rule of the rules library (制度库): a document with number and dates. Ended rules stay readable."""

    public_id = models.CharField(max_length=24)
    number = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    issuer = models.CharField(max_length=120)
    source = models.CharField(max_length=300, blank=True)
    dated = models.DateField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    filed_at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="notices_ruletext_public_id", fields=["district", "public_id"]),
            # One document is filed once; a new edition has a later beginning.
            models.UniqueConstraint(
                name="notices_ruletext_once", fields=["district", "number", "title", "valid_from"]
            ),
            models.CheckConstraint(
                name="notices_ruletext_dates",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class RuleBasis(DistrictModel):
    """A charter key that a rule is the basis of."""

    rule = DistrictForeignKey(RuleText)
    charter_key = models.CharField(max_length=120)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(
                name="notices_rulebasis_once", fields=["district", "rule", "charter_key"]
            ),
        ]
        indexes = [models.Index(name="notices_rulebasis_key", fields=["district", "charter_key"])]
