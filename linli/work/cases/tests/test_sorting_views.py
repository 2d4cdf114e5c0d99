"""Hints, joining, the supporter's page and the desk's pages as people meet them, with and without scripts."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from linli.foundation.core.models import Event
from linli.work.cases import actions
from linli.work.cases.models import Answer, Case, Link, Supporter
from linli.work.cases.tests.builders import TEXT, Desk, open_desk
from linli.work.cases.tests.test_sorting_same import LIKE
from linli.work.cases.tests.test_sorting_suggester import learnt, lessons, past, small  # noqa: F401  # a fixture
from linli.work.cases.tests.test_views import key_of, staff


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


@pytest.fixture
def phone() -> Client:
    return Client(headers={"accept-language": "en"})


def start(phone: Client, desk: Desk, **changes: str) -> dict[str, str]:
    html = phone.get("/report?lang=en").content.decode()
    told = {
        "key": key_of(html),
        "place": desk.cast.places["compound"].public_id,
        "kind": "gb_part_01037",
        "text": LIKE,
    }
    return {**told, **changes}


def what(phone: Client, fields: dict[str, str], **more: str) -> str:
    answer = phone.post("/report", {**fields, "step": "what", "go": "next", **more})
    assert answer.status_code in (200, 422)
    return answer.content.decode()


def tokens(html: str) -> list[str]:
    return re.findall(r'name="join" value="([^"]+)"', html)


def test_without_scripts_questions_and_same_cases_come_once_after_the_words(
    desk: Desk, phone: Client
) -> None:
    receipt = desk.report()
    fields = start(phone, desk)
    html = what(phone, fields)
    assert "How many are out?" in html and "Is it one of these?" in html
    assert len(tokens(html)) == 1
    assert receipt.number not in html and receipt.public_id not in html and TEXT not in html
    assert "Do you have a picture?" in what(phone, fields, more_seen="1", answer_lamp_count="2")


def test_with_scripts_the_same_is_asked_for_while_typing(desk: Desk, phone: Client) -> None:
    receipt = desk.report()
    fields = start(phone, desk)
    answer = phone.post("/report/hints", {**fields, "answer_lamp_count": "3"})
    html = answer.content.decode()
    assert answer.status_code == 200 and len(tokens(html)) == 1
    assert 'value="3"' in html
    assert receipt.number not in html and TEXT not in html
    assert phone.get("/report/hints").status_code == 405
    assert (
        phone.post("/report/hints", {"place": "nothing", "kind": "x", "text": "长" * 9000}).status_code == 200
    )
    assert Case.objects.count() == 1


def test_answers_travel_to_the_case(desk: Desk, phone: Client) -> None:
    fields = start(phone, desk)
    html = what(phone, fields, more_seen="1", answer_lamp_count="2", answer_lamp_where="三号楼东门")
    kept = re.search(r'name="answers" value="([^"]+)"', html).group(1).replace("&amp;", "&")
    sent = phone.post("/report", {**fields, "answers": kept, "step": "contact", "go": "send"})
    assert sent.status_code == 303
    assert dict(Answer.objects.values_list("question", "value")) == {
        "lamp_count": "2",
        "lamp_where": "三号楼东门",
    }


def test_a_wrong_answer_is_shown_with_what_was_typed(desk: Desk, phone: Client) -> None:
    html = what(phone, start(phone, desk), more_seen="1", answer_lamp_count="viele")
    assert "Write a number that can be true" in html and 'value="viele"' in html


def test_joining_through_the_form_and_coming_back_with_the_own_code(desk: Desk, phone: Client) -> None:
    receipt = desk.report()
    fields = start(phone, desk)
    (token,) = tokens(what(phone, fields))
    html = what(phone, fields, more_seen="1", join=token)
    assert "You join a matter that is being handled" in html
    send = {**fields, "join": token, "step": "contact", "go": "send", "phone": "13900139000", "name": "李四"}
    sent = phone.post("/report", send)
    assert sent.status_code == 303 and phone.post("/report", send)["Location"] == sent["Location"]
    assert (Case.objects.count(), Supporter.objects.count()) == (1, 1)
    page = phone.get(sent["Location"]).content.decode()
    number = re.search(r'id="case-number">([\d-]+)<', page).group(1)
    code = re.search(r'id="case-code">(\w+)<', page).group(1)
    assert number == receipt.number and code != receipt.code
    assert TEXT not in page and "王小明" not in page and "13800138000" not in page
    stranger = Client()
    assert stranger.get(sent["Location"]).status_code == 404
    opened = stranger.post("/follow", {"number": number, "code": code})
    assert opened["Location"] == sent["Location"]
    assert number in stranger.get(opened["Location"]).content.decode()
    assert stranger.get(f"/c/{receipt.public_id}").status_code == 404


def test_a_case_that_ended_meanwhile_or_a_made_up_token_loses_nothing(desk: Desk, phone: Client) -> None:
    receipt = desk.report()
    fields = start(phone, desk)
    (token,) = tokens(what(phone, fields))
    actions.refuse(
        actor=desk.actor("community.clerk"), context=desk.context, case=receipt.public_id, reason="litigation", note="诉讼中"
    )  # fmt: skip
    for bad in (token, "made.up", token[:-2]):
        answer = phone.post("/report", {**fields, "join": bad, "step": "contact", "go": "send"})
        assert answer.status_code == 422
        assert LIKE in answer.content.decode()
    assert Supporter.objects.count() == 0


def test_the_proposed_kind_is_shown_with_its_pieces(desk: Desk, phone: Client, small) -> None:  # noqa: F811  # the fixture
    past(desk, lessons(), days=0)
    learnt(desk)
    html = phone.post("/report/hints", start(phone, desk, kind="", text="楼后面垃圾没人清")).content.decode()
    assert "Exposed rubbish" in html and "垃圾" in html and 'data-value="gb_event_06010"' in html


# --- the desk ---------------------------------------------------------------------------------------------------


def test_recording_shows_open_cases_with_their_words_to_who_may_read_them(desk: Desk) -> None:
    receipt = desk.report(text=f"{TEXT}请打13800138000")
    told = {"place": desk.cast.places["compound"].public_id, "kind": "gb_part_01037", "text": LIKE}
    html = staff("community.clerk").post("/desk/cases/hints", told).content.decode()
    assert receipt.number in html and "13800138000" not in html and 'name="answer_lamp_count"' in html
    assert receipt.number not in staff("neighbour.clerk").post("/desk/cases/hints", told).content.decode()
    assert staff("property.handler").post("/desk/cases/hints", told).status_code == 403


def test_recorded_answers_are_kept_and_a_wrong_one_is_shown(desk: Desk) -> None:
    clerk = staff("community.clerk")
    told = {
        "key": "r-1", "place": desk.cast.places["compound"].public_id, "kind": "gb_part_01037", "text": LIKE,
        "channel": "hotline", "answer_lamp_count": "x",
    }  # fmt: skip
    answer = clerk.post("/desk/cases/record?lang=en", told)
    assert answer.status_code == 422 and 'value="x"' in answer.content.decode()
    assert clerk.post("/desk/cases/record", {**told, "answer_lamp_count": "4"}).status_code == 302
    assert Answer.objects.get().value == "4"


def test_the_case_page_s_part_and_the_page_without_scripts(desk: Desk) -> None:
    first, second = desk.report("k-1"), desk.report("k-2", text=LIKE)
    clerk = staff("community.clerk")
    part = clerk.get(
        f"/desk/cases/{second.public_id}/sorting?lang=en", headers={"hx-request": "true"}
    ).content.decode()
    assert "<html" not in part and first.number in part and f"Merge into {first.number}" in part
    assert "<html" in clerk.get(f"/desk/cases/{second.public_id}/sorting").content.decode()
    assert 'hx-get="/desk/cases/' in clerk.get(f"/desk/cases/{second.public_id}").content.decode()
    auditor = staff("auditor").get(f"/desk/cases/{second.public_id}/sorting?lang=en").content.decode()
    assert first.number in auditor and "Merge into" not in auditor


def test_merging_by_number_and_undoing_on_the_page(desk: Desk) -> None:
    first, second = desk.report("k-1"), desk.report("k-2", text=LIKE)
    clerk = staff("community.clerk")
    where = f"/desk/cases/{second.public_id}/sorting"
    wrong = clerk.post(f"{where}/merge", {"other": "26-1"})
    assert wrong.status_code == 422 and "26-1" in wrong.content.decode()
    assert clerk.post(f"{where}/merge", {"other": first.number.replace("-", "")}).status_code == 302
    assert desk.case(second).stage == "merged"
    assert first.number in clerk.get(where).content.decode()
    assert clerk.post(f"{where}/unmerge").status_code == 302
    assert desk.case(second).stage == "received"
    assert clerk.post(f"{where}/link", {"other": first.public_id}).status_code == 302
    link = Link.objects.get(kind="related")
    assert clerk.post(f"{where}/unlink", {"link": str(link.id)}).status_code == 302
    assert clerk.post(f"{where}/unlink", {"link": "x"}).status_code == 404
    assert clerk.post(f"{where}/nothing").status_code == 404


def test_splitting_on_the_page(desk: Desk) -> None:
    receipt = desk.report()
    clerk = staff("community.clerk")
    where = f"/desk/cases/{receipt.public_id}/sorting"
    key = key_of(clerk.get(where).content.decode())
    wrong = clerk.post(f"{where}/split", {"key": key, "kind": "", "text": "楼后垃圾"})
    assert wrong.status_code == 422 and "楼后垃圾" in wrong.content.decode()
    done = clerk.post(f"{where}/split", {"key": key, "kind": "gb_event_06010", "text": "楼后垃圾"})
    assert done.status_code == 302 and Case.objects.count() == 2
    assert done["Location"] != f"/desk/cases/{receipt.public_id}#sorting"


def test_taking_the_proposal_dispatches_as_proposed(desk: Desk, small) -> None:  # noqa: F811  # the fixture
    past(desk, lessons(), days=0)
    past(desk, [(kind, f"{text}啊") for kind, text in lessons(1)], body="committee", days=0)
    learnt(desk)
    receipt = desk.report("k-1", kind="local_other", text="楼后面一大堆装修垃圾没人清")
    clerk = staff("community.clerk")
    html = clerk.get(f"/desk/cases/{receipt.public_id}/sorting?lang=en").content.decode()
    assert 'data-verb-key="9"' in html and 'name="kind" value="gb_event_06010"' in html
    body = re.search(r'name="body" value="([^"]+)"', html).group(1)
    assert (
        clerk.post(
            f"/desk/cases/{receipt.public_id}/dispatch", {"body": body, "kind": "gb_event_06010"}
        ).status_code
        == 302
    )
    assert (desk.case(receipt).kind, desk.case(receipt).stage) == ("gb_event_06010", "dispatched")


def test_hot_issues_and_suggestions_have_their_pages(desk: Desk, small) -> None:  # noqa: F811  # the fixture
    clerk = staff("community.clerk")
    assert "No hot issue" in clerk.get("/desk/cases/hot?lang=en").content.decode()
    assert "Nothing learnt yet" in clerk.get("/desk/cases/suggester?lang=en").content.decode()
    for n in range(5):
        desk.report(f"k-{n}")
    past(desk, lessons(), days=0)
    row = learnt(desk)
    hot = clerk.get("/desk/cases/hot?lang=en").content.decode()
    assert desk.cast.places["compound"].name in hot and "5 reports" in hot
    assert row.digest[:16] in clerk.get("/desk/cases/suggester?lang=en").content.decode()
    assert staff("property.handler").get("/desk/cases/hot").status_code == 403
    assert Event.objects.filter(code="cases.suggester_learnt").count() == 1
