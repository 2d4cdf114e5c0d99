"""Ids that carry their district, and foreign keys whose joins stay inside it.

`id = district << 33 | counter`: below 2^53, so a browser can hold it. Ids carry no order: sort by time and id.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.fields.related_lookups import RelatedExact, RelatedIn
from django.db.models.lookups import Exact, In
from django.db.models.sql.where import AND, WhereNode

from linli.foundation.core.db.blocks import next_id

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

COUNTER_BITS = 33


def district_of(id_: int) -> int:
    """The district (placement of the tenant) that an id belongs to."""
    return id_ >> COUNTER_BITS


def _numbers(rhs: Any) -> set[int] | None:
    """The plain numbers of a right-hand side; None when it is an expression or a subquery."""
    values: Iterable[Any] = rhs if isinstance(rhs, (list, tuple, set, frozenset)) else [rhs]
    numbers: set[int] = set()
    for value in values:
        if isinstance(value, models.Model):
            value = value.pk
        if not isinstance(value, int):
            return None
        numbers.add(value)
    return numbers


class _WithDistrict:
    """Adds `district = n` to a lookup by id, so that the statement names its shard."""

    lhs: Any
    rhs: Any

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        sql, params = super().as_sql(compiler, connection)  # type: ignore[misc]  # mixin before a Lookup
        numbers = _numbers(self.rhs)
        target = getattr(self.lhs, "target", None)
        if not numbers or target is None or not hasattr(self.lhs, "alias"):
            return sql, params
        column = connection.ops.quote_name("district")
        alias = compiler.quote_name_unless_alias(self.lhs.alias)
        districts = sorted({district_of(number) for number in numbers})
        marks = ", ".join(["%s"] * len(districts))
        return f"({sql} AND {alias}.{column} IN ({marks}))", [*params, *districts]


class _IdExact(_WithDistrict, Exact):
    pass


class _IdIn(_WithDistrict, In):
    pass


class _KeyExact(_WithDistrict, RelatedExact):
    pass


class _KeyIn(_WithDistrict, RelatedIn):
    pass


class DistrictId(models.BigIntegerField):  # type: ignore[type-arg]  # plain int both ways
    """Primary key made by the application from the row's own `district`."""

    def __init__(self, **options: Any) -> None:
        options.update(primary_key=True, editable=False)
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("primary_key", None)
        options.pop("editable", None)
        return name, path, args, options

    def get_pk_value_on_save(self, instance: models.Model) -> int:
        district: int = instance.district  # type: ignore[attr-defined]  # DistrictModel has it
        return next_id(district, instance._meta.db_table)


DistrictId.register_lookup(_IdExact)
DistrictId.register_lookup(_IdIn)


class DistrictForeignKey(models.ForeignKey):  # type: ignore[type-arg]  # typed at the use by mypy's plugin
    """A foreign key inside one district: its joins and look-ups name the district too."""

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **options: Any) -> None:
        options.setdefault("related_name", "+")
        super().__init__(to, on_delete, **options)

    def get_extra_restriction(self, alias: str | None, related_alias: str | None) -> WhereNode | None:
        remote = self.remote_field.model._meta.get_field("district")
        local = self.model._meta.get_field("district")
        assert isinstance(remote, models.Field) and isinstance(local, models.Field)
        same = Exact(remote.get_col(alias), local.get_col(related_alias))  # type: ignore[arg-type]  # None is only for a query without aliases
        return WhereNode([same], connector=AND)  # type: ignore[list-item]  # a lookup stands in a where; the stubs know nodes only


DistrictForeignKey.register_lookup(_KeyExact)
DistrictForeignKey.register_lookup(_KeyIn)


class DistrictModel(models.Model):
    """A row of one district. `district` is the placement of the tenant, not a legal district."""

    id = DistrictId()
    district = models.IntegerField()

    class Meta:
        abstract = True
        constraints = [
            # A row whose id names another district could be read through that district's statements.
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_id_in_district",
                condition=models.Q(id__gte=models.F("district") * 2**COUNTER_BITS)
                & models.Q(id__lt=(models.F("district") + 1) * 2**COUNTER_BITS),
            )
        ]
