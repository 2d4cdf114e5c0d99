"""What goes back to the city's hotline: queued by what happened on the case, handed over once, acknowledged later."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter
from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.core import charter, files, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, OutOfScope
from linli.foundation.core.models import Event, StoredFile
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.actions.outside_known import agreed, may_exchange, orders_of
from linli.work.cases.actions.outside_orders import bind_case
from linli.work.cases.models import Case, Entry, OutsideBatch, OutsideMessage, OutsideOrder
from linli.work.cases.rules.exchange import Format, message_cells
from linli.work.cases.rules.importing import safe_cell

DOOR = "cases.exchange"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 5000
# Events that are told to the city, and as what; what the city itself decided is not told back to it.
TOLD: Mapping[str, str] = {
    "case.signed": "sign_in", "case.return_asked": "return", "case.extension_asked": "extension",
    "case.extension_granted": "extension", "case.answered": "reply", "case.refused": "reply",
    "case.transferred_emergency": "reply", "case.transferred_petition": "reply", "case.answered_at_intake": "reply",
    "case.withdrawn": "reply", "case.closed": "judgement", "case.ruled_close": "judgement", "case.not_judged": "judgement",
}  # fmt: skip
# What was asked and is settled here before it was handed over is not asked of the city any more.
SETTLED: Mapping[str, str] = {
    "case.return_accepted": "return", "case.return_refused": "return", "case.conference_called": "return",
    "case.extension_denied": "extension",
}  # fmt: skip


def tell(*, context: Context, event: Event) -> None:
    """Queue what the city is to know of an event. At least once, and queued once."""
    kind = TOLD[event.code]
    orders = orders_of(context.district, event.subject_id)
    rules = charter.current(context.district, context.now)
    if not orders or kind not in rules["cases.exchange.sends"] or _is_the_citys(event):
        return
    if kind == "return" and event.data.get("reason") not in rules["cases.exchange.return_reasons"]:
        return
    entry = Entry.objects.filter(district=context.district, event=event.id).first()
    for order in orders:
        _queue(order, kind, event, _facts(context, event), entry)
        if kind == "reply" and "attachment" in rules["cases.exchange.sends"]:
            _attach(order, event)


def _is_the_citys(event: Event) -> bool:
    """Whether the system did it by the city's own word: rulings, and a judgement by the city's call-back."""
    return event.actor_kind == "system" and event.code != "case.not_judged"


def _facts(context: Context, event: Event) -> dict[str, Any]:
    """Codes only: words stand in the entry."""
    told = {
        name: event.data[name]
        for name in ("reason", "amount", "unit", "solved", "rating")
        if name in event.data
    }
    if event.code == "case.ruled_close":
        told |= Case.objects.filter(district=context.district, id=event.subject_id).values(
            "solved", "rating"
        )[0]
    return {**told, "after": event.code.removeprefix("case.")}


def _queue(
    order: OutsideOrder,
    kind: str,
    event: Event,
    data: Mapping[str, Any],
    entry: Entry | None,
    file: StoredFile | None = None,
) -> None:
    mark = f"{event.id}:{kind}:{file.id if file else ''}"
    OutsideMessage.objects.get_or_create(
        district=order.district, direction="out", number=order.number, kind=kind,
        digest=hashlib.sha256(mark.encode()).hexdigest(),
        defaults={
            "order": order, "public_id": secrets.token_urlsafe(12), "state": "waiting", "data": dict(data), "event": event.id,
            "entry": entry, "file": file, "at": event.at,
        },
    )  # fmt: skip


def _attach(order: OutsideOrder, event: Event) -> None:
    """Files of the case that the city has not had yet, by digest and name."""
    sent = OutsideMessage.objects.filter(
        district=order.district, order=order, direction="out", kind="attachment"
    )
    had = set(sent.values_list("file", flat=True))
    for file in files.of(order.district, ("case", event.subject_id)):
        if file.id not in had:
            had.add(file.id)
            suffix = "webp" if file.media_type == "image/webp" else "bin"
            stem = re.sub(
                r"[^0-9A-Za-z_-]", "_", order.number
            )  # the city's number is not ours: it names no folder
            _queue(order, "attachment", event, {"name": f"{stem}-{len(had)}.{suffix}"}, None, file)


def settle(*, context: Context, event: Event) -> None:
    """Drop what was asked for and is decided here, unless the city has it already."""
    rows = OutsideMessage.objects.filter(
        district=context.district, order__in=orders_of(context.district, event.subject_id), direction="out",
        kind=SETTLED[event.code], state="waiting", event__lt=event.id,
    )  # fmt: skip
    rows.update(state="dropped")


def bind_again(*, context: Context, actor: Actor, event: Event) -> None:
    """A new round of the finish clock, or a case that answers one more order: bound as long as that lies ahead."""
    case = int(event.data.get("other") or event.subject_id)
    ahead = [
        o for o in orders_of(context.district, case) if o.deadline is not None and o.deadline > context.now
    ]
    if ahead:
        bind_case(actor=actor, context=context, case=case, ahead=True)


# --- handing over ----------------------------------------------------------------------------------------------


def waiting(district: int, most: int = MOST) -> list[OutsideMessage]:
    """What waits to go to the city, oldest first, locked; what another run holds is left to it."""
    rows = OutsideMessage.objects.filter(district=district, state="waiting", direction="out").order_by("id")
    found = rows.select_related("order__case", "entry", "file").select_for_update(
        of=("self",), skip_locked=True
    )
    return list(found[:most])


def cells_of(message: OutsideMessage, form: Format, context: Context) -> dict[str, str]:
    """One message in the city's columns. Names and phones are not among them: the city has its caller by its number."""
    rules = charter.current(context.district, context.now)
    reasons = {
        row["code"]: row["name"].zh
        for key in ("cases.return_reasons", "cases.extension_reasons", "cases.refuse_reasons") for row in rules[key]
    }  # fmt: skip
    order = message.order
    case = order.case if order else None
    return message_cells(
        kind=message.kind, number=message.number, at=message.at, data=message.data, text=message.entry.text if message.entry else "",
        reason=reasons.get(message.data.get("reason", ""), ""), digest=bytes(message.file.sha256).hex() if message.file else "",
        our_number=case.number if case else "", receipt=message.public_id, form=form, zone=context.zone,
    )  # fmt: skip


def _sheet(rows: Sequence[Mapping[str, str]], form: Format, context: Context) -> bytes:
    """An XLSX of texts only: no cell is a formula, whatever stands in it."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(
        made,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": context.now.replace(tzinfo=None)})
    sheet = book.add_worksheet("12345")
    for column, (code, heading) in enumerate(form.out):
        sheet.write_string(0, column, safe_cell(heading))
        for line, row in enumerate(rows, 1):
            sheet.write_string(line, column, safe_cell(row.get(code, "")))
    book.close()
    return made.getvalue()


def hand_over(*, actor: Actor, context: Context) -> OutsideBatch:
    """Everything that waits, as one sheet in the city's columns; handed over once, the sheet is kept.

    Raises Conflict when nothing waits, NotAllowed.
    """
    may_exchange(actor)
    with transaction.atomic(savepoint=False):
        found = waiting(context.district)
        if not found:
            raise Conflict(
                "exchange.nothing",
                _(
                    "Nothing waits for the city. Take an earlier sheet again from the list, or come back later."
                ),
            )
        form = agreed(context)
        data = _sheet([cells_of(message, form, context) for message in found], form, context)
        kept = files.store(data, SHEET, actor=actor, now=context.now, door=DOOR)
        return mark_sent(
            actor, context, found, way="sheet", digest=hashlib.sha256(data).hexdigest(), file=kept
        )


def mark_sent(
    actor: Actor,
    context: Context,
    found: Sequence[OutsideMessage],
    *,
    way: str,
    digest: str,
    file: StoredFile | None = None,
) -> OutsideBatch:
    """One batch, one event; every message in it is sent."""
    batch = OutsideBatch.objects.create(
        district=context.district, public_id=secrets.token_urlsafe(12), way=way, digest=digest, messages=len(found), file=file,
        at=context.now,
    )  # fmt: skip
    OutsideMessage.objects.filter(district=context.district, id__in=[m.id for m in found]).update(
        state="sent", sent_at=context.now, batch=batch
    )
    ledger.record(
        "exchange.handed_over", actor=actor, subject=("outside_batch", batch.id), now=context.now, seq=1,
        data={"messages": len(found), "digest": digest},
    )  # fmt: skip
    return batch


def batch_of(actor: Actor, public_id: str) -> OutsideBatch:
    """A batch that was handed over as a sheet. Raises NotAllowed, OutOfScope."""
    may_exchange(actor)
    rows = OutsideBatch.objects.filter(district=actor.district, public_id=public_id, file__isnull=False)
    found = rows.select_related("file").first()
    if found is None:
        raise OutOfScope("exchange.batch", _("There is no such sheet in your district."))
    return found


def return_order(*, actor: Actor, context: Context, order: str) -> OutsideOrder:
    """An order whose place is not in this district goes back to the city with that reason. Raises OutOfScope."""
    may_exchange(actor)
    with transaction.atomic(savepoint=False):
        rows = OutsideOrder.objects.filter(district=context.district, public_id=order, state="place_missing")
        found = rows.select_for_update().first()
        if found is None:
            raise OutOfScope("exchange.order", _("This order does not wait for its place any more."))
        found.state = "returned"
        found.save(update_fields=["state"])
        event = ledger.record(
            "exchange.returned", actor=actor, subject=("outside_order", found.id), now=context.now,
            data={"reason": "not_our_place"},
        )  # fmt: skip
        _queue(found, "return", event, {"reason": "not_our_place", "after": "returned"}, None)
        return found


def set_aside(*, actor: Actor, context: Context, message: str) -> None:
    """A problem was dealt with by hand. Raises OutOfScope."""
    may_exchange(actor)
    with transaction.atomic(savepoint=False):
        rows = OutsideMessage.objects.filter(district=context.district, public_id=message, state="refused")
        found = rows.select_for_update().first()
        if found is None:
            raise OutOfScope("exchange.problem", _("This problem is not on the list any more."))
        found.state = "set_aside"
        found.save(update_fields=["state"])
        ledger.record(
            "exchange.set_aside", actor=actor, subject=("outside_message", found.id), now=context.now,
            data={"reason": found.problem},
        )  # fmt: skip
