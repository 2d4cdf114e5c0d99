"""The hotline desk: one call, one case; the caller's earlier cases; what is sealed stays sealed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope, TooMany, WrongStage
from linli.foundation.core.models import Event
from linli.work.cases import actions, queries
from linli.work.cases.actions.hotline import of_caller
from linli.work.cases.models import Case, Entry
from linli.work.cases.queries import hotline as beside
from linli.work.cases.rules.hotline import line_of_scope, normal_serial, paper_moment, paper_serial
from linli.work.cases.tests.builders import TEXT, Desk, open_desk
from linli.work.cases.tests.test_views import key_of, staff

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PHONE = "13800138000"


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


@pytest.fixture
def clerk(desk: Desk) -> Client:
    return staff("community.clerk")


def call(clerk: Client, desk: Desk, **changes: str) -> dict[str, str]:
    fields = {
        "key": key_of(clerk.get("/desk/hotline").content.decode()), "line": "community", "phone": PHONE, "name": "王小明",
        "place": desk.cast.places["compound"].public_id, "kind": "gb_part_01037", "kind_of_request": "complaint",
        "text": TEXT, "go": "send",
    }  # fmt: skip
    return {**fields, **changes}


# --- rules -------------------------------------------------------------------------------------------------------


@given(st.integers(0, 999_999), st.integers(2020, 2099))
def test_serial_is_read_back_however_it_is_typed(counter: int, year: int) -> None:
    serial = paper_serial(counter, year)
    for typed in (serial, serial.lower(), serial[1:], serial.replace("-", ""), f" {serial} "):
        assert normal_serial(typed) == serial


@given(st.integers(0, 999_999), st.integers(1, 9))
def test_a_slip_of_one_digit_is_no_serial(counter: int, step: int) -> None:
    serial = paper_serial(counter, 2026)
    wrong = serial[:6] + str((int(serial[6]) + step) % 10) + serial[7:]
    assert normal_serial(wrong) is None


def test_paper_moment_at_its_limits() -> None:
    def said(day: str, hour: str = "") -> datetime | str:
        return paper_moment(day, hour, zone=ZONE, now=NOW, oldest=60)

    assert said("2026-11-23", "17:30") == NOW
    assert said("2026-11-23", "17:31") == "future"
    assert said("2026-11-24") == "future"
    assert said("2026-09-24") == datetime(2026, 9, 24, tzinfo=ZONE)
    assert said("2026-09-23", "23:59") == "too_old"
    for day, hour in (("", ""), ("23.11.", "8"), ("2026-02-30", ""), ("0001-01-01", ""), ("2026-11-23", "25:00"), ("2026-11-23", "08:00+05:00")):  # fmt: skip
        assert said(day, hour) == "unread"


def test_the_usual_line_follows_from_the_reach() -> None:
    assert [line_of_scope(s) for s in ("1.", "1.2.", "1.2.3.", "1.2.3.4.")] == [
        "district", "subdistrict", "community", "community",
    ]  # fmt: skip


# --- one call ------------------------------------------------------------------------------------------------------


def test_a_call_makes_one_case_and_shows_number_and_code(desk: Desk, clerk: Client) -> None:
    fields = call(clerk, desk)
    first, second = clerk.post("/desk/hotline", fields), clerk.post("/desk/hotline", fields)
    case = Case.objects.get()
    assert (case.channel, case.line, case.first_receiver) == (
        "hotline",
        "community",
        desk.cast.bodies["committee"].id,
    )
    pages = [answer.content.decode() for answer in (first, second)]
    shown = [re.search(r'id="case-code">(\w+)<', page).group(1) for page in pages]
    assert shown[0] == shown[1]
    assert case.number in pages[0]
    assert Event.objects.filter(code="case.received").count() == 1
    assert shown[0] not in clerk.get(f"/desk/cases/{case.public_id}").content.decode()


def test_words_of_danger_raise_the_class(desk: Desk, clerk: Client) -> None:
    answer = clerk.post("/desk/hotline?lang=en", call(clerk, desk, text="楼下有人被困电梯，闻到燃气泄漏"))
    assert Case.objects.get().case_class == "P0"
    assert "most urgent class" in answer.content.decode()


def test_another_matter_keeps_caller_and_place_under_a_new_key(desk: Desk, clerk: Client) -> None:
    fields = call(clerk, desk)
    clerk.post("/desk/hotline", fields)
    page = clerk.post("/desk/hotline", {**fields, "go": "again"}).content.decode()
    assert PHONE in page
    assert desk.cast.places["compound"].public_id in page
    assert TEXT not in page.split('id="here"')[0]
    assert key_of(page) != fields["key"]
    clerk.post(
        "/desk/hotline", {**fields, "key": key_of(page), "text": "电梯也停了", "kind": "local_lift_fault"}
    )
    assert Case.objects.count() == 2


def test_the_same_page_with_other_words_is_not_swallowed(desk: Desk, clerk: Client) -> None:
    fields = call(clerk, desk)
    clerk.post("/desk/hotline", fields)
    answer = clerk.post("/desk/hotline?lang=en", {**fields, "text": "别的事情"})
    page = answer.content.decode()
    assert (answer.status_code, Case.objects.count()) == (422, 1)
    assert "saved before" in page
    assert "别的事情" in page
    assert clerk.post("/desk/hotline", {**fields, "text": "别的事情", "key": key_of(page)}).status_code == 200
    assert Case.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"phone": "12345"}, 422, "not a phone number"),
        ({"text": "  "}, 422, "what happened"),
        ({"text": "很长" * 2501}, 422, "characters"),
        ({"kind": "nothing"}, 422, "from the list"),
        ({"kind_of_request": "gossip"}, 422, "question"),
        ({"place": "nowhere"}, 422, "from the list"),
        ({"place": "", "q": "没有这个地方"}, 422, "No place"),
        ({"place": "far"}, 404, "reach"),
    ],
)
def test_a_refused_call_keeps_what_was_typed(
    desk: Desk, clerk: Client, changes: dict[str, str], status: int, words: str
) -> None:
    if changes.get("place") == "far":
        changes = {"place": desk.cast.places["neighbour_compound"].public_id}
    fields = call(clerk, desk, **changes)
    answer = clerk.post("/desk/hotline?lang=en", fields)
    page = answer.content.decode()
    assert answer.status_code == status
    assert words in page
    assert "王小明" in page
    assert fields["text"].strip() in page
    assert Case.objects.count() == 0
    assert not Event.objects.filter(code="case.received").exists()


def test_a_place_closed_meanwhile_is_asked_for_again(desk: Desk, clerk: Client) -> None:
    fields = call(clerk, desk)
    place = desk.cast.places["compound"]
    type(place).objects.filter(id=place.id).update(valid_to=desk.context.now)
    answer = clerk.post("/desk/hotline?lang=en", fields)
    assert answer.status_code == 422
    assert "closed" in answer.content.decode()
    assert TEXT in answer.content.decode()
    assert Case.objects.count() == 0


def test_nul_and_an_unknown_line_do_no_harm(desk: Desk, clerk: Client) -> None:
    assert clerk.post("/desk/hotline", call(clerk, desk, text="路灯\x00坏了", line="moon")).status_code == 200
    case = Case.objects.get()
    assert (case.line, case.text) == ("community", "路灯坏了")


def test_without_scripts_the_place_is_found_by_a_button(desk: Desk, clerk: Client) -> None:
    name = desk.cast.places["compound"].name
    page = clerk.post("/desk/hotline", call(clerk, desk, place="", q=name, go="search")).content.decode()
    assert f'value="{desk.cast.places["compound"].public_id}"' in page
    assert clerk.post("/desk/hotline", call(clerk, desk, place="", q=name)).status_code == 200
    assert Case.objects.get().place_id == desk.cast.places["compound"].id


# --- advice ----------------------------------------------------------------------------------------------------------


def test_a_question_is_answered_and_closed_in_the_same_call(desk: Desk, clerk: Client) -> None:
    fields = call(
        clerk, desk, kind_of_request="question", text="几点停水", answer="今晚十点到明早六点，电话13900139000"
    )
    for _twice in range(2):
        answer = clerk.post("/desk/hotline?lang=en", fields)
        assert answer.status_code == 200
        assert "Answered at once" in answer.content.decode()
    case = Case.objects.get()
    assert (case.stage, case.next_due) == ("answered_at_intake", None)
    assert case.ended_at is not None
    said_back = Entry.objects.get(case=case, kind="answer")
    assert said_back.public
    assert "13900139000" not in said_back.text
    assert Event.objects.filter(code="case.answered_at_intake").count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind_of_request": "complaint", "answer": "知道了"}, "answered at once"),
        ({"kind_of_request": "misconduct", "answer": "知道了"}, "answered at once"),
        ({"kind_of_request": "question", "answer": "长" * 5001}, "5000 characters"),
    ],
)
def test_only_advice_ends_a_call(desk: Desk, clerk: Client, changes: dict[str, str], words: str) -> None:
    answer = clerk.post("/desk/hotline?lang=en", call(clerk, desk, **changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert changes["answer"] in page
    assert Case.objects.count() == 0


# --- who calls, what stands there already ----------------------------------------------------------------------------


def test_earlier_cases_of_the_number_are_shown_masked_and_logged(desk: Desk, clerk: Client) -> None:
    receipt = desk.report()
    desk.report(key="other", phone="13900139000", text="别人的事")
    page = clerk.post("/desk/hotline/caller", {"phone": "138 0013 8000"}).content.decode()
    assert receipt.number in page
    assert "别人的事" not in page
    assert PHONE not in page
    assert "王小明" not in page
    event = Event.objects.get(code="cases.caller_found")
    assert event.data["found"] == [desk.case(receipt).id]
    assert PHONE not in str(event.data)


def test_looking_is_limited_refused_without_the_verb_and_for_no_number(desk: Desk) -> None:
    look = {"context": desk.context, "phone": PHONE}
    with pytest.raises(NotAllowed), transaction.atomic():
        actions.look_up_caller(actor=desk.actor("callback.clerk"), **look)
    with pytest.raises(Invalid), transaction.atomic():
        actions.look_up_caller(actor=desk.actor("community.clerk"), context=desk.context, phone="12")
    with pytest.raises(TooMany), transaction.atomic():
        for _try in range(70):
            actions.look_up_caller(actor=desk.actor("community.clerk"), **look)


def test_open_cases_of_the_place_and_of_no_other(desk: Desk, clerk: Client) -> None:
    here = desk.report()
    elsewhere = desk.report(key="2", place=desk.cast.places["second_compound"].public_id)
    ended = desk.report(key="3")
    actions.withdraw_by_caller(actor=desk.system, context=desk.context, case=desk.case(ended), key="w")
    page = clerk.get(f"/desk/hotline/places/{desk.cast.places['compound'].public_id}").content.decode()
    assert here.number in page
    assert elsewhere.number not in page
    assert ended.number not in page
    assert (
        clerk.get(f"/desk/hotline/places/{desk.cast.places['neighbour_compound'].public_id}").status_code
        == 404
    )


def test_a_sealed_report_is_taken_and_then_seen_by_nobody_without_the_verb(desk: Desk, clerk: Client) -> None:
    answer = clerk.post("/desk/hotline?lang=en", call(clerk, desk, kind_of_request="misconduct"))
    case = Case.objects.get()
    page = answer.content.decode()
    assert case.number in page
    assert "sealed" in page
    assert f"/desk/cases/{case.public_id}" not in page
    place = desk.cast.places["compound"]
    for path in ("/desk/", "/desk/cases/", "/desk/cases/?queue=all", "/desk/cases/?queue=new", f"/desk/hotline/places/{place.public_id}"):  # fmt: skip
        shown = clerk.get(path).content.decode()
        assert case.number not in shown, path
        assert case.public_id not in shown, path
    assert clerk.get(f"/desk/cases/{case.public_id}").status_code == 404
    assert case.number not in clerk.post("/desk/hotline/caller", {"phone": PHONE}).content.decode()
    assert Event.objects.filter(code="cases.caller_found").latest("at").data["found"] == []
    for login in ("community.clerk", "subdistrict.clerk", "callback.clerk", "auditor", "property.handler"):
        actor = desk.actor(login)
        assert of_caller(actor, PHONE) == [], login
        assert beside.open_here(actor, place) == [], login
        assert queries.find(actor, case.public_id) is None, login
        with pytest.raises((OutOfScope, NotAllowed)), transaction.atomic():
            actions.said_by_phone(
                actor=actor, context=desk.context, case=case.public_id, phone=PHONE, verb="urge", key=login
            )
    opens = desk.actor("district.clerk")
    assert of_caller(opens, PHONE) == [case]
    assert beside.open_here(opens, place) == [case]
    assert queries.find(opens, case.public_id) == case
    assert Client().get(f"/open311/v2/requests/{case.public_id}.json").status_code == 404


# --- said about an earlier case ---------------------------------------------------------------------------------------


def said(desk: Desk, case: str, verb: str, **changes: str) -> Case:
    told = {"phone": PHONE, "text": "", "key": verb, **changes}
    return actions.said_by_phone(
        actor=desk.actor("community.clerk"), context=desk.context, case=case, verb=verb, **told
    )


def test_urge_add_withdraw_are_recorded_as_said_by_phone(desk: Desk) -> None:
    receipt = desk.report()
    said(desk, receipt.public_id, "urge")
    assert said(desk, receipt.public_id, "urge").urged == 1  # the same send again
    said(desk, receipt.public_id, "add", text="还有一盏也不亮，电话13900139000")
    said(desk, receipt.public_id, "withdraw")
    case = desk.case(receipt)
    assert (case.urged, case.stage) == (1, "withdrawn")
    for code in ("case.urged", "case.added", "case.withdrawn"):
        event = Event.objects.get(code=code)
        assert event.data["by"] == "phone"
        assert event.appointment == desk.actor("community.clerk").appointment
    assert "13900139000" not in Entry.objects.get(case=case, kind="added").text
    with pytest.raises(WrongStage), transaction.atomic():
        said(desk, receipt.public_id, "urge", key="late")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"phone": "13900139000"}, OutOfScope),
        ({"phone": ""}, Invalid),
        ({"verb": "answer"}, Invalid),
        ({"verb": "add", "text": " "}, Invalid),
        ({"verb": "add", "text": "长" * 2001}, Invalid),
    ],
)
def test_what_is_said_is_refused_and_nothing_is_written(desk: Desk, changes: dict, refusal: type) -> None:
    receipt = desk.report()
    before = Event.objects.count()
    with pytest.raises(refusal), transaction.atomic():
        said(desk, receipt.public_id, **{"verb": "urge", **changes})
    assert Event.objects.count() == before
    assert desk.case(receipt).urged == 0


def test_a_case_without_contact_or_elsewhere_is_not_the_callers(desk: Desk) -> None:
    nobody = desk.report(phone="", name="")
    far = desk.report(key="2", place=desk.cast.places["neighbour_compound"].public_id)
    for receipt in (nobody, far):
        with pytest.raises(OutOfScope), transaction.atomic():
            said(desk, receipt.public_id, "urge")


def test_a_refusal_stands_where_the_case_stood(desk: Desk, clerk: Client) -> None:
    receipt = desk.report()
    sent = {"phone": PHONE, "verb": "withdraw", "key": "a", "text": ""}
    answer = clerk.post(
        f"/desk/hotline/cases/{receipt.public_id}?lang=en", sent, headers={"X-Linli-Part": "1"}
    )
    assert "Withdrawn by phone" in answer.content.decode()
    late = clerk.post(f"/desk/hotline/cases/{receipt.public_id}?lang=en", {**sent, "key": "b"}, headers={"X-Linli-Part": "1"})  # fmt: skip
    assert (late.status_code, late["X-Linli-Part"]) == (409, "1")
    assert "at this stage" in late.content.decode()


def test_a_second_district_sees_nothing(desk: Desk, clerk: Client) -> None:
    desk.report()
    for path in ("/d/qingshan/desk/hotline", "/d/qingshan/desk/cases/paper"):
        assert clerk.get(path).status_code in (302, 403, 404)
    answer = clerk.post("/d/qingshan/desk/hotline/caller", {"phone": PHONE})
    assert answer.status_code == 401
    assert not Event.objects.filter(code="cases.caller_found").exists()


# --- on paper -----------------------------------------------------------------------------------------------------------


def printed(clerk: Client, count: str = "2", key: str = "p-1") -> list[str]:
    page = clerk.post("/desk/cases/paper/print", {"key": key, "count": count})
    return re.findall(r'class="paper-serial">(P[\d-]+)<', page.content.decode())


def paper(desk: Desk, serial: str, **changes: str) -> dict[str, str]:
    handed_in = desk.context.now.astimezone(desk.context.zone).date() - timedelta(days=3)
    return {
        "key": "k", "serial": serial, "day": handed_in.isoformat(), "hour": "10:15", "kind": "gb_part_01037", "text": TEXT,
        "place": desk.cast.places["compound"].public_id, "kind_of_request": "complaint", "phone": PHONE, "go": "send",
    } | changes  # fmt: skip


def test_every_printed_form_has_a_serial_of_its_own(desk: Desk, clerk: Client) -> None:
    first = printed(clerk, "3")
    assert len(set(first)) == 3
    assert printed(clerk, "3") == first
    assert not set(printed(clerk, "3", "p-2")) & set(first)
    assert Event.objects.filter(code="cases.sheets_printed").count() == 2
    for wrong in ("0", "21", "-1", "many", "9" * 30):
        assert clerk.post("/desk/cases/paper/print", {"key": wrong, "count": wrong}).status_code == 422


def test_the_clock_starts_when_the_paper_was_handed_in(desk: Desk, clerk: Client) -> None:
    serial = printed(clerk)[0]
    answer = clerk.post("/desk/cases/paper", paper(desk, serial))
    assert answer.status_code == 200
    case = Case.objects.get()
    assert case.number in answer.content.decode()
    assert (case.channel, case.outside_number) == ("paper", serial)
    at = case.received_at.astimezone(desk.context.zone)
    assert (at.hour, at.minute) == (10, 15)
    assert case.recorded_at - case.received_at > timedelta(days=2)
    assert clerk.post("/desk/cases/paper", paper(desk, serial)).status_code == 200
    assert Case.objects.count() == 1


@pytest.mark.parametrize("changes", [{"text": "别的事"}, {"hour": "11:00"}])
def test_a_serial_is_typed_in_once(desk: Desk, clerk: Client, changes: dict[str, str]) -> None:
    serial = printed(clerk)[0]
    clerk.post("/desk/cases/paper", paper(desk, serial))
    answer = clerk.post("/desk/cases/paper?lang=en", paper(desk, serial, **changes))
    assert answer.status_code == 422
    assert "typed in before" in answer.content.decode()
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"serial": "P26-000042-8"}, "serial of a form"),
        ({"serial": ""}, "serial of a form"),
        ({"day": "2999-01-01"}, "lies ahead"),
        ({"day": "2020-01-01"}, "older than 60 days"),
        ({"day": ""}, "day and the hour"),
        ({"text": ""}, "what happened"),
        ({"phone": "1"}, "not a phone number"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    desk: Desk, clerk: Client, changes: dict[str, str], words: str
) -> None:
    fields = {**paper(desk, printed(clerk)[0]), "name": "王小明", **changes}
    answer = clerk.post("/desk/cases/paper?lang=en", fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "王小明" in page
    assert Case.objects.count() == 0


def test_a_sealed_report_met_on_the_way_shows_its_number_only_once(desk: Desk, clerk: Client) -> None:
    key = key_of(clerk.get("/desk/cases/record").content.decode())
    fields = {**paper(desk, ""), "key": key, "kind_of_request": "misconduct"}
    answer = clerk.post("/desk/cases/record", fields)
    case = Case.objects.get()
    assert answer.status_code == 200
    assert case.number in answer.content.decode()
    assert case.channel == "staff"


def test_today_is_a_day_of_the_district(desk: Desk, clerk: Client) -> None:
    page = clerk.get("/desk/cases/paper").content.decode()
    today = desk.context.now.astimezone(desk.context.zone).date()
    assert f'max="{today.isoformat()}"' in page
    assert f'min="{(today - timedelta(days=60)).isoformat()}"' in page
    assert date.fromisoformat(today.isoformat()) == today


def test_knowledge_is_found_from_one_character_and_fills_the_answer(desk: Desk, clerk: Client) -> None:
    actions.save_knowledge(
        actor=desk.actor("district.clerk"),
        context=desk.context,
        title="怎么办居住证",
        text="带身份证到社区<b>办理</b>",
    )
    page = clerk.get("/desk/hotline/known", {"known": "证"}).content.decode()
    assert "怎么办居住证" in page
    assert 'data-fill="id_answer"' in page
    assert "<b>办理" not in page
    assert "怎么办居住证" not in clerk.get("/desk/hotline/known", {"known": "暖气"}).content.decode()
    assert "怎么办居住证" not in clerk.get("/desk/hotline/known", {"known": ""}).content.decode()
    assert clerk.get("/desk/hotline/known", {"known": "\x00" + "证" * 99}).status_code == 200
    assert staff("auditor").get("/desk/hotline/known", {"known": "证"}).status_code == 403
    assert 'hx-get="/desk/hotline/known"' in clerk.get("/desk/hotline").content.decode()
