"""Messages out, messages in, and the book of the recording port."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel


class Message(DistrictModel):
    """One message of one event to one recipient. `data` holds ids, codes and masked words, never a number.

    `recipient` is the id of a person, an appointment, a body or a shift by `recipient_kind`. The words are made
    from the charter's template whenever they are needed. Read means: somebody of the office opened it; when and
    who is kept nowhere.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"
        READ = "read", "read"

    class To(models.TextChoices):
        PERSON = "person", "person"
        APPOINTMENT = "appointment", "appointment"
        BODY = "body", "body"
        SHIFT = "shift", "shift on duty"

    public_id = models.CharField(max_length=24)
    event = models.BigIntegerField()
    template = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    recipient_kind = models.CharField(max_length=12, choices=To)
    recipient = models.BigIntegerField()
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    data = models.JSONField(default=dict)
    channel = models.CharField(max_length=30)
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=40, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="messaging_message_public_id", fields=["district", "public_id"]),
            # Reactions run at least once; the same event reaches the same recipient once.
            models.UniqueConstraint(
                name="messaging_message_once",
                fields=["district", "event", "template", "recipient_kind", "recipient"],
            ),
            models.CheckConstraint(
                name="messaging_message_state", condition=Q(state__in=["queued", "sent", "failed", "read"])
            ),
            models.CheckConstraint(
                name="messaging_message_to",
                condition=Q(recipient_kind__in=["person", "appointment", "body", "shift"]),
            ),
            # What was sent has its moment, what failed has its reason.
            models.CheckConstraint(
                name="messaging_message_sent",
                condition=~Q(state__in=["sent", "read"]) | Q(sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="messaging_message_failed", condition=~Q(state="failed") | ~Q(reason="")
            ),
        ]
        indexes = [
            models.Index(
                name="messaging_message_inbox",
                fields=["district", "recipient_kind", "recipient", "-created_at"],
                condition=Q(channel="inbox"),
            ),
            models.Index(
                name="messaging_message_asked",
                fields=["district", "recipient", "-sent_at"],
                condition=Q(recipient_kind="person", state="sent"),
            ),
            models.Index(
                name="messaging_message_queued", fields=["district", "due_at"], condition=Q(state="queued")
            ),
        ]


class Recorded(DistrictModel):
    """What the recording port was given: the words, never the number. One row per message."""

    message = DistrictForeignKey(Message)
    channel = models.CharField(max_length=30)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # A second delivery of the same message changes nothing.
            models.UniqueConstraint(name="messaging_recorded_once", fields=["district", "message"]),
        ]


class InboundMessage(DistrictModel):
    """What came in: an answer to an ask, or masked words that no ask waits for."""

    channel = models.CharField(max_length=30)
    message = DistrictForeignKey(Message, null=True)
    answer = models.SmallIntegerField(null=True)
    text_masked = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # The first answer to an ask counts.
            models.UniqueConstraint(
                name="messaging_inbound_once",
                fields=["district", "message"],
                condition=Q(message__isnull=False),
            ),
            models.CheckConstraint(
                name="messaging_inbound_answer",
                condition=Q(answer__isnull=True) | Q(answer__gte=1, answer__lte=3),
            ),
        ]
