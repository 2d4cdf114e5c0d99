"""The pages of an import: send, check, import, take the rows with problems."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from linli.foundation.accounts.tests.builders import staff
from linli.foundation.places.models import Dwelling, ImportRun, Place
from linli.foundation.places.tests.builders import everything
from linli.foundation.places.tests.test_imports import HEADERS, row, xlsx
from linli.foundation.places.tests.test_views import ENGLISH, _own_addresses, desk, world

__all__ = ["_own_addresses", "desk", "world"]


def upload(desk, data: bytes, kind: str = "compounds", name: str = "list.xlsx"):
    return desk.client.post(reverse("places:upload"), {"kind": kind, "file": SimpleUploadedFile(name, data)})


@pytest.mark.parametrize("lang", [{}, ENGLISH])
def test_importing_by_page(world, desk, lang: dict) -> None:
    data = xlsx(
        HEADERS,
        row("140403004001", "新院甲"),
        row("没有社区", "新院乙"),
        row("140403004001", "=坏", since="1998-13-01"),
    )
    sent = upload(desk, data)
    assert sent.status_code == 302
    page = desk.client.get(sent.url, lang).content.decode()
    assert "新院甲" in page
    assert "没有社区" in page
    assert not Place.objects.filter(district=140403, name="新院甲").exists()
    mapping = {"column_community": "0", "column_name": "1", "column_valid_from": "9"}
    assert desk.client.post(sent.url, mapping).status_code == 302
    run = ImportRun.objects.get(district=140403)
    assert run.mapping == {"community": 0, "name": 1, "valid_from": 9}
    done = desk.client.post(reverse("places:import_now", args=[run.public_id]))
    assert done.status_code == 302
    assert Place.objects.filter(district=140403, name="新院甲").count() == 1
    assert desk.client.get(done.url, lang).status_code == 200
    errors = desk.client.get(reverse("places:import_errors", args=[run.public_id]))
    assert errors["Content-Disposition"].startswith("attachment")
    assert b"".join(errors.streaming_content)[:2] == b"PK"
    again = desk.client.post(reverse("places:import_now", args=[run.public_id]))
    assert again.status_code == 302
    assert Place.objects.filter(district=140403, name="新院甲").count() == 1
    assert desk.client.get(reverse("places:upload"), lang).status_code == 200


def test_missing_columns_are_asked_for(world, desk) -> None:
    sent = upload(desk, "甲,乙\n140403004001,丙院\n".encode(), name="list.csv")
    page = desk.client.get(sent.url, ENGLISH).content.decode()
    assert "needed and not chosen yet" in page
    run = ImportRun.objects.get(district=140403)
    refused = desk.client.post(reverse("places:import_now", args=[run.public_id]))
    assert refused.status_code == 422
    assert not Place.objects.filter(district=140403, name="丙院").exists()


def test_a_file_that_is_no_list_is_refused_on_the_page(world, desk) -> None:
    before = everything(140403)
    response = upload(desk, b"\x89PNG\r\n\x1a\n\x00")
    assert response.status_code == 422
    assert "XLSX" in response.content.decode()
    assert everything(140403) == before
    assert upload(desk, b"x,y\n1,2", kind="persons").status_code == 422


def test_an_import_of_somebody_else_does_not_exist(world, desk) -> None:
    sent = upload(desk, xlsx(HEADERS, row("140403004001", "甲")))
    other = staff(world.context, "district_admin", scope=world.here["140403001001"].path)
    assert other.client.get(sent.url).status_code == 404
    clerk = staff(world.context, "community_clerk", scope=world.here["140403"].path)
    assert clerk.client.get(sent.url).status_code == 403
    assert not Dwelling.objects.exists()
