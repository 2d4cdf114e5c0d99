"""Accounts and grants."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictId, DistrictModel


class UserManager(BaseUserManager["User"]):
    """Accounts are looked up within one district only."""


class User(AbstractBaseUser):
    """A staff account of one district: a sign-in name and a blind index of a phone; no name, no phone.

    Who the person is, the `people` room knows (`people.Person.account`).
    """

    id = DistrictId()
    district = models.IntegerField()
    login_name = models.CharField(max_length=60)
    phone_index = models.CharField(max_length=44, null=True)
    is_active = models.BooleanField(default=True)
    is_demonstration = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = UserManager()
    USERNAME_FIELD = "login_name"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # Names are told apart within one district; another district may have the same ones.
            models.UniqueConstraint(name="accounts_user_name", fields=["district", "login_name"]),
            models.UniqueConstraint(
                name="accounts_user_phone", fields=["district", "phone_index"], condition=Q(phone_index__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.login_name


class Grant(DistrictModel):
    """What an account may do in one appointment. The only thing `access.py` reads; filed by bodies.

    `scope_path` is the materialised path of a place; `body` and `appointment` are ids of the room above.
    """

    user = DistrictForeignKey(User)
    appointment = models.BigIntegerField()
    body = models.BigIntegerField()
    role = models.CharField(max_length=60)
    place = models.BigIntegerField()
    scope_path = models.CharField(max_length=200)
    kinds = models.JSONField(default=list)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # One appointment gives one grant at a time; a change ends the old one.
            models.UniqueConstraint(
                name="accounts_grant_open", fields=["district", "appointment"], condition=Q(valid_to__isnull=True)
            ),
            models.CheckConstraint(
                name="accounts_grant_dates", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from"))
            ),
        ]
        indexes = [models.Index(name="accounts_grant_user", fields=["district", "user"])]
