"""The exchange with the city's hotline as the district's clerk meets it: a sheet in, a place chosen, a sheet out."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HEADER = "工单编号,消息类型,受理时间,办理时限,诉求内容,诉求地址,来电号码\n"


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1440)])
def test_a_clerk_takes_a_sheet_and_chooses_a_place(people, language: str, width: int) -> None:
    clerk = people("district.clerk", language, width)
    clerk.sign_in()
    page = clerk.page
    clerk.open("/desk/exchange/")
    clerk.check("exchange", shot="exchange")
    number = f"CZ{width}"
    rows = (
        f"{number},派单,2026-11-20 09:12:00,2031-11-27 18:00:00,小区门口路灯不亮。,说不清的地方,\n"
        f"{number}-2,退单审核,,,,,\n"
    )
    page.set_input_files(
        "#id_file", {"name": "a.csv", "mimeType": "text/csv", "buffer": (HEADER + rows).encode("gb18030")}
    )
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    clerk.check("what became of it", shot="exchange-read")
    assert page.locator("main table tbody tr").count() == 1
    clerk.open("/desk/exchange/?list=problems")
    clerk.check("not taken", shot="exchange-problems")
    clerk.open("/desk/exchange/")
    page.locator("main a.line-link", has_text=number).first.click()
    page.wait_for_load_state()
    page.fill("#id_q", "小区")
    page.locator("button[value=search]").click()
    page.wait_for_load_state()
    clerk.check("choose the place", shot="exchange-place")
    page.locator("input[name=place]").first.check()
    page.locator("button[value=place]").click()
    page.wait_for_load_state()
    assert "/desk/cases/" in page.url
    clerk.check("the case it became")
    for name in ("waiting", "sheets"):
        clerk.open(f"/desk/exchange/?list={name}")
        clerk.check(name)
