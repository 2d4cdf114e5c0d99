"""The report in at most four steps, the caller's page, the desk: as a person meets them."""

from __future__ import annotations

import io
import re

import pytest
from django.test import Client
from PIL import Image

from linli.foundation.core.models import Event, SecurityEvent, StoredFile
from linli.work.cases.models import Case
from linli.work.cases.tests.builders import PASSWORD, TEXT, Desk, open_desk


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


@pytest.fixture
def phone() -> Client:
    return Client()


def staff(login: str) -> Client:
    client = Client()
    answer = client.post("/sign-in", {"name": login, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()[:500]
    return client


def key_of(html: str) -> str:
    return re.search(r'name="key" value="([^"]+)"', html).group(1)


def walk(phone: Client, desk: Desk, **changes: str) -> dict[str, str]:
    """Answer the first three steps as a browser would; returns the fields of the last form."""
    html = phone.get("/report").content.decode()
    fields = {"key": key_of(html), "place": desk.cast.places["compound"].public_id}
    assert (
        "street lamp"
        in phone.post("/report?lang=en", {**fields, "step": "where", "go": "next"}).content.decode().lower()
    )
    fields |= {"kind": "gb_part_01037", "text": TEXT, **changes}
    assert phone.post("/report", {**fields, "step": "what", "go": "next"}).status_code == 200
    assert phone.post("/report", {**fields, "step": "picture", "go": "next"}).status_code == 200
    return fields


def test_four_steps_make_a_case_and_the_code_opens_it(desk: Desk, phone: Client) -> None:
    fields = walk(phone, desk)
    sent = phone.post("/report", {**fields, "step": "contact", "go": "send", "phone": "138 0013 8000"})
    assert sent.status_code == 303
    page = phone.get(sent["Location"]).content.decode()
    number = re.search(r'id="case-number">([\d-]+)<', page).group(1)
    code = re.search(r'id="case-code">(\w+)<', page).group(1)
    stranger = Client()
    assert stranger.get(f"/c/{Case.objects.get().public_id}").status_code == 404
    opened = stranger.post("/follow", {"number": number, "code": code})
    assert opened.status_code == 302
    assert TEXT in stranger.get(opened["Location"]).content.decode()


def test_second_send_of_the_form_goes_to_the_same_page(desk: Desk, phone: Client) -> None:
    fields = walk(phone, desk)
    send = {**fields, "step": "contact", "go": "send"}
    first, second = phone.post("/report", send), phone.post("/report", send)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert Case.objects.count() == 1


def test_wrong_code_gets_one_answer_whatever_was_wrong(desk: Desk, phone: Client) -> None:
    receipt = desk.report()
    answers = {
        re.sub(r'value="[^"]*"', "", phone.post("/follow", {"number": n, "code": c}).content.decode())
        for n, c in ((receipt.number, "XXXXXXXX"), ("26-9999999-0", receipt.code), ("abc", "def"))
    }
    assert len({re.sub(r"\s+", " ", a) for a in answers}) == 1


def test_guessing_codes_is_slowed_down(desk: Desk, phone: Client) -> None:
    statuses = [phone.post("/follow", {"number": "26-0000001-1", "code": "X"}).status_code for _ in range(14)]
    assert statuses[0] == 422
    assert statuses[-1] == 429
    assert SecurityEvent.objects.filter(code="rate.limit").exists()


@pytest.mark.parametrize(
    ("step", "changes", "words"),
    [
        ("where", {"place": "nowhere"}, "not known here"),
        ("what", {"text": ""}, "what happened"),
        ("what", {"kind": ""}, "from the list"),
        ("contact", {"phone": "12345678901"}, "not a phone number"),
    ],
)
def test_a_refused_step_keeps_what_was_typed(
    desk: Desk, phone: Client, step: str, changes: dict, words: str
) -> None:
    fields = walk(phone, desk) | {"name": "王小明"} | changes
    answer = phone.post(
        "/report?lang=en", {**fields, "step": step, "go": "send" if step == "contact" else "next"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "王小明" in page
    assert Case.objects.count() == 0


def test_closed_compound_offers_the_nearest(desk: Desk, phone: Client) -> None:
    closed = desk.cast.places["compound"]
    type(closed).objects.filter(id=closed.id).update(valid_to=desk.context.now)
    page = phone.post(
        "/report?lang=en",
        {"key": "k", "step": "where", "go": "next", "place": closed.public_id, "text": "kept"},
    )
    assert "closed" in page.content.decode()
    assert desk.cast.places["second_compound"].name in page.content.decode()
    assert "kept" in page.content.decode()


def test_words_of_danger_show_the_emergency_numbers_first(desk: Desk, phone: Client) -> None:
    fields = {
        "key": "k",
        "place": desk.cast.places["compound"].public_id,
        "kind": "local_gas_leak",
        "text": "厨房燃气泄漏，味道很大",
        "step": "what",
        "go": "next",
    }
    page = phone.post("/report", fields).content.decode()
    assert "tel:119" in page
    assert "danger_seen" in page
    assert "danger_seen" not in phone.post("/report", {**fields, "danger_seen": "1"}).content.decode()


def picture(size: tuple[int, int] = (600, 400), form: str = "JPEG") -> io.BytesIO:
    out = io.BytesIO()
    image = Image.new("RGB", size, (120, 90, 60))
    exif = image.getexif()
    exif[0x010F] = "CANARYMAKER"
    image.save(out, form, exif=exif)
    out.seek(0)
    out.name = "a.jpg"
    return out


def test_a_picture_is_re_encoded_and_belongs_to_the_case(desk: Desk, phone: Client) -> None:
    fields = walk(phone, desk)
    page = phone.post(
        "/report", {**fields, "step": "picture", "go": "add", "photo": picture()}
    ).content.decode()
    photos = re.search(r'name="photos" value="([^"]+)"', page).group(1)
    sent = phone.post("/report", {**fields, "photos": photos, "step": "contact", "go": "send"})
    case = Case.objects.get()
    stored = StoredFile.objects.get(public_id=photos)
    assert (stored.subject_id, stored.media_type) == (case.id, "image/webp")
    shown = phone.get(f"/c/{case.public_id}/photo/{photos}")
    assert b"CANARYMAKER" not in b"".join(shown.streaming_content)
    assert Client().get(f"/c/{case.public_id}/photo/{photos}").status_code == 404
    assert sent.status_code == 303


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"\x89PNG\r\n\x1a\n" + b"0" * 50,
        b"<svg onload=alert(1)>",
        b"GIF89a" + b"0" * 90,
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_with_a_sentence(
    desk: Desk, phone: Client, content: bytes
) -> None:
    fields = walk(phone, desk)
    file = io.BytesIO(content)
    file.name = "photo.jpg"
    answer = phone.post("/report?lang=en", {**fields, "step": "picture", "go": "next", "photo": file})
    assert answer.status_code in (200, 422)
    if content:
        assert "not a picture" in answer.content.decode() or "picture" in answer.content.decode()
        assert answer.status_code == 422
    assert StoredFile.objects.count() == 0
    assert TEXT in answer.content.decode()


def test_through_the_desk_by_five_people(desk: Desk, phone: Client) -> None:
    receipt = desk.report()
    clerk, handler, callback, auditor = (
        staff(n) for n in ("community.clerk", "property.handler", "callback.clerk", "auditor")
    )
    page = f"/desk/cases/{receipt.public_id}"
    assert handler.get(page).status_code == 404
    assert receipt.number in clerk.get("/desk/cases/?queue=new").content.decode()
    assert clerk.post(f"{page}/dispatch", {"body": desk.cast.bodies["company"].public_id}).status_code == 302
    seen = handler.get(page).content.decode()
    assert "13800138000" not in seen and "138****8000" not in seen and "王" not in seen
    for verb, more in (("sign", {}), ("contact", {}), ("answer", {"text": "已修好，今晚亮灯。"})):
        assert handler.post(f"{page}/{verb}", more).status_code == 302
    assert handler.post(f"{page}/judge", {"solved": "yes", "rating": "very"}).status_code == 403
    assert callback.post(f"{page}/take_callback").status_code == 302
    assert callback.post(f"{page}/judge", {"solved": "yes", "rating": "very"}).status_code == 302
    assert callback.post(f"{page}/judge", {"solved": "yes", "rating": "very"}).status_code == 409
    assert receipt.number in auditor.get(page).content.decode()
    assert auditor.post(f"{page}/dispatch", {"body": "x"}).status_code == 403
    assert Case.objects.get().stage == "closed"


def test_the_caller_number_is_shown_for_the_task_and_logged(desk: Desk) -> None:
    receipt = desk.report()
    clerk = staff("community.clerk")
    page = f"/desk/cases/{receipt.public_id}"
    assert "138****8000" in clerk.get(page).content.decode()
    revealed = clerk.post(f"{page}/reveal").content.decode()
    assert "13800138000" in revealed
    assert Event.objects.filter(code__startswith="people.").exists()
    assert staff("property.handler").post(f"{page}/reveal").status_code == 404


def test_a_refused_verb_shows_the_page_again_with_the_words(desk: Desk) -> None:
    receipt = desk.report()
    clerk = staff("community.clerk")
    page = f"/desk/cases/{receipt.public_id}"
    clerk.post(f"{page}/dispatch", {"body": desk.cast.bodies["company"].public_id})
    handler = staff("property.handler")
    handler.post(f"{page}/sign")
    handler.post(f"{page}/contact")
    answer = handler.post(f"{page}/answer?lang=en", {"text": " "})
    assert answer.status_code == 422
    assert "few words" in answer.content.decode()


def test_recording_a_call(desk: Desk) -> None:
    clerk = staff("community.clerk")
    form = clerk.get("/desk/cases/record").content.decode()
    fields = {"key": key_of(form), "channel": "hotline", "q": desk.cast.places["compound"].name}
    found = clerk.post("/desk/cases/record", {**fields, "go": "search"}).content.decode()
    assert desk.cast.places["compound"].public_id in found
    fields |= {
        "place": desk.cast.places["compound"].public_id,
        "kind": "local_leak_indoor",
        "text": "楼上漏水",
        "go": "send",
    }
    assert clerk.post("/desk/cases/record", fields).status_code == 302
    case = Case.objects.get()
    assert (case.channel, case.first_receiver) == ("hotline", desk.cast.bodies["committee"].id)


def test_foreign_district_sees_nothing(desk: Desk, phone: Client) -> None:
    receipt = desk.report()
    assert (
        phone.post("/d/qingshan/follow", {"number": receipt.number, "code": receipt.code}).status_code == 422
    )
    assert phone.get(f"/d/qingshan/open311/v2/requests/{receipt.public_id}.json").status_code == 404
    assert phone.get(f"/open311/v2/requests/{receipt.public_id}.json").status_code == 200


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_render_in_both_languages(desk: Desk, phone: Client, language: str) -> None:
    receipt = desk.report()
    clerk = staff("community.clerk")
    for path in ("/", "/report", "/follow", "/privacy"):
        assert phone.get(f"{path}?lang={language}").status_code == 200
    for path in ("/desk/", "/desk/cases/", "/desk/cases/record", f"/desk/cases/{receipt.public_id}"):
        assert clerk.get(f"{path}?lang={language}").status_code == 200


def test_case_page_costs_at_most_fifteen_statements(desk: Desk, django_assert_max_num_queries) -> None:
    receipt = desk.report()
    clerk = staff("community.clerk")
    page = f"/desk/cases/{receipt.public_id}"
    clerk.get(page)
    with django_assert_max_num_queries(18):
        clerk.get(page)
