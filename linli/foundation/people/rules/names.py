"""Names that a text introduces by itself: 我叫…, 联系人：…, 李女士, my name is … . Pure.

No dictionary of people and no model: a word of introduction or a title, a family name, and the end of the name
as the words around it tell. Strong introductions (我叫, 姓名, 联系人) hide in doubt; weak ones (我是, 业主) hide only
when the name visibly ends, because 我是高中老师 names nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from linli.foundation.people.rules.surnames import COMPOUND_SURNAMES, NOT_NAMES, SURNAMES, WORDS

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
    rf"(?:[:：\s]|是|为|叫)*(?P<name>[{_HAN}]{{1,8}}[·•]{_SOFT}{{1,8}}|{_FAMILY}(?:{_GIVEN}{_SOFT}|{_GIVEN}(?<![{_NEXT}])))"
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


def _introduced(text: str) -> Iterator[Span]:
    for expression in (_STRONG, _WEAK, _LATIN, _SURNAME_ONLY):
        for match in expression.finditer(text):
            name = match.group("name")
            if expression is not _WEAK or (name not in NOT_NAMES and name[:2] not in NOT_NAMES):
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
    if any(c in _NEXT for c in given) or word in WORDS or word[:2] in WORDS or word in NOT_NAMES:
        return False
    if given and any(text[start : start + n] in NOT_NAMES for n in (2, 3)):
        return False
    # 由于李女士: the family name belongs to the word before it.
    return not any(text[max(0, start - n) : start + 1] in WORDS for n in (1, 2))


def _titled(text: str) -> Iterator[Span]:
    for match in _TITLE.finditer(text):
        span = _family_before(text, match.start())
        if span is not None:
            yield span


def name_spans(text: str) -> Iterator[Span]:
    """Where names stand in a text whose full-width characters are folded."""
    yield from _introduced(text)
    yield from _titled(text)
