"""Reads for the desk, the caller's page and outside systems."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from linli.foundation.core import charter, clocks, files, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.models import Clock, StoredFile
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.models import Dwelling, Place
from linli.work.cases import access
from linli.work.cases.codes import follow_code
from linli.work.cases.models import Assignment, Case, CaseHold, Entry
from linli.work.cases.queries.around import Around, around
from linli.work.cases.rules.flow import FINAL, FLOW
from linli.work.cases.rules.numbers import normal_code, normal_number


def by_code(district: int, number: str, code: str) -> Case | None:
    """The case that number and follow code open, compared in constant time; None otherwise."""
    normal = normal_number(number)
    typed = normal_code(code)
    case = (
        Case.objects.filter(district=district, number=normal).select_related("place").first()
        if normal
        else None
    )
    expected = follow_code(district, case.public_id) if case else follow_code(district, "nothing")
    matches = hmac.compare_digest(expected.encode(), typed.encode())
    return case if case is not None and matches else None


def by_public_id(district: int, public_id: str) -> Case | None:
    return (
        Case.objects.filter(district=district, public_id=public_id)
        .select_related("place", "handling_body")
        .first()
    )


@dataclass(frozen=True, slots=True)
class Story:
    """Everything a case page shows, read in a constant number of statements."""

    case: Case
    holds: list[CaseHold]
    turns: list[Assignment]
    clocks: list[Clock]
    events: list[dict[str, Any]]
    photos: list[StoredFile]
    verbs: tuple[str, ...]
    around: Around

    @property
    def open_holds(self) -> list[CaseHold]:
        return [hold for hold in self.holds if hold.closed_at is None]

    @property
    def handled_by(self) -> set[int]:
        """Every body that has had the case, helped with it or was called to it."""
        return {turn.body_id for turn in self.turns} | self.around.bodies


def find(actor: Actor, public_id: str) -> Case | None:
    """A case within reach."""
    return (
        access.visible_to(actor).filter(public_id=public_id).select_related("place", "handling_body").first()
    )


def story(actor: Actor, case: Case, language: str, *, public_only: bool = False) -> Story:
    """The case with its history; `public_only` is what the caller reads."""
    subject = ("case", case.id)
    holds = list(CaseHold.objects.filter(district=case.district, case=case).order_by("opened_at"))
    turns = list(
        Assignment.objects.filter(district=case.district, case=case)
        .select_related("body")
        .order_by("dispatched_at")
    )
    entries = {e.event: e for e in Entry.objects.filter(district=case.district, case=case)}
    events = []
    for event, words in ledger.sentences(ledger.history(case.district, subject), language):
        entry = entries.get(event.id)
        shown = entry is not None and (entry.public or not public_only)
        events.append(
            {
                "event": event,
                "words": words,
                "text": entry.text if entry and shown else "",
                "kind": entry.kind if entry else "",
                "at": event.at,
            }
        )
    open_holds = {h.kind for h in holds if h.closed_at is None}
    verbs = possible = FLOW.possible(case.stage, open_holds)
    beside = around(case)
    if not public_only:
        others = beside.beside
        verbs = tuple(v for v in possible if access.may(v, actor, case, others))
        verbs += ("rate_whistle",) if beside.may_rate(actor, case) else ()
    return Story(
        case, holds, turns, clocks.of(case.district, subject), events, files.of(case.district, subject), verbs, beside
    )  # fmt: skip


def near(context: Context, compound: Place, limit: int = 5) -> list[Case]:
    """Newest matters around a compound for its public page: kind, stage and day only, of public kinds.

    A compound with fewer homes than the charter's number is shown with its whole community, so that nobody
    can tell who reported.
    """
    rules = charter.current(context.district, context.now)
    homes = Dwelling.objects.filter(district=context.district, place=compound, ended_at=None)
    small = homes[: rules["cases.public_min_homes"]].count() < rules["cases.public_min_homes"]
    path = compound.path.rsplit(".", 2)[0] + "." if small else compound.path
    kinds = [row["code"] for row in rules["cases.kinds"] if row["public"]]
    rows = Case.objects.filter(district=context.district, place__path__startswith=path, kind__in=kinds)
    rows = rows.filter(kind_of_request__in=["complaint", "help", "suggestion"])
    return list(rows.order_by("-received_at", "-id")[:limit])


def is_final(case: Case) -> bool:
    return case.stage in FINAL
