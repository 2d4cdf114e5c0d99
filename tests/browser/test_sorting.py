"""Questions, same issues and suggestions before a real browser: joining, recording, sorting, by keyboard, in both languages."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TEXT = "小区东门岗亭旁边第三盏路灯整夜不亮，晚上什么都看不见"


def until(page, script: str) -> None:
    """Wait for a condition; the page's policy forbids waiting inside it."""
    for _turn in range(60):
        if page.evaluate(script):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"never true: {script}")


def to_words(person) -> None:
    person.open("/report")
    person.page.fill("#id_q", "东风小区")
    person.page.click("button[value=search]")
    person.page.wait_for_selector("input[name=place][type=radio]")
    person.page.click("button[value=next]")
    person.page.wait_for_selector("#id_kind")
    person.page.select_option("#id_kind", "gb_part_01037")
    until(person.page, "!!document.querySelector('#answer_lamp_count')")
    person.page.fill("#id_text", TEXT)


def reported(person) -> str:
    to_words(person)
    person.page.wait_for_timeout(900)
    if person.page.locator("input[name=join]").count():
        person.page.check("input[name=join][value='']")
    person.page.fill("#answer_lamp_count", "1")
    for _step in range(2):
        person.page.click("button[value=next]")
        person.page.wait_for_load_state()
    person.page.click("button[value=send]")
    person.page.wait_for_selector("#case-number")
    return str(person.page.inner_text("#case-number"))


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1440)])
def test_a_second_caller_joins_what_is_being_handled(people, language: str, width: int) -> None:
    first = people("resident", language, width)
    number = reported(first)
    second = people("resident", language, width)
    to_words(second)
    until(second.page, "document.querySelectorAll('input[name=join]').length > 1")
    assert number not in second.page.content()
    second.check("same while typing", "same-hint")
    second.page.locator("input[name=join]").nth(1).focus()
    second.page.keyboard.press("Space")
    second.page.click("button[value=next]")
    second.page.wait_for_selector("#id_phone")
    second.check("join contact", "join-contact")
    second.page.click("button[value=send]")
    second.page.wait_for_selector("#case-code")
    second.check("supported", "supported")


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1440), ("en", 390)])
def test_staff_see_and_sort_same_cases(people, language: str, width: int) -> None:
    caller = people("resident", language, width)
    one, other = reported(caller), reported(caller)
    clerk = people("community.clerk", language, width)
    clerk.sign_in()
    clerk.open("/desk/cases/record")
    clerk.page.select_option("#id_kind", "gb_part_01037")
    until(clerk.page, "!!document.querySelector('#answer_lamp_count')")
    clerk.check("record with questions", "record-hints")
    clerk.open("/desk/cases/?queue=all")
    clerk.page.locator(".queue-link", has_text=other).first.click()
    until(clerk.page, "document.querySelectorAll('#sorting form').length > 1")
    assert one in clerk.page.inner_text("#sorting")
    clerk.check("case with same", "case-sorting")
    clerk.page.locator("#sorting li", has_text=one).locator("button").first.click()
    clerk.page.wait_for_load_state()
    until(clerk.page, "!!document.querySelector('#sorting form[action$=unmerge]')")
    clerk.check("merged", "case-merged")
    clerk.page.click("#sorting form[action$=unmerge] button")
    clerk.page.wait_for_load_state()
    clerk.open("/desk/cases/hot")
    clerk.check("hot", "hot")
    clerk.open("/desk/cases/suggester")
    clerk.check("suggester", "suggester")
