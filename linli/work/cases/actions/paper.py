"""The printed form: serials handed out once, and what came back on paper typed in later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, idempotency, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.db.blocks import COUNTER_BITS, reserve
from linli.foundation.core.errors import Invalid, NotAllowed
from linli.foundation.core.idempotency import KeyReused
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.actions.intake import Receipt, Report, receive
from linli.work.cases.models import Case
from linli.work.cases.rules.hotline import SHEETS_AT_ONCE, normal_serial, paper_moment, paper_serial

SERIALS = "cases_paper_sheet"


def print_sheets(*, actor: Actor, context: Context, count: int, key: str) -> list[str]:
    """Serials of blank forms, each handed out once; the same send gives the same serials.

    Raises NotAllowed without `cases.record`, Invalid when `count` is not 1 to 20.
    """
    if not actor.may("cases.record"):
        raise NotAllowed("cases.record", _("Your appointment does not take reports. Switch appointment."))
    if not 1 <= count <= SHEETS_AT_ONCE:
        words = _("Print 1 to %(n)d forms at a time.") % {"n": SHEETS_AT_ONCE}
        raise Invalid("case.sheets", words, fields={"count": words})
    year = context.now.astimezone(context.zone).year
    with transaction.atomic(savepoint=False):
        numbers = reserve(context.district, SERIALS, count)
        first = numbers[0] & ((1 << COUNTER_BITS) - 1)
        slot = idempotency.take(
            district=context.district, door="cases.sheets", key=key, body=idempotency.digest(str(count)), now=context.now,
            answer=idempotency.Answer(200, f"{year}-{first}"),
        )  # fmt: skip
        if slot.replay is not None:
            year, first = (int(part) for part in slot.replay.reference.split("-"))
        else:
            ledger.record(
                "cases.sheets_printed", actor=actor, subject=("paper_sheets", numbers[0]), now=context.now, seq=1,
                data={"count": count, "first": first, "year": year},
            )  # fmt: skip
    return [paper_serial(first + n, year) for n in range(count)]


TOO_OLD = _("The paper is older than %(n)d days. Ask the district desk how to go on.")
MOMENTS: dict[str, str | Promise] = {
    "unread": _("Write the day and the hour the paper was handed in."),
    "future": _("This moment lies ahead. Write when the paper was handed in."),
}


def receive_paper(
    *, actor: Actor, context: Context, report: Report, serial: str, day: str, hour: str
) -> Receipt:
    """Type in a form that came on paper: its clock starts when it was handed in, the typing moment is kept.

    The serial is the sending key: the same form again gives the same receipt, other words under it are
    refused. Raises Invalid with sentences by field.
    """
    rules = charter.current(context.district, context.now)
    oldest = rules["cases.paper_days"]
    number = normal_serial(serial)
    at = paper_moment(day, hour, zone=context.zone, now=context.now, oldest=oldest)
    fields: dict[str, str | Promise] = {}
    if number is None:
        fields["serial"] = _(
            "This is not the serial of a form. It stands at the top right, such as P26-000042-7."
        )
    if not isinstance(at, datetime):
        fields["day"] = MOMENTS.get(at) or TOO_OLD % {"n": oldest}
    if number is None or not isinstance(at, datetime):
        raise Invalid(
            "case.paper",
            _("Something is missing. Nothing was sent yet; what you typed is still here."),
            fields=fields,
        )
    told = replace(report, channel="paper", received_at=at, outside_number=number)
    try:
        return _first_time(actor, context, told, number, at)
    except KeyReused:
        raise _typed_already() from None


def _first_time(actor: Actor, context: Context, told: Report, number: str, at: datetime) -> Receipt:
    with transaction.atomic(savepoint=False):
        receipt = receive(
            actor=actor, context=context, report=told, key=f"serial-{number}", door="cases.paper"
        )
        same = Case.objects.filter(district=context.district, public_id=receipt.public_id)
        if receipt.replay and not same.filter(received_at=at).exists():
            raise _typed_already()
        return receipt


def _typed_already() -> Invalid:
    words = _("A form with this serial was typed in before. Compare the serial; a form is typed in once.")
    return Invalid("case.paper_twice", words, fields={"serial": words})
