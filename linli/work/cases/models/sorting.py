"""What sorts cases: answers to a kind's questions, supporters, links, the suggester. Only this room's actions write."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.foundation.people.models import KeptText, Person
from linli.work.cases.models.case import Case

LINKS = ("merged", "split", "related")


class Answer(DistrictModel):
    """The answer to one question of the case's kind: an option's code, a number, or masked words."""

    case = DistrictForeignKey(Case)
    question = models.CharField(max_length=40)
    value = models.CharField(max_length=240)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_answer_once", fields=["district", "case", "question"]),
        ]


class Supporter(DistrictModel):
    """Somebody else with the same matter: follows it under an own code; the first caller judges.

    `merged_from` is the case whose caller became a supporter when staff merged it; undoing ends the row.
    """

    public_id = models.CharField(max_length=24)
    case = DistrictForeignKey(Case)
    contact = DistrictForeignKey(Person, null=True)
    channel = models.CharField(max_length=12)
    text = models.TextField(blank=True)
    text_original = DistrictForeignKey(KeptText, null=True)
    merged_from = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_supporter_public_id", fields=["district", "public_id"]),
            models.UniqueConstraint(
                name="cases_supporter_merged",
                fields=["district", "merged_from"],
                condition=Q(merged_from__isnull=False, ended_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(name="cases_supporter_case", fields=["district", "case", "at"]),
            models.Index(
                name="cases_supporter_contact",
                fields=["district", "contact"],
                condition=Q(contact__isnull=False),
            ),
        ]


class Link(DistrictModel):
    """Two cases that belong together: the later one merged into the earlier, split off it, or related."""

    kind = models.CharField(max_length=8)
    case = DistrictForeignKey(Case)
    other = DistrictForeignKey(Case)
    at = models.DateTimeField()
    by = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.CheckConstraint(name="cases_link_kind", condition=Q(kind__in=LINKS)),
            models.CheckConstraint(name="cases_link_two", condition=~Q(case=F("other"))),
            models.UniqueConstraint(
                name="cases_link_open",
                fields=["district", "kind", "case", "other"],
                condition=Q(ended_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(name="cases_link_case", fields=["district", "case"]),
            models.Index(name="cases_link_other", fields=["district", "other"]),
        ]


class Suggester(DistrictModel):
    """What was learnt from closed cases at one moment: weights of hashed pieces of text, no text."""

    trained_at = models.DateTimeField()
    first_received = models.DateTimeField()
    last_received = models.DateTimeField()
    charter_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    cases = models.IntegerField()
    labels = models.JSONField()
    weights = models.BinaryField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_suggester_moment", fields=["district", "trained_at"]),
        ]


class Proposal(DistrictModel):
    """What the suggester proposed for a case when it came in; compared with what people decided."""

    case = DistrictForeignKey(Case)
    suggester = DistrictForeignKey(Suggester)
    kind = models.CharField(max_length=60, blank=True)
    kind_share = models.SmallIntegerField(default=0)
    body_kind = models.CharField(max_length=40, blank=True)
    body_share = models.SmallIntegerField(default=0)
    urgency = models.CharField(max_length=4, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_proposal_once", fields=["district", "case"]),
        ]
