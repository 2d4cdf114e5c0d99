"""A notice of working days that would end the server's process, and one that no CSV reader takes to its end."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linli.foundation.core.models import CalendarYear
from linli.foundation.core.tests.test_sheets_hostile import book
from linli.work.cases.tests.builders import PASSWORD, open_desk


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("corner.xlsx", book({(0, 0): "date", (1_048_575, 16_383): "z"}), 422),
        ("endless.csv", b'date,name,kind\n"' + b"x" * 200_000, 422),
        ("old-mac.csv", "日期,名称,类型\r2027-01-01,元旦,休\r".encode(), 200),
    ],
)
def test_a_hostile_notice_is_answered_and_writes_nothing(work, name: str, data: bytes, status: int) -> None:
    open_desk(work)
    client = Client()
    assert client.post("/sign-in", {"name": "district.admin", "password": PASSWORD}).status_code == 302
    form = {"year": 2027, "source": "x1", "file": SimpleUploadedFile(name, data)}
    answer = client.post("/desk/calendar/", form)
    assert answer.status_code == status, answer.content.decode()[-600:]
    assert not CalendarYear.objects.filter(year=2027).exists()
