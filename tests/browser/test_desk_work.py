"""The desk's list as a clerk works with it: narrow, save, search, choose by keyboard, give out, export, print."""

from __future__ import annotations

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIZES = [("zh-hans", 390), ("en", 1440)]


@pytest.mark.parametrize(("language", "width"), SIZES)
def test_a_clerk_narrows_saves_and_prints(people, language: str, width: int) -> None:
    clerk = people("subdistrict.clerk", language, width)
    clerk.sign_in()
    clerk.open("/desk/cases/?queue=all")
    clerk.check("the list", "desk-list")
    clerk.page.locator("details summary").first.click()
    clerk.page.select_option("#f_due", "overdue")
    clerk.check("the conditions", "desk-conditions")
    clerk.page.locator("details[open] form[method=get] button").click()
    clerk.page.wait_for_url(re.compile("due=overdue"))
    clerk.check("narrowed", "desk-narrowed")
    name = f"overdue {language}"
    clerk.page.locator("details summary").nth(1).click()
    clerk.page.fill("#s_name", name)
    clerk.page.locator("form[action$='/desk/cases/filters'] button").click()
    clerk.page.wait_for_load_state()
    assert clerk.page.locator("nav.filters a", has_text=name).count() == 1
    clerk.check("saved", "desk-saved")
    clerk.open("/desk/cases/print?queue=all")
    clerk.check("list on paper", "desk-print-list")
    clerk.open("/desk/cases/exports")
    clerk.check("exports", "desk-exports")


@pytest.mark.parametrize(("language", "width"), SIZES)
def test_a_clerk_searches_by_keyboard_and_opens(people, language: str, width: int) -> None:
    clerk = people("community.clerk", language, width)
    clerk.sign_in()
    clerk.open("/desk/cases/?queue=all")
    clerk.page.keyboard.press("/")
    assert clerk.page.evaluate("document.activeElement.id") == "q_words"
    clerk.page.keyboard.insert_text("小区")
    clerk.page.keyboard.press("Enter")
    clerk.page.wait_for_url(re.compile("q="))
    clerk.check("searched", "desk-searched")
    clerk.open("/desk/cases/?queue=all")
    clerk.page.keyboard.press("j")
    clerk.page.keyboard.press("Enter")
    clerk.page.wait_for_url(re.compile(r"/desk/cases/\w+"))
    clerk.open(clerk.page.url.split("?")[0].replace(clerk.demo.address, "") + "/print")
    clerk.check("a case on paper", "desk-print-case")


@pytest.mark.parametrize(("language", "width"), SIZES)
def test_a_clerk_chooses_rows_with_x_and_sees_what_will_pass(people, language: str, width: int) -> None:
    clerk = people("community.clerk", language, width)
    clerk.sign_in()
    clerk.open("/desk/cases/?queue=new")
    rows = clerk.page.locator("input[data-choose]")
    assert rows.count() > 0, "the demonstration has new cases"
    clerk.page.keyboard.press("j")
    clerk.page.keyboard.press("x")
    assert rows.first.is_checked()
    assert clerk.page.inner_text("[data-chosen]") == "1"
    clerk.page.keyboard.press("x")
    assert not rows.first.is_checked()
    clerk.page.keyboard.press("x")
    clerk.check("chosen", "desk-chosen")
    clerk.page.locator("#bulk-form button").click()
    clerk.page.wait_for_url(re.compile("/bulk"))
    clerk.page.select_option("#b_body", index=1)
    clerk.page.locator("form[method=get] button").last.click()
    clerk.page.wait_for_url(re.compile("body="))
    clerk.check("what will pass", "desk-bulk")


def test_cases_are_given_out_together_and_the_result_comes_by_itself(people) -> None:
    clerk = people("community.clerk", "zh-hans", 1440)
    clerk.sign_in()
    clerk.open("/desk/cases/?queue=new")
    clerk.page.locator("input[data-choose]").first.check()
    clerk.page.locator("#bulk-form button").click()
    clerk.page.wait_for_url(re.compile("/bulk"))
    clerk.page.select_option("#b_body", index=1)
    clerk.page.locator("form[method=get] button").last.click()
    clerk.page.wait_for_url(re.compile("body="))
    send = clerk.page.locator("form[action$='/desk/cases/bulk'] button")
    if send.count():
        send.click()
        clerk.page.wait_for_url(re.compile(r"/bulk/\w+"))
        clerk.page.wait_for_selector("#bulk-result:not([hx-get])", timeout=30_000)
        clerk.check("the result", "desk-bulk-result")


@pytest.mark.parametrize(("language", "width"), SIZES)
def test_the_district_keeps_templates_and_knowledge(people, language: str, width: int) -> None:
    clerk = people("district.clerk", language, width)
    clerk.sign_in()
    for path in ("settings", "settings/kinds", "settings/template", "settings/knowledge"):
        clerk.open(f"/desk/cases/{path}")
        clerk.check(path, "desk-" + path.replace("/", "-"))
    clerk.page.fill("#k_title", f"暖气费怎么交 {language}")
    clerk.page.fill("#k_text", "到换热站或网上缴纳。")
    clerk.page.locator("main .button-primary").click()
    clerk.page.wait_for_url(re.compile(r"/settings(\?|$)"))
    clerk.open("/desk/cases/settings?q=暖")
    assert clerk.page.locator(".line-title", has_text=language).count() == 1
    clerk.check("found knowledge", "desk-knowledge")
