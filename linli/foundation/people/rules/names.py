"""Names that a text introduces by itself: 我叫…, 联系人：…, 李女士, my name is … . Pure.

No dictionary of people and no model: a word of introduction or a title, a family name, and the end of the name
as the words around it tell. Strong introductions (我叫, 姓名, 联系人) hide in doubt; weak ones (我是, 业主) hide only
when the name visibly ends, because 我是高中老师 names nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from linli.foundation.people.rules.surnames import COMPOUND_SURNAMES, SURNAMES

Span = tuple[int, int]

_HAN = "\u4e00-\u9fff"
_COMPOUND = "|".join(sorted(COMPOUND_SURNAMES))
_SINGLE = "".join(sorted(SURNAMES))
_FAMILY = f"(?:{_COMPOUND}|[{_SINGLE}])"
# Characters that begin the next word rather than end a given name.
_NEXT = "的住在是，。电手家来反说想要有我他她它这那和与及从到给被把于报投请现因为已对不没也都就可能希求联以及等去了过着吧吗呢啊叫号会个们打身女先同师阿大叔经主书队老同"
_GIVEN = f"[{_HAN}]"
_SOFT = f"[^{_NEXT}\\W\\d_a-zA-Z]"
_STRONG = re.compile(
    r"(?:我叫做?|我的名字(?:叫|是)|本人叫|名叫|名字叫|姓名|联系人|收件人|户主|报修人|报事人|投诉人|反映人|举报人|申请人|来电人|诉求人|当事人)"
    rf"(?:[:：\s]|是|为|叫)*(?P<name>[{_HAN}]{{1,8}}[·•][{_HAN}]{{1,8}}|{_FAMILY}(?:{_GIVEN}{_SOFT}|{_GIVEN}(?<![{_NEXT}])))"
)
_ENDS = r"(?=\s*(?:$|[\s,，。.;；:：!！?？、()（）\[\]【】\"“”'’\n0-9▇]|电话|手机|联系|住|家住|女士|先生|反映|投诉|报修|本人|的业主|身份证|，))"
_WEAK = re.compile(
    r"(?:我是|这里是|这是|业主|住户|租户|居民|邻居|本人|户主|我姓|老公|老婆|丈夫|妻子|父亲|母亲|儿子|女儿|爱人|房东)"
    rf"(?:[:：\s]|是|叫|姓|名叫)*(?P<name>{_FAMILY}(?:[{_HAN}]{{1,2}}))" + _ENDS
)
_SURNAME_ONLY = re.compile(rf"(?:我姓|本人姓|免贵姓|姓)\s*(?P<name>{_FAMILY})(?![{_HAN}]{{0,1}}名)")
_LATIN = re.compile(
    r"(?:my name is|(?:^|(?<=[.!?。！？]))\s*i am|i['’]m|contact person:?|name:)\s+(?P<name>(?-i:[A-Z])[A-Za-z'’\-]+(?:\s(?-i:[A-Z])[A-Za-z'’\-]+){0,2})",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"女士|先生|小姐|阿姨|大爷|大妈|大叔|大娘|大姐|大哥|叔叔|奶奶|爷爷|师傅|老师|同志|医生|大夫|护士|经理|主任|书记|队长|老板|站长|所长|科长|院长|校长|警官"
)
# Before a title these are words, not names.
_WORDS = frozenset(
    "门卫 保安 公安 治安 对方 双方 各方 甲方 乙方 施工方 供方 我方 警方 校方 院方 一万 千万 年级 大米 小米 马路 道路 网易 机关 海关 相关 有关 "
    "开车 停车 汽车 公交车 出租车 卡车 货车 身边 周边 旁边 那边 这边 家里边 物业方 风景 书房 楼房 厨房 门房 左边 供暖方 平安 不安 语文 作文 英文 "
    "中文 由于 对于 关于 至于 属于 在于 等于 处于 安排 任何 如何 为何 通过 方面 时候 提高 最高 中高 石油 白天 明白 人员 成员 公路 铁路 修路".split()
)
_NOT_NAMES = frozenset(
    "高中生 高三 高中 高层 安全员 安保 安保员 方便 万一 文明 文员 车主 车队 车位 关键 关心 简单 房主 房客 房东 房屋 白天 常年 常住 老人 金牌 任何 "
    "何时 何人 何处 严重 严格 严禁 项目 程序 温馨 温度 温暖 平时 武警 党员 党支部 党总支 党委 党组织 安置 安置户 盛世 石家庄 康复 安装 安徽 安徽人 "
    "江苏 江苏人 江西 江西人 广东 河北 陕西 云南 高峰 高峰期 周边 周末 周一 周二 周三 周四 周五 周六 周日 路过 游客 牛奶 边上 易燃 黄色 白色 蓝色 "
    "马上 马路 高楼 高空 苗圃 莫名 庄稼 史上 席位 席间 段时间 雷雨 温水 项目部 江边 房管员 任务 卫生 卫生间 卫生员 解决 付费 付款 解放 项目经理 易拉宝 "
    "冷库 龙头 钱款 金额 石头 石子 施工 施工队 施工方 施工员 毛坯 毛坯房 康养 祝福 尚未 毕业 毕竟 甘肃 宁夏 宁夏人 甘肃人".split()
)


def _introduced(text: str) -> Iterator[Span]:
    for expression in (_STRONG, _WEAK, _LATIN, _SURNAME_ONLY):
        for match in expression.finditer(text):
            name = match.group("name")
            if name not in _NOT_NAMES and name[:2] not in _NOT_NAMES:
                yield match.span("name")


def _family_before(text: str, end: int) -> Span | None:
    """The name right before a title at `end`: the longest of three, two, one characters that reads as one."""
    for length in (4, 3, 2, 1):
        start = end - length
        if start < 0:
            continue
        word = text[start:end]
        if re.fullmatch(f"[{_HAN}]+", word) is None or not _reads_as_name(text, start, word):
            continue
        return start, end
    return None


def _reads_as_name(text: str, start: int, word: str) -> bool:
    compound = word[:2] in COMPOUND_SURNAMES
    family = word[:2] if compound else word[:1]
    given = word[len(family) :]
    if len(word) == 4 and not compound:
        return False
    if not compound and family not in SURNAMES:
        return False
    if any(c in _NEXT for c in given) or word in _WORDS or word[:2] in _WORDS or word in _NOT_NAMES:
        return False
    if given and any(text[start : start + n] in _NOT_NAMES for n in (2, 3)):
        return False
    # 由于李女士: the family name belongs to the word before it.
    return not any(text[max(0, start - n) : start + 1] in _WORDS for n in (1, 2))


def _titled(text: str) -> Iterator[Span]:
    for match in _TITLE.finditer(text):
        span = _family_before(text, match.start())
        if span is not None:
            yield span


def name_spans(text: str) -> Iterator[Span]:
    """Where names stand in a text whose full-width characters are folded."""
    yield from _introduced(text)
    yield from _titled(text)
