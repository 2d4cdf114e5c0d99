"""Free text without what names a person: the masked text is stored, searched and shown. Pure.

Hidden are phone numbers, numbers of cards and documents, vehicle plates, room numbers, mail and messenger
names, and names that a text itself introduces. Kept are years, prices, decree numbers, case numbers and the
building and stairwell, which the handler needs. When in doubt the text is hidden; the original lies in the vault.
Spans become `▇▇▇`. Passes are repeated until nothing changes, so masking a masked text changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from linli.foundation.people.rules.identifiers import folded
from linli.foundation.people.rules.names import name_spans

BLOCK = "▇"
TOKEN = BLOCK * 3

Span = tuple[int, int]

_CHINESE_DIGITS = str.maketrans(
    dict(zip("零〇○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖两", "00012345678911234567892", strict=True))
)
_GAP = r"[\s\-‐‑–—―_.·•\u200b\u200c\u200d\ufeff]{0,3}"


def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression.replace("~", _GAP), re.IGNORECASE)


# Not a room: a year, a price, an area, a count.
_NOT_A_ROOM = r"(?![0-9])(?!\s*(?:年|元|块|圆|平|㎡|m|米|人|天|次|度|分|点|万|千|百|余|多|公里|里|瓦|斤|吨|升|倍|名|家|个|号楼|%|[-.,，/][0-9]))"
_MOBILE = _pattern(r"(?<![0-9])(?:\+?0{0,2}86~|0)?1~[3-9](?:~[0-9]){9}(?![0-9])")
_MOBILE_COMMA = _pattern(r"(?<![0-9])1[3-9][0-9][,，、\s]{1,2}[0-9]{4}[,，、\s]{1,2}[0-9]{4}(?![0-9])")
# A number typed with a digit too many is still somebody's number.
_MOBILE_LONG = _pattern(r"(?<![0-9])1[3-9][0-9]{10,12}(?![0-9])")
_LANDLINE = _pattern(r"(?<![0-9])[(（]?0(?:10|2[0-9]|[3-9][0-9]{2})[)）]?~[2-9](?:~[0-9]){6,7}(?![0-9])")
_LOCAL = _pattern(
    r"(?:电话|座机|固话|联系方式|号码|手机|手机号|tel|拨打|致电|打给)[^0-9▇\n]{0,4}((?!(?:19|20)[0-9]{2}[01][0-9][0-3][0-9](?![0-9]))"
    r"[2-9][0-9]{2,3}[-\s]?[0-9]{4})(?![0-9])"
)
_ID_NUMBER = _pattern(
    r"(?<![0-9])[1-9](?:~[0-9]){5}~(?:1~[89]|2~0)~[0-9]~[0-9]~(?:0~[1-9]|1~[0-2])~[0-3](?:~[0-9]){4}~[0-9x](?![0-9a-z])"
)
_LONG_NUMBER = _pattern(r"(?<![0-9a-z])[0-9]{15,19}x?(?![0-9a-z])")
_GROUPED_CARD = _pattern(r"(?<![0-9\-])[0-9]{4}(?:[\s][0-9]{4}){3}(?:[\s]?[0-9]{1,3})?(?![0-9])")
_NUMBERED = re.compile(
    r"(?:工单|编号|单号|案号|案件|订单|流水|文号|合同号|批号|受理号|查询码)[^0-9▇\n]{0,6}$"
)
_DOCUMENT = _pattern(
    r"(?:护照|通行证|军官证|驾驶证|证件|身份证)(?:号码|号)?[:：\s是为]{0,3}([a-z]{0,2}[0-9]{6,12}[0-9x]?)(?![0-9a-z])"
)
_VEHICLE = _pattern(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使]\s?[a-hj-np-z][\s·•.\-]{0,2}"
    r"(?=[a-z0-9]*[0-9])(?:[a-hj-np-z0-9]{6}|[a-hj-np-z0-9]{4}[a-hj-np-z0-9挂学警港澳])(?![a-z0-9])"
)
_MAIL = _pattern(r"[a-z0-9._%+\-]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)+")
_MESSENGER = _pattern(
    r"(?:微信号?|vx|wechat|v信)[:：\s是为]{0,3}([a-z][a-z0-9_\-]{4,19})|qq(?:号码?)?[:：\s是为]{0,3}([1-9][0-9]{4,11})(?![0-9])"
)

_ROOM_AFTER_STAIRWELL = _pattern(r"(?:单元|号门)\s*-?\s*([0-9]{3,4})(?:室|房|号(?!楼)|户)?" + _NOT_A_ROOM)
# 12栋1800户 counts households, 2单元502户 names one.
_ROOM_AFTER_BUILDING = _pattern(
    r"(?:栋|幢|号楼|座|楼|层|#)\s*-?\s*([0-9]{3,4})(?!\s*户)(?:室|房|号(?!楼))?" + _NOT_A_ROOM
)
_ROOM_NAMED = _pattern(
    r"(?<![0-9.\-])([0-9]{3,4})\s*(?:室(?!外|内|友)|号?房间?(?![0-9产价屋租子管])|号住户|号业主|号邻居)"
)
_ROOM_TRIPLE = _pattern(
    r"(?<![0-9a-z\-.])[0-9]{1,3}\s*[-－]\s*[0-9]{1,2}\s*[-－]\s*([0-9]{3,4})(?![0-9]|\s*[-－][0-9])"
)
_ROOM_AFTER_DASH = _pattern(r"(?:号楼|栋|幢|座|#)\s*-?\s*[0-9]{1,2}\s*-\s*([0-9]{3,4})(?![0-9])")
_ROOM_PAIR = _pattern(r"(?<![0-9a-z\-.])[0-9]{1,3}\s*[-－]\s*([0-9]{3,4})\s*(?:室|房|号(?!楼)|住户)")
_ROOM_SAID = _pattern(
    r"(?:房号|门牌号?|室号|房间号|家住|住在|我住)[:：\s是为]{0,3}(?:[0-9]{1,3}\s*[-－]\s*)?([0-9]{3,4})"
    + _NOT_A_ROOM
)
_ROOM_SIDE = re.compile(
    r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})(?:楼|层)(?:靠)?(?:东|西|中|南|北|左|右)(?:边|侧|面)?(?:户|门|手)"
)
_ROOM_WORDS = re.compile(
    r"[一二三四五六七八九]百[零〇一二三四五六七八九十]{0,4}(?:室(?!外|内)|号?房(?!产|价|屋|租|子|管))"
)

# Three digits, each near the next: everything in _NUMBERS, _ROOMS and _SPOKEN has them, most sentences have not.
_NEAR_DIGITS = _pattern(r"[0-9]~[0-9]~[0-9]")
_LETTERED = (_VEHICLE, _MAIL, _MESSENGER)
_NUMBERS = (
    _MOBILE,
    _MOBILE_COMMA,
    _MOBILE_LONG,
    _LANDLINE,
    _LOCAL,
    _ID_NUMBER,
    _DOCUMENT,
    _GROUPED_CARD,
)
_ROOMS = (
    _ROOM_AFTER_STAIRWELL,
    _ROOM_AFTER_BUILDING,
    _ROOM_NAMED,
    _ROOM_TRIPLE,
    _ROOM_AFTER_DASH,
    _ROOM_PAIR,
    _ROOM_SAID,
)
_SPOKEN = (_MOBILE, _MOBILE_COMMA, _LANDLINE, _ID_NUMBER)


def _captured(match: re.Match[str]) -> Span:
    """The captured part when the expression has one, else the whole."""
    index = match.lastindex
    return match.span(index) if index else match.span()


def _long_numbers(text: str) -> Iterator[Span]:
    """15 to 19 digits in a row: a card or document, unless the words before call it a case or order number."""
    for match in _LONG_NUMBER.finditer(text):
        if _NUMBERED.search(text[max(0, match.start() - 10) : match.start()]) is None:
            yield match.span()


def _spans(text: str) -> Iterator[Span]:
    plain = folded(text)
    spoken = plain.translate(_CHINESE_DIGITS)
    numbers = (*_NUMBERS, *_ROOMS) if _NEAR_DIGITS.search(plain) else ()
    for expression in (*_LETTERED, *numbers):
        yield from (_captured(m) for m in expression.finditer(plain))
    if spoken != plain and _NEAR_DIGITS.search(spoken):
        for expression in (*_SPOKEN, *_ROOMS):
            yield from (_captured(m) for m in expression.finditer(spoken))
    if numbers:
        yield from _long_numbers(plain)
    for expression in (_ROOM_SIDE, _ROOM_WORDS):
        yield from (m.span() for m in expression.finditer(plain))
    yield from name_spans(plain)


def _hide(text: str, spans: list[Span]) -> str:
    """Each group of touching or overlapping spans becomes one token."""
    parts: list[str] = []
    end = 0
    for start, stop in sorted(spans):
        if start >= end:
            parts += [text[end:start], TOKEN]
        end = max(end, stop)
    return "".join([*parts, text[end:]])


def _settled(text: str, step: Callable[[str], str]) -> str:
    """Repeat until nothing changes. Ends: each change turns characters into blocks, and blocks match nothing."""
    while True:
        after = step(text)
        if after == text:
            return text
        text = after


def mask_text(text: str) -> str:
    """The text with every found trace of a person hidden. Masking it again changes nothing."""
    return _settled(text, lambda current: _hide(current, list(_spans(current))))
