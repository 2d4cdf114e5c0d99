"""What the rates tell core: charter keys, verbs, event types, field classes, desk pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, classes, ledger, ui
from linli.foundation.core.rules.charter import TEXT, WORD, Column, Key, Kind, integer, record, table
from linli.foundation.core.rules.events import EventType
from linli.foundation.places.models import Place

_PARTS = record({name: Column(integer(0, 100)) for name in ("response", "resolution", "satisfaction")})


def _weights(value: Any) -> Any:
    parts = _PARTS.read(value)
    if sum(parts.values()) != 100:
        raise ValueError("the three weights add up to 100")
    return parts


KEYS = (
    Key(
        "cases.rates.weights",
        Kind("weights", "{ response, resolution, satisfaction } that add up to 100", _weights),
    ),
    Key("cases.rates.provisional_days", integer(0, 90)),
    Key("cases.rates.too_few", integer(1, 1000)),
    Key("cases.rates.hidden_below", integer(1, 30)),
    Key("cases.rates.exclusion_reasons", table({"code": Column(WORD), "name": Column(TEXT)}, unique="code")),
    Key("cases.rates.correction_reasons", table({"code": Column(WORD), "name": Column(TEXT)}, unique="code")),
    Key("cases.rates.sample_percent.*", integer(0, 100)),
)

VERBS = ("cases.rates", "cases.exclude", "cases.approve_exclusion", "cases.correct_rates")

EVENTS = (
    EventType("case.exclusion_proposed", "申请不计入三率基数", "Proposed to be left out of the rates", {"exclusion": "id", "reason": "code"}),
    EventType("case.exclusion_approved", "同意不计入三率基数", "Left out of the rates with approval", {"exclusion": "id", "reason": "code"}),
    EventType("case.exclusion_withdrawn", "撤回不计入申请，重新计入", "Counts in the rates again", {"exclusion": "id", "reason": "code"}),
    EventType("case.sample_checked", "抽查回访：{result}", "Sample heard again: {result}", {"sample": "id", "result": "code"}),
    EventType("rates.frozen", "三率已定格：{cases}件", "Rates frozen: {cases} cases", {"cases": "count", "digest": "digest", "as_of": "moment"}),
    EventType("rates.corrected", "三率已更正：{cases}件", "Rates corrected: {cases} cases", {"cases": "count", "digest": "digest", "as_of": "moment", "corrects": "id", "reason": "code"}),
    EventType("rates.sample_drawn", "抽样已抽取：{population}件中抽{size}件", "Sample drawn: {size} of {population}", {"population": "count", "size": "count", "seed": "digest"}),
)  # fmt: skip


def _classes() -> None:
    classes.declare(
        "cases.Exclusion", public_id="code", case="id", reason="code", text="free_masked", text_original="id",
        proposed_at="moment", proposed_body="id", proposed_by="id", approved_at="moment", approved_body="id",
        approved_by="id", withdrawn_at="moment", withdrawn_body="id", withdrawn_by="id",
    )  # fmt: skip
    classes.declare(
        "cases.RatePeriod", name="code", starts="moment", ends="moment", as_of="moment", excluded_as_of="moment", frozen_at="moment",
        charter="digest", digest="digest", cases="count", corrects="id", reason="code",
    )  # fmt: skip
    classes.declare(
        "cases.RateRow", period="id", dimension="code", key="code", base="count", responded="count", on_time="count",
        judged="count", late="count", solved="count", satisfied="count", no_contact="count", unreached="count",
        awaiting="count", by_time="count", withdrawn="count", excluded="count", parked="count", merged="count",
        at_intake="count", not_due="count",
    )  # fmt: skip
    classes.declare(
        "cases.SampleDraw", period="code", purpose="code", seed="digest", population="count", percent="count",
        size="count", drawn_at="moment", charter="digest",
    )  # fmt: skip
    classes.declare(
        "cases.Sample", public_id="code", draw="id", case="id", position="count", result="code", checked_at="moment",
        checked_body="id", checked_by="id",
    )  # fmt: skip


def _panel(request: HttpRequest, place: Place) -> dict[str, Any]:
    """The way from a compound's public page to its rates; no figure is read for it."""
    return {"place": place}


def connect() -> None:
    charter.declare(*KEYS)
    charter.declare_verbs(*VERBS)
    ledger.declare(*EVENTS)
    _classes()
    ui.desk_entry(ui.DeskEntry(_("Rates"), "cases:rates", "cases.rates", 16, "file"))
    ui.desk_entry(ui.DeskEntry(_("Heard again"), "cases:samples", "cases.callback", 13, "phone"))
    ui.fill("compound.public", order=50, template="cases/parts/rates_panel.html", source=_panel)
