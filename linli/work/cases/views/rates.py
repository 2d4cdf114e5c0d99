"""The rates on the desk: a table for a period, the cases behind each figure, export and print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.bodies.rules import KINDS as BODY_KINDS
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places import queries as places
from linli.foundation.places.sheets import write_xlsx
from linli.work.cases.actions.freezing import freezes_at
from linli.work.cases.measures import BEHIND, LEVELS
from linli.work.cases.models import CHANNELS, DIMENSIONS, LINES
from linli.work.cases.queries import ratepages
from linli.work.cases.queries.ratepages import Question, Shown
from linli.work.cases.rules import periods
from linli.work.cases.rules.rates import MEASURES, NOT_JUDGED, OUTSIDE, Counts, Weights, rate, score
from linli.work.cases.templatetags.cases import CHANNELS as CHANNEL_WORDS

LINE_WORDS: dict[str, str | Promise] = {
    "": lazy("No published number"),
    "district": lazy("The district's number"),
    "subdistrict": lazy("The subdistrict's number"),
    "community": lazy("The community's number"),
}
BY_WORDS: dict[str, str | Promise] = {
    "district": lazy("District"), "subdistrict": lazy("Subdistricts"), "community": lazy("Communities"),
    "compound": lazy("Compounds"), "body": lazy("Handling bodies"), "kind": lazy("Kinds"), "channel": lazy("Channels"),
    "line": lazy("Complaint numbers"),
}  # fmt: skip
SPAN_WORDS: dict[str, str | Promise] = {
    "day": lazy("One day"), "week": lazy("Week"), "month": lazy("Month"), "quarter": lazy("Quarter"), "half": lazy("Half-year"),
    "year": lazy("Whole year"),
}  # fmt: skip
MEASURE_WORDS: dict[str, str | Promise] = {
    "response_rate": lazy("Response rate"), "resolution_rate": lazy("Resolution rate"),
    "satisfaction_rate": lazy("Satisfaction rate"), "on_time_rate": lazy("Answered on time"),
}  # fmt: skip
FIGURE_WORDS: dict[str, str | Promise] = {
    "base": lazy("All that count"), "responded": lazy("Contacted in time"), "not_responded": lazy("Not contacted in time"),
    "on_time": lazy("Answered on time"), "not_on_time": lazy("Not answered on time"), "solved": lazy("Solved, says the caller"),
    "not_solved": lazy("Not solved, or still open"), "satisfied": lazy("Satisfied"),
    "not_satisfied": lazy("Not satisfied, or still open"), "judging_base": lazy("Judged, or still open"),
    "not_judged": lazy("Not judged"), "judged": lazy("Judged"), "late": lazy("No answer although due"),
    "no_contact": lazy("Left no contact"), "unreached": lazy("Not reached"), "awaiting": lazy("Call-back under way"),
    "by_time": lazy("Nobody judged in time"), "withdrawn": lazy("Taken back after the answer"),
    "excluded": lazy("Left out with approval"), "parked": lazy("Parked"), "merged": lazy("Merged with another"),
    "at_intake": lazy("Answered at intake"), "not_due": lazy("Not due yet"),
}  # fmt: skip
FIGURES_OF = {
    "response_rate": ("responded", "not_responded", "base"), "on_time_rate": ("on_time", "not_on_time", "base"),
    "resolution_rate": ("solved", "not_solved", "judging_base"),
    "satisfaction_rate": ("satisfied", "not_satisfied", "judging_base"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One rate as shown: percent in tenths, or why there is none; and where its cases are."""

    measure: str
    above: int
    below: int
    percent: str
    few: bool
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table."""

    key: str
    name: str
    peer: str
    counts: Counts
    hidden: bool
    cells: list[Cell]
    not_judged: list[tuple[str | Promise, int]]
    outside: list[tuple[str | Promise, int]]
    url: str


def percent(counts: Counts, measure: str) -> str:
    """A rate in percent with one decimal, rounded half up; empty without a denominator."""
    value = rate(counts, measure)
    if value is None:
        return ""
    tenths = (2000 * value.numerator + value.denominator) // (2 * value.denominator)
    return f"{tenths // 10}.{tenths % 10}"


def _question(request: HttpRequest, actor: Actor, context: Context) -> Question:
    """What the address asks for; what cannot be read gives the present month and the next level below."""
    asked = request.GET
    today = context.now.astimezone(context.zone).date()
    try:
        period = periods.named(asked.get("period", ""))
    except ValueError:
        period = periods.containing("month", today)
    if asked.get("span") in periods.SPANS and asked["span"] != period.span:
        period = periods.containing(asked["span"], min(period.first, today))
    chosen = asked.get("place", "")[:24]
    place = places.place(actor, chosen) if chosen else None
    path = place.path if place is not None and actor.covers(place.path) else actor.scope
    by = asked.get("by", "")
    body = ratepages.body_by(context.district, asked.get("body", "")[:24])
    kinds = {row["code"] for row in charter.current(context.district, context.now)["cases.kinds"]}
    return Question(
        period, by if by in DIMENSIONS else _below(path), path, chosen if path != actor.scope else "",
        asked.get("kind", "") if asked.get("kind") in kinds else "",
        asked.get("channel", "") if asked.get("channel") in CHANNELS else "",
        asked.get("line", "") if asked.get("line") in LINES else "",
        body.public_id if body else "", body.id if body else None,
        "act" if asked.get("sort") == "act" else "name",
    )  # fmt: skip


def _below(path: str) -> str:
    return LEVELS[min(path.count("."), len(LEVELS) - 1)]


def _parameters(question: Question, **more: str) -> str:
    parts = {
        "period": question.period.name, "by": question.by, "place": question.place, "kind": question.kind,
        "channel": question.channel, "line": question.line, "body": question.body,
        "sort": "" if question.sort == "name" else question.sort, **more,
    }  # fmt: skip
    return urlencode({k: v for k, v in parts.items() if v})


def _narrowed(question: Question, key: str, name: dict[str, Any]) -> dict[str, str]:
    """The filter that a row of the table stands for."""
    if not key:
        return {}
    if question.by in LEVELS:
        return {"place": name[key].public_id} if key in name else {}
    if question.by == "body":
        return {"body": name[key].public_id} if key in name else {}
    return {question.by: key}


class Table:
    """A table made ready for screen, paper and sheet."""

    def __init__(self, request: HttpRequest) -> None:
        self.actor, self.context = actor_of(request), context_of(request)
        self.rules = charter.current(self.context.district, self.context.now)
        self.question = _question(request, self.actor, self.context)
        self.shown: Shown = ratepages.shown(
            self.context,
            self.question,
            charter_digest=self.rules.digest,
            whole_district=self.actor.scope.count(".") <= 1,
        )
        self.named = self._named()
        self.lines = self._sorted([self._line(key, counts) for key, counts in self.shown.cells.items()])
        self.whole = self._line(None, self.shown.whole)

    def _named(self) -> dict[str, Any]:
        district, keys = self.context.district, self.shown.cells
        if self.question.by in LEVELS:
            return dict(ratepages.place_names(district, keys))
        if self.question.by == "body":
            return dict(ratepages.body_names(district, keys))
        return {row["code"]: row["name"] for row in self.rules["cases.kinds"]}

    def _words(self, key: str) -> tuple[str, str]:
        """(name, class) of a row: what it may be compared with stands beside it."""
        by, language = self.question.by, get_language() or "zh-hans"
        if by == "channel":
            return str(CHANNEL_WORDS.get(key, key)), ""
        if by == "line":
            return str(LINE_WORDS.get(key, key)), ""
        found = self.named.get(key)
        if by == "kind":
            return (found.in_language(language) if found else key), ""
        if by == "body":
            if found is None:
                return _("Not given to anybody"), ""
            kind = BODY_KINDS.get(found.kind)
            return found.name, kind.name.in_language(language) if kind else ""
        return (found.name, "") if found else (_("No compound named"), "")

    def _line(self, key: str | None, counts: Counts) -> Line:
        name, peer = self._words(key) if key is not None else (_("All together"), "")
        narrowed = _narrowed(self.question, key, self.named) if key else {}
        hidden = counts.base < self.rules["cases.rates.hidden_below"]
        few = counts.base < self.rules["cases.rates.too_few"]
        cases = reverse("cases:rate_cases")
        cells = [
            Cell(
                measure, getattr(counts, MEASURES[measure][0]), getattr(counts, MEASURES[measure][1]),
                percent(counts, measure), few, f"{cases}?{_parameters(self.question, figure=FIGURES_OF[measure][0], **narrowed)}",
            )
            for measure in MEASURE_WORDS
        ]  # fmt: skip
        return Line(
            key or "", name, peer, counts, hidden, cells, self._split(counts, NOT_JUDGED), self._split(counts, OUTSIDE),
            f"{cases}?{_parameters(self.question, figure='base', **narrowed)}",
        )  # fmt: skip

    @staticmethod
    def _split(counts: Counts, names: Sequence[str]) -> list[tuple[str | Promise, int]]:
        return [(FIGURE_WORDS[n], getattr(counts, n)) for n in names if getattr(counts, n)]

    def _sorted(self, lines: list[Line]) -> list[Line]:
        """By name, or by what waits for somebody to act: open and overdue. Never by a rate."""
        by_name = sorted(
            lines, key=lambda line: (getattr(self.named.get(line.key), "pinyin", "") or line.name, line.key)
        )
        if self.question.sort == "act":
            return sorted(by_name, key=lambda line: -line.counts.late)
        return by_name

    @property
    def score(self) -> str:
        weights = self.rules["cases.rates.weights"]
        value = score(self.shown.whole, Weights(**weights))
        if value is None or self.shown.whole.base < self.rules["cases.rates.too_few"]:
            return ""
        tenths = (20 * value.numerator + value.denominator) // (2 * value.denominator)
        return f"{tenths // 10}.{tenths % 10}"

    def context_of_page(self) -> dict[str, Any]:
        question = self.question
        month = question.period if question.period.span == "month" else None
        return {
            "table": self, "question": question, "shown": self.shown, "lines": self.lines, "whole": self.whole,
            "score": self.score, "weights": self.rules["cases.rates.weights"], "measures": MEASURE_WORDS,
            "hidden_below": self.rules["cases.rates.hidden_below"], "too_few": self.rules["cases.rates.too_few"],
            "freezes_at": freezes_at(self.context, month) if month and self.shown.state != "frozen" else None,
            "parameters": _parameters(question),
        }  # fmt: skip


def _choices(table: Table) -> dict[str, Any]:
    """The choices above the table, each a link that keeps the rest."""
    question = table.question
    today = table.context.now.astimezone(table.context.zone).date()
    links = [
        (str(words), "?" + _parameters(question, by=by), by == question.by) for by, words in BY_WORDS.items()
    ]
    spans = [
        (
            str(words),
            "?"
            + _parameters(question, period=periods.containing(span, min(question.period.first, today)).name),
            span == question.period.span,
        )
        for span, words in SPAN_WORDS.items()
    ]
    sorts = [
        (_("By name"), "?" + _parameters(question, sort=""), question.sort == "name"),
        (_("By matters to act on"), "?" + _parameters(question, sort="act"), question.sort == "act"),
    ]
    later = question.period.next()
    return {
        "by_links": links, "span_links": spans, "sort_links": sorts,
        "earlier": "?" + _parameters(question, period=question.period.previous().name),
        "later": "?" + _parameters(question, period=later.name) if later.first <= today else "",
        "kinds": table.rules["cases.kinds"], "channels": CHANNEL_WORDS, "lines_of": LINE_WORDS,
    }  # fmt: skip


@never_cache
@require_safe
@acting("cases.rates")
def rates(request: HttpRequest) -> HttpResponse:
    """The three rates with what was not judged beside them."""
    table = Table(request)
    return render(request, "cases/rates.html", {**table.context_of_page(), **_choices(table)})


@never_cache
@require_safe
@acting("cases.rates")
def printed(request: HttpRequest) -> HttpResponse:
    """The table on paper, with as of, charter and place for the seal."""
    table = Table(request)
    back = reverse("cases:rates") + "?" + _parameters(table.question)
    return render(request, "cases/rates_print.html", {**table.context_of_page(), "back_url": back})


@never_cache
@require_safe
@acting("cases.rates")
def exported(request: HttpRequest) -> HttpResponse:
    """The table as a spreadsheet: whole numbers, no formulas; small cells stay empty."""
    table = Table(request)
    numbers = list(asdict(Counts()))
    headers = [
        _("Listed"),
        _("Compared within"),
        _("Period"),
        _("State"),
        *(str(FIGURE_WORDS[n]) for n in numbers),
    ]
    rows = [
        [
            line.name, line.peer, table.question.period.name, table.shown.state,
            *("" if line.hidden else getattr(line.counts, n) for n in numbers),
        ]
        for line in [table.whole, *table.lines]
    ]  # fmt: skip
    notes = [
        [_("As of"), table.context.zone.key, table.shown.as_of.astimezone(table.context.zone).isoformat()]
    ]
    notes += [[_("Charter"), digest] for digest in table.shown.charters]
    book = write_xlsx(_("Rates"), headers, [*rows, *notes])
    response = HttpResponse(
        book, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = f'attachment; filename="rates-{table.question.period.name}.xlsx"'
    return response


@never_cache
@require_safe
@acting("cases.rates")
def cases(request: HttpRequest) -> HttpResponse:
    """The cases behind a figure that this appointment may open."""
    actor, context = actor_of(request), context_of(request)
    question = _question(request, actor, context)
    figure = request.GET.get("figure", "base")
    if figure not in BEHIND:
        raise OutOfScope("rates.figure", _("There is no such figure."))
    frozen = ratepages.latest_frozen(context.district, [question.period.name]).get(question.period.name)
    asked = ratepages.asked(context, question, question.period, frozen)
    page = ratepages.cases_behind(actor, asked, figure, request.GET.get("after", ""))
    family = next((f for f in FIGURES_OF.values() if figure in f), (figure, "base"))
    tabs = [
        {"url": "?" + _parameters(question, figure=f), "label": FIGURE_WORDS[f], "current": f == figure}
        for f in family
    ]
    rules = charter.current(context.district, context.now)
    return render(
        request, "cases/rates_cases.html",
        {
            "page": page, "figure": FIGURE_WORDS[figure], "tabs": tabs, "question": question, "frozen": frozen,
            "kinds": {row["code"]: row["name"] for row in rules["cases.kinds"]},
            "back": reverse("cases:rates") + "?" + _parameters(question), "may_exclude": actor.may("cases.exclude"),
        },
    )  # fmt: skip
