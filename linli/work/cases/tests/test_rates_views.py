"""Pages of the rates: figures with their cases, what is hidden, frozen and provisional, exclusions and samples."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from linli.foundation.core import charter
from linli.foundation.core.models import CharterVersion
from linli.foundation.core.rules.actor import Actor, public
from linli.work.cases import actions
from linli.work.cases.loading import PastCase, PastStep, load
from linli.work.cases.models import Case, Exclusion, Sample
from linli.work.cases.tests.builders import PASSWORD, Desk, open_desk

ZONE = ZoneInfo("Asia/Shanghai")
MONTH = "2026-06"


@pytest.fixture
def desk(work) -> Desk:
    """June 2026: 36 cases of the compound, 33 solved and three open; three cases of the second compound."""
    desk = open_desk(work)
    CharterVersion.objects.update(valid_from=datetime(2026, 1, 1, tzinfo=ZONE))
    charter.forget()
    load(desk.context, [_past(desk, n) for n in range(39)])
    return desk


def _past(desk: Desk, n: int) -> PastCase:
    at = datetime(2026, 6, 1 + n % 12, 9, n, tzinfo=ZONE)
    company = desk.cast.bodies["company"].id
    handler = Actor(district=desk.context.district, kind="staff", body=company)
    clerk = desk.actor("community.clerk")
    steps = [
        PastStep("dispatch", at + timedelta(hours=1), clerk, body=company), PastStep("sign", at + timedelta(hours=2), handler),
        PastStep("contact", at + timedelta(hours=3), handler),
    ]  # fmt: skip
    if n < 33 or n >= 36:
        caller = public(desk.context.district)
        steps += [
            PastStep("answer", at + timedelta(days=1), handler, "已修好"),
            PastStep("confirm_solved", at + timedelta(days=2), caller, solved="yes", rating="very"),
        ]
    place = desk.cast.places["compound" if n < 36 else "second_compound"]
    return PastCase(
        place, "gb_part_01037", "complaint", f"第{n}件", "hotline", at, None, tuple(steps), line="district"
    )


def signed_in(login: str) -> Client:
    client = Client()
    client.get("/?lang=en")
    client.post("/sign-in", {"name": login, "password": PASSWORD})
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def test_the_table_shows_counts_rates_and_what_it_hides(desk: Desk) -> None:
    html = page(signed_in("community.clerk"), f"/desk/rates/?period={MONTH}&by=compound")
    assert "33/36" in html and "91.7 %" in html, "resolution of the compound"
    assert "36/36" in html and "Provisional" in html
    assert "Fewer than 5 cases; no figures are shown." in html
    assert ">3/3<" not in html


def test_every_figure_opens_its_cases(desk: Desk) -> None:
    client = signed_in("community.clerk")
    place = desk.cast.places["compound"].public_id
    listed = page(client, f"/desk/rates/cases?period={MONTH}&by=compound&place={place}&figure=not_solved")
    assert listed.count('class="queue-row"') == 3
    assert page(client, f"/desk/rates/cases?period={MONTH}&figure=solved").count('class="queue-row"') == 36
    assert client.get(f"/desk/rates/cases?period={MONTH}&figure=nothing").status_code == 404


def test_the_list_behind_a_figure_is_paged_with_constant_statements(desk: Desk, monkeypatch) -> None:
    client = signed_in("community.clerk")
    path = f"/desk/rates/cases?period={MONTH}&figure=base"
    page(client, path)
    seen = []
    for size in (2, 20):
        monkeypatch.setattr("linli.work.cases.queries.ratepages.PAGE", size)
        with CaptureQueriesContext(connection) as queries:
            html = page(client, path)
        assert html.count('class="queue-row"') == size and "after=" in html
        seen.append(len(queries))
    assert seen[0] == seen[1]


def test_scope_and_verb(desk: Desk) -> None:
    assert "36/36" not in page(signed_in("neighbour.clerk"), f"/desk/rates/?period={MONTH}&by=compound")
    assert signed_in("property.handler").get("/desk/rates/").status_code == 403
    outside = desk.cast.places["compound"].public_id
    html = page(signed_in("neighbour.clerk"), f"/desk/rates/?period={MONTH}&by=compound&place={outside}")
    assert "36/36" not in html


def test_by_every_table_span_and_filter(desk: Desk) -> None:
    client = signed_in("district.clerk")
    for by in ("district", "subdistrict", "community", "compound", "body", "kind", "channel", "line"):
        assert "36/39" in page(client, f"/desk/rates/?period={MONTH}&by={by}"), by
    for name in ("2026", "2026-Q2", "2026-H1"):
        assert "36/39" in page(client, f"/desk/rates/?period={name}&by=district"), name
    assert "One day" in page(client, "/desk/rates/?period=2026-06-08") and "2026-W24" in page(
        client, "/desk/rates/?period=2026-W24"
    )
    assert "36/39" in page(
        client, f"/desk/rates/?period={MONTH}&line=district&kind=gb_part_01037&channel=hotline"
    )
    assert "No case was due" in page(client, f"/desk/rates/?period={MONTH}&line=community")
    for odd in ("period=x&by=y", "place=zz", "body=-1", "sort=rate", "span=era"):
        assert client.get(f"/desk/rates/?{odd}").status_code == 200


def test_frozen_month_says_so_and_keeps_its_numbers(desk: Desk) -> None:
    row = actions.freeze_rates(actor=desk.system, context=desk.context, name=MONTH)
    Case.objects.filter(stage="contacted").update(place=desk.cast.places["second_compound"])
    client = signed_in("district.clerk")
    html = page(client, f"/desk/rates/?period={MONTH}&by=compound")
    assert "Frozen" in html and row.charter[:12] in html and "33/36" in html
    assert "36/39" in page(client, "/desk/rates/?period=2026&by=district")
    assert "Partly frozen" in page(client, "/desk/rates/?period=2026&by=district")


def test_sheet_and_paper(desk: Desk) -> None:
    client = signed_in("community.clerk")
    answer = client.get(f"/desk/rates/rates.xlsx?period={MONTH}&by=compound")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[0][:4] == ["Listed", "Compared within", "Period", "State"]
    whole = dict(zip(rows[0], rows[1], strict=False))
    assert (whole["All that count"], whole["Solved, says the caller"], whole["No answer although due"]) == (
        39,
        36,
        3,
    )
    hidden = next(r for r in rows if r[0] == desk.cast.places["second_compound"].name)
    assert set(hidden[4:]) == {""}
    paper = page(client, f"/desk/rates/print?period={MONTH}&by=compound")
    assert "33/36" in paper and "seal-place" in paper and '<a href="/desk/rates/cases' not in paper


def test_a_name_like_a_formula_stays_a_text_in_the_sheet(desk: Desk) -> None:
    place = desk.cast.places["compound"]
    type(place).objects.filter(id=place.id).update(name="=1+1")
    answer = signed_in("community.clerk").get(f"/desk/rates/rates.xlsx?period={MONTH}&by=compound")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert "'=1+1" in [r[0] for r in rows]


def test_exclusion_from_page_to_page(desk: Desk) -> None:
    clerk, other = signed_in("community.clerk"), signed_in("subdistrict.clerk")
    case = Case.objects.filter(stage="contacted").order_by("id").first()
    path = f"/desk/rates/exclusions/new/{case.public_id}"
    assert "Explanation" in page(clerk, path)
    refused = clerk.post(path, {"reason": "", "text": "暴雨停工"})
    assert refused.status_code == 422 and "暴雨停工" in refused.content.decode()
    assert clerk.post(path, {"reason": "force_majeure", "text": "暴雨停工"}).status_code == 302
    row = Exclusion.objects.get()
    assert "Waits for another body" in page(other, "/desk/rates/exclusions")
    assert "Approve" not in page(clerk, "/desk/rates/exclusions")
    assert clerk.post(f"/desk/rates/exclusions/{row.public_id}/approve").status_code == 403
    assert other.post(f"/desk/rates/exclusions/{row.public_id}/approve").status_code == 302
    assert other.post(f"/desk/rates/exclusions/{row.public_id}/erase").status_code == 404
    assert "33/35" in page(clerk, f"/desk/rates/?period={MONTH}&by=compound")
    assert "Proposed already" in page(clerk, path)


def test_samples_page(desk: Desk) -> None:
    Case.objects.filter(stage="closed").update(judged_by="callback")
    actions.draw_samples(actor=desk.system, context=desk.context, name=MONTH, purpose="heard_again")
    client = signed_in("callback.clerk")
    html = page(client, "/desk/rates/samples")
    sample = Sample.objects.order_by("id").first()
    assert sample.public_id in html and "As it was recorded" in html
    assert client.post(f"/desk/rates/samples/{sample.public_id}", {"result": "confirmed"}).status_code == 302
    assert sample.public_id not in page(client, "/desk/rates/samples")
    assert client.post(f"/desk/rates/samples/{sample.public_id}", {"result": "confirmed"}).status_code == 409


def test_everybody_reads_the_months_in_words(desk: Desk) -> None:
    actions.freeze_rates(actor=desk.system, context=desk.context, name=MONTH)
    client = Client()
    client.get("/?lang=en")
    community = desk.cast.places["community"]
    html = page(client, f"/rates?period={MONTH}&place={community.public_id}")
    assert community.name in html and "39 matters were due in 2026-06." in html and "(92.3 %)" in html
    assert "Frozen" in html
    small = page(client, f"/rates?period={MONTH}&place={desk.cast.places['second_compound'].public_id}")
    assert "Your compound is small" in small and desk.cast.places["second_compound"].name not in small
    assert page(client, "/rates") and page(client, "/rates?period=1999-01&place=nothing")
