"""The district's suggester: learnt from its own closed cases, asked by pages, compared with what people decided.

Learns on masked texts only, on this machine only. Nothing here changes a case: it writes `Suggester` and
`Proposal` rows, which say what a model was made of and what it proposed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from linli.foundation.bodies.models import Body
from linli.foundation.core import charter, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.models import Assignment, Case, Proposal, Suggester
from linli.work.cases.rules import grams, suggesting
from linli.work.cases.rules.kinds import danger, more_urgent, raised

KIND, BODY = "kind", "body"
KEPT_MODELS = 4
WRONG_UNIT = ("returned", "recalled")
PROPOSED_AT_ONCE = 500

_held: dict[int, tuple[int, dict[str, suggesting.Head]]] = {}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is proposed for a text: kinds and bodies with their share in percent, and a class only if more urgent."""

    suggester: int | None = None
    kind: str = ""
    kind_share: int = 0
    because: Sequence[str] = field(default_factory=tuple)
    body_kind: str = ""
    body_share: int = 0
    urgency: str = ""


def heads(district: int) -> tuple[int, dict[str, suggesting.Head]] | None:
    """The newest model of a district, held by this process; None before the first. One statement, two when new."""
    rows = Suggester.objects.filter(district=district).order_by("-trained_at", "-id")
    newest = rows.values_list("id", flat=True).first()
    if newest is None:
        return None
    held = _held.get(district)
    if held is None or held[0] != newest:
        raw = bytes(rows.values_list("weights", flat=True).get(id=newest))
        held = _held[district] = (newest, suggesting.read(raw))
    return held


def rarity(district: int) -> grams.Rarity:
    """How rare pieces are in the district's own texts; nothing is rare before the first model."""
    held = heads(district)
    return held[1][KIND].rare if held else grams.NO_RARITY


def suggest(context: Context, text: str, *, case_class: str = "") -> Suggestion:
    """What the newest model and the danger words propose for a masked or unmasked text; never a lower class."""
    return _suggest(context, heads(context.district), text, case_class)


def _suggest(
    context: Context, held: tuple[int, dict[str, suggesting.Head]] | None, text: str, case_class: str
) -> Suggestion:
    rules = charter.current(context.district, context.now)
    by_words = raised(
        case_class, danger(text, rules["cases.danger_words"], rules["cases.danger_feared_words"])
    )
    if held is None or not grams.normal(text):
        return Suggestion(urgency=by_words if by_words != case_class else "")
    suggester, known = held
    classes = {row["code"]: row["class"] for row in rules["cases.kinds"]}
    best = next(
        (p for p in suggesting.propose(known[KIND], text) if p.label in classes), suggesting.Proposed("", 0.0)
    )
    sure = round(100 * best.share) >= rules["cases.suggester.shown"]
    body = suggesting.propose(known[BODY], text, 1)[0] if BODY in known else suggesting.Proposed("", 0.0)
    urgency = more_urgent(by_words, classes[best.label]) if sure and case_class else by_words
    return Suggestion(
        suggester, best.label, round(100 * best.share),
        tuple(suggesting.because(known[KIND], text, best.label)), body.label, round(100 * body.share),
        urgency if urgency != case_class else "",
    )  # fmt: skip


def proposed(context: Context, case: Case) -> Suggestion:
    """What was proposed when the case came in, or what is proposed now when nothing was."""
    row = Proposal.objects.filter(district=case.district, case=case).first()
    if row is None:
        return suggest(context, case.text, case_class=case.case_class)
    held = heads(case.district)
    pieces = suggesting.because(held[1][KIND], case.text, row.kind) if held else []
    return Suggestion(
        row.suggester_id, row.kind, row.kind_share, tuple(pieces), row.body_kind, row.body_share, row.urgency
    )


# --- learning ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Taught:
    """What a model is made of."""

    cases: list[tuple[str, str, str]]  # masked text, kind, kind of the body that answered or ""
    first: Case
    last: Case


def _lessons(context: Context) -> _Taught | None:
    """Closed cases of the charter's span, newest first; reports of misconduct are sealed and teach nothing.

    A case that went to a wrong body teaches no body: the loop would be learnt with it.
    """
    rules = charter.current(context.district, context.now)
    span = rules["cases.suggester.cases"]
    wrong = Assignment.objects.filter(district=context.district, case=OuterRef("pk"), outcome__in=WRONG_UNIT)
    rows = (
        Case.objects.filter(district=context.district, stage="closed", handling_body__isnull=False)
        .exclude(kind_of_request="misconduct")
        .annotate(looped=Exists(wrong))
        .order_by("-received_at", "-id")
        .only("id", "district", "text", "kind", "handling_body", "received_at")[:span]
    )
    found = list(rows)
    if len(found) < rules["cases.suggester.least"]:
        return None
    kinds = dict(Body.objects.filter(district=context.district).values_list("id", "kind"))
    told = [
        (case.text, case.kind, "" if case.looped else kinds.get(case.handling_body_id or 0, ""))
        for case in found
    ]
    return _Taught(told, found[-1], found[0])


def learn(*, actor: Actor, context: Context) -> Suggester | None:
    """Learn anew from closed cases; None while there are too few. Records one event for a new model.

    Equal cases give the equal model, which is then not stored a second time.
    """
    taught = _lessons(context)
    if taught is None:
        return None
    known = {name: head for name, head in ((KIND, _head(taught, 1)), (BODY, _head(taught, 2))) if head}
    if KIND not in known:
        return None
    raw = suggesting.stored(known)
    digest = suggesting.digest(raw)
    newest = Suggester.objects.filter(district=context.district).order_by("-trained_at", "-id").first()
    if newest is not None and newest.digest == digest:
        return newest
    row = Suggester.objects.create(
        district=context.district, trained_at=context.now, first_received=taught.first.received_at,
        last_received=taught.last.received_at, digest=digest, cases=len(taught.cases),
        charter_digest=charter.current_digest(context.district, context.now), weights=raw,
        labels={name: list(head.labels) for name, head in known.items()},
    )  # fmt: skip
    _forget_old(context.district)
    ledger.record(
        "cases.suggester_learnt", actor=actor, subject=("cases_suggester", row.id), now=context.now, seq=1,
        data={"cases": row.cases, "kinds": len(known[KIND].labels), "digest": digest},
    )  # fmt: skip
    return row


def _head(taught: _Taught, column: int) -> suggesting.Head | None:
    """A head for kinds (1) or bodies (2), of labels with enough examples; None when fewer than two are left."""
    counts = Counter(row[column] for row in taught.cases if row[column])
    enough = {label for label, n in counts.items() if n >= 5}
    rows = [(row[0], row[column]) for row in taught.cases if row[column] in enough]
    return suggesting.learn([t for t, _l in rows], [label for _t, label in rows]) if len(enough) > 1 else None


def _forget_old(district: int) -> None:
    """Keep the weights of the newest models; of older ones what they were made of."""
    kept = (
        Suggester.objects.filter(district=district)
        .order_by("-trained_at", "-id")
        .values_list("id", flat=True)
    )
    Suggester.objects.filter(district=district).exclude(id__in=list(kept[:KEPT_MODELS])).update(weights=b"")


def propose_waiting(*, context: Context) -> int:
    """Write what is proposed for cases that came in since the last run; returns how many.

    Records no event: nothing about a case is decided. Compared later with what people decided.
    """
    held = heads(context.district)
    if held is None:
        return 0
    had = Proposal.objects.filter(district=context.district, case=OuterRef("pk"))
    rows = Case.objects.filter(district=context.district, stage="received", ended_at=None).exclude(
        kind_of_request="misconduct"
    )
    waiting = rows.filter(~Exists(had)).order_by("-received_at", "-id")[:PROPOSED_AT_ONCE]
    fresh = []
    for case in waiting:
        found = _suggest(context, held, case.text, case.case_class)
        fresh.append(
            Proposal(
                district=case.district, case=case, suggester_id=held[0], kind=found.kind, kind_share=found.kind_share,
                body_kind=found.body_kind, body_share=found.body_share, urgency=found.urgency, at=context.now,
            )
        )  # fmt: skip
    Proposal.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)
