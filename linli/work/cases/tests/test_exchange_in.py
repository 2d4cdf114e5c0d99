"""What comes from the city's hotline: its number, its deadline, its updates, and what is told why not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from linli.foundation.core import clocks
from linli.foundation.core.errors import NotAllowed
from linli.foundation.core.models import Clock, Event
from linli.foundation.core.rules.clocks import Span
from linli.foundation.people.queries import phone_is
from linli.work.cases import actions
from linli.work.cases.actions.outside import take_row
from linli.work.cases.actions.outside_known import known
from linli.work.cases.actions.outside_orders import choose_place
from linli.work.cases.models import Case, Entry, OutsideMessage, OutsideOrder
from linli.work.cases.outside_words import PROBLEMS
from linli.work.cases.sheets import SheetRefused
from linli.work.cases.tests.builders import Desk, open_desk
from linli.work.cases.tests.exchange_builders import (
    HEADER,
    NUMBER,
    case,
    cells,
    gb_csv,
    load,
    order,
    order_row,
    take,
    xlsx,
)

SPAN = Span(5, "working_days")


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


def finish(found: Case) -> Clock:
    return next(c for c in clocks.of(found.district, ("case", found.id)) if c.kind == "finish")


def standing() -> tuple[int, ...]:
    return Case.objects.count(), OutsideOrder.objects.count(), Entry.objects.count(), Event.objects.count()


def test_an_order_is_a_case_with_its_number_and_its_caller_in_the_vault(desk: Desk) -> None:
    assert take(desk, order_row(desk)).what == "taken"
    found = case()
    assert (found.channel, found.outside_number, found.kind) == ("city", NUMBER, "gb_part_01037")
    assert found.received_at == order().received_at
    assert "13912345678" not in found.text
    assert phone_is(found.district, found.contact_id, "13912345678")


@pytest.mark.parametrize("hours", [6, 24 * 60])
def test_the_stricter_deadline_governs(desk: Desk, hours: int) -> None:
    """Six hours is earlier than ours, sixty days later."""
    take(desk, order_row(desk, number="A-0"))
    ours = case("A-0").promised_at
    deadline = desk.context.now + timedelta(hours=hours)
    take(desk, order_row(desk, deadline=deadline))
    found = case()
    assert ours is not None
    assert finish(found).next_due == found.promised_at == min(ours, deadline)
    assert order().deadline == deadline
    if hours == 6:
        actions.dispatch(
            actor=desk.actor("community.clerk"), context=desk.context, case=found.public_id,
            body=desk.cast.bodies["company"].public_id,
        )  # fmt: skip
        held = clocks.extend(("case", found.id), ["finish"], SPAN, context=desk.context)
        assert held[0].next_due == deadline


def test_without_a_deadline_ours_stands_alone(desk: Desk) -> None:
    take(desk, order_row(desk))
    assert finish(case()).latest is None
    assert not Event.objects.filter(code="case.outside_bound").exists()


def test_the_same_again_changes_nothing(desk: Desk) -> None:
    take(desk, order_row(desk))
    before = standing()
    assert take(desk, order_row(desk)).what == "repeated"
    assert standing() == before


def test_the_same_number_updates_deadline_urges_and_words(desk: Desk) -> None:
    take(desk, order_row(desk))
    deadline = desk.context.now + timedelta(hours=3)
    told = order_row(desk, deadline=deadline, urges=2, text="现在整栋楼都不亮了，张三的电话13912345678。")
    assert take(desk, told).what == "updated"
    found = case()
    assert (found.urged, found.promised_at, finish(found).next_due) == (2, deadline, deadline)
    entry = Entry.objects.get(case=found, kind="added_by_city")
    assert entry.text.startswith("现在整栋楼") and "13912345678" not in entry.text
    assert Case.objects.filter(channel="city").count() == 1
    assert take(desk, told).what == "repeated"
    # A later date gives the time back; its removal leaves ours alone.
    take(desk, order_row(desk, deadline=None, urges=2, text=told.text))
    assert finish(case()).latest is None
    assert Entry.objects.filter(case=found, kind="added_by_city").count() == 1


@pytest.mark.parametrize(
    ("changes", "problem"),
    [({"phone": "13800000001"}, "other_caller"), ({"phone": "", "name": "赵四"}, "other_caller"), ({"place": "别处"}, "other_place")],
)  # fmt: skip
def test_the_same_number_for_another_matter_is_refused(desk: Desk, changes: dict, problem: str) -> None:
    take(desk, order_row(desk))
    before = standing()
    result = take(desk, order_row(desk, text="别的事情", **changes))
    assert (result.what, result.problem) == ("refused", problem)
    assert standing() == before
    listed = OutsideMessage.objects.get(state="refused")
    assert (listed.number, listed.problem) == (NUMBER, problem)


def test_the_neighbours_place_under_the_same_number_is_refused(desk: Desk) -> None:
    take(desk, order_row(desk))
    elsewhere = desk.cast.places["other_compound"].name
    assert take(desk, order_row(desk, place=elsewhere)).problem == "other_place"


def test_an_update_after_closing_stands_in_the_list_with_words(desk: Desk) -> None:
    take(desk, order_row(desk))
    found = case()
    actions.withdraw_by_caller(actor=desk.system, context=desk.context, case=found, key="w-1")
    before = standing()
    assert take(desk, order_row(desk, text="又坏了")).problem == "ended"
    assert take(desk, order_row(desk, message="urge")).problem == "ended"
    assert standing() == before


def test_what_was_refused_is_taken_once_it_is_right(desk: Desk) -> None:
    urge = order_row(desk, message="urge")
    assert take(desk, urge).problem == "unknown_number"
    take(desk, order_row(desk))
    assert take(desk, urge).what == "updated"
    assert OutsideMessage.objects.filter(state="refused").count() == 0
    assert take(desk, urge).what == "repeated"
    assert case().urged == 1


def test_an_order_without_a_known_place_waits_and_nothing_is_lost(desk: Desk) -> None:
    deadline = desk.context.now + timedelta(hours=5)
    told = order_row(desk, place="英雄路某某小区，找李大伟13912345678", deadline=deadline)
    assert take(desk, told).what == "waiting"
    waits = order()
    assert (waits.state, waits.case_id, Case.objects.count()) == ("place_missing", None, 0)
    assert "13912345678" not in waits.text + waits.place_told
    kept = (waits.contact_id, waits.text_original_id)
    made = choose_place(
        actor=desk.actor("district.clerk"), context=desk.context, order=waits.public_id,
        place=desk.cast.places["compound"].public_id,
    )  # fmt: skip
    assert (made.received_at, made.contact_id, made.text_original_id) == (told.received, *kept)
    assert finish(made).next_due == deadline
    assert order().state == "taken" and not order().text
    assert take(desk, told).what == "repeated"
    assert take(desk, order_row(desk, place=told.place, deadline=deadline, urges=1)).what == "updated"


def test_a_waiting_order_keeps_its_caller(desk: Desk) -> None:
    take(desk, order_row(desk, place="说不清的地方"))
    contact = order().contact_id
    assert take(desk, order_row(desk, place="说不清的地方", urges=3)).what == "waiting"
    assert take(desk, order_row(desk, phone="13800000001")).problem == "other_caller"
    assert (order().state, order().contact_id) == ("place_missing", contact)
    take(desk, order_row(desk, urges=3))
    assert case().urged == 3


def test_what_was_dealt_with_does_not_come_back_with_the_next_sheet(desk: Desk) -> None:
    urge = order_row(desk, message="urge")
    take(desk, urge)
    OutsideMessage.objects.update(state="set_aside")
    assert take(desk, urge).what == "refused"
    assert OutsideMessage.objects.get().state == "set_aside"
    take(desk, order_row(desk))
    assert take(desk, urge).what == "updated"


def test_a_second_sheet_with_the_place_ends_the_wait(desk: Desk) -> None:
    take(desk, order_row(desk, place="说不清的地方"))
    assert take(desk, order_row(desk)).what == "taken"
    assert (order().state, OutsideOrder.objects.count(), Case.objects.count()) == ("taken", 1, 1)


def test_a_name_within_an_address_is_found_when_only_one_is_meant(desk: Desk) -> None:
    name = desk.cast.places["compound"].name
    take(desk, order_row(desk, place=f"长治市潞州区英雄南路{name}3号楼"))
    assert case().place_id == desk.cast.places["compound"].id
    take(desk, order_row(desk, number="B-1", place=f"路新{name}"))
    assert order("B-1").state == "place_missing"


def given(desk: Desk) -> Case:
    """The order's case with a return asked for."""
    take(desk, order_row(desk))
    found = case()
    here = {"context": desk.context, "case": found.public_id}
    body = desk.cast.bodies["company"].public_id
    actions.dispatch(actor=desk.actor("community.clerk"), body=body, **here)
    actions.ask_return(actor=desk.actor("property.handler"), reason="not_our_duty", note="不归我们管", **here)
    return found


def test_the_city_agrees_with_a_return(desk: Desk) -> None:
    given(desk)
    assert (
        take(desk, order_row(desk, message="return_ruling", ruling="agreed", text="转交通局")).what
        == "updated"
    )
    assert case().stage == "not_accepted"
    words = Entry.objects.filter(case=case(), kind="answer").values_list("text", "public")
    assert [public for text, public in words if "12345" in text] == [True]


def test_the_city_refuses_a_return(desk: Desk) -> None:
    given(desk)
    assert (
        take(desk, order_row(desk, message="return_ruling", ruling="refused", text="仍由你区办理")).what
        == "updated"
    )
    assert (case().stage, case().ruled) == ("dispatched", True)
    late = take(desk, order_row(desk, message="return_ruling", ruling="agreed"))
    assert (late.what, late.problem) == ("refused", "no_return")
    assert case().stage == "dispatched"


def test_the_citys_call_back_judges(desk: Desk) -> None:
    take(desk, order_row(desk))
    here = {"context": desk.context, "case": case().public_id}
    early = order_row(desk, message="judgement", solved="yes", rating="very")
    assert take(desk, early).problem == "stage"
    actions.dispatch(actor=desk.actor("community.clerk"), body=desk.cast.bodies["company"].public_id, **here)
    handler = desk.actor("property.handler")
    actions.sign(actor=handler, **here)
    actions.contact(actor=handler, **here)
    actions.answer(actor=handler, text="已修好。", **here)
    assert take(desk, early).what == "updated"
    assert (case().stage, case().solved, case().judged_by) == ("closed", "yes", "callback")
    again = order_row(desk, message="judgement", solved="no", rating="dissatisfied")
    assert take(desk, again).problem == "ended"


@pytest.mark.parametrize("write", [xlsx, gb_csv])
def test_a_sheet_in_the_citys_columns(desk: Desk, tmp_path: Path, write) -> None:
    deadline = desk.context.now.replace(microsecond=0) + timedelta(hours=4)
    good = cells(desk, order_row(desk, deadline=deadline), rating="")
    bad = cells(desk, order_row(desk, number="B-2"), deadline="下周")
    early = cells(desk, order_row(desk, number="B-3"), deadline="2001-01-01 10:00")
    nowhere = cells(desk, order_row(desk, number="B-4", place=""))
    ruling = cells(desk, order_row(desk, number="B-5"), message="退单审核", ruling="也许")
    path = write(tmp_path / "orders", [HEADER, good, bad, early, nowhere, ruling])
    outcome = load(desk, path)
    assert outcome.counts == {"taken": 1, "updated": 0, "repeated": 0, "waiting": 1, "refused": 3}
    assert [(b.line, b.column) for b in outcome.bad] == [(3, "办理时限"), (4, "办理时限"), (6, "审核结果")]
    assert all(b.problem in {str(words) for words in PROBLEMS.values()} for b in outcome.bad)
    assert order().deadline == deadline
    again = load(desk, path)
    assert again.counts == {"taken": 0, "updated": 0, "repeated": 2, "waiting": 0, "refused": 3}
    assert OutsideMessage.objects.filter(state="refused").count() == 3
    assert Event.objects.filter(code="exchange.read").count() == 2
    kinds = OutsideMessage.objects.filter(state="refused").order_by("number").values_list("kind", flat=True)
    assert list(kinds) == ["order", "order", "return_ruling"]


def test_a_sheet_without_the_number_column_is_refused_as_a_whole(desk: Desk, tmp_path: Path) -> None:
    path = xlsx(tmp_path / "x", [["诉求内容"], ["灯"]])
    with pytest.raises(SheetRefused, match="编号"):
        load(desk, path)
    twice = xlsx(tmp_path / "y", [["工单编号", "工单号"], ["1", "2"]])
    with pytest.raises(SheetRefused, match="同一内容"):
        load(desk, twice)
    assert OutsideMessage.objects.count() == 0


def test_a_hostile_file_is_refused_in_words(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(b"PK\x03\x04" + b"\x00" * 4096)
    with pytest.raises(SheetRefused, match="XLSX"):
        load(desk, path)


def test_only_who_exchanges_may(desk: Desk) -> None:
    for login in ("community.clerk", "property.handler", "auditor", "district.admin"):
        with pytest.raises(NotAllowed):
            take_row(
                actor=desk.actor(login), context=desk.context, row=order_row(desk), known=known(desk.context)
            )
    assert OutsideOrder.objects.count() == 0


def test_the_other_district_has_its_own_numbers(desk: Desk, request) -> None:
    take(desk, order_row(desk))
    context, system = request.getfixturevalue("other_work")
    result = take_row(
        actor=system, context=context, row=order_row(desk, message="urge"), known=known(context)
    )
    assert result.problem == "unknown_number"
    assert case().urged == 0
