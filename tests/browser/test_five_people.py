"""A resident's report goes all the way through five people's browsers: phone and desktop, Chinese and English."""

from __future__ import annotations

import re
import time

import pytest
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TEXT = "三号楼东侧的路灯不亮已经一周了，晚上回家看不清路，老人出门不放心，请尽快修一下。"


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_report_goes_all_the_way(people, demo, tmp_path, language: str, width: int) -> None:
    resident = people("resident", language, width)
    number, public_id = _report(resident, tmp_path)
    clerk = people("community.clerk", language, width)
    _dispatch(clerk, number, public_id)
    handler = people("property.handler", language, width)
    _handle(handler, public_id)
    caller_back = people("callback.clerk", language, width)
    caller_back.sign_in()
    caller_back.open("/desk/cases/callbacks")
    caller_back.check("call-backs")
    assert number in caller_back.page.content()
    _judge(resident, public_id)
    auditor = people("auditor", language, width)
    auditor.sign_in()
    auditor.open(f"/desk/cases/{public_id}")
    auditor.check("auditor's case")
    story = auditor.page.inner_text("ol.story")
    assert len(auditor.page.query_selector_all("ol.story > li")) == 6, story
    assert "13800138000" not in auditor.page.content()


def _report(resident, tmp_path) -> tuple[str, str]:
    page = resident.page
    resident.open("/")
    resident.check("home", "home")
    page.click("a.tile-primary")
    page.fill("#id_q", "东风小区")
    page.click("button[value=search]")
    resident.check("where", "where")
    page.click("button[value=next]")
    page.click("button[value=next]")  # nothing filled in: asked again, nothing lost
    page.select_option("#id_kind", "gb_part_01037")
    page.fill("#id_text", TEXT)
    resident.check("what", "what")
    page.click("button[value=next]")
    picture = tmp_path / "lamp.jpg"
    Image.new("RGB", (1600, 1200), (40, 44, 60)).save(picture, "JPEG")
    page.set_input_files("#id_photo", str(picture))
    resident.check("picture")
    page.click("button[value=next]")
    page.click("button[value=back]")
    assert page.locator("button[name=remove]").count() == 1
    page.click("button[value=next]")
    page.fill("#id_phone", "138 0013 8000")
    page.fill("#id_name", "王小明")
    resident.check("contact", "contact")
    page.dblclick("button[value=send]")
    page.wait_for_selector("#case-number")
    resident.check("sent", "sent")
    number = page.inner_text("#case-number")
    public_id = re.search(r"/report/([^/]+)/sent", page.url).group(1)
    page.click("main a.button-primary")
    resident.check("my case", "mine")
    assert TEXT in page.content()
    return number, public_id


def _dispatch(clerk, number: str, public_id: str) -> None:
    clerk.sign_in()
    clerk.check("desk", "desk")
    clerk.open("/desk/cases/?queue=new")
    clerk.check("queue", "queue")
    assert number in clerk.page.content()
    clerk.open(f"/desk/cases/{public_id}")
    clerk.check("case", "case")
    assert "138****8000" in clerk.page.content()
    clerk.page.check("input[name=body] >> nth=0")
    clerk.page.click("[data-verb-key='1']")
    clerk.page.wait_for_load_state()
    clerk.check("case given out")


def _handle(handler, public_id: str) -> None:
    handler.sign_in()
    handler.open(f"/desk/cases/{public_id}")
    handler.check("handler's case")
    assert "138****8000" not in handler.page.content() and "王" not in handler.page.inner_text("main")
    handler.page.click("[data-verb-key='1']")
    handler.page.wait_for_selector("#c_note")
    handler.page.click("[data-verb-key='1']")
    handler.page.fill("#a_text", "已更换三号楼东侧的灯泡和镇流器，今晚亮灯。")
    handler.check("answer", "answer")
    handler.page.click("[data-verb-key='1']")
    handler.page.wait_for_load_state()
    _wait_for_inbox(handler)


def _wait_for_inbox(handler) -> None:
    """The order's message has reached the body's inbox through the outbox."""
    for _ in range(60):
        handler.open("/desk/")
        if handler.page.locator(".count").count():
            return
        time.sleep(0.5)
    pytest.fail("The body's inbox has no message after 30 seconds.")


def _judge(resident, public_id: str) -> None:
    page = resident.page
    resident.open(f"/c/{public_id}")
    resident.check("judge", "judge")
    page.check("input[name=solved][value=yes]")
    page.check("input[name=rating][value=satisfied]")
    page.click("main form button.button-primary")
    page.wait_for_load_state()
    resident.check("closed", "closed")
    assert page.locator("input[name=solved]").count() == 0
