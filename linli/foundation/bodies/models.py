"""Bodies and where they work, appointments, duty lists, duty rosters."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from linli.foundation.bodies import rules
from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.foundation.people.models import Person
from linli.foundation.places.models import Place


class Body(DistrictModel):
    """An organisation. `place` is its seat and the reach of its own office; the places it serves are rows."""

    public_id = models.CharField(max_length=24)
    kind = models.CharField(max_length=40)
    level = models.CharField(max_length=12)
    name = models.CharField(max_length=80)
    place = DistrictForeignKey(Place)
    uscc = models.CharField(max_length=18, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="bodies_body_public_id", fields=["district", "public_id"]),
            # One open body per kind, name and seat: a second one would be a double entry.
            models.UniqueConstraint(
                name="bodies_body_once",
                fields=["district", "kind", "place", "name"],
                condition=Q(valid_to__isnull=True),
            ),
            # A social credit code belongs to one organisation.
            models.UniqueConstraint(
                name="bodies_body_uscc",
                fields=["district", "uscc"],
                condition=Q(valid_to__isnull=True) & ~Q(uscc=""),
            ),
            models.CheckConstraint(name="bodies_body_kind", condition=Q(kind__in=sorted(rules.KINDS))),
            models.CheckConstraint(name="bodies_body_level", condition=Q(level__in=list(rules.LEVELS))),
            models.CheckConstraint(
                name="bodies_body_dates",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
        ]
        indexes = [models.Index(name="bodies_body_seat", fields=["district", "place"])]

    def __str__(self) -> str:
        return self.name


class BodyPlace(DistrictModel):
    """A place a body serves, from one day to another: a company has one row per compound."""

    body = DistrictForeignKey(Body)
    place = DistrictForeignKey(Place)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(
                name="bodies_bodyplace_once",
                fields=["district", "place", "body"],
                condition=Q(valid_to__isnull=True),
            ),
            models.CheckConstraint(
                name="bodies_bodyplace_dates",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
        ]
        indexes = [models.Index(name="bodies_bodyplace_body", fields=["district", "body"])]


class Appointment(DistrictModel):
    """A dated office in a body. Open (`ended_at` empty) and with an account, it is the ground of one grant.

    `person` is a person of the vault for offices held without an account; `valid_to` is the planned
    end of the term, `ended_at` the moment it really ended.
    """

    public_id = models.CharField(max_length=24)
    body = DistrictForeignKey(Body)
    user = DistrictForeignKey(settings.AUTH_USER_MODEL, null=True)
    person = DistrictForeignKey(Person, null=True)
    role = models.CharField(max_length=60)
    title = models.CharField(max_length=40)
    place = DistrictForeignKey(Place)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="bodies_appointment_public_id", fields=["district", "public_id"]),
            # Nobody holds the same role twice in one body: the rights would not tell the two apart.
            models.UniqueConstraint(
                name="bodies_appointment_once",
                fields=["district", "user", "body", "role"],
                condition=Q(ended_at__isnull=True) & Q(user__isnull=False),
            ),
            models.CheckConstraint(
                name="bodies_appointment_holder", condition=Q(user__isnull=False) | Q(person__isnull=False)
            ),
            models.CheckConstraint(
                name="bodies_appointment_term",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
            # An ended office says why.
            models.CheckConstraint(
                name="bodies_appointment_end",
                condition=(Q(ended_at__isnull=True) & Q(end_reason=""))
                | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
            ),
        ]
        indexes = [
            models.Index(
                name="bodies_appointment_body",
                fields=["district", "body"],
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(
                name="bodies_appointment_term",
                fields=["district", "valid_to"],
                condition=Q(ended_at__isnull=True),
            ),
        ]


class DutyItem(DistrictModel):
    """What a level, or one body of it, must do itself (main) or only help with (assist)."""

    level = models.CharField(max_length=12)
    body = DistrictForeignKey(Body, null=True)
    kind_code = models.CharField(max_length=40)
    role = models.CharField(max_length=6)
    basis = models.CharField(max_length=200, blank=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # One answer per matter: a level's entry, or a body's own.
            models.UniqueConstraint(
                name="bodies_duty_level",
                fields=["district", "level", "kind_code"],
                condition=Q(valid_to__isnull=True) & Q(body__isnull=True),
            ),
            models.UniqueConstraint(
                name="bodies_duty_body",
                fields=["district", "body", "kind_code"],
                condition=Q(valid_to__isnull=True) & Q(body__isnull=False),
            ),
            models.CheckConstraint(name="bodies_duty_role", condition=Q(role__in=["main", "assist"])),
            models.CheckConstraint(name="bodies_duty_known_level", condition=Q(level__in=list(rules.LEVELS))),
        ]


class Roster(DistrictModel):
    """The duty roster of a body and the hours it must cover."""

    body = DistrictForeignKey(Body)
    cover = models.CharField(max_length=12, default="always")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(
                name="bodies_roster_once", fields=["district", "body"], condition=Q(valid_to__isnull=True)
            ),
            models.CheckConstraint(name="bodies_roster_cover", condition=Q(cover__in=sorted(rules.COVERS))),
        ]


class Shift(DistrictModel):
    """One office holder's turn of duty. `phone` is a work number; empty means the body's own."""

    public_id = models.CharField(max_length=24)
    roster = DistrictForeignKey(Roster)
    kind = models.CharField(max_length=8)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    appointment = DistrictForeignKey(Appointment)
    phone = models.CharField(max_length=20, blank=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="bodies_shift_public_id", fields=["district", "public_id"]),
            models.CheckConstraint(name="bodies_shift_dates", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="bodies_shift_kind", condition=Q(kind__in=sorted(rules.SHIFT_KINDS))),
            # Two shifts of one office holder of one kind cannot begin together.
            models.UniqueConstraint(
                name="bodies_shift_once",
                fields=["district", "roster", "kind", "appointment", "starts_at"],
                condition=Q(dropped_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                name="bodies_shift_time",
                fields=["district", "roster", "starts_at"],
                condition=Q(dropped_at__isnull=True),
            )
        ]


class GapWarning(DistrictModel):
    """A gap that was warned of: each gap is told once."""

    roster = DistrictForeignKey(Roster)
    kind = models.CharField(max_length=8)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    warned_at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(
                name="bodies_gapwarning_once", fields=["district", "roster", "kind", "starts_at"]
            ),
        ]
