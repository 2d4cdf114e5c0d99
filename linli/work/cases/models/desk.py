"""What the desk keeps of its own: saved filters, bulk dispatches, exports, answer templates, knowledge."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.foundation.bodies.models import Body
from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.foundation.core.models import StoredFile
from linli.work.cases.models.case import Case
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


class BulkRun(DistrictModel):
    """Several cases given to one body by one click; each is dispatched in a transaction of its own."""

    public_id = models.CharField(max_length=24)
    grant = models.BigIntegerField()
    appointment = models.BigIntegerField()
    body = DistrictForeignKey(Body)
    kind = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_bulk_public_id", fields=["district", "public_id"]),
        ]


BULK_OUTCOMES = ("waiting", "done", "refused")


class BulkRow(DistrictModel):
    """One case of a bulk dispatch and what became of it."""

    run = DistrictForeignKey(BulkRun)
    case = DistrictForeignKey(Case)
    outcome = models.CharField(max_length=10, default="waiting")
    reason = models.CharField(max_length=60, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_bulk_once", fields=["district", "run", "case"]),
            models.CheckConstraint(name="cases_bulk_outcome", condition=Q(outcome__in=BULK_OUTCOMES)),
            # What is decided has its moment.
            models.CheckConstraint(
                name="cases_bulk_decided",
                condition=Q(outcome="waiting", done_at__isnull=True)
                | (~Q(outcome="waiting") & Q(done_at__isnull=False)),
            ),
        ]


class ExportRun(DistrictModel):
    """A filtered list as a spreadsheet: who, which filter, how many rows, and the file while it waits."""

    public_id = models.CharField(max_length=24)
    grant = models.BigIntegerField()
    appointment = models.BigIntegerField()
    query = models.CharField(max_length=600, blank=True)
    language = models.CharField(max_length=10)
    rows = models.IntegerField(null=True)
    file = DistrictForeignKey(StoredFile, null=True)
    until = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_export_public_id", fields=["district", "public_id"]),
        ]
        indexes = [models.Index(name="cases_export_own", fields=["district", "appointment", "at"])]


class AnswerTemplate(DistrictModel):
    """Words to begin an answer with, for kinds and stages; a changed template is a new row."""

    public_id = models.CharField(max_length=24)
    title = models.CharField(max_length=40)
    text = models.TextField()
    kinds = models.JSONField(default=list)
    stage = models.CharField(max_length=24, blank=True)
    at = models.DateTimeField()
    by = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_template_public_id", fields=["district", "public_id"]),
            models.UniqueConstraint(
                name="cases_template_title", fields=["district", "title"], condition=Q(ended_at__isnull=True)
            ),
        ]


class KnowledgeItem(DistrictModel):
    """What is told to a caller who asks: title, text, kinds, valid until a day; a changed item is a new row."""

    public_id = models.CharField(max_length=24)
    title = models.CharField(max_length=60)
    text = models.TextField()
    kinds = models.JSONField(default=list)
    source = models.CharField(max_length=200, blank=True)
    valid_until = models.DateField(null=True)
    words = models.TextField()
    at = models.DateTimeField()
    by = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_knowledge_public_id", fields=["district", "public_id"]),
            models.UniqueConstraint(
                name="cases_knowledge_title", fields=["district", "title"], condition=Q(ended_at__isnull=True)
            ),
        ]
