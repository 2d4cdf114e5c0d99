"""The desk of the exchange: upload, place, hand over, take again, set aside; and its command line."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linli.work.cases import outside_commands
from linli.work.cases.actions import outside_out
from linli.work.cases.models import Case, OutsideBatch, OutsideMessage, OutsideOrder
from linli.work.cases.queries import exchange as lists
from linli.work.cases.tests.builders import PASSWORD, Desk, open_desk
from linli.work.cases.tests.exchange_builders import HEADER, case, cells, order, order_row, take, xlsx
from linli.work.cases.tests.test_exchange_out import answered, react

DOOR = "/desk/exchange/"


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


def signed_in(login: str) -> Client:
    client = Client()
    client.get("/?lang=en")
    client.post("/sign-in", {"name": login, "password": PASSWORD})
    return client


def test_a_clerk_uploads_chooses_the_place_and_sets_aside(desk: Desk, tmp_path: Path) -> None:
    nowhere = cells(desk, order_row(desk, number="N-1", place="某处"))
    ruling = cells(desk, order_row(desk, number="N-2"), message="退单审核", ruling="同意")
    sheet = xlsx(tmp_path / "a.xlsx", [HEADER, cells(desk, order_row(desk)), nowhere, ruling])
    client = signed_in("district.clerk")
    answer = client.post(DOOR, {"file": SimpleUploadedFile("../a.xlsx", sheet.read_bytes())})
    assert answer.status_code == 200
    assert "No order with this number has come here" in answer.content.decode()
    page = client.get(DOOR).content.decode()
    assert "N-1" in page and "13912345678" not in page
    mine = f"{DOOR}orders/{order('N-1').public_id}"
    assert client.post(mine, {"go": "place", "place": "x"}).status_code == 422
    name = desk.cast.places["compound"].name
    assert name in client.post(mine, {"go": "search", "q": name}).content.decode()
    moved = client.post(mine, {"go": "place", "place": desk.cast.places["compound"].public_id})
    assert moved["Location"] == f"/desk/cases/{case('N-1').public_id}"
    problem = OutsideMessage.objects.get(state="refused")
    assert "N-2" in client.get(f"{DOOR}?list=problems").content.decode()
    assert client.post(f"{DOOR}problems/{problem.public_id}/set-aside").status_code == 302
    assert "N-2" not in client.get(f"{DOOR}?list=problems").content.decode()


@pytest.mark.parametrize("sent", [b"", b"PK\x03\x04broken", b"\xff\xfe\x00\x01\x02", b"a,b\n1,2\n"])
def test_a_file_that_is_no_sheet_is_told_and_nothing_is_taken(desk: Desk, sent: bytes) -> None:
    answer = signed_in("district.clerk").post(DOOR, {"file": SimpleUploadedFile("x.xlsx", sent)})
    assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()
    assert not OutsideOrder.objects.exists() and not Case.objects.exists()


def test_the_sheet_is_made_once_and_taken_as_often_as_one_likes(desk: Desk) -> None:
    answered(desk)
    react(desk)
    client = signed_in("district.clerk")
    assert "Make the sheet for the city" in client.get(f"{DOOR}?list=waiting").content.decode()
    assert client.post(f"{DOOR}hand-over").status_code == 302
    assert client.post(f"{DOOR}hand-over").status_code == 409
    batch = OutsideBatch.objects.get()
    for _time in range(2):
        got = client.get(f"{DOOR}sheets/{batch.public_id}")
        assert hashlib.sha256(b"".join(got.streaming_content)).hexdigest() == batch.digest
    assert batch.public_id in client.get(f"{DOOR}?list=sheets").content.decode()


def test_a_sealed_order_is_shown_to_nobody_without_that_verb(desk: Desk) -> None:
    take(desk, order_row(desk, place="某处", request="举报"))
    clerk = desk.actor("district.clerk")
    other = replace(clerk, verbs=clerk.verbs - {"cases.sealed"})
    assert (
        len(lists.exchange_page(clerk, "places").rows),
        len(lists.exchange_page(other, "places").rows),
    ) == (1, 0)


def test_lists_cost_the_same_for_one_row_and_for_many(desk: Desk, django_assert_num_queries) -> None:
    for rows in (1, 6):
        for number in range(rows):
            take(desk, order_row(desk, number=f"{rows}-{number}", place="某处"))
            take(desk, order_row(desk, number=f"none-{rows}-{number}", message="urge"))
        for name in lists.LISTS:
            with django_assert_num_queries(1):
                lists.exchange_page(desk.system, name)


def test_the_command_writes_the_sheet_and_its_files_whole(desk: Desk, tmp_path: Path) -> None:
    answered(desk)
    react(desk)
    batch = outside_out.hand_over(actor=desk.system, context=desk.context)
    target = tmp_path / "out.xlsx"
    assert outside_commands._write(batch, target) == 0
    assert hashlib.sha256(target.read_bytes()).hexdigest() == batch.digest
    assert [p.name for p in tmp_path.iterdir()] == ["out.xlsx"]
