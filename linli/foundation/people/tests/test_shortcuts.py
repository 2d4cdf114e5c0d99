"""The quick way through masking gives what the plain way gives: every pattern over every text, one character at a time."""

from __future__ import annotations

import sys
import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from linli.foundation.people.rules import folded, mask_text, texts
from linli.foundation.people.rules.names import name_spans
from linli.foundation.people.tests.test_texts import SENTENCES, TEXTS

DIGITS = dict(zip("零〇○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖两", "00012345678911234567892", strict=True))
# What stands between and around numbers, so that short strings reach every pattern.
NUMBERS = st.lists(
    st.sampled_from([*"0123456789１９一幺二五零- 　，,.·—\u200b()室号楼栋房户#xX@晋Dq", "单元", "电话", "微信", "卡号", "身份证", "工单", "住在"]),
    max_size=40,
).map("".join)  # fmt: skip


def plain_fold(character: str) -> str:
    if character == "\u3000":
        return " "
    digit = unicodedata.digit(character, None)
    if digit is not None and not character.isascii():
        return str(digit)
    return chr(ord(character) - 0xFEE0) if "\uff01" <= character <= "\uff5e" else character


def plain_spans(text: str) -> list[texts.Span]:
    plain = "".join(plain_fold(c) for c in text)
    spoken = "".join(DIGITS.get(c, c) for c in plain)
    patterns = (*texts._LETTERED, *texts._NUMBERS, *texts._ROOMS)
    spans = [texts._captured(m) for one in patterns for m in one.finditer(plain)]
    if spoken != plain:
        spans += [texts._captured(m) for one in (*texts._SPOKEN, *texts._ROOMS) for m in one.finditer(spoken)]
    spans += [*texts._long_numbers(plain), *name_spans(plain)]
    return spans + [m.span() for one in (texts._ROOM_SIDE, texts._ROOM_WORDS) for m in one.finditer(plain)]


def plain_mask(text: str) -> str:
    return texts._settled(text, lambda current: texts._hide(current, plain_spans(current)))


def test_every_character_folds_as_one_alone() -> None:
    everything = [chr(code) for code in range(sys.maxunicode + 1)]
    assert folded("".join(everything)) == "".join(map(plain_fold, everything))


def test_known_sentences_are_masked_alike() -> None:
    for text in SENTENCES:
        assert mask_text(text) == plain_mask(text)


@settings(max_examples=600, deadline=None)
@given(NUMBERS | TEXTS)
@example("1\u200b\u200b\u200b3 8-1·2—3 4 5 6 7 8")
@example("幺 三-八 一二三四五六七八")
def test_any_text_is_masked_alike(text: str) -> None:
    assert mask_text(text) == plain_mask(text)
