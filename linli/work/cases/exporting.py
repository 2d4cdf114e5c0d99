"""A filtered list as a spreadsheet: masked texts only; a long one is written by a job and waits some days."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import xlsxwriter
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.queries import actor_of
from linli.foundation.core import charter, files, idempotency, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope
from linli.foundation.core.models import StoredFile
from linli.foundation.core.outbox import queue_job
from linli.foundation.core.rules.actor import Actor, system
from linli.foundation.core.templatetags.linli import charter_text
from linli.foundation.places.sheets import safe
from linli.work.cases.models import CHANNELS, Case, ExportRun
from linli.work.cases.queries.listing import listed, total
from linli.work.cases.rules.desk import ARCHIVES, Filters, query, read
from linli.work.cases.templatetags.cases import CHANNELS as CHANNEL_WORDS
from linli.work.cases.templatetags.cases import RATINGS, REQUESTS, STAGES

DOOR = "cases.export"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_000
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Limits:
    """What the charter says of exports: rows of a file, rows that are written at once, days a file waits."""

    rows: int
    at_once: int
    days: int


def limits(context: Context) -> Limits:
    rules = charter.current(context.district, context.now)
    return Limits(rules["cases.export_rows"], rules["cases.export_at_once"], rules["cases.export_days"])


def ask_export(
    *, actor: Actor, context: Context, filters: Filters, key: str
) -> tuple[ExportRun, bytes | None]:
    """The list as a spreadsheet: its bytes at once when it is short, else a job writes it and the file waits.

    The same key again gives the same export. Raises Invalid when the list is longer than the charter's limit,
    NotAllowed, KeyReused.
    """
    allowed = limits(context)
    if actor.grant is None or actor.appointment is None:
        raise NotAllowed("cases.export", _("Choose an appointment first."))
    rows = listed(actor, filters, context)
    n = total(rows, allowed.rows)
    if n > allowed.rows:
        raise Invalid(
            "export.long",
            _("The list has more than %(n)d rows, as many as fit into one file. Narrow it and export again.")
            % {"n": allowed.rows},
        )
    at_once = n <= allowed.at_once
    with transaction.atomic(savepoint=False):
        run, again = _asked(actor, context, filters, key)
        if not at_once:
            if not again:
                _queue(actor, context, run)
            return run, None
        book, written = write_book(rows, filters, context.zone, kind_words(context))
        if not again:
            run.rows = written
            run.save(update_fields=["rows"])
            _record(actor, context, run, written)
        return run, book


def _asked(actor: Actor, context: Context, filters: Filters, key: str) -> tuple[ExportRun, bool]:
    """The export's row, and whether it stood already."""
    public_id, asked = secrets.token_hex(9), query(filters)
    slot = idempotency.take(
        district=context.district, door=DOOR, key=key, now=context.now,
        body=idempotency.digest(str(actor.appointment), asked), answer=idempotency.Answer(201, public_id),
    )  # fmt: skip
    if slot.replay is not None:
        return ExportRun.objects.get(district=context.district, public_id=slot.replay.reference), True
    run = ExportRun.objects.create(
        district=context.district, public_id=public_id, grant=actor.grant or 0, appointment=actor.appointment or 0, query=asked,
        language=translation.get_language() or "zh-hans", at=context.now,
    )  # fmt: skip
    return run, False


def _queue(actor: Actor, context: Context, run: ExportRun) -> None:
    ledger.record(
        "cases.export_asked", actor=actor, subject=("case_export", run.id), now=context.now,
        data={"filter": idempotency.digest(run.query).hex()},
    )  # fmt: skip
    queue_job(
        "cases.export", district=context.district, now=context.now, payload=json.dumps({"export": run.id}),
        key=f"cases.export:{run.id}",
    )  # fmt: skip


def _record(actor: Actor, context: Context, run: ExportRun, written: int) -> None:
    ledger.record(
        "cases.exported", actor=actor, subject=("case_export", run.id), now=context.now,
        data={"filter": idempotency.digest(run.query).hex(), "rows": written},
    )  # fmt: skip


def make_export(*, context: Context, export_id: int) -> None:
    """Write the file of a long list, as the appointment may read it now; an ended appointment gets none."""
    rows = ExportRun.objects.filter(district=context.district, id=export_id, file=None, rows=None)
    run = rows.select_for_update().first()
    if run is None:
        return
    grants = Grant.objects.filter(district=context.district, id=run.grant, valid_to=None).select_related(
        "user"
    )
    grant = grants.first()
    if grant is None:
        return
    actor = actor_of(grant.user, grant, context.now)
    filters = read(dict(parse_qsl(run.query)), CHANNELS)
    allowed = limits(context)
    with translation.override(run.language):
        cases = listed(actor, filters, context)
        book, written = write_book(cases, filters, context.zone, kind_words(context), allowed.rows)
    run.file = files.store(
        book, MEDIA_TYPE, actor=actor, now=context.now, door=DOOR, subject=("case_export", run.id)
    )
    run.rows, run.until = written, context.now + timedelta(days=allowed.days)
    run.save(update_fields=["file", "rows", "until"])
    _record(actor, context, run, written)


def kind_words(context: Context) -> dict[str, str]:
    """Names of the kinds in the language of the moment."""
    rows = charter.current(context.district, context.now)["cases.kinds"]
    return {row["code"]: charter_text(row["name"]) for row in rows}


Cell = str | datetime | int
Column = tuple[str, Callable[[Case], Cell | None], int]


def _columns(kinds: dict[str, str]) -> list[Column]:
    """Heading, value and width of each column. No contact, no coordinates, no originals."""
    return [
        (_("Number"), lambda c: c.number, 14),
        (_("Outside number"), lambda c: c.outside_number, 16),
        (_("Received"), lambda c: c.received_at, 17),
        (_("Channel"), lambda c: str(CHANNEL_WORDS.get(c.channel, c.channel)), 12),
        (_("What it is"), lambda c: str(REQUESTS[c.kind_of_request]), 10),
        (_("About"), lambda c: kinds.get(c.kind, c.kind), 18),
        (_("Class"), lambda c: c.case_class, 6),
        (_("Place"), lambda c: c.place.name, 20),
        (_("Text, masked"), lambda c: c.text, 60),
        (_("Stage"), lambda c: str(STAGES[c.stage]), 16),
        (_("Responsible"), lambda c: c.handling_body.name if c.handling_body else "", 24),
        (_("Next due"), lambda c: c.next_due, 17),
        (_("Promised"), lambda c: c.promised_at, 17),
        (_("Answered"), lambda c: c.answered_at, 17),
        (_("Ended"), lambda c: c.ended_at, 17),
        (_("Solved"), lambda c: {"yes": _("solved"), "no": _("not solved")}.get(c.solved, ""), 8),
        (_("Satisfaction"), lambda c: str(RATINGS[c.rating]) if c.rating else "", 12),
        (_("Reopened"), lambda c: c.reopened, 8),
    ]


def write_book(
    rows: QuerySet[Case], filters: Filters, zone: ZoneInfo, kinds: dict[str, str], limit: int = 0
) -> tuple[bytes, int]:
    """The workbook and its number of rows; row by row through a file, so that memory stays small."""
    order = ("-received_at", "-id") if filters.queue in ARCHIVES else ("next_due", "id")
    cases = rows.select_related("place", "handling_body").order_by(*order)
    chosen = cases[:limit] if limit else cases
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as target:
        written = _write(target.name, chosen.iterator(chunk_size=CHUNK), zone, _columns(kinds))
        return target.read(), written


def _write(path: str, cases: Iterator[Case] | Iterable[Case], zone: ZoneInfo, columns: list[Column]) -> int:
    book = xlsxwriter.Workbook(
        path,
        {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )  # fmt: skip
    sheet = book.add_worksheet(_("Cases")[:31])
    bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.freeze_panes(1, 1)
    for at, (heading, _value, width) in enumerate(columns):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, safe(heading), bold)
    line = 0
    for line, case in enumerate(cases, 1):  # the last number is how many there were
        for at, (_heading, value, _width) in enumerate(columns):
            cell = value(case)
            if isinstance(cell, datetime):
                sheet.write_datetime(
                    line, at, cell.astimezone(zone).replace(microsecond=0, tzinfo=None), moment
                )
            elif isinstance(cell, int):
                sheet.write_number(line, at, cell)
            elif cell:
                sheet.write_string(line, at, safe(cell)[:LONGEST_CELL])
    book.close()
    return line


def own_exports(actor: Actor, now: datetime, limit: int = 20) -> list[ExportRun]:
    """The last exports of the acting appointment, newest first."""
    rows = ExportRun.objects.filter(district=actor.district, appointment=actor.appointment or 0)
    return list(rows.select_related("file").order_by("-at", "-id")[:limit])


def export_file(actor: Actor, public_id: str, now: datetime) -> StoredFile:
    """The file of an export of one's own, while it waits. Raises OutOfScope."""
    rows = ExportRun.objects.filter(
        district=actor.district, public_id=public_id, appointment=actor.appointment or 0, until__gt=now
    )
    run = rows.select_related("file").first()
    if run is None or run.file is None:
        raise OutOfScope(
            "export.none",
            _("This file is not here: not yet written, past its days, or of another appointment."),
        )
    found: StoredFile = run.file
    return found


def end_old_exports(*, context: Context, limit: int = 200) -> int:
    """Delete files whose days are over; the row stays and says who exported what."""
    rows = ExportRun.objects.filter(district=context.district, file__isnull=False, until__lte=context.now)
    ended = list(rows.select_related("file").select_for_update(of=("self",), skip_locked=True)[:limit])
    for run in ended:
        stored = run.file
        run.file = None
        run.save(update_fields=["file"])
        if stored is not None:
            StoredFile.objects.filter(district=context.district, id=stored.id).delete()
            transaction.on_commit(lambda name=stored.name: default_storage.delete(name))  # type: ignore[misc]  # a lambda with a default
        ledger.record(
            "cases.export_ended",
            actor=system(context.district),
            subject=("case_export", run.id),
            now=context.now,
        )
    return len(ended)
