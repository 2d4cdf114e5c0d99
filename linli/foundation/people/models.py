"""Tables of the vault. All are under row-level policies (migration 0002); see docs/privacy.md.

What is shown (masks, blind indexes) and what is sealed lie in different tables: sealed rows can be written with
the district set, and read only while `linli.sealed` is open, which `vault.opened()` does after check and log.
Wrapped data keys have a table of their own, so that a backup can leave it to the key backup.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.foundation.places.models import Place

INDEX_LENGTH = 44


class DataKey(DistrictModel):
    """The key of one person or one text, wrapped by key-encryption key `key_id`; destroyed by erasure."""

    key_id = models.IntegerField()
    wrapped = models.BinaryField(max_length=128, null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # A destroyed key is gone, a living one is there.
            models.CheckConstraint(
                name="people_datakey_gone",
                condition=Q(wrapped__isnull=True, destroyed_at__isnull=False)
                | Q(wrapped__isnull=False, destroyed_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                name="people_datakey_by",
                fields=["district", "key_id", "id"],
                condition=Q(wrapped__isnull=False),
            )
        ]


class Person(DistrictModel):
    """A person as the house shows one: masks, and blind indexes for exact finding. No readable personal field.

    `scope_path` is the path of the place where the person was met first: it bounds who finds the person.
    """

    public_id = models.CharField(max_length=24)
    name_mask = models.CharField(max_length=20, blank=True)
    phone_mask = models.CharField(max_length=20, blank=True)
    name_index = models.CharField(max_length=INDEX_LENGTH, null=True)
    phone_index = models.CharField(max_length=INDEX_LENGTH, null=True)
    id_index = models.CharField(max_length=INDEX_LENGTH, null=True)
    source = models.CharField(max_length=40)
    scope_path = models.CharField(max_length=200, blank=True)
    account = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="people_person_public_id", fields=["district", "public_id"]),
            # An account is one person's; who that is stands here and nowhere else.
            models.UniqueConstraint(
                name="people_person_account",
                fields=["district", "account"],
                condition=Q(account__isnull=False),
            ),
            # An erased person is found and recognised by nothing.
            models.CheckConstraint(
                name="people_person_erased",
                condition=Q(erased_at__isnull=True)
                | Q(
                    name_mask="",
                    phone_mask="",
                    name_index__isnull=True,
                    phone_index__isnull=True,
                    id_index__isnull=True,
                ),
            ),
        ]
        indexes = [
            models.Index(
                name="people_person_phone",
                fields=["district", "phone_index"],
                condition=Q(phone_index__isnull=False),
            ),
            models.Index(
                name="people_person_name",
                fields=["district", "name_index"],
                condition=Q(name_index__isnull=False),
            ),
            models.Index(
                name="people_person_number",
                fields=["district", "id_index"],
                condition=Q(id_index__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name_mask or self.public_id


class PersonSecret(DistrictModel):
    """The sealed fields of the person with the same id. Read only inside `vault.opened()`."""

    data_key = DistrictForeignKey(DataKey)
    sealed_name = models.BinaryField(null=True)
    sealed_phone = models.BinaryField(null=True)
    sealed_id_number = models.BinaryField(null=True)
    sealed_dwelling = models.BinaryField(null=True)

    class Meta:
        constraints = DistrictModel.Meta.constraints


class KeptText(DistrictModel):
    """The original of a free text whose masked form is stored with its subject. Read only inside `vault.opened()`."""

    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    person = DistrictForeignKey(Person, null=True)
    data_key = DistrictForeignKey(DataKey)
    sealed = models.BinaryField(null=True)
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.CheckConstraint(
                name="people_kepttext_erased", condition=Q(erased_at__isnull=True) | Q(sealed__isnull=True)
            ),
        ]
        indexes = [
            models.Index(name="people_kepttext_subject", fields=["district", "subject_type", "subject_id"])
        ]


class Household(DistrictModel):
    """People who live together in one dwelling for a time. Never an attribute of anybody."""

    public_id = models.CharField(max_length=24)
    compound = DistrictForeignKey(Place)
    dwelling = models.BigIntegerField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="people_household_public_id", fields=["district", "public_id"]),
            models.CheckConstraint(
                name="people_household_dates",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
            ),
        ]
        indexes = [models.Index(name="people_household_dwelling", fields=["district", "dwelling"])]


class Residence(DistrictModel):
    """A person lives in a compound, and in a dwelling where that is known, from a day to a day."""

    class Kind(models.TextChoices):
        OWNER = "owner", "lives in the own dwelling"
        TENANT = "tenant", "rents"
        FAMILY = "family", "lives with family"

    person = DistrictForeignKey(Person)
    household = DistrictForeignKey(Household, null=True)
    compound = DistrictForeignKey(Place)
    dwelling = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=10, choices=Kind)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.CheckConstraint(
                name="people_residence_kind", condition=Q(kind__in=["owner", "tenant", "family"])
            ),
            models.CheckConstraint(
                name="people_residence_dates",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
            ),
            # Somebody lives in a compound once at a time.
            models.UniqueConstraint(
                name="people_residence_open",
                fields=["district", "person", "compound"],
                condition=Q(valid_to__isnull=True),
            ),
        ]
        indexes = [models.Index(name="people_residence_where", fields=["district", "compound"])]


class Ownership(DistrictModel):
    """A person owns an exclusive unit, or a share of it, from a day to a day. Shares count in 1/10,000."""

    person = DistrictForeignKey(Person)
    compound = DistrictForeignKey(Place)
    dwelling = models.BigIntegerField(null=True)
    share = models.IntegerField(default=10000)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.CheckConstraint(name="people_ownership_share", condition=Q(share__gt=0, share__lte=10000)),
            models.CheckConstraint(
                name="people_ownership_dates", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from"))
            ),
            models.UniqueConstraint(
                name="people_ownership_open", fields=["district", "person", "dwelling"],
                condition=Q(valid_to__isnull=True, dwelling__isnull=False),
            ),
        ]  # fmt: skip
        indexes = [models.Index(name="people_ownership_where", fields=["district", "compound"])]


class Reveal(DistrictModel):
    """One opening of sealed fields: who, as what, whose, which fields, for which purpose or task. Never changed.

    Quotas are counts of these rows; there is no counter.
    """

    actor = models.BigIntegerField(null=True)
    appointment = models.BigIntegerField(null=True)
    role = models.CharField(max_length=60, blank=True)
    person = DistrictForeignKey(Person, null=True)
    text = DistrictForeignKey(KeptText, null=True)
    fields = models.JSONField(default=list)
    purpose = models.CharField(max_length=40)
    task_kind = models.CharField(max_length=40, blank=True)
    task_id = models.BigIntegerField(null=True)
    place_path = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            # Something was revealed: a person's fields or one text.
            models.CheckConstraint(
                name="people_reveal_what",
                condition=Q(person__isnull=False, text__isnull=True)
                | Q(person__isnull=True, text__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="people_reveal_actor", fields=["district", "actor", "at"]),
            models.Index(name="people_reveal_at", fields=["district", "at", "id"]),
            models.Index(name="people_reveal_person", fields=["district", "person", "at"]),
        ]
