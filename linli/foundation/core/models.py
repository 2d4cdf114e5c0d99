"""Tables of the ground floor's mechanisms. Only core writes them; see each class for its rule."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel

PUBLIC_ID_LENGTH = 12


class District(models.Model):
    """A tenant. `id` is its placement (the 6-digit division code at enrolment, below 2^20), never changed.

    Legal districts are dated rows in the tree of places; this row only says whose data is whose.
    """

    id = models.IntegerField(primary_key=True)
    slug = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    host = models.CharField(max_length=120, blank=True)
    zone = models.CharField(max_length=60, default="Asia/Shanghai")
    charter_file = models.CharField(max_length=60, default="luzhou")
    is_demonstration = models.BooleanField(default=False)
    enrolled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="core_district_fits_id", condition=Q(id__gt=0, id__lt=2**20)),
            # Two districts cannot answer to one host name; an empty one means "by path only".
            models.UniqueConstraint(name="core_district_host", fields=["host"], condition=~Q(host="")),
        ]

    def __str__(self) -> str:
        return self.name_zh


class IdBlock(models.Model):
    """Next free counter per district and name; written only by the allocator in autocommit."""

    pk = models.CompositePrimaryKey("district", "name")
    district = models.IntegerField()
    name = models.CharField(max_length=80)
    next = models.BigIntegerField()


class CharterVersion(DistrictModel):
    """A charter as adopted: its canonical text and digest, in force from a moment on."""

    digest = models.CharField(max_length=64)
    content = models.JSONField()
    valid_from = models.DateTimeField()
    adopted_at = models.DateTimeField()
    adopted_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # Two charters cannot come into force at one moment: which one decides would be chance.
            models.UniqueConstraint(name="core_charter_from", fields=["district", "valid_from"]),
        ]


class CalendarDay(DistrictModel):
    """A day that differs from Monday to Friday: a holiday, a shifted rest day or a make-up working day."""

    class Kind(models.TextChoices):
        OFF = "off", "rest day"
        WORK = "work", "make-up working day"

    day = models.DateField()
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=4, choices=Kind)
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="core_calendar_day", fields=["district", "day"]),
            models.CheckConstraint(name="core_calendar_kind", condition=Q(kind__in=["off", "work"])),
        ]


class CalendarYear(DistrictModel):
    """A year whose days are known. Without this row a deadline into the year is never guessed."""

    year = models.SmallIntegerField()
    source = models.CharField(max_length=200)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="core_calendar_year", fields=["district", "year"]),
        ]


class Event(DistrictModel):
    """One row per action: ids and codes only. Never updated, never deleted (triggers and rights refuse it)."""

    code = models.CharField(max_length=60)
    actor = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=10)
    appointment = models.BigIntegerField(null=True)
    place = models.BigIntegerField(null=True)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    seq = models.IntegerField()
    data = models.JSONField()
    charter = models.CharField(max_length=64)
    at = models.DateTimeField()
    salt = models.BinaryField(max_length=16)
    alg = models.CharField(max_length=10)
    leaf = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # The order of events of one subject is a fact, not a guess from clocks.
            models.UniqueConstraint(
                name="core_event_subject_seq", fields=["district", "subject_type", "subject_id", "seq"]
            ),
        ]
        indexes = [models.Index(name="core_event_at", fields=["district", "at", "id"])]


class Outbox(DistrictModel):
    """Work to be done at least once: a reaction to an event, or a job. Claimed by lease and fencing token."""

    handler = models.CharField(max_length=80)
    event = DistrictForeignKey(Event, null=True)
    payload = models.JSONField(default=dict)
    job_key = models.CharField(max_length=120, null=True)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    token = models.IntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # One reaction per event and handler: a replayed action cannot queue its effect twice.
            models.UniqueConstraint(name="core_outbox_once", fields=["district", "event", "handler"]),
            # A periodic job has one open row per due moment, whoever queues it.
            models.UniqueConstraint(name="core_outbox_job", fields=["district", "job_key"]),
        ]
        indexes = [
            models.Index(
                name="core_outbox_open",
                fields=["district", "due_at"],
                condition=Q(done_at__isnull=True, dead_at__isnull=True),
            )
        ]


class IdempotencyKey(DistrictModel):
    """What was answered to a write: a second send gets the same answer, another body is refused."""

    door = models.CharField(max_length=60)
    key = models.CharField(max_length=80)
    digest = models.BinaryField(max_length=32)
    status = models.SmallIntegerField(null=True)
    reference = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="core_idempotency_once", fields=["district", "door", "key"]),
        ]


class Clock(DistrictModel):
    """A deadline as a row. `next_due` is the moment it breaches unless something happens first."""

    class State(models.TextChoices):
        RUNNING = "running", "running"
        PAUSED = "paused", "paused"
        MET = "met", "met"
        LATE = "late_met", "met late"
        BREACHED = "breached", "breached"
        AWAITING = "awaiting_calendar", "awaiting calendar"
        STOPPED = "stopped", "stopped without judgement"

    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    kind = models.CharField(max_length=30)
    round = models.SmallIntegerField(default=1)
    unit = models.BigIntegerField(null=True)
    amount = models.IntegerField()
    span_unit = models.CharField(max_length=20)
    starts = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    pauses = models.JSONField(default=list)
    extensions = models.JSONField(default=list)
    state = models.CharField(max_length=20, choices=State, default=State.RUNNING)
    next_due = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    # Somebody else's deadline for the same thing: whatever our own rule says, it is due then at the latest.
    latest = models.DateTimeField(null=True)
    charter = models.CharField(max_length=64)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # A deadline fires once: it is one row, and its breach is one column of it.
            models.UniqueConstraint(
                name="core_clock_once", fields=["district", "subject_type", "subject_id", "kind", "round"]
            ),
            models.CheckConstraint(
                name="core_clock_state",
                condition=Q(
                    state__in=[
                        "running",
                        "paused",
                        "met",
                        "late_met",
                        "breached",
                        "awaiting_calendar",
                        "stopped",
                    ]
                ),
            ),
            # A running clock has a due moment; a paused or waiting one has none.
            models.CheckConstraint(
                name="core_clock_due",
                condition=(Q(state="running") & Q(next_due__isnull=False))
                | (Q(state__in=["paused", "awaiting_calendar"]) & Q(next_due__isnull=True))
                | Q(state__in=["met", "late_met", "breached", "stopped"]),
            ),
        ]
        indexes = [
            models.Index(
                name="core_clock_next", fields=["district", "next_due"], condition=Q(state="running")
            ),
            models.Index(
                name="core_clock_waiting", fields=["district", "id"], condition=Q(state="awaiting_calendar")
            ),
        ]


class RateBucket(models.Model):
    """Token bucket of one anonymous or personal door; keys are keyed hashes, never addresses or numbers."""

    pk = models.CompositePrimaryKey("district", "door", "who")
    district = models.IntegerField()
    door = models.CharField(max_length=60)
    who = models.CharField(max_length=44)
    tokens = models.FloatField()
    at = models.DateTimeField()


class SecurityEvent(DistrictModel):
    """What the guard noticed: written after a refusal, in a transaction of its own."""

    code = models.CharField(max_length=60)
    actor = models.BigIntegerField(null=True)
    door = models.CharField(max_length=120, blank=True)
    who = models.CharField(max_length=44, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = DistrictModel.Meta.constraints
        indexes = [models.Index(name="core_security_at", fields=["district", "at", "id"])]


class StoredFile(DistrictModel):
    """A file outside the static folder; its name on disk is random, its digest is verified on restore."""

    public_id = models.CharField(max_length=24)
    name = models.CharField(max_length=80)
    sha256 = models.BinaryField(max_length=32)
    media_type = models.CharField(max_length=80)
    size = models.IntegerField()
    door = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    uploaded_by = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="core_file_public_id", fields=["district", "public_id"]),
            models.CheckConstraint(name="core_file_size", condition=Q(size__gte=0)),
        ]
        indexes = [models.Index(name="core_file_subject", fields=["district", "subject_type", "subject_id"])]


__all__ = [
    "PUBLIC_ID_LENGTH",
    "CalendarDay",
    "CalendarYear",
    "CharterVersion",
    "Clock",
    "District",
    "Event",
    "IdBlock",
    "IdempotencyKey",
    "Outbox",
    "RateBucket",
    "SecurityEvent",
    "StoredFile",
]
