"""A call recorded with the keyboard alone: focus stops and keystrokes counted, nothing fires while Chinese is composed."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FOCUS_STOPS, KEYSTROKES = 12, 25
PHONE = "13612345678"


class Keys:
    """The clerk's hands: every key is counted but the caller's words."""

    def __init__(self, page) -> None:
        self.page, self.pressed = page, 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.pressed += 1

    def type(self, text: str) -> None:
        for letter in text:
            self.press(letter)

    def focused(self) -> str:
        return self.page.evaluate("document.activeElement.id || document.activeElement.name")


def record_call(page, text: str) -> Keys:
    """From the empty page to the number that is read out, without a mouse."""
    keys = Keys(page)
    assert keys.focused() == "id_phone"
    keys.type(PHONE)
    keys.press("F4")
    keys.type("dfxq")
    page.wait_for_selector("#places [role=option]")
    keys.press("Enter")
    page.wait_for_function("document.activeElement.id === 'id_kind_typed'")
    keys.type("ld")
    page.wait_for_selector("#kinds [role=option]")
    keys.press("Enter")
    assert keys.focused() == "id_text"
    page.keyboard.insert_text(text)
    keys.press("F9")
    page.wait_for_selector("#case-number" if text else "[aria-invalid=true]")
    return keys


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1440), ("en", 390)])
def test_a_call_by_keyboard_alone(people, language: str, width: int) -> None:
    clerk = people("community.clerk", language, width)
    clerk.sign_in()
    clerk.open("/desk/hotline")
    clerk.check("hotline", "hotline")
    page = clerk.page
    keys = record_call(page, "三号楼东侧路灯不亮，晚上看不清路。")
    assert keys.pressed <= KEYSTROKES, keys.pressed
    clerk.check("number and code", "hotline-taken")
    number = page.inner_text("#case-number")
    assert page.inner_text("#case-code")
    keys.press("Alt+m")
    page.wait_for_selector("#id_phone")
    page.wait_for_selector("#earlier li")
    assert page.input_value("#id_phone") == PHONE
    assert number in page.inner_text("#earlier")
    assert number in page.inner_text("#here")
    assert PHONE not in page.inner_text("#earlier")
    clerk.check("another matter", "hotline-another")
    page.locator("#earlier button[value=urge]").first.click()
    page.wait_for_selector("#earlier [data-answer] p")
    assert number in page.inner_text("#earlier [data-answer] >> nth=0")
    clerk.check("urged by phone")


def test_focus_stops_from_the_number_called_to_saving(people) -> None:
    clerk = people("community.clerk", "zh-hans", 1440)
    clerk.sign_in()
    clerk.open("/desk/hotline")
    page = clerk.page
    record_call(page, "")
    page.wait_for_selector("#id_text[aria-invalid=true]")  # no words: refused, with place and kind kept
    page.focus("input[name=line]:checked")
    stops = ["line"]
    while stops[-1] != "save" and len(stops) < 40:
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.id || document.activeElement.name"))
    assert stops[-1] == "save"
    assert len(stops) <= FOCUS_STOPS, stops


def test_no_shortcut_fires_while_chinese_is_composed(people) -> None:
    clerk = people("community.clerk", "zh-hans", 1440)
    clerk.sign_in()
    clerk.open("/desk/hotline")
    page = clerk.page
    page.focus("#id_text")
    fire = """(init) => { const e = new KeyboardEvent('keydown', {bubbles: true, cancelable: true, ...init});
        document.activeElement.dispatchEvent(e); return [e.defaultPrevented, document.activeElement.id]; }"""
    composed = ({"isComposing": True}, {"keyCode": 229})
    for key in (
        {"key": "F2", "code": "F2"},
        {"key": "F9", "code": "F9"},
        {"key": "1", "code": "Digit1", "altKey": True},
        {"key": "j", "code": "KeyJ", "altKey": True},
    ):
        for how in composed:
            assert page.evaluate(fire, {**key, **how}) == [False, "id_text"]
    assert page.evaluate(fire, {"key": "F2", "code": "F2"}) == [True, "id_phone"]
    page.focus("#id_q")
    page.keyboard.type("dfxq")
    page.wait_for_selector("#places [role=option]")
    assert page.evaluate(fire, {"key": "Enter", "code": "Enter", "isComposing": True}) == [False, "id_q"]
    assert page.input_value("#id_place") == ""
    page.keyboard.press("Escape")
    assert page.is_hidden("#places")


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1440)])
def test_paper_is_printed_and_typed_in(people, language: str, width: int) -> None:
    clerk = people("community.clerk", language, width)
    clerk.sign_in()
    clerk.open("/desk/cases/paper")
    clerk.check("paper", "paper")
    page = clerk.page
    today = page.get_attribute("#id_day", "max")
    page.fill("#id_count", "2")
    page.click("form[action$='print'] button")
    serials = page.locator(".paper-serial").all_inner_texts()
    assert len(set(serials)) == 2
    clerk.check("blank forms", "paper-sheet")
    clerk.open("/desk/cases/paper")
    page.fill("#id_serial", serials[0])
    page.fill("#id_day", today)
    page.fill("#id_hour", "00:00")
    page.fill("#id_text", "楼道灯坏了，没有手机，写在纸上。")
    page.select_option("#id_kind", "local_other")
    page.fill("#id_q", "东风小区")
    page.click("button[value=search]")
    page.click("button[value=send]")
    assert page.inner_text("#case-number")
    clerk.check("typed in")
