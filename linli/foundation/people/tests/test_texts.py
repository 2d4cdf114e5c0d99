"""Masking of free texts: what names a person is hidden, what a handler needs is kept."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation.people.rules import folded, mask_text

M = "▇▇▇"

# text -> masked text, exactly
SENTENCES = {
    # phones
    "我的电话是13812345678。": f"我的电话是{M}。",
    "请打１３８１２３４５６７８联系": f"请打{M}联系",
    "手机138 1234 5678": f"手机{M}",
    "手机138-1234-5678，晚上在家": f"手机{M}，晚上在家",
    "号码是1 3 8 1 2 3 4 5 6 7 8": f"号码是{M}",
    "打+86 13812345678": f"打{M}",
    "打008613812345678": f"打{M}",
    "打一三八一二三四五六七八": f"打{M}",
    "幺三八，幺二三四，五六七八": M,
    "138，1234，5678": M,
    "座机0355-2123456白天有人": f"座机{M}白天有人",
    "座机（0355）2123456": f"座机{M}",
    "电话2123456": f"电话{M}",
    "两个号13812345678/13987654321": f"两个号{M}/{M}",
    "微信号zhang_san88": f"微信号{M}",
    "QQ：12345678": f"QQ：{M}",
    "邮箱zhang.san@example.com收": f"邮箱{M}收",
    "138123456789打错了一位": f"{M}打错了一位",
    # numbers of cards, documents, vehicles
    "身份证140403199903159972": f"身份证{M}",
    "身份证14040320010101999x": f"身份证{M}",
    "身份证140403 19990315 9972": f"身份证{M}",
    "证件号140403990315997": f"证件号{M}",
    "卡号6222021234567890123": f"卡号{M}",
    "护照号E12345678": f"护照号{M}",
    "晋D12345堵了消防通道": f"{M}堵了消防通道",
    "晋D·F5678占了车位": f"{M}占了车位",
    "晋ＤＤ１２３４５是新能源车": f"{M}是新能源车",
    "车牌晋d9k88m": f"车牌{M}",
    # rooms
    "3号楼2单元502室漏水": f"3号楼2单元{M}室漏水",
    "3号楼2单元502漏水": f"3号楼2单元{M}漏水",
    "３栋１单元１２０１停水": f"３栋１单元{M}停水",
    "三号楼二单元五零二漏水": f"三号楼二单元{M}漏水",
    "3-2-502没有暖气": f"3-2-{M}没有暖气",
    "502室太吵": f"{M}室太吵",
    "12-1801号漏水": f"12-{M}号漏水",
    "我家住1203，水压低": f"我家住{M}，水压低",
    "五楼东户占用楼道": f"{M}占用楼道",
    "6层西边户装修": f"{M}装修",
    "五百零二室养狗": f"{M}养狗",
    # names
    "我叫张伟，暖气不热": f"我叫{M}，暖气不热",
    "我叫欧阳娜娜，暖气不热": f"我叫{M}，暖气不热",
    "我是李建国，住在金威小区": f"我是{M}，住在金威小区",
    "姓名：王小明 反映路灯不亮": f"姓名：{M} 反映路灯不亮",
    "联系人：赵敏，电话13812345678": f"联系人：{M}，电话{M}",
    "联系人刘洋": f"联系人{M}",
    "李女士反映水管坏了": f"{M}女士反映水管坏了",
    "由于李女士家漏水": f"由于{M}女士家漏水",
    "安排王师傅上门": f"安排{M}师傅上门",
    "欧阳先生说楼道太黑": f"{M}先生说楼道太黑",
    "物业张经理态度差": f"物业{M}经理态度差",
    "楼上业主陈晓红。": f"楼上业主{M}。",
    "名叫阿不都·热合曼的住户": f"名叫{M}的住户",
    "我姓孙，三天没水": f"我姓{M}，三天没水",
    "My name is John Smith and the light is broken": f"My name is {M} and the light is broken",
    # traps: nothing of these names a person
    "2013年3月15日停水": None,
    "二〇二六年十一月停暖": None,
    "花了13800元": None,
    "物业费1.5元每平方米，共计1380.50元": None,
    "晋政办发〔2023〕45号文件": None,
    "国办函〔2026〕12号规定": None,
    "工单编号20261123000123456没人管": None,
    "案号（2025）晋0403民初1234号": None,
    "拨打12345和110": None,
    "电梯从2025-10-01坏到现在": None,
    "3号楼2单元楼道灯不亮": None,
    "12栋1800户都停水": None,
    "小区共有1203户，502人签字": None,
    "我是高中老师，孩子要休息": None,
    "我是业主，要求公开账目": None,
    "我是安全员。": None,
    "门卫师傅不开门": None,
    "对方经理不接电话": None,
    "我叫了物业三次": None,
    "老师和医生都住这里": None,
    "每天早上6点到晚上10点施工": None,
    "楼下101会议室": None,
    "面积120平方米，5楼共4户": None,
    "新A区停车位500个": None,
    "小区编号140403-004-001-001-5": None,
    "8:30至11:30办公，周末不上班": None,
    "": None,
}


@pytest.mark.parametrize("text", SENTENCES, ids=range(len(SENTENCES)))
def test_sentences(text: str) -> None:
    expected = SENTENCES[text]
    assert mask_text(text) == (text if expected is None else expected)


def test_there_are_enough_sentences_of_both_kinds() -> None:
    kept = [t for t, masked in SENTENCES.items() if masked is None]
    assert len(SENTENCES) >= 60 and len(kept) >= 20


PIECES = st.one_of(
    st.text(
        alphabet="的住在我叫是李王张安高小区号楼单元室户电话联系人姓名女士先生经理东西0123456789 一二三零幺-－.，。·晋DdXx▇（）年元",
        max_size=12,
    ),
    st.sampled_from(
        [
            "13812345678",
            "138 1234 5678",
            "一三八一二三四五六七八",
            "我叫",
            "联系人",
            "李女士",
            "140403199903159972",
            "晋D12345",
            "3-2-502",
            "0355-2123456",
            "业主",
            "电话",
            "１３８１２３４５６７８",
        ]
    ),
    st.text(max_size=6),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
SPOKEN = str.maketrans("零〇一二三四五六七八九幺", "001234567891")


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_no_mobile_number_survives(text: str) -> None:
    masked = folded(mask_text(text))
    assert MOBILE.search(masked) is None
    assert MOBILE.search(masked.translate(SPOKEN)) is None


WORDS = st.text(alphabet="暖气不热水管漏了请来人看看，。！", max_size=10)


@settings(max_examples=200, deadline=None)
@given(
    WORDS,
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", " ", "-", "　", "—", "."]),
    st.booleans(),
    WORDS,
)
def test_a_number_in_any_dress_is_hidden_and_the_words_stay(
    before: str, number: str, gap: str, spoken: bool, after: str
) -> None:
    dressed = gap.join((number[:3], number[3:7], number[7:]))
    if spoken:
        dressed = dressed.translate(str.maketrans("0123456789", "零一二三四五六七八九"))
    assert mask_text(before + dressed + after) == before + M + after


@settings(max_examples=100, deadline=None)
@given(
    WORDS,
    st.from_regex(r"140403(19[5-9]\d|200\d)(0[1-9]|1[0-2])(0[1-9]|1\d|2[0-8])\d{3}[0-9X]", fullmatch=True),
    WORDS,
)
def test_every_id_number_is_hidden(before: str, number: str, after: str) -> None:
    assert number not in mask_text(before + number + after)


def test_long_texts_are_masked_in_time() -> None:
    started = time.perf_counter()
    mask_text("我是业主，3号楼2单元502室，电话138 1234 5678。" * 60)
    mask_text("1 3 8 " * 700)
    mask_text("一" * 2000)
    mask_text("0" * 2000)
    assert time.perf_counter() - started < 2
