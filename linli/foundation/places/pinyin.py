"""Pinyin of names, for sorting and search."""

from __future__ import annotations

from pypinyin import lazy_pinyin, load_phrases_dict

from linli.foundation.places.rules.words import folded

# Read otherwise by the dictionary: the city and what is called after it.
load_phrases_dict({"长治": [["cháng"], ["zhì"]], "长钢": [["cháng"], ["gāng"]], "长北": [["cháng"], ["běi"]]})

# Characters of names with two common readings: both are findable, because people type the one they say.
TWO_READINGS = {
    "长": ("chang", "zhang"),
    "重": ("chong", "zhong"),
    "乐": ("le", "yue"),
    "行": ("hang", "xing"),
}


def _syllables(name: str) -> list[tuple[str, str]]:
    """(character or run of other characters, its reading) pairs of a name."""
    pairs: list[tuple[str, str]] = []
    chars = iter(name)
    for syllable in lazy_pinyin(name, errors=list):  # type: ignore[arg-type]  # a list is taken too
        pairs.append((next(chars, ""), syllable))
    return pairs


def readings(name: str) -> list[str]:
    """Ways a name is typed in Latin letters: full pinyin and initials, and both again in the other reading."""
    pairs = _syllables(name)
    other = [next((r for r in TWO_READINGS.get(char, ()) if r != read), read) for char, read in pairs]
    result: list[str] = []
    for spoken in ([read for _char, read in pairs], other):
        result += [folded("".join(spoken)), folded("".join(read[:1] for read in spoken))]
    return list(dict.fromkeys(word for word in result if word))


def sort_key(name: str) -> str:
    """Sorts names as a Chinese reader expects: syllable by syllable."""
    return " ".join(lazy_pinyin(name)).lower()[:300]
