"""Accounts, grants and sign-ins. Only the actions of this room write them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictId, DistrictModel


class User(AbstractBaseUser):
    """A staff account of one district: a sign-in name and a blind index of a phone; no name, no phone.

    Who the person is, the `people` room knows (`people.Person.account`). No moment of sign-in is kept here.
    """

    id = DistrictId()
    district = models.IntegerField()
    login_name = models.CharField(max_length=40)
    phone_index = models.CharField(max_length=44, null=True)
    must_change_password = models.BooleanField(default=False)
    is_demonstration = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_login = None  # takes the field of the base away: no sign-in is counted

    objects = models.Manager["User"]()
    USERNAME_FIELD = "login_name"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # Names are told apart within one district; another district may have the same ones.
            models.UniqueConstraint(name="accounts_user_name", fields=["district", "login_name"]),
            # A phone signs in to one account, or nobody could say to which.
            models.UniqueConstraint(
                name="accounts_user_phone",
                fields=["district", "phone_index"],
                condition=Q(phone_index__isnull=False, ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.login_name

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # the base has a plain attribute
        """An account counts until it is ended."""
        return self.ended_at is None


class Grant(DistrictModel):
    """What an account may do in one appointment. The only thing `access.py` reads; filed by bodies.

    `scope_path` is the materialised path of a place; `body`, `place` and `appointment` are ids of rooms above.
    The label names office and body, never a person.
    """

    user = DistrictForeignKey(User)
    appointment = models.BigIntegerField()
    body = models.BigIntegerField()
    role = models.CharField(max_length=60)
    place = models.BigIntegerField()
    scope_path = models.CharField(max_length=200)
    kinds = models.JSONField(default=list)
    label_zh = models.CharField(max_length=120)
    label_en = models.CharField(max_length=120)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # One appointment gives one grant at a time; a change ends the old one.
            models.UniqueConstraint(
                name="accounts_grant_open",
                fields=["district", "appointment"],
                condition=Q(valid_to__isnull=True),
            ),
            # A grant cannot end before it began: it would have held for a negative time.
            models.CheckConstraint(
                name="accounts_grant_dates",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
            ),
        ]
        indexes = [models.Index(name="accounts_grant_user", fields=["district", "user"])]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Office and body in the reader's language."""
        return self.label_zh if (get_language() or "zh").startswith("zh") else self.label_en


class SignedIn(DistrictModel):
    """One sign-in on one device, acting under one grant. Only a hash of the session's key is kept.

    `device` is browser family and system; `last_seen` is cut to the hour. Neither is a record of a person's work.
    """

    user = DistrictForeignKey(User)
    grant = DistrictForeignKey(Grant, null=True)
    key_hash = models.CharField(max_length=40)
    device = models.CharField(max_length=40)
    second_factor = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    last_seen = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # One session is one sign-in.
            models.UniqueConstraint(name="accounts_signedin_key", fields=["district", "key_hash"]),
        ]
        indexes = [
            models.Index(
                name="accounts_signedin_user", fields=["district", "user"], condition=Q(ended_at__isnull=True)
            ),
            models.Index(
                name="accounts_signedin_grant",
                fields=["district", "grant"],
                condition=Q(ended_at__isnull=True),
            ),
        ]
