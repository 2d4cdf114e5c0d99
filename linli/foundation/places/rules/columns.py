"""Which columns a list of compounds, buildings or dwellings has, and what their headers are called. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["compounds", "buildings", "dwellings"]
Reader = Literal["text", "code", "integer", "area", "date", "degree", "management"]
KINDS: tuple[Kind, ...] = ("compounds", "buildings", "dwellings")


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a list: how its cells are read and which headers stand for it."""

    field: str
    reader: Reader
    headers: tuple[str, ...]
    required: bool = False
    low: int = 0
    high: int = 0
    size: int = 0


_COMMUNITY = ("社区", "所属社区", "社区名称", "社区代码", "社区编码", "居委会", "community", "community code")
_COMPOUND = ("小区", "小区名称", "所属小区", "小区编号", "小区编码", "小区代码", "compound", "compound code")
_BUILDING = ("楼栋", "楼栋号", "楼号", "楼幢", "栋号", "幢号", "building", "building no")

COLUMNS: dict[Kind, tuple[Column, ...]] = {
    "compounds": (
        Column("community", "code", _COMMUNITY, required=True, size=80),
        Column("name", "text", ("小区名称", "小区", "名称", "name", "compound", "compound name"), required=True, size=80),
        Column("code", "code", ("小区编号", "小区编码", "小区代码", "编号", "编码", "code", "compound code")),
        Column("address", "text", ("地址", "详细地址", "坐落", "小区地址", "address"), size=200),
        Column("built_year", "integer", ("建成年份", "建成年代", "竣工年份", "year built", "built year"), low=1800, high=2200),
        Column("household_count", "integer", ("户数", "总户数", "住户数", "households", "household count"), high=100_000),
        Column("management", "management", ("管理类型", "物业类型", "管理方式", "小区类型", "management", "management kind")),
        Column("longitude", "degree", ("经度", "longitude", "lon", "lng"), low=-180, high=180),
        Column("latitude", "degree", ("纬度", "latitude", "lat"), low=-90, high=90),
        Column("valid_from", "date", ("设立日期", "建档日期", "启用日期", "valid from", "since")),
    ),
    "buildings": (
        Column("compound", "code", _COMPOUND, required=True, size=80),
        Column("community", "code", _COMMUNITY, size=80),
        Column("code", "text", _BUILDING, required=True, size=10),
        Column("name", "text", ("楼栋名称", "楼名", "building name"), size=40),
        Column("storeys", "integer", ("层数", "总层数", "楼层数", "storeys", "floors"), low=1, high=200),
        Column("stairwells", "integer", ("单元数", "单元个数", "stairwells"), low=0, high=99),
        Column("completed_on", "date", ("竣工日期", "建成日期", "completed on", "completion date")),
    ),
    "dwellings": (
        Column("compound", "code", _COMPOUND, required=True, size=80),
        Column("community", "code", _COMMUNITY, size=80),
        Column("building", "text", _BUILDING, required=True, size=10),
        Column("stairwell", "text", ("单元", "单元号", "stairwell", "entrance"), size=10),
        Column("number", "text", ("房号", "室号", "门牌号", "户号", "房屋编号", "number", "dwelling", "room"), required=True, size=20),
        Column("floor", "integer", ("楼层", "所在层", "层", "floor"), low=-9, high=200),
        Column("area", "area", ("建筑面积", "面积", "面积（平方米）", "area", "area m2", "floor area")),
    ),
}  # fmt: skip

MANAGEMENT = {
    "unmanaged": ("三无", "三无小区", "无物业", "unmanaged", "none"),
    "self_managed": (
        "自管",
        "自管小区",
        "自治管理",
        "单位自管",
        "self-managed",
        "self_managed",
        "self managed",
    ),
    "professional": ("专业", "专业小区", "专业物业", "物业公司", "专业化物业", "professional"),
}


def folded(header: str) -> str:
    """A header without blanks, stars, brackets and case."""
    half = unicodedata.normalize("NFKC", header).lower()
    return "".join(letter for letter in half if letter.isalnum())


def column(kind: Kind, field: str) -> Column:
    """The column of a field."""
    return next(one for one in COLUMNS[kind] if one.field == field)


def guess(kind: Kind, headers: Sequence[str]) -> dict[str, int]:
    """Field -> position of the header that most likely holds it: equal words first, then contained ones."""
    words = [folded(header) for header in headers]
    found: dict[str, int] = {}
    for exact in (True, False):
        for one in COLUMNS[kind]:
            if one.field in found:
                continue
            for alias in map(folded, one.headers):
                taken = set(found.values())
                at = next(
                    (i for i, word in enumerate(words) if i not in taken and _fits(alias, word, exact)), None
                )
                if at is not None:
                    found[one.field] = at
                    break
    return found


def _fits(alias: str, word: str, exact: bool) -> bool:
    if exact:
        return alias == word
    return len(alias) >= 2 and len(word) <= len(alias) + 6 and word.startswith(alias)


def missing(kind: Kind, mapping: Mapping[str, int]) -> list[str]:
    """Required fields without a column."""
    return [one.field for one in COLUMNS[kind] if one.required and one.field not in mapping]


def usable(kind: Kind, mapping: Mapping[str, int], width: int) -> dict[str, int]:
    """The part of a mapping that names known fields and existing columns, in a fixed order."""
    known = {one.field for one in COLUMNS[kind]}
    return {
        field: at
        for field, at in sorted(mapping.items())
        if field in known and type(at) is int and 0 <= at < width
    }
