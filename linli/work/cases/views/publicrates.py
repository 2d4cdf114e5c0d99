"""The rates in plain words for everybody: the district and one's own compound or community."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.requests import context_of
from linli.foundation.core.rules.charter import Charter
from linli.foundation.places import queries as places
from linli.foundation.places.models import Place
from linli.foundation.places.views.public import remembered
from linli.work.cases.actions.freezing import freezes_at
from linli.work.cases.queries import ratepages
from linli.work.cases.queries.ratepages import Question
from linli.work.cases.rules import periods
from linli.work.cases.rules.rates import NOT_JUDGED, Counts
from linli.work.cases.views.rates import FIGURE_WORDS, percent


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one place; `few` without percentages, `hidden` without any number."""

    place: Place
    counts: Counts
    few: bool
    hidden: bool
    percents: dict[str, str]
    not_judged: list[tuple[Any, int]]


def _told(context: Context, rules: Charter, period: periods.Period, place: Place) -> Told:
    question = Question(period, place.level, place.path)
    found = ratepages.shown(context, question, charter_digest=rules.digest, whole_district=True)
    counts = found.cells.get(str(place.id), Counts())
    measures = ("response_rate", "resolution_rate", "satisfaction_rate", "on_time_rate", "not_judged_share")
    return Told(
        place, counts, counts.base < rules["cases.rates.too_few"], counts.base < rules["cases.rates.hidden_below"],
        {name: percent(counts, name) for name in measures},
        [(FIGURE_WORDS[n], getattr(counts, n)) for n in NOT_JUDGED if getattr(counts, n)],
    )  # fmt: skip


def _places(request: HttpRequest, context: Context) -> tuple[list[Place], bool]:
    """The district, and the compound asked for or kept on this device; a small one is shown as its community."""
    whole = places.root(context.district)
    asked = request.GET.get("place", "")[:24]
    own = places.place(context.district, asked) if asked else remembered(request)
    small = own is not None and own.level == Place.Level.COMPOUND and ratepages.is_small(context, own)
    if own is not None and own.level == Place.Level.COMPOUND:
        community = places.community_of(own)
        shown = [community] if small else [own, community]
    else:
        shown = [own] if own is not None and whole is not None and own.id != whole.id else []
    return [p for p in (*shown, whole) if p is not None], small


@require_safe
def public_rates(request: HttpRequest) -> HttpResponse:
    """How a month went, in words; frozen months first, the last one provisional while none is frozen."""
    context = context_of(request)
    rules = charter.current(context.district, context.now)
    today = context.now.astimezone(context.zone).date()
    running = periods.containing("month", today).previous()
    names = list(dict.fromkeys([running.name, *ratepages.frozen_names(context.district)]))
    wanted = request.GET.get("period", "")
    frozen = [name for name in names if name in ratepages.latest_frozen(context.district, names)]
    name = wanted if wanted in names else (frozen[0] if frozen else running.name)
    period = periods.named(name)
    shown_places, small = _places(request, context)
    told = [_told(context, rules, period, place) for place in shown_places]
    row = ratepages.latest_frozen(context.district, [name]).get(name)
    return render(
        request, "cases/rates_public.html",
        {
            "told": told, "period": period, "names": names, "frozen": row, "small": small,
            "charter": row.charter if row else rules.digest, "as_of": row.as_of if row else context.now,
            "freezes_at": freezes_at(context, period), "hidden_below": rules["cases.rates.hidden_below"],
            "too_few": rules["cases.rates.too_few"], "place": request.GET.get("place", "")[:24],
        },
    )  # fmt: skip
