"""A case, who handled it, what holds it, what was said. Only this room's actions write these tables."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q

from linli.foundation.bodies.models import Body
from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.foundation.people.models import KeptText, Person
from linli.foundation.places.models import Place
from linli.work.cases.rules.flow import FINAL, HOLDS, STAGES
from linli.work.cases.rules.judging import RATINGS
from linli.work.cases.rules.levels import LEVELS

CHANNELS = ("public", "hotline", "staff", "paper", "open311", "import", "city")
# The three published complaint numbers; empty when none of them was used.
LINES = ("", "district", "subdistrict", "community")
REQUEST_KINDS = ("question", "help", "complaint", "misconduct", "suggestion", "praise")
CLASSES = ("P0", "P1", "P2", "P3", "PM")


class Case(DistrictModel):
    """One matter of one caller. `stage` moves by the flow's table only; `next_due` mirrors its open clocks."""

    public_id = models.CharField(max_length=24)
    number = models.CharField(max_length=14)
    channel = models.CharField(max_length=12)
    line = models.CharField(max_length=12, blank=True)
    kind_of_request = models.CharField(max_length=12)
    kind = models.CharField(max_length=60)
    case_class = models.CharField(max_length=4)
    stage = models.CharField(max_length=24, default="received")
    level = models.CharField(max_length=12, default="compound")
    place = DistrictForeignKey(Place)
    spot = models.CharField(max_length=20, blank=True)
    spot_id = models.BigIntegerField(null=True)
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    text = models.TextField()
    text_original = DistrictForeignKey(KeptText, null=True)
    contact = DistrictForeignKey(Person, null=True)
    first_receiver = models.BigIntegerField(null=True)
    handling_body = DistrictForeignKey(Body, null=True)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    next_due = models.DateTimeField(null=True)
    due_kind = models.CharField(max_length=20, blank=True)
    promised_at = models.DateTimeField(null=True)
    awaits_calendar = models.BooleanField(default=False)
    reopened = models.SmallIntegerField(default=0)
    ruled = models.BooleanField(default=False)
    urged = models.SmallIntegerField(default=0)
    solved = models.CharField(max_length=3, blank=True)
    rating = models.CharField(max_length=20, blank=True)
    judged_by = models.CharField(max_length=10, blank=True)
    not_judged_reason = models.CharField(max_length=20, blank=True)
    outside_number = models.CharField(max_length=40, blank=True)
    privacy_notice = models.CharField(max_length=20, blank=True)
    seq = models.IntegerField(default=1)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_case_public_id", fields=["district", "public_id"]),
            models.UniqueConstraint(name="cases_case_number", fields=["district", "number"]),
            # The same number of an outside hotline updates its case, it never makes a second one.
            models.UniqueConstraint(
                name="cases_case_outside",
                fields=["district", "channel", "outside_number"],
                condition=~Q(outside_number=""),
            ),
            models.CheckConstraint(name="cases_case_stage", condition=Q(stage__in=STAGES)),
            models.CheckConstraint(name="cases_case_channel", condition=Q(channel__in=CHANNELS)),
            models.CheckConstraint(name="cases_case_line", condition=Q(line__in=LINES)),
            models.CheckConstraint(name="cases_case_request", condition=Q(kind_of_request__in=REQUEST_KINDS)),
            models.CheckConstraint(name="cases_case_class", condition=Q(case_class__in=CLASSES)),
            models.CheckConstraint(name="cases_case_level", condition=Q(level__in=LEVELS)),
            # From dispatch to answer somebody is responsible.
            models.CheckConstraint(
                name="cases_case_handled",
                condition=~Q(
                    stage__in=["dispatched", "signed", "contacted", "handling", "submitted", "callback"]
                )
                | Q(handling_body__isnull=False),
            ),
            # An ended case has its moment, an open one has none.
            models.CheckConstraint(
                name="cases_case_ended",
                condition=(Q(stage__in=sorted(FINAL)) & Q(ended_at__isnull=False))
                | (~Q(stage__in=sorted(FINAL)) & Q(ended_at__isnull=True)),
            ),
            # Closed means judged by the caller or by call-back; the handler has no way to it.
            models.CheckConstraint(
                name="cases_case_judged",
                condition=~Q(stage="closed")
                | (Q(solved__in=["yes", "no"]) & Q(judged_by__in=["caller", "callback"])),
            ),
            models.CheckConstraint(name="cases_case_rating", condition=Q(rating__in=["", *RATINGS])),
            models.CheckConstraint(
                name="cases_case_received", condition=Q(received_at__lte=models.F("recorded_at"))
            ),
        ]
        indexes = [
            models.Index(name="cases_case_list", fields=["district", "received_at", "id"]),
            models.Index(name="cases_case_place", fields=["district", "place", "received_at"]),
            models.Index(
                name="cases_case_due",
                fields=["district", "next_due", "id"],
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(
                name="cases_case_body",
                fields=["district", "handling_body"],
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CaseHold(DistrictModel):
    """Something that coexists with a stage until it is ruled on or over: a return asked for, a case parked.

    `amount` and `unit` are the extension that was asked for; `round` the round of the finish clock it was asked in; `approver` the appointment that decided.
    """

    case = DistrictForeignKey(Case)
    kind = models.CharField(max_length=20)
    opened_at = models.DateTimeField()
    opened_by = models.BigIntegerField(null=True)
    body = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=40)
    amount = models.SmallIntegerField(null=True)
    unit = models.CharField(max_length=20, blank=True)
    round = models.SmallIntegerField(null=True)
    approver = models.BigIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    # Until when a case is, or is asked to be, parked: out of the base of the rates; its review is due then.
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.CheckConstraint(name="cases_hold_kind", condition=Q(kind__in=HOLDS)),
            # A case is held once for one thing.
            models.UniqueConstraint(
                name="cases_hold_open",
                fields=["district", "case", "kind"],
                condition=Q(closed_at__isnull=True),
            ),
            # What is parked has its review date and who approved it, or the system's word for it.
            models.CheckConstraint(
                name="cases_hold_until",
                condition=~Q(kind__in=["park_asked", "parked"]) | Q(until__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="cases_hold_review",
                fields=["district", "until"],
                condition=Q(closed_at__isnull=True, kind="parked"),
            )
        ]


class Assignment(DistrictModel):
    """One body's turn with a case: from dispatch to its end, return, recall, climb, merger or transfer."""

    case = DistrictForeignKey(Case)
    body = DistrictForeignKey(Body)
    dispatched_at = models.DateTimeField()
    dispatched_by = models.BigIntegerField(null=True)
    return_until = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # One body is responsible at a time.
            models.UniqueConstraint(
                name="cases_assignment_open", fields=["district", "case"], condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes = [models.Index(name="cases_assignment_body", fields=["district", "body", "dispatched_at"])]


class Entry(DistrictModel):
    """Something said on a case, masked; the words as written are in the vault. `public` ones the caller reads."""

    case = DistrictForeignKey(Case)
    event = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    text = models.TextField()
    text_original = DistrictForeignKey(KeptText, null=True)
    body = models.BigIntegerField(null=True)
    public = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_entry_event", fields=["district", "event"]),
        ]
        indexes = [models.Index(name="cases_entry_case", fields=["district", "case", "at"])]


class CallbackTry(DistrictModel):
    """One attempt to reach the caller: three on two days before it is given up."""

    case = DistrictForeignKey(Case)
    body = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    reached = models.BooleanField()

    class Meta:
        constraints = DistrictModel.Meta.constraints
        indexes = [models.Index(name="cases_try_case", fields=["district", "case", "at"])]


class ImportRun(DistrictModel):
    """One import of a hotline's sheet: what became cases and what is in the error file."""

    digest = models.CharField(max_length=64)
    rows = models.IntegerField()
    imported = models.IntegerField()
    repeated = models.IntegerField()
    refused = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = DistrictModel.Meta.constraints


SCOPES = ("read_public", "report")


def new_key_name() -> str:
    """A key's random name in addresses."""
    return secrets.token_hex(8)


class ApiKey(DistrictModel):
    """A key of an outside system: only its digest is stored; the secret is shown once. `scopes` are words."""

    public_id = models.CharField(max_length=24, default=new_key_name)
    label = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    scopes = models.CharField(max_length=60, default=" ".join(SCOPES))
    created_at = models.DateTimeField()
    created_by = models.BigIntegerField(null=True)
    last_used_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_api_key_digest", fields=["district", "digest"]),
            models.UniqueConstraint(name="cases_api_key_public_id", fields=["district", "public_id"]),
        ]
