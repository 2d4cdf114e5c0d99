"""What goes back to the city: told once, handed over once, settled here or there, by sheet or by folder."""

from __future__ import annotations

import hashlib
import io
import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from python_calamine import CalamineWorkbook

from linli.foundation.core import charter, clocks, files, outbox
from linli.foundation.core.errors import Conflict, NotAllowed, OutOfScope
from linli.foundation.core.models import Event, Outbox
from linli.foundation.core.rules.actor import public
from linli.work.cases import actions, outside_run
from linli.work.cases.actions import outside_out
from linli.work.cases.actions.extending import ask_extension, grant_extension
from linli.work.cases.models import OutsideBatch, OutsideMessage
from linli.work.cases.outside_adapter import Folder, NoAdapter, adapter_of
from linli.work.cases.tests.builders import Desk, open_desk
from linli.work.cases.tests.exchange_builders import NUMBER, case, order, order_row, take


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


def react(desk: Desk, times: int = 1) -> None:
    """Run what the exchange does about every event, as the worker would; twice proves once."""
    rows = Outbox.objects.filter(handler__startswith="exchange.", done_at=None).order_by("id")
    for row in rows:
        event = Event.objects.get(id=row.event_id)
        for _time in range(times):
            outbox._handlers[row.handler](event, desk.context)
    rows.update(done_at=desk.context.now)


def out(kind: str = "", state: str = "waiting") -> list[OutsideMessage]:
    rows = OutsideMessage.objects.filter(direction="out", state=state).order_by("id")
    return list(rows.filter(kind=kind) if kind else rows)


def here(desk: Desk, number: str = NUMBER) -> dict[str, Any]:
    return {"context": desk.context, "case": case(number).public_id}


def dispatched(desk: Desk, **changes: Any) -> None:
    take(desk, order_row(desk, **changes))
    dispatch(desk, changes.get("number", NUMBER))


def dispatch(desk: Desk, number: str) -> None:
    body = desk.cast.bodies["company"].public_id
    actions.dispatch(actor=desk.actor("community.clerk"), body=body, **here(desk, number))


def give(desk: Desk, number: str, text: str = "已修好，回访电话13800138000。") -> None:
    """Dispatch, sign, contact and answer."""
    dispatch(desk, number)
    handler, at = desk.actor("property.handler"), here(desk, number)
    actions.sign(actor=handler, **at)
    actions.contact(actor=handler, **at)
    actions.answer(actor=handler, text=text, **at)


def answered(desk: Desk, text: str = "已修好，回访电话13800138000。", **changes: Any) -> None:
    take(desk, order_row(desk, **changes))
    give(desk, changes.get("number", NUMBER), text)


def read(batch: OutsideBatch) -> list[list[Any]]:
    assert batch.file is not None
    return CalamineWorkbook.from_filelike(io.BytesIO(raw(batch))).get_sheet_by_index(0).to_python()


def raw(batch: OutsideBatch) -> bytes:
    assert batch.file is not None
    return default_storage.open(batch.file.name).read()


def test_what_happens_is_told_once_in_the_citys_columns(desk: Desk) -> None:
    answered(desk)
    files.store(
        b"RIFFxWEBP",
        "image/webp",
        actor=desk.system,
        now=desk.context.now,
        door="t",
        subject=("case", case().id),
    )
    react(desk, times=2)
    assert [m.kind for m in out()] == ["sign_in", "reply", "attachment"]
    batch = outside_out.hand_over(actor=desk.actor("district.clerk"), context=desk.context)
    head, *rows = read(batch)
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["消息类型"] for row in told] == ["签收", "答复", "附件"]
    assert {row["工单编号"] for row in told} == {NUMBER} and {row["区编号"] for row in told} == {
        case().number
    }
    assert told[1]["办理内容"].startswith("已修好")
    assert told[2]["附件摘要"] == hashlib.sha256(b"RIFFxWEBP").hexdigest()
    assert told[2]["附件名称"] == f"{NUMBER}-1.webp"
    assert "13800138000" not in str(rows) and "13912345678" not in str(rows) and "李大伟" not in str(rows)


def test_the_callers_judgement_goes_back_and_the_citys_own_does_not(desk: Desk) -> None:
    answered(desk)
    actions.judge_by_caller(
        actor=public(desk.cast.district),
        context=desk.context,
        case=case(),
        solved="yes",
        rating="very",
        key="j-2",
    )
    react(desk)
    (told,) = out("judgement")
    assert (told.data["solved"], told.data["rating"]) == ("yes", "very")
    OutsideMessage.objects.filter(direction="out").update(state="dropped")
    take(desk, order_row(desk, number="B-1"))
    give(desk, "B-1")
    assert (
        take(desk, order_row(desk, number="B-1", message="judgement", solved="yes", rating="very")).what
        == "updated"
    )
    react(desk)
    assert case("B-1").stage == "closed" and not out("judgement")


def test_handed_over_once_and_the_same_file_again(desk: Desk) -> None:
    answered(desk)
    react(desk)
    clerk = desk.actor("district.clerk")
    batch = outside_out.hand_over(actor=clerk, context=desk.context)
    assert hashlib.sha256(raw(batch)).hexdigest() == batch.digest
    again = outside_out.batch_of(clerk, batch.public_id)
    assert raw(again) == raw(batch)
    with pytest.raises(Conflict), transaction.atomic():
        outside_out.hand_over(actor=clerk, context=desk.context)
    assert OutsideBatch.objects.count() == 1 and not out() and len(out(state="sent")) == 2
    assert Event.objects.filter(code="exchange.handed_over").count() == 1


def test_no_cell_is_a_formula(desk: Desk) -> None:
    answered(desk, text='=HYPERLINK("http://x")', number="=1+1")
    react(desk)
    rows = read(outside_out.hand_over(actor=desk.system, context=desk.context))
    assert not any(str(cell).startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_a_return_goes_to_the_city_and_not_when_it_is_settled_here(desk: Desk) -> None:
    dispatched(desk)
    handler = desk.actor("property.handler")
    actions.ask_return(actor=handler, reason="not_our_duty", note="不归我们管", **here(desk))
    react(desk)
    (told,) = out("return")
    assert told.data["reason"] == "not_our_duty"
    actions.refuse_return(actor=desk.actor("district.clerk"), note="仍由你们办", **here(desk))
    react(desk)
    assert not out("return") and len(out("return", state="dropped")) == 1


def test_a_return_for_a_reason_of_the_district_stays_here(desk: Desk) -> None:
    dispatched(desk)
    actions.ask_return(
        actor=desk.actor("property.handler"), reason="needs_joint", note="要会同", **here(desk)
    )
    react(desk)
    assert not out()


def test_the_city_rules_on_a_return_and_is_not_told_its_own_ruling(desk: Desk) -> None:
    dispatched(desk)
    actions.ask_return(
        actor=desk.actor("property.handler"), reason="not_our_place", note="不在本区", **here(desk)
    )
    react(desk)
    outside_out.hand_over(actor=desk.system, context=desk.context)
    take(desk, order_row(desk, message="return_ruling", ruling="agreed"))
    react(desk)
    assert case().stage == "not_accepted" and not out()


def asked(desk: Desk) -> None:
    dispatched(desk, deadline=desk.context.now + timedelta(hours=30))
    handler = desk.actor("property.handler")
    actions.sign(actor=handler, **here(desk))
    actions.contact(actor=handler, **here(desk))
    ask_extension(actor=handler, reason=reason(desk), amount=3, note="等材料", **here(desk))
    react(desk)


def reason(desk: Desk) -> str:
    rows = charter.current(desk.context.district, desk.context.now)["cases.extension_reasons"]
    return str(rows[0]["code"])


def test_an_extension_is_asked_of_the_city_and_its_ruling_moves_both(desk: Desk) -> None:
    asked(desk)
    (told,) = out("extension")
    assert (told.data["amount"], told.data["unit"], told.data["after"]) == (
        3,
        "working_days",
        "extension_asked",
    )
    before = order().deadline
    late = desk.context.now + timedelta(days=4)
    take(desk, order_row(desk, message="extension_ruling", ruling="agreed", deadline=late))
    assert before is not None and order().deadline == late
    held = [c for c in clocks.of(case().district, ("case", case().id)) if c.kind == "finish"]
    assert held[-1].latest == late and held[-1].next_due is not None and held[-1].next_due <= late
    assert case().promised_at == held[-1].next_due
    react(desk)
    assert [m.data["after"] for m in out("extension")] == ["extension_asked"]


def test_an_extension_granted_here_alone_never_passes_the_citys_deadline(desk: Desk) -> None:
    asked(desk)
    grant_extension(actor=desk.actor("district.clerk"), **here(desk))
    assert case().promised_at == order().deadline
    react(desk)
    assert [m.data["after"] for m in out("extension")] == ["extension_asked", "extension_granted"]
    late = take(desk, order_row(desk, message="extension_ruling", ruling="agreed"))
    assert (late.what, late.problem) == ("refused", "no_extension")


def test_the_city_refuses_an_extension(desk: Desk) -> None:
    asked(desk)
    before = (order().deadline, case().promised_at)
    assert take(desk, order_row(desk, message="extension_ruling", ruling="refused")).what == "updated"
    assert (order().deadline, case().promised_at) == before


def test_a_reopened_case_is_bound_while_the_deadline_lies_ahead(desk: Desk) -> None:
    answered(desk, deadline=desk.context.now + timedelta(hours=20))
    actions.judge_by_caller(
        actor=desk.system, context=desk.context, case=case(), solved="no", rating="dissatisfied", key="j-3"
    )
    react(desk)
    held = [
        c
        for c in clocks.of(case().district, ("case", case().id))
        if c.kind == "finish" and c.stopped_at is None
    ]
    assert [c.next_due for c in held] == [order().deadline] == [case().promised_at]


def test_a_case_of_our_own_tells_the_city_nothing(desk: Desk) -> None:
    receipt = desk.report()
    actions.refuse(
        actor=desk.actor("community.clerk"),
        context=desk.context,
        case=receipt.public_id,
        reason="litigation",
        note="已起诉",
    )
    react(desk)
    assert not OutsideMessage.objects.exists()


def test_an_order_outside_the_district_goes_back(desk: Desk) -> None:
    take(desk, order_row(desk, place="外地"))
    outside_out.return_order(
        actor=desk.actor("district.clerk"), context=desk.context, order=order().public_id
    )
    (told,) = out("return")
    assert (order().state, told.data["reason"]) == ("returned", "not_our_place")
    with pytest.raises(OutOfScope), transaction.atomic():
        outside_out.return_order(actor=desk.system, context=desk.context, order=order().public_id)
    assert take(desk, order_row(desk, message="return_ruling", ruling="refused")).what == "updated"
    assert order().state == "place_missing"


def test_only_who_exchanges_may_and_only_here(desk: Desk, request) -> None:
    answered(desk)
    react(desk)
    batch = outside_out.hand_over(actor=desk.system, context=desk.context)
    with pytest.raises(NotAllowed):
        outside_out.batch_of(desk.actor("community.clerk"), batch.public_id)
    _context, other = request.getfixturevalue("other_work")
    with pytest.raises(OutOfScope):
        outside_out.batch_of(other, batch.public_id)


# --- the folder ------------------------------------------------------------------------------------------------


def told_by_city(desk: Desk, **changes: Any) -> dict[str, Any]:
    row = order_row(desk, **changes)
    names = (
        "number",
        "message",
        "text",
        "place",
        "kind",
        "request",
        "phone",
        "name",
        "urges",
        "ruling",
        "receipt",
    )
    told = {name: getattr(row, name) for name in names}
    return told | {"received": row.received.isoformat() if row.received else None}


def put(folder: Folder, name: str, told: object) -> None:
    (folder.root / "in" / name).write_text(
        told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
    )


def names(folder: Folder, part: str) -> list[str]:
    return sorted(p.name for p in (folder.root / part).iterdir() if p.is_file())


def run(desk: Desk, folder: Folder) -> None:
    with transaction.atomic():
        outside_run.run(folder, desk.context)


def test_a_file_is_taken_and_put_away_only_once_it_is_stored(desk: Desk, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    put(folder, "1.json", told_by_city(desk))
    run(desk, folder)
    assert case().outside_number == NUMBER and names(folder, "in") == ["1.json"]
    run(desk, folder)
    assert (names(folder, "in"), names(folder, "in/taken")) == ([], ["1.json"])
    assert "13912345678" not in (folder.root / "in/taken/1.json").read_text()
    assert OutsideMessage.objects.filter(direction="in").count() == 1


@pytest.mark.parametrize(
    "told", ["{", "[1]", '{"number": [1]}', "[" * 100_000, '{"number": "A\\u0000", "message": "?"}', ""]
)
def test_a_file_that_is_no_message_is_refused_in_words(desk: Desk, tmp_path: Path, told: str) -> None:
    folder = Folder(tmp_path)
    put(folder, "x.json", told)
    run(desk, folder)
    run(desk, folder)
    assert names(folder, "in/refused") == ["x.json", "x.json.txt"]
    assert OutsideMessage.objects.filter(state="refused").count() == 1


def test_an_urge_that_comes_before_its_order_is_taken_later(desk: Desk, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    put(folder, "1.json", told_by_city(desk, message="urge"))
    put(folder, "2.json", told_by_city(desk))
    for _time in range(3):
        run(desk, folder)
    assert (names(folder, "in"), case().urged) == ([], 1)


def test_acknowledged_files_are_moved(desk: Desk, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    answered(desk)
    react(desk)
    run(desk, folder)
    receipts = [m.public_id for m in out(state="sent")]
    assert names(folder, "out") == sorted(f"{r}.json" for r in receipts)
    put(folder, "a.json", told_by_city(desk, message="acknowledgement", receipt=receipts[0]))
    for _time in range(2):
        run(desk, folder)
    assert names(folder, "out/acknowledged") == [f"{receipts[0]}.json"]
    assert OutsideMessage.objects.get(public_id=receipts[0]).state == "acknowledged"
    wrong = take(desk, order_row(desk, message="acknowledgement", receipt="nothing"))
    assert (wrong.what, wrong.problem) == ("refused", "receipt")


class Killed(BaseException):
    """The process is gone."""


def test_dying_at_any_step_neither_loses_nor_doubles(desk: Desk, tmp_path: Path, monkeypatch) -> None:
    """The n-th effect on the file system is the last one of a run, before it or after it; then a run to the end."""
    answered(desk)
    react(desk)
    real = os.replace
    for at in range(8):
        folder = Folder(tmp_path / str(at))
        put(folder, "1.json", told_by_city(desk, number=f"K-{at}"))
        put(folder, "2.json", told_by_city(desk, number=f"L-{at}"))
        OutsideMessage.objects.filter(direction="out").update(state="waiting", sent_at=None, batch=None)
        _die(desk, folder, monkeypatch, real, at)
        for _time in range(3):
            run(desk, folder)
        receipts = sorted(f"{m.public_id}.json" for m in out(state="sent"))
        assert len(receipts) == 2 and names(folder, "out") == receipts
        assert names(folder, "in/taken") == ["1.json", "2.json"] and names(folder, "in") == []
        numbers = [f"K-{at}", f"L-{at}"]
        assert [case(n).outside_number for n in numbers] == numbers


def _die(desk: Desk, folder: Folder, monkeypatch, real, at: int) -> None:
    left = [at // 2]

    def replaced(source: Any, target: Any) -> None:
        if not left[0] and at % 2 == 0:
            raise Killed
        real(source, target)
        if not left[0]:
            raise Killed
        left[0] -= 1

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replaced)
        for _time in range(2):
            try:
                run(desk, folder)
            except Killed:
                return


def test_a_number_names_no_folder(desk: Desk, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "exchange")
    take(desk, order_row(desk, number="../../x"))
    found = order("../../x").case
    assert found is not None
    files.store(
        b"RIFFxWEBP",
        "image/webp",
        actor=desk.system,
        now=desk.context.now,
        door="t",
        subject=("case", found.id),
    )
    actions.refuse(
        actor=desk.actor("community.clerk"),
        context=desk.context,
        case=found.public_id,
        reason="litigation",
        note="已起诉",
    )
    react(desk)
    run(desk, folder)
    assert [p.name for p in tmp_path.iterdir()] == ["exchange"]
    assert "______x-1.webp" in names(folder, "out")


def test_the_charter_names_the_way(desk: Desk) -> None:
    assert adapter_of("sheet", desk.context) is None
    with pytest.raises(NoAdapter, match="carrier pigeon"):
        adapter_of("carrier pigeon", desk.context)
    assert outside_run.run_exchange(replace(desk.context)) is False
