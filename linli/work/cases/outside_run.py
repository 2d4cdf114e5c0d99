"""One run of the exchange by an adapter: fetch, take, put away, send, mark.

Everything is idempotent, so that dying between any two steps neither loses nor doubles. What came is put away only
in a run that finds it stored by an earlier one; what goes is written under its receipt number before it is marked.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.core.files.storage import default_storage

from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import system
from linli.work.cases.actions.outside import refused, take_row
from linli.work.cases.actions.outside_known import Known, Result, known
from linli.work.cases.actions.outside_out import cells_of, mark_sent, waiting
from linli.work.cases.models import OutsideMessage
from linli.work.cases.outside_adapter import Adapter, Incoming, Outgoing, adapter_of
from linli.work.cases.outside_words import problem_words
from linli.work.cases.rules.exchange import IN_KINDS, RowProblem, read_row, same
from linli.work.cases.sheets import cell_text

MOST = 200


def run_exchange(context: Context) -> bool:
    """Fetch and send once; whether there is more than one run takes."""
    name = charter.current(context.district, context.now)["cases.exchange.adapter"]
    adapter = adapter_of(name, context)
    if adapter is None:
        return False
    return run(adapter, context)


def run(adapter: Adapter, context: Context) -> bool:
    """The same with any adapter."""
    fetched = _fetch(adapter, context)
    _clear(adapter, context)
    return _send(adapter, context) == MOST or fetched == MOST


def _fetch(adapter: Adapter, context: Context) -> int:
    found = list(adapter.fetch(MOST))
    if not found:
        return 0
    seen = known(context)
    for incoming in found:
        stood, result = _take(incoming, context, seen)
        if stood and result.what == "repeated":
            adapter.put_away(incoming.name, "")
        elif stood and result.what == "refused":
            adapter.put_away(incoming.name, problem_words(result.problem))
    return len(found)


def _take(incoming: Incoming, context: Context, seen: Known) -> tuple[bool, Result]:
    """(whether it stood here before this run, what became of it)."""
    try:
        if incoming.fields is None:
            raise RowProblem("unreadable")
        row = read_row(incoming.fields, seen.form, context.zone, context.now)
    except RowProblem as wrong:
        told = incoming.fields or {}
        number = cell_text(told.get("number"))[:40]
        kind = seen.form.words["message"].get(same(told.get("message")), "")
        kind = kind if kind in IN_KINDS else "order"
        digest = hashlib.sha256(incoming.data).hexdigest()
        stood = _stands(context, number, kind, digest)
        return stood, refused(context, number, kind, digest, wrong.code, wrong.column)
    stood = _stands(context, row.number, row.message, row.digest())
    return stood, take_row(actor=system(context.district), context=context, row=row, known=seen)


def _stands(context: Context, number: str, kind: str, digest: str) -> bool:
    rows = OutsideMessage.objects.filter(
        district=context.district, direction="in", number=number, kind=kind, digest=digest
    )
    return rows.exists()


def _clear(adapter: Adapter, context: Context) -> None:
    """What the city acknowledged need not lie there any more."""
    lying = list(adapter.lying())
    done = OutsideMessage.objects.filter(
        district=context.district, direction="out", public_id__in=lying, state="acknowledged"
    )
    for receipt in done.values_list("public_id", flat=True):
        adapter.acknowledged(receipt)


def _send(adapter: Adapter, context: Context) -> int:
    found = waiting(context.district, MOST)
    if not found:
        return 0
    form = known(context).form
    digest = hashlib.sha256()
    for message in found:
        told = _outgoing(message, cells_of(message, form, context))
        adapter.send(told)
        digest.update(told.receipt.encode())
    way = charter.current(context.district, context.now)["cases.exchange.adapter"][:20]
    mark_sent(system(context.district), context, found, way=way, digest=digest.hexdigest())
    return len(found)


def _outgoing(message: OutsideMessage, cells: dict[str, str]) -> Outgoing:
    """The fields that hold something, with codes beside the city's words; and the file itself."""
    fields = {name: value for name, value in cells.items() if value} | {"kind": message.kind}
    fields |= {
        name: str(message.data[name]) for name in ("solved", "rating", "after") if message.data.get(name)
    }
    path = Path(default_storage.path(message.file.name)) if message.file else None
    return Outgoing(message.public_id, fields, path)
