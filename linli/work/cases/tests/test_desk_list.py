"""The desk's list: filters in the address, cursors, totals, saved filters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.core.context import work_in
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import public
from linli.work.cases import actions, queries
from linli.work.cases.models import CHANNELS, CLASSES, Case, SavedFilter
from linli.work.cases.rules import desk as rules
from linli.work.cases.rules.desk import Filters, due_span, query, read
from linli.work.cases.rules.flow import HOLDS, STAGES
from linli.work.cases.tests.builders import PASSWORD, Desk, open_desk
from linli.work.cases.views import wording

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


def staff(login: str) -> Client:
    client = Client()
    assert client.post("/sign-in", {"name": login, "password": PASSWORD}).status_code == 302
    return client


def ids(desk: Desk, login: str, **asked: object) -> set[int]:
    filters = Filters(**{"queue": "all", **asked})
    return {c.id for c in queries.filtered_page(desk.actor(login), filters, desk.context).rows}


# --- rules ------------------------------------------------------------------------------------------------------


words = st.text(max_size=70)
sane = st.builds(
    Filters,
    queue=st.sampled_from(rules.QUEUES), q=st.sampled_from(["", "路灯", "3号楼 a&b=c"]),
    stage=st.sampled_from(["", *STAGES]), kind=st.sampled_from(["", "gb_part_01037"]),
    case_class=st.sampled_from(["", *CLASSES]), channel=st.sampled_from(["", *CHANNELS]),
    place=st.sampled_from(["", "abcDEF123-_"]), body=st.sampled_from(["", "abcDEF123-_"]),
    due=st.sampled_from(["", *rules.DUE]), hold=st.sampled_from(["", "any", *HOLDS]),
    judged=st.sampled_from(["", *rules.JUDGED]),
    since=st.none() | st.dates(date(1970, 1, 1), date(9000, 1, 1)),
    until=st.none() | st.dates(date(1970, 1, 1), date(9000, 1, 1)),
)  # fmt: skip


@given(sane)
def test_an_address_says_the_filters_and_nothing_else(filters: Filters) -> None:
    assert read(dict(parse_qsl(query(filters))), CHANNELS) == filters


@given(
    st.dictionaries(
        st.sampled_from(["queue", "q", "stage", "kind", "class", "place", "from", "to", "due"]), words
    )
)
def test_whatever_stands_in_an_address_is_read(params: dict[str, str]) -> None:
    found = read(params, CHANNELS)
    assert found.queue in rules.QUEUES
    assert read(dict(parse_qsl(query(found))), CHANNELS) == found


def test_every_class_and_hold_can_be_asked_for() -> None:
    assert set(rules.CLASS_CODES) == set(CLASSES)
    assert set(wording.HOLDS) == {"any", *HOLDS}
    assert set(wording.DUE) == set(rules.DUE)
    assert set(wording.JUDGED) == set(rules.JUDGED)


def test_today_and_this_week_end_at_local_midnight() -> None:
    # Monday 2026-11-23 23:30 in Shanghai
    now = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    assert due_span("overdue", now, ZONE) == (None, now)
    assert due_span("today", now, ZONE) == (now, datetime(2026, 11, 24, tzinfo=ZONE))
    assert due_span("week", now, ZONE) == (now, datetime(2026, 11, 30, tzinfo=ZONE))
    sunday = datetime(2026, 11, 29, 4, tzinfo=UTC)
    assert due_span("week", sunday, ZONE)[1] == datetime(2026, 11, 30, tzinfo=ZONE)


@pytest.mark.parametrize(("n", "said"), [(0, "0"), (10_000, "10,000"), (10_001, "10,000+")])
def test_a_total_stops_at_ten_thousand(n: int, said: str) -> None:
    assert wording.total_words(n) == said


# --- the list ---------------------------------------------------------------------------------------------------


def test_each_filter_narrows(desk: Desk) -> None:
    lamp = desk.case(desk.report(key="a"))
    bins = desk.case(
        desk.report(key="b", kind="gb_event_06042", place=desk.cast.places["other_compound"].public_id)
    )
    company = desk.cast.bodies["company"].public_id
    actions.dispatch(
        actor=desk.actor("community.clerk"), context=desk.context, case=lamp.public_id, body=company
    )
    Case.objects.filter(id=bins.id).update(
        case_class="P1", channel="hotline", received_at=desk.context.now - timedelta(days=40)
    )
    both = {lamp.id, bins.id}
    who = "district.clerk"
    assert ids(desk, who) == both
    assert ids(desk, who, stage="dispatched") == {lamp.id}
    assert ids(desk, who, kind="gb_event_06042") == {bins.id}
    assert ids(desk, who, case_class="P1") == {bins.id}
    assert ids(desk, who, channel="hotline") == {bins.id}
    assert ids(desk, who, place=desk.cast.places["subdistrict"].public_id) == {lamp.id}
    assert ids(desk, who, place="nowhere") == set()
    assert ids(desk, who, body=company) == {lamp.id}
    day = desk.context.now.astimezone(desk.context.zone).date()
    assert ids(desk, who, since=day) == {lamp.id}
    assert ids(desk, who, until=day - timedelta(days=1)) == {bins.id}
    assert ids(desk, who, since=day, stage="received") == set()
    assert ids(desk, "subdistrict.clerk") == {lamp.id}
    assert ids(desk, "subdistrict.clerk", place=desk.cast.places["other_compound"].public_id) == set()


def test_due_filters_meet_at_now(desk: Desk) -> None:
    now = desk.context.now
    moments = {"late": now - timedelta(seconds=1), "now": now, "far": now + timedelta(days=30)}
    made = {}
    for name, moment in moments.items():
        case = desk.case(desk.report(key=name))
        Case.objects.filter(id=case.id).update(next_due=moment)
        made[name] = case.id
    who = "community.clerk"
    assert ids(desk, who, queue="due", due="overdue") == {made["late"]}
    assert ids(desk, who, queue="due", due="today") == {made["now"]}
    assert ids(desk, who, queue="due", due="week") == {made["now"]}


def test_holds_and_judgements(desk: Desk) -> None:
    case = desk.case(desk.report(key="a"))
    other = desk.case(desk.report(key="b"))
    clerk, handler = desk.actor("community.clerk"), desk.actor("property.handler")
    actions.dispatch(
        actor=clerk, context=desk.context, case=case.public_id, body=desk.cast.bodies["company"].public_id
    )
    actions.ask_return(
        actor=handler, context=desk.context, case=case.public_id, reason="not_our_duty", note="不归我们"
    )
    assert (
        ids(desk, "community.clerk", hold="return") == {case.id} == ids(desk, "community.clerk", hold="any")
    )
    assert ids(desk, "community.clerk", hold="parked") == set()
    Case.objects.filter(id=other.id).update(
        stage="closed", ended_at=desk.context.now, solved="no", judged_by="caller", rating="basic"
    )
    assert ids(desk, "community.clerk", judged="unsolved") == {other.id}
    assert ids(desk, "community.clerk", judged="solved") == set()


def test_cases_without_a_due_moment_come_last_and_none_is_lost(desk: Desk) -> None:
    made = [desk.case(desk.report(key=f"k{n}")).id for n in range(7)]
    Case.objects.filter(id__in=made[:3]).update(next_due=None)
    actor, seen, after, sizes = desk.actor("community.clerk"), [], "", []
    while True:
        page = queries.filtered_page(actor, Filters(), desk.context, after, size=2)
        seen += [c.id for c in page.rows]
        sizes.append(len(page.rows))
        after = page.next_cursor
        if not after:
            break
    assert sorted(seen) == sorted(made)
    assert set(seen[-3:]) == set(made[:3])
    assert sizes == [2, 2, 2, 1]


@pytest.mark.parametrize(
    "after", ["", "~", "x~1", "2026-13-01~5", "~99999999999999999999", "0001-01-01T00:00:00+00:00~1"]
)
def test_a_cursor_that_is_none_shows_the_first_page(desk: Desk, after: str) -> None:
    case = desk.case(desk.report())
    page = queries.filtered_page(desk.actor("community.clerk"), Filters(queue="all"), desk.context, after)
    assert [c.id for c in page.rows] == [case.id]


def statements(client: Client, path: str) -> int:
    """What a page costs; the least of three, because every few seconds one request reads the districts anew."""
    client.get(path)
    found = []
    for _n in range(3):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        found.append(len(seen))
    return min(found)


@pytest.mark.parametrize(
    "path", ["/desk/cases/", "/desk/cases/?queue=all&stage=received&due=week&from=2020-01-01"]
)
def test_the_list_costs_the_same_for_one_and_fifty(desk: Desk, path: str) -> None:
    clerk = staff("subdistrict.clerk")
    desk.report(key="first")
    one = statements(clerk, path)
    for n in range(52):
        desk.report(key=f"more-{n}", phone="", name="")
    fifty = statements(clerk, path)
    assert fifty == one <= 12


def test_the_page_says_its_conditions_and_takes_them_away(desk: Desk) -> None:
    receipt = desk.report()
    clerk = staff("community.clerk")
    page = clerk.get("/desk/cases/?lang=en&stage=received&kind=gb_part_01037").content.decode()
    assert receipt.number in page
    assert 'href="/desk/cases/?kind=gb_part_01037"' in page and 'href="/desk/cases/?stage=received"' in page
    empty = clerk.get("/desk/cases/?lang=en&stage=signed").content.decode()
    assert "Nothing fits all these conditions" in empty


def test_a_place_typed_by_name_is_found_within_reach_only(desk: Desk) -> None:
    clerk = staff("community.clerk")
    own, other = desk.cast.places["compound"], desk.cast.places["other_compound"]
    answer = clerk.get("/desk/cases/", {"place_name": own.name, "stage": "received"})
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/desk/cases/?stage=received&place={own.public_id}",
    )
    nothing = clerk.get("/desk/cases/?lang=en", {"place_name": other.name, "lang": "en"}).content.decode()
    assert other.public_id not in nothing and "within your reach" in nothing


# --- saved filters ----------------------------------------------------------------------------------------------


def save(desk: Desk, login: str, name: str, address: str = "stage=received") -> SavedFilter:
    return actions.save_filter(actor=desk.actor(login), context=desk.context, name=name, address=address)


def test_a_filter_is_saved_once_renamed_and_deleted(desk: Desk) -> None:
    row = save(desk, "community.clerk", " 新的 ", "nonsense=1&stage=received&queue=new")
    assert (row.name, row.query) == ("新的", "queue=new&stage=received")
    assert save(desk, "community.clerk", "新的", "queue=new&stage=received").id == row.id
    assert Event.objects.filter(code="cases.filter_saved").count() == 1
    actor = desk.actor("community.clerk")
    assert [r.id for r in queries.saved_filters(actor)] == [row.id]
    assert queries.saved_filters(desk.actor("subdistrict.clerk")) == []
    actions.rename_filter(actor=actor, context=desk.context, saved=row.public_id, name="待派")
    assert [r.name for r in queries.saved_filters(actor)] == ["待派"]
    actions.delete_filter(actor=actor, context=desk.context, saved=row.public_id)
    assert queries.saved_filters(actor) == []
    assert save(desk, "community.clerk", "待派").id != row.id


def test_saved_filters_are_limited_named_once_and_nobody_elses(desk: Desk) -> None:
    first = save(desk, "community.clerk", "一")
    with pytest.raises(Conflict), transaction.atomic():
        save(desk, "community.clerk", "一", "stage=signed")
    for bad in ("", "   ", "长" * 31):
        with pytest.raises(Invalid), transaction.atomic():
            save(desk, "community.clerk", bad)
    for n in range(rules.MAX_SAVED - 1):
        save(desk, "community.clerk", f"第{n}个")
    with pytest.raises(Conflict), transaction.atomic():
        save(desk, "community.clerk", "多余")
    for login in ("subdistrict.clerk", "property.handler"):
        with pytest.raises(OutOfScope), transaction.atomic():
            actions.delete_filter(actor=desk.actor(login), context=desk.context, saved=first.public_id)
    with pytest.raises(NotAllowed), transaction.atomic():
        save(desk, "data.officer", "不行")
    with pytest.raises(NotAllowed), transaction.atomic():
        actions.save_filter(actor=public(desk.cast.district), context=desk.context, name="x", address="")
    assert SavedFilter.objects.filter(ended_at=None).count() == rules.MAX_SAVED


def test_a_phone_typed_as_a_name_is_not_kept(desk: Desk) -> None:
    row = save(desk, "community.clerk", "找13800138000")
    assert "13800138000" not in row.name


def test_saved_filters_through_the_pages(desk: Desk) -> None:
    clerk = staff("community.clerk")
    answer = clerk.post("/desk/cases/filters", {"name": "我的新单", "query": "queue=new"})
    assert (answer.status_code, answer["Location"]) == (302, "/desk/cases/?queue=new")
    row = SavedFilter.objects.get()
    page = clerk.get("/desk/cases/?queue=new").content.decode()
    assert "我的新单" in page and f"/desk/cases/filters/{row.public_id}" in page
    assert "我的新单" not in staff("subdistrict.clerk").get("/desk/cases/?queue=new").content.decode()
    assert (
        clerk.post(f"/desk/cases/filters/{row.public_id}", {"go": "rename", "name": "新"}).status_code == 302
    )
    assert clerk.post(f"/desk/cases/filters/{row.public_id}", {"go": "delete"}).status_code == 302
    assert clerk.post(f"/desk/cases/filters/{row.public_id}", {"go": "delete"}).status_code == 404


def test_the_other_district_sees_nothing(desk: Desk) -> None:
    desk.report()
    save(desk, "community.clerk", "一")
    here = desk.actor("district.clerk")
    with work_in(140499, "qingshan", "Asia/Shanghai") as (context, _system):
        there = replace(here, district=140499)
        assert queries.filtered_page(there, Filters(queue="all"), context).rows == []
        assert queries.saved_filters(replace(desk.actor("community.clerk"), district=140499)) == []
