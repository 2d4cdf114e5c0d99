"""Every page that a role's menu offers, and the public ones: legible, usable, nothing blocked, in both languages."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROLES = ("district.admin", "subdistrict.clerk", "community.clerk", "property.handler", "data.officer")
PUBLIC = ("/", "/report", "/follow", "/privacy", "/notices", "/my-compound", "/sign-in", "/nowhere")


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1440)])
def test_public_pages(people, language: str, width: int) -> None:
    resident = people("resident", language, width)
    for path in PUBLIC:
        resident.open(path)
        resident.check(path)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1440)])
def test_pages_of_a_role(people, role: str, language: str, width: int) -> None:
    person = people(role, language, width)
    person.sign_in()
    links = person.page.eval_on_selector_all("#desk-side a", "all => all.map(a => a.getAttribute('href'))")
    assert len(links) > 1
    for path in dict.fromkeys(links):
        person.open(path)
        assert person.page.locator("h1").count() == 1, path
        person.check(path)


def test_without_scripts_the_report_still_works(browser, demo) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(demo.address + "/report")
    page.fill("#id_q", "东风小区")
    page.click("button[value=search]")
    page.click("button[value=next]")
    page.select_option("#id_kind", "local_other")
    page.fill("#id_text", "没有脚本也能报")
    for _ in range(2):
        page.click("button[value=next]")
    page.click("button[value=send]")
    assert page.inner_text("#case-number")
    context.close()


def test_elder_mode_is_larger_and_keeps(people) -> None:
    resident = people("resident")
    resident.open("/")
    before = resident.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    resident.page.click("form[action$='/elder'] button")
    resident.page.wait_for_load_state()
    resident.open("/report")
    assert resident.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") > before
    resident.check("elder report")
