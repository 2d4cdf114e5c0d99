"""Lists in: every bad row is named with its line and column, every good one is importable, twice is once."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date, timedelta

import pytest
import python_calamine
import xlsxwriter
from django.core.files.storage import default_storage
from django.db import transaction

from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope, Refused, TooLarge, WrongStage
from linli.foundation.places import actions, sheets
from linli.foundation.places.actions.imports.run import error_rows
from linli.foundation.places.models import Building, CompoundFile, Dwelling, ImportRun, Place, PlaceCode
from linli.foundation.places.rules.codes import compound_code
from linli.foundation.places.tests.builders import clerk, compound, events, everything, loaded


def xlsx(*rows: list) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for line, row in enumerate(rows):
        for at, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(line, at, value, day)
            elif isinstance(value, str):
                sheet.write_string(line, at, value)
            elif value is not None:
                sheet.write(line, at, value)
    book.close()
    return out.getvalue()


def csv_of(*rows: list[str], encoding: str = "utf-8") -> bytes:
    return "\r\n".join(",".join(row) for row in rows).encode(encoding)


HEADERS = ["社区", "小区名称", "小区编号", "地址", "建成年份", "户数", "管理类型", "经度", "纬度", "设立日期"]


def row(community: str, name: str, **more: object) -> list:
    return [
        community,
        name,
        *(more.get(key) for key in ("code", "address", "year", "count", "kind", "lon", "lat", "since")),
    ]


GOOD = [
    row("140403004001", "和平小区", address="解放西街1号", year=1998, count="320户", kind="自管", lon=113.11, lat=36.19, since=date(1998, 5, 1)),
    row("府后社区", "府后小区", code="140403-004-001-007-" + "X"),
]  # fmt: skip


def problems(actor, now, kind: str, data: bytes) -> dict[tuple[int, str], str]:
    run = actions.begin_import(actor=actor, kind=kind, data=data, now=now)
    seen = actions.preview(actor=actor, run=run, now=now)
    return {(p.line, p.column): p.sentence for p in seen.checked.problems}


def errors_of(run: ImportRun) -> list[list]:
    with default_storage.open(run.errors.name, "rb") as stored:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(stored.read()))
    return book.get_sheet_by_index(0).to_python()


def test_a_list_of_compounds_is_imported_once(work) -> None:
    context, actor = work
    community = loaded(work)["140403004001"]
    data = xlsx(
        ["小区一览表"],
        HEADERS,
        row("140403004001", "和平小区", address="解放西街1号", year=1998, count="320户", kind="自管", lon=113.11, lat=36.19, since=date(1998, 5, 1)),
        row(community.name, "北院"),
        row("府后", "南院", since="1985年3月2日"),
    )  # fmt: skip
    run = actions.import_list(actor=actor, kind="compounds", data=data, now=context.now)
    assert (run.rows, run.good, run.bad, run.created, run.changed, run.errors) == (3, 3, 0, 3, 0, None)
    first = Place.objects.get(district=140403, name="和平小区")
    assert first.code == "1404030040010015"
    assert timedelta(0) <= context.now - first.valid_from and first.valid_from.year == 1998
    facts = CompoundFile.objects.get(district=140403, place=first)
    assert (facts.address, facts.built_year, facts.household_count, facts.management) == (
        "解放西街1号", 1998, 320, "self_managed",
    )  # fmt: skip
    assert events(first) == ["place.imported"]
    before = everything(140403)
    again = actions.import_list(actor=actor, kind="compounds", data=data, now=context.now)
    assert (again.good, again.created, again.changed) == (3, 0, 0)
    after = everything(140403)
    # one run and its two events, nothing else
    assert sum(after) - sum(before) == 3
    assert again.digest == run.digest


def test_a_later_list_changes_facts_and_empties_none(work) -> None:
    context, actor = work
    loaded(work)
    actions.import_list(actor=actor, kind="compounds", data=xlsx(HEADERS, GOOD[0]), now=context.now)
    later = actions.import_list(
        actor=actor,
        kind="compounds",
        data=xlsx(HEADERS, row("140403004001", "和平小区", count=330)),
        now=context.now,
    )
    assert (later.created, later.changed) == (0, 1)
    facts = CompoundFile.objects.get(district=140403)
    assert (facts.household_count, facts.built_year, facts.address) == (330, 1998, "解放西街1号")


def test_every_problem_names_line_and_column(work) -> None:
    context, actor = work
    community = loaded(work)["140403004001"]
    taken = compound(work, community, "老院")
    data = xlsx(
        HEADERS,
        row("140403004001", "好院"),
        row("140403004001", "甲", code=1.40403004001002e15),
        row("140403004001", "乙", code="1.40403E+15"),
        row("140403004001", "丙", code="140403-004-001-002-0"),
        row("140403004001", "丁", since="1998-13-01"),
        row("140403004001", "戊", since=36000),
        row("没有社区", "己"),
        row("八一社区居委会", "庚"),
        row("140403004001", ""),
        row("140403004001", "好院"),
        row("140403004001", "辛", code=taken.code),
        row("140403004001", "壬", year="去年", count=-5, kind="军管"),
        row("140403004001", "癸", lon=36.19, lat=113.11),
        row("140403004001", "子", lon=116.4, lat=39.9),
        row("140403004001", "丑", lon=113.1),
        row("140403004001", "寅", since=date(2200, 1, 1)),
        row("140403004001", "卯", code="140403-001-001-001-9"),
        row("140403004001", "长" * 81),
    )  # fmt: skip
    found = problems(actor, context.now, "compounds", data)
    assert set(found) == {
        (3, "小区编号"), (4, "小区编号"), (5, "小区编号"), (6, "设立日期"), (7, "设立日期"), (8, "社区"), (9, "社区"),
        (10, "小区名称"), (11, "小区名称"), (12, "小区编号"), (13, "建成年份"), (13, "户数"), (13, "管理类型"), (14, "纬度"),
        (15, "经度"), (16, "纬度"), (17, "设立日期"), (18, "小区编号"), (19, "小区名称"),
    }  # fmt: skip
    assert all(len(sentence) > 5 for sentence in found.values())
    run = actions.import_list(actor=actor, kind="compounds", data=data, now=context.now)
    assert (run.rows, run.good, run.bad, run.created) == (18, 1, 17, 1)
    back = errors_of(run)
    assert len(back) == 1 + 19
    assert back[1][0] == 3
    assert back[1][1] == "小区编号"
    assert [line[0] for line in back[1:]] == sorted(line[0] for line in back[1:])
    assert len(back[1]) == 3 + len(HEADERS)


def test_an_error_file_holds_no_formula(work) -> None:
    context, actor = work
    loaded(work)
    evil = ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "＝1", "\t=1"]
    data = xlsx(HEADERS, *[row(word, "甲", address=word) for word in evil])
    run = actions.import_list(actor=actor, kind="compounds", data=data, now=context.now)
    cells = [str(cell) for line in errors_of(run) for cell in line]
    assert run.bad == len(evil)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "＝", "\t", "\r"))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_the_encodings_people_have(work, encoding: str) -> None:
    context, actor = work
    loaded(work)
    data = csv_of(
        ["社区代码", "小区名称"], ["140403004001", "堠北家园"], ["1.40403E+11", "乙"], encoding=encoding
    )
    run = actions.import_list(actor=actor, kind="compounds", data=data, now=context.now)
    assert (run.good, run.bad) == (1, 1)
    assert Place.objects.filter(district=140403, name="堠北家园").exists()


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<x/>")
        for n in range(3):
            packed.writestr(f"xl/worksheets/sheet{n}.xml", b"0" * (50 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "import.empty"),
        (lambda: b"   \n", "import.empty"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 99, "import.old_excel"),
        (lambda: b"\x89PNG\r\n\x1a\n\x00\x00", "import.not_a_list"),
        (lambda: b"PK\x03\x04 broken", "import.damaged"),
        (lambda: csv_of(["社区", "小区名称"]), "import.no_rows"),
        (lambda: b"\xff\xfe\xff\xff,\x81\n1,2", "import.encoding"),
        (_bomb, "import.unpacked"),
        (lambda: b"0" * 8_000_001, "import.too_large"),
        (lambda: b"a,b\n" + b"1,2\n" * 50_100, "import.too_many_rows"),
    ],
)  # fmt: skip
def test_files_that_are_no_lists_are_refused(work, make, code: str) -> None:
    context, actor = work
    before = everything(140403)
    with pytest.raises((Invalid, TooLarge)) as refused, transaction.atomic():
        actions.begin_import(actor=actor, kind="compounds", data=make(), now=context.now)
    assert refused.value.code == code
    assert everything(140403) == before


def test_a_zip_that_is_no_workbook(work) -> None:
    context, actor = work
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("word/document.xml", "<x/>")
    with pytest.raises(Invalid) as refused, transaction.atomic():
        actions.begin_import(actor=actor, kind="compounds", data=out.getvalue(), now=context.now)
    assert refused.value.code == "import.not_a_list"


def test_missing_columns_are_named_and_nothing_is_written(work) -> None:
    context, actor = work
    loaded(work)
    run = actions.begin_import(
        actor=actor, kind="compounds", data=csv_of(["甲", "乙"], ["140403004001", "丙院"]), now=context.now
    )
    assert actions.preview(actor=actor, run=run, now=context.now).missing == ["community", "name"]
    before = everything(140403)
    with pytest.raises(Invalid) as refused, transaction.atomic():
        actions.import_run(actor=actor, run=run, now=context.now)
    assert set(refused.value.fields) == {"community", "name"}
    assert everything(140403) == before
    run = actions.save_mapping(
        actor=actor, run=run, mapping={"community": 0, "name": 1, "owner": 1}, now=context.now
    )
    done = actions.import_run(actor=actor, run=run, now=context.now)
    assert (done.created, done.mapping) == (1, {"community": 0, "name": 1})
    with pytest.raises(WrongStage), transaction.atomic():
        actions.import_run(actor=actor, run=done, now=context.now)


def test_buildings_and_dwellings(work) -> None:
    context, actor = work
    community = loaded(work)["140403004001"]
    place = compound(work, community, "和平小区")
    closed = compound(work, community, "旧院")
    actions.close_place(actor=actor, place=closed, now=context.now)
    twin = [compound(work, c, "同名院") for c in Place.objects.filter(district=140403, level="community")[:2]]
    lists = xlsx(
        ["小区", "楼栋号", "层数", "单元数", "竣工日期"],
        ["和平小区", "1号楼", 6, 3, "1998-05-01"],
        [place.code, "2", 6, 2, None],
        ["和平小区", "1", 6, 3, None],
        ["旧院", "1", 6, 3, None],
        ["无此院", "1", 6, 3, None],
        ["同名院", "1", 6, 3, None],
        ["和平小区", "3", 0, 3, None],
        ["和平小区", "十二", 6, 3, None],
        ["和平小区", "4", 6, 3, "2003-02-30"],
    )
    run = actions.import_list(actor=actor, kind="buildings", data=lists, now=context.now)
    assert (run.good, run.bad, run.created) == (2, 7, 2)
    assert [line[0] for line in errors_of(run)[1:]] == [4, 5, 6, 7, 8, 9, 10]
    rows = [
        ["和平小区", "1号楼", "1单元", f"{floor}0{n}", floor, 89.56] for floor in range(1, 7) for n in (1, 2)
    ]
    rows += [
        ["和平小区", "2", "3", "101", 1, None],
        ["和平小区", "9", "1", "101", 1, 80],
        ["旧院", "1", "1", "101", 1, 80],
    ]
    rows += [["和平小区", "1", "1", "101", 1, 80], ["和平小区", "1", "1", "999", 300, "很大"]]
    data = xlsx(["小区", "楼号", "单元", "房号", "楼层", "建筑面积"], *rows)
    done = actions.import_list(actor=actor, kind="dwellings", data=data, now=context.now)
    assert (done.good, done.bad, done.created, done.changed) == (13, 4, 13, 0)
    assert Dwelling.objects.filter(district=140403).count() == 13
    again = actions.import_list(actor=actor, kind="dwellings", data=data, now=context.now)
    assert (again.created, again.changed) == (0, 0)
    bigger = xlsx(["小区", "楼号", "单元", "房号", "建筑面积"], ["和平小区", "1", "1", "101", 90.01])
    changed = actions.import_list(actor=actor, kind="dwellings", data=bigger, now=context.now)
    assert (changed.created, changed.changed) == (0, 1)
    dwelling = Dwelling.objects.get(district=140403, code="0101", stairwell__code="01")
    assert (dwelling.area, dwelling.floor, dwelling.number) == (9001, 1, "101")
    assert Building.objects.filter(district=140403).count() == 2
    assert events(place)[-3:] == ["place.imported"] * 3
    assert len(twin) == 2


def test_scope_and_verb_of_an_import(work, other_work) -> None:
    context, _actor = work
    places = loaded(work)
    loaded(other_work)
    here, there = places["140403004001"], places["140403001001"]
    before = everything(140403)
    with pytest.raises(NotAllowed), transaction.atomic():
        actions.import_list(
            actor=clerk(here, "places.read"), kind="compounds", data=xlsx(HEADERS, GOOD[0]), now=context.now
        )
    assert everything(140403) == before
    mine = clerk(here, "places.import")
    data = xlsx(HEADERS, row(here.code, "甲院"), row(there.code, "乙院"))
    run = actions.import_list(actor=mine, kind="compounds", data=data, now=context.now)
    assert (run.created, run.bad) == (1, 1)
    with pytest.raises(OutOfScope):
        actions.preview(actor=clerk(there, "places.import"), run=run, now=context.now)
    assert not Place.objects.filter(district=140499, level="compound").exists()


def test_unknown_kind_is_refused(work) -> None:
    context, actor = work
    with pytest.raises(Refused), transaction.atomic():
        actions.begin_import(actor=actor, kind="persons", data=xlsx(HEADERS, GOOD[0]), now=context.now)
    assert not ImportRun.objects.exists()


def test_a_changed_stored_file_is_noticed(work) -> None:
    context, actor = work
    loaded(work)
    run = actions.begin_import(actor=actor, kind="compounds", data=xlsx(HEADERS, GOOD[0]), now=context.now)
    with open(default_storage.path(run.file.name), "ab") as stored:
        stored.write(b"more")
    with pytest.raises(Invalid) as refused, transaction.atomic():
        actions.import_run(actor=actor, run=run, now=context.now)
    assert refused.value.code == "import.file"


def test_import_from_a_path(work, tmp_path) -> None:
    context, actor = work
    loaded(work)
    path = tmp_path / "list.csv"
    path.write_bytes(csv_of(["社区代码", "小区名称"], ["140403004001", "路径院"]))
    run = actions.import_file(actor=actor, path=path, kind="compounds", now=context.now)
    assert run.created == 1


def test_codes_given_in_a_list_are_kept_and_counted_on(work) -> None:
    context, actor = work
    loaded(work)
    data = xlsx(
        HEADERS, row("140403004001", "甲", code=compound_code("140403004001", 40)), row("140403004001", "乙")
    )
    actions.import_list(actor=actor, kind="compounds", data=data, now=context.now)
    codes = PlaceCode.objects.filter(district=140403, place__level="compound").values_list("code", flat=True)
    assert sorted(code[12:15] for code in codes) == ["040", "041"]


@pytest.mark.slow
def test_twenty_thousand_dwellings_take_seconds(work) -> None:
    context, actor = work
    communities = [p for p in loaded(work).values() if p.level == "community"]
    names = [f"速度院{n}" for n in range(50)]
    for n, name in enumerate(names):
        place = compound(work, communities[n % 83], name)
        actions.add_building(actor=actor, place=place, code="1", stairwells=4, now=context.now)
    rows = [
        [name, "1", str(s), f"{f}{n:02d}", f, 88.8]
        for name in names
        for s in range(1, 5)
        for f in range(1, 11)
        for n in range(1, 11)
    ]
    data = xlsx(["小区", "楼号", "单元", "房号", "楼层", "建筑面积"], *rows)
    started = time.perf_counter()
    run = actions.import_list(actor=actor, kind="dwellings", data=data, now=context.now)
    took = time.perf_counter() - started
    assert run.created == 20_000
    assert took < 30
    assert error_rows(actions.preview(actor=actor, run=run, now=context.now)) == []


def test_safe_cells() -> None:
    assert [sheets.safe(word) for word in ("=1", "甲", "-")] == ["'=1", "甲", "'-"]
