"""What a sheet or file of the city's hotline is read against: places, kinds, the agreed form, the order itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import NotAllowed
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.models import Place
from linli.work.cases.models import Link, OutsideOrder
from linli.work.cases.rules.exchange import Format, OutsideRow, RowProblem, named_in, read_format
from linli.work.cases.rules.kinds import by_outside_code

DOOR = "cases.exchange"
CHANNEL = "city"
FALLBACK_KIND = "local_other"
REQUEST_WORDS = {
    "咨询": "question", "求助": "help", "投诉": "complaint", "举报": "misconduct", "建议": "suggestion", "表扬": "praise",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a row: taken, updated, repeated, waiting (for its place) or refused with a problem."""

    what: str
    problem: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Places by name and code, kinds by name and code, the agreed form: read once for a whole sheet."""

    names: Mapping[str, list[Place]]
    codes: Mapping[str, Place]
    kinds: Mapping[str, str]
    old: tuple[Mapping[str, Any], ...]
    form: Format

    def place(self, told: str) -> Place | None:
        """The one place that is meant, by code, name or an address with the name in it; None when in doubt."""
        found = self.codes.get(told.replace("-", ""))
        if found is not None:
            return found
        named = [told] if told in self.names else named_in(told, self.names)
        meant = [place for name in named for place in self.names[name]]
        return meant[0] if len(meant) == 1 else None

    def kind(self, told: str) -> str:
        """Our kind; what is not known is something else."""
        return self.kinds.get(told) or by_outside_code(told, list(self.kinds), self.old) or FALLBACK_KIND


def agreed(context: Context) -> Format:
    """The form agreed with the city, by the charter."""
    rules = charter.current(context.district, context.now)
    return read_format(
        rules["cases.exchange.columns"], rules["cases.exchange.out_columns"], rules["cases.exchange.words"],
        rules["cases.exchange.moments"],
    )  # fmt: skip


def known(context: Context) -> Known:
    """Everything a sheet is read against."""
    rules = charter.current(context.district, context.now)
    names: dict[str, list[Place]] = {}
    codes: dict[str, Place] = {}
    rows = Place.objects.filter(district=context.district, valid_to=None, level__in=["compound", "community"])
    for place in rows:
        names.setdefault(place.name, []).append(place)
        if place.code:
            codes[place.code] = place
    kinds: dict[str, str] = {}
    for row in rules["cases.kinds"]:
        kinds |= {row["code"]: row["code"], row["name"].zh: row["code"]}
        kinds.setdefault(row["name"].zh.removesuffix("异常"), row["code"])
    return Known(names, codes, kinds, rules["cases.old_codes"], agreed(context))


def may_exchange(actor: Actor) -> None:
    """Raises NotAllowed for anybody but the system and who holds the verb."""
    if actor.kind != "system" and not actor.may("cases.exchange"):
        raise NotAllowed(
            "cases.exchange",
            _("The appointment you act in does not exchange orders with the city. Switch appointment."),
        )


def order_of(context: Context, row: OutsideRow) -> OutsideOrder:
    """The order of the number, locked. Raises RowProblem when there is none."""
    found = locked_order(context, row.number)
    if found is None:
        raise RowProblem("unknown_number", "number")
    return found


def locked_order(context: Context, number: str) -> OutsideOrder | None:
    rows = OutsideOrder.objects.filter(district=context.district, number=number)
    return rows.select_for_update(of=("self",)).first()


def case_of(order: OutsideOrder) -> int:
    """The id of the order's case. Raises RowProblem while it has none."""
    if order.case_id is None:
        raise RowProblem("not_placed", "number")
    return int(order.case_id)


def orders_of(district: int, case: int) -> list[OutsideOrder]:
    """The city's orders that a case answers: its own, and those of cases that were merged with it."""
    merged = Link.objects.filter(district=district, other=case, kind="merged", ended_at=None).values("case")
    rows = OutsideOrder.objects.filter(Q(case=case) | Q(case__in=merged), district=district)
    return list(rows.order_by("id"))
