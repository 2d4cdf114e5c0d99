"""Desk pages in both languages: what they show, what they change, what they refuse and keep."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from linli.foundation.accounts.tests.builders import account
from linli.foundation.bodies import actions, panels, queries
from linli.foundation.bodies.models import Appointment, Body, DutyItem, Roster, Shift
from linli.foundation.bodies.tests.builders import USCC, Town, place
from linli.foundation.bodies.tests.pages import desk, words
from linli.foundation.core.models import CalendarDay, CalendarYear
from linli.foundation.core.rules.actor import system
from linli.foundation.places.queries import place as place_of


@pytest.fixture
def admin(town: Town):
    town.department = town.body("district_department", "区数据局", town.root)
    return desk(town, town.department, "district_admin", town.root)


@pytest.fixture
def committee(town: Town) -> Body:
    return town.body(phone="0355-2031234")


def statements(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages(town: Town, admin, committee: Body, language: str) -> None:
    office = town.office(committee, "li.elm", title="clerk")
    actions.open_roster(actor=system(town.district_id), body=committee, cover="off_hours", now=town.now)
    for url in (
        "/desk/bodies/", "/desk/bodies/new/", "/desk/bodies/duties/", "/desk/bodies/duties/?level=district",
        f"/desk/bodies/duties/?body={committee.public_id}", f"/desk/bodies/{committee.public_id}/",
        f"/desk/bodies/{committee.public_id}/change/", f"/desk/bodies/{committee.public_id}/appoint/",
        f"/desk/bodies/{committee.public_id}/roster/", f"/desk/bodies/{town.department.public_id}/roster/",
        f"/desk/appointments/{office.public_id}/end/", "/desk/calendar/",
    ):  # fmt: skip
        answer = admin.client.get(f"{url}{'&' if '?' in url else '?'}lang={language}")
        assert answer.status_code == 200, url
        page = words(answer)
        assert page.count("<h1") == 1 and f'lang="{language}"' in page.replace("zh-Hans", "zh-hans"), url
        assert page.count("button-primary") <= 1, url
        assert "style=" not in page and "onclick" not in page


def test_the_public_signs_in_first_and_others_are_refused(town: Town, committee: Body) -> None:
    assert Client().get("/desk/bodies/").status_code == 302
    clerk = desk(town, committee, "community_clerk")
    assert clerk.client.get("/desk/bodies/").status_code == 403
    assert clerk.client.get("/desk/calendar/").status_code == 403
    assert clerk.client.post("/desk/bodies/new/", {}).status_code == 403


def test_founding_by_form(town: Town, admin) -> None:
    form = {
        "kind": "property_company",
        "name": "安居物业",
        "place": "区",
        "serves": "榆苑一区\n榆苑二区\n",
        "phone": "0355-2030000",
        "uscc": USCC,
    }
    answer = admin.client.post("/desk/bodies/new/", form)
    body = Body.objects.get(name="安居物业")
    assert answer.status_code == 302 and answer.url == f"/desk/bodies/{body.public_id}/"
    assert [p.name for p in queries.places_of(body)] == ["榆苑一区", "榆苑二区"]
    again = admin.client.post("/desk/bodies/new/", form)
    assert again.status_code == 422 and 'value="安居物业"' in words(again)
    assert Body.objects.filter(name="安居物业").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": "天边"},
        {"serves": "榆苑一区\n天边"},
        {"uscc": USCC[:-1] + "A"},
        {"kind": ""},
        {"name": "甲"},
        {"phone": "call"},
    ],
)
def test_a_refused_form_keeps_what_was_typed(town: Town, admin, wrong: dict) -> None:
    form = {
        "kind": "property_company",
        "name": "安居物业",
        "place": "区",
        "serves": "榆苑一区",
        "phone": "",
        "uscc": "",
    } | wrong
    answer = admin.client.post("/desk/bodies/new/", form)
    assert answer.status_code == 422
    assert 'class="error"' in words(answer)
    assert form["name"] in words(answer)
    assert not Body.objects.filter(kind="property_company").exists()


def test_the_same_name_twice_asks_for_the_code(town: Town, admin) -> None:
    place(town.district_id, "compound", town.oak, "榆苑一区", town.now)
    answer = admin.client.post(
        "/desk/bodies/new/", {"kind": "owners_committee", "name": "业委会", "place": "榆苑一区"}
    )
    assert answer.status_code == 422 and not Body.objects.filter(name="业委会").exists()


def test_an_office_is_given_and_ended_by_form(town: Town, admin, committee: Body, work) -> None:
    account(work[0], "wang.elm")
    url = f"/desk/bodies/{committee.public_id}/appoint/"
    form = {
        "login_name": "wang.elm",
        "title": "clerk",
        "role": "community_clerk",
        "place": town.elm.public_id,
        "last_day": "2099-12-31",
    }
    wrong = admin.client.post(url, {**form, "login_name": "wang"})
    assert wrong.status_code == 422 and 'value="wang"' in words(wrong)
    assert admin.client.post(url, form).status_code == 302
    made = Appointment.objects.get(body=committee)
    assert made.valid_to.isoformat() == "2099-12-31T16:00:00+00:00"
    assert admin.client.post(url, form).status_code == 422
    page = words(admin.client.get(f"/desk/bodies/{committee.public_id}/"))
    assert "wang.elm" in page and "专员" in page
    end = f"/desk/appointments/{made.public_id}/end/"
    assert admin.client.post(end, {}).status_code == 422
    assert admin.client.post(end, {"reason": "resigned"}).status_code == 302
    made.refresh_from_db()
    assert made.end_reason == "resigned"


def test_nobody_appoints_himself_by_form(town: Town, admin) -> None:
    form = {
        "login_name": admin.user.login_name,
        "title": "",
        "role": "auditor",
        "place": town.root.public_id,
        "last_day": "",
    }
    answer = admin.client.post(f"/desk/bodies/{town.department.public_id}/appoint/", form)
    assert answer.status_code == 422
    assert Appointment.objects.filter(user=admin.user).count() == 1


def test_roles_offered_are_not_above_the_own_level(town: Town, committee: Body) -> None:
    office = town.body("subdistrict_office", "北街道办", town.north)
    clerk = desk(town, office, "subdistrict_clerk")
    page = words(clerk.client.get(f"/desk/bodies/{committee.public_id}/appoint/"))
    assert 'value="community_clerk"' in page and 'value="district_clerk"' not in page
    south = town.body("subdistrict_office", "南街道办", town.south)
    assert clerk.client.get(f"/desk/bodies/{south.public_id}/").status_code == 404


def test_details_places_and_end_by_form(town: Town, admin) -> None:
    company = town.body("property_company", "安居物业", town.root, serves=[town.elm_one])
    base = f"/desk/bodies/{company.public_id}/"
    assert (
        admin.client.post(
            base + "change/", {"name": "安居物业公司", "phone": "ring me", "uscc": ""}
        ).status_code
        == 422
    )
    assert (
        admin.client.post(
            base + "change/", {"name": "安居物业公司", "phone": "0355-2039999", "uscc": ""}
        ).status_code
        == 302
    )
    assert admin.client.post(base + "places/", {"place": "天边"}).status_code == 422
    assert admin.client.post(base + "places/", {"place": "榆苑二区"}).status_code == 302
    assert admin.client.post(base + "places/", {"place": "榆苑二区"}).status_code == 422
    assert admin.client.post(f"{base}places/{town.elm_one.public_id}/end/").status_code == 302
    assert [p.name for p in queries.places_of(company)] == ["榆苑二区"]
    assert admin.client.post(f"{base}places/nowhere/end/").status_code == 404
    assert admin.client.post(base + "end/").status_code == 302
    company.refresh_from_db()
    assert company.valid_to is not None
    assert admin.client.get(base).status_code == 200


def test_duty_list_by_form(town: Town, admin) -> None:
    url = "/desk/bodies/duties/?level=community"
    assert admin.client.post(url, {"kind_code": "噪声", "role": "main"}).status_code == 422
    assert (
        admin.client.post(url, {"kind_code": "noise", "role": "assist", "basis": "清单第3项"}).status_code
        == 302
    )
    assert "清单第3项" in words(admin.client.get(url))
    assert (
        admin.client.post("/desk/bodies/duties/remove/?level=community", {"kind_code": "noise"}).status_code
        == 302
    )
    assert (
        admin.client.post("/desk/bodies/duties/remove/?level=community", {"kind_code": "noise"}).status_code
        == 404
    )
    assert DutyItem.objects.filter(valid_to__isnull=True).count() == 0


def test_roster_by_form_shows_gaps_in_words(town: Town, committee: Body) -> None:
    clerk = desk(town, committee, "community_clerk")
    base = f"/desk/bodies/{committee.public_id}/roster/"
    assert clerk.client.get("/desk/bodies/roster/").url == base
    assert clerk.client.post(base + "cover/", {"cover": "sometimes"}).status_code == 422
    assert clerk.client.post(base + "cover/", {"cover": "always"}).status_code == 302
    other = town.office(committee, "second")
    tomorrow = (town.now + timedelta(days=1)).date()
    form = {
        "kind": "officer",
        "appointment": clerk.office.public_id,
        "first_day": tomorrow.isoformat(),
        "first_time": "08:00",
        "ends_at": 8,
        "phone": "",
    }
    assert clerk.client.post(base + "shifts/", {**form, "ends_at": 0}).status_code == 422
    assert clerk.client.post(base + "shifts/", form).status_code == 302
    assert clerk.client.post(base + "shifts/", form).status_code == 422
    assert (
        clerk.client.post(
            base + "shifts/", {**form, "appointment": other.public_id, "first_time": "16:00"}
        ).status_code
        == 302
    )
    page = words(clerk.client.get(f"{base}?month={tomorrow:%Y-%m}&lang=en"))
    assert "No Officer on duty: 00:00–08:00" in page and "No Leader on duty: 00:00–24:00" in page
    one, two = Shift.objects.order_by("starts_at")
    assert (
        clerk.client.post(base + "swap/", {"one": one.public_id, "other": one.public_id}).status_code == 422
    )
    assert (
        clerk.client.post(base + "swap/", {"one": one.public_id, "other": two.public_id}).status_code == 302
    )
    one.refresh_from_db()
    assert one.appointment_id == other.id
    assert clerk.client.post(f"{base}shifts/{one.public_id}/drop/").status_code == 302
    assert clerk.client.post(f"{base}shifts/{one.public_id}/drop/").status_code == 404
    stranger = desk(
        town, town.body("community_committee", "栎社区居委会", town.oak), "community_clerk", login_name="oak"
    )
    assert stranger.client.get(base).status_code == 404
    assert stranger.client.post(base + "shifts/", form).status_code == 404


def test_page_statements_do_not_grow(town: Town, admin, committee: Body) -> None:
    roster = actions.open_roster(actor=system(town.district_id), body=committee, cover="always", now=town.now)
    first = town.office(committee, "u0", title="clerk")
    urls = [
        "/desk/bodies/",
        f"/desk/bodies/{committee.public_id}/",
        f"/desk/bodies/{committee.public_id}/roster/",
        "/desk/calendar/",
    ]
    shift = lambda office, n: actions.set_shift(  # noqa: E731  # short
        actor=system(town.district_id), roster=roster, kind="officer", appointment=office,
        starts_at=town.now + timedelta(minutes=n), ends_at=town.now + timedelta(minutes=n + 1), now=town.now,
    )  # fmt: skip
    shift(first, 1)
    shift(first, 2)
    for url in urls:
        admin.client.get(url)
    one = [statements(admin.client, url) for url in urls]
    for n in range(1, 20):
        town.body("volunteer_team", f"队{n:02}")
        shift(town.office(committee, f"u{n}", title="clerk"), n)
    assert [statements(admin.client, url) for url in urls] == one
    assert max(one) <= 16


def notice(year: int, *lines: str) -> SimpleUploadedFile:
    text = "\n".join(["日期,名称,类型", *lines])
    return SimpleUploadedFile(f"{year}.csv", text.encode("gb18030"), content_type="text/csv")


def test_the_yearly_notice_is_previewed_then_loaded(town: Town, admin) -> None:
    page = words(admin.client.get("/desk/calendar/?lang=zh-hans"))
    assert "2026" in page
    form = {"year": 2027, "source": "国办发明电〔2026〕9号"}
    upload = notice(2027, "2027-01-01,元旦,休", "2027/1/3,元旦,班", "2026-12-31,元旦,休")
    preview = admin.client.post("/desk/calendar/", {**form, "file": upload})
    assert preview.status_code == 200 and "元旦" in words(preview)
    assert not CalendarYear.objects.filter(district=town.district_id, year=2027).exists()
    rows = preview.context["confirm"].initial["rows"]
    known = CalendarDay.objects.filter(district=town.district_id, day__year=2026).count()
    assert admin.client.post("/desk/calendar/load/", {**form, "rows": rows}).status_code == 302
    assert CalendarYear.objects.get(district=town.district_id, year=2027).source == form["source"]
    assert CalendarDay.objects.filter(district=town.district_id, day__year=2027).count() == 2
    assert CalendarDay.objects.filter(district=town.district_id, day__year=2026).count() == known + 1
    assert not CalendarYear.objects.exclude(district=town.district_id).filter(year=2027).exists()


def test_a_spreadsheet_file_works_as_well(town: Town, admin) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for row, cells in enumerate([("date", "name", "kind"), ("2027-10-01", "国庆节", "off")]):
        sheet.write_row(row, 0, cells)
    book.close()
    upload = SimpleUploadedFile("2027.xlsx", out.getvalue())
    assert (
        admin.client.post("/desk/calendar/", {"year": 2027, "source": "x1", "file": upload}).status_code
        == 200
    )


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("a.csv", b"nothing"),
        SimpleUploadedFile("a.csv", "日期,名称,类型\n2027-02-30,x,休\n2027-01-01,x,假\n".encode()),
        SimpleUploadedFile("a.csv", b"date,name,kind\n"),
        SimpleUploadedFile("a.xlsx", b"PK not a workbook"),
        SimpleUploadedFile("a.csv", b"\xff\xfe\x00\x81"),
    ],
)
def test_a_bad_spreadsheet_is_told_line_by_line(town: Town, admin, file: SimpleUploadedFile) -> None:
    file.seek(0)
    answer = admin.client.post("/desk/calendar/", {"year": 2027, "source": "x1", "file": file})
    assert answer.status_code == 422 and 'class="error"' in words(answer)
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_a_day_of_an_unknown_neighbour_year_is_refused(town: Town, admin) -> None:
    rows = "date,name,kind\n2029-12-31,元旦,off\n"
    answer = admin.client.post("/desk/calendar/load/", {"year": 2030, "source": "x1", "rows": rows})
    assert answer.status_code == 422 and "2029" in words(answer)
    assert admin.client.post("/desk/calendar/load/", {"year": 2030}).status_code == 422
    assert not CalendarYear.objects.filter(year=2030).exists()


def test_the_compound_page_names_offices_and_nobody(town: Town, committee: Body) -> None:
    town.office(committee, "secret.name", title="director")
    request = RequestFactory().get("/")
    shown = panels.responsible(request, town.elm_one)
    assert [row["body"] for row in shown["rows"]] == [committee]
    assert shown["rows"][0]["titles"][0].zh == "主任"
    assert "secret" not in str(shown)
    assert panels.responsible(request, town.oak_one) is None
    assert panels.responsible(request, object()) is None


def test_another_district_is_not_there(town: Town, admin, other_work) -> None:
    other = Town(other_work[0].district, town.now)
    foreign = other.body()
    roster = actions.open_roster(actor=system(other.district_id), body=foreign, cover="always", now=town.now)
    for url in ("", "change/", "appoint/", "roster/"):
        assert admin.client.get(f"/desk/bodies/{foreign.public_id}/{url}").status_code == 404
    assert foreign.name not in words(admin.client.get("/desk/bodies/"))
    assert place_of(town.district_id, other.elm.public_id + "x") is None
    assert Roster.objects.get(id=roster.id).cover == "always"
