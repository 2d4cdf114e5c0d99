"""Kinds: the seed set and its codes, families, questions with their answers, words of danger."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.core import charter
from linli.foundation.core.errors import Invalid
from linli.foundation.core.models import Event
from linli.work.cases.importing import import_rows
from linli.work.cases.models import Answer, Case
from linli.work.cases.rules import kinds
from linli.work.cases.tests.builders import Desk, open_desk

PARTS = "01013 01018 01037 01046 01054 01075 01076 02025 02034 02038 03005 03008"
EVENTS = (
    "06001 06010 06011 06013 06017 06028 06034 06036 06038 06040 06041 06042 06045 06052 07001 09009 09010"
    " 09012 10001 10002"
)
WORDS = ("着火", "gas leak")
FEARED = ("万一", "if there")
QUESTIONS = (
    {"code": "how", "kinds": ("a",), "type": "choice", "options": ({"code": "x"}, {"code": "y"}), "low": None, "high": None},
    {"code": "many", "kinds": ("a", "b"), "type": "number", "options": None, "low": 0, "high": 30},
    {"code": "where", "kinds": ("b",), "type": "text", "options": None, "low": None, "high": None},
)  # fmt: skip


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


@pytest.fixture
def rules(work):
    return charter.current(work[0].district, work[0].now)


def test_seed_set_is_whole_and_known_by_standard_kind_and_number(rules) -> None:
    rows = rules["cases.kinds"]
    keys = [kinds.national_key(row["code"], row["standard"]) for row in rows]
    national = [key for key in keys if key is not None]
    wanted = {(kinds.STANDARD, "part", n) for n in PARTS.split()} | {
        (kinds.STANDARD, "event", n) for n in EVENTS.split()
    }
    assert set(national) == wanted
    assert len(national) == len(set(national)) == 32
    local = [row["code"] for row, key in zip(rows, keys, strict=True) if key is None]
    assert all(code.startswith("local_") for code in local)
    assert {row["standard"] for row in rows if row["code"] in local} == {kinds.LOCAL}


def test_every_kind_is_in_one_family_and_every_question_asks_a_kind(rules) -> None:
    codes = sorted(row["code"] for row in rules["cases.kinds"])
    assert sorted(code for row in rules["cases.families"] for code in row["kinds"]) == codes
    for row in rules["cases.questions"]:
        assert set(row["kinds"]) <= set(codes)
        assert (row["type"] == "choice") == bool(row["options"])


@given(st.text(max_size=12))
def test_only_catalogue_codes_have_a_national_key(code: str) -> None:
    assert (
        kinds.national_key(code, kinds.STANDARD) is None
        or kinds.national_key(code, kinds.STANDARD)[2] == code[-5:]
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("06010", "gb_event_06010"),
        ("01037", "gb_part_01037"),
        ("14040306010", "gb_event_06010"),
        ("140403 06010", "gb_event_06010"),
        ("0103", "gb_event_06010"),
        ("99999", None),
        ("1404030601", None),
        ("lost", None),
        ("", None),
    ],
)
def test_codes_of_sheets_find_our_kind(typed: str, found: str | None) -> None:
    old = (
        {"code": "0103", "standard": "old", "kind": "gb_event_06010"},
        {"code": "lost", "standard": "old", "kind": "gone"},
    )
    assert kinds.by_outside_code(typed, ["gb_event_06010", "gb_part_01037"], old) == found


def test_an_event_goes_before_a_thing_of_the_same_number() -> None:
    assert kinds.by_outside_code("01037", ["gb_part_01037", "gb_event_01037"], ()) == "gb_event_01037"


def test_family_of_a_stranger_is_itself() -> None:
    rows = ({"code": "f", "kinds": ("a", "b")},)
    assert (kinds.family_of("a", rows), kinds.family_of("z", rows)) == ("f", "z")
    assert (kinds.kinds_of_family("b", rows), kinds.kinds_of_family("z", rows)) == (("a", "b"), ("z",))


@pytest.mark.parametrize(
    ("kind", "given_", "said", "wrong"),
    [
        ("a", {}, [], {}),
        ("a", {"how": "x", "many": "3"}, [("how", "x"), ("many", "3")], {}),
        ("a", {"how": "z"}, [], {"how": "choice"}),
        ("a", {"many": "31"}, [], {"many": "number"}),
        ("a", {"many": "30"}, [("many", "30")], {}),
        ("a", {"many": "-1"}, [], {"many": "number"}),
        ("a", {"many": "١٢"}, [], {"many": "number"}),
        ("a", {"many": "1e1"}, [], {"many": "number"}),
        ("a", {"many": "15.5"}, [("many", "15.5")], {}),
        ("b", {"how": "z", "where": "  门口 "}, [("where", "门口")], {}),
        ("b", {"where": "长" * 200}, [("where", "长" * 200)], {}),
        ("b", {"where": "长" * 201}, [], {"where": "long"}),
        ("c", {"how": "z"}, [], {}),
    ],
)
def test_answers_are_read_by_the_kind_s_own_questions(kind, given_, said, wrong) -> None:
    found, problems = kinds.read_answers(kind, QUESTIONS, given_)
    assert ([(s.code, s.value) for s in found], problems) == (said, wrong)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("楼道着火了", "now"),
        ("万一着火消防车进不来", "feared"),
        ("万一堵了。现在着火了", "now"),
        ("万一着火怎么办，昨天真的着火", "now"),
        ("万一着火怎么办，上个星期三号楼东边的车棚真的着火", "now"),
        ("路灯不亮", ""),
        ("There is a GAS LEAK", "now"),
        ("What if there is a gas leak", "feared"),
        ("", ""),
    ],
)
def test_words_of_danger(text: str, told: str) -> None:
    assert kinds.danger(text, WORDS, FEARED) == told


@given(st.sampled_from([*kinds.CLASS_ORDER, "PM"]), st.sampled_from(["", "feared", "now"]))
def test_danger_never_lowers(case_class: str, told) -> None:
    order = [*kinds.CLASS_ORDER, "PM"]
    after = kinds.raised(case_class, told)
    assert order.index(after) <= order.index(case_class)
    assert told != "now" or after == "P0"
    assert told != "" or after == case_class


@given(st.text(max_size=40), st.text(max_size=10))
def test_more_words_never_lower(text: str, more: str) -> None:
    order = ["", "feared", "now"]
    assert order.index(kinds.danger(text + "。" + more, WORDS, FEARED)) >= order.index(
        kinds.danger(text, WORDS, FEARED)
    )


def test_answers_become_rows_and_words_are_masked(desk: Desk) -> None:
    receipt = desk.report(
        answers={"lamp_count": "2", "lamp_where": "找王小明，电话13800138000", "heating_degrees": "3"}
    )
    rows = dict(Answer.objects.filter(case=desk.case(receipt)).values_list("question", "value"))
    assert rows.keys() == {"lamp_count", "lamp_where"}
    assert rows["lamp_count"] == "2" and "13800138000" not in rows["lamp_where"]


def test_a_wrong_answer_writes_nothing(desk: Desk) -> None:
    before = (Case.objects.count(), Answer.objects.count(), Event.objects.count())
    with pytest.raises(Invalid) as caught, transaction.atomic():
        desk.report(answers={"lamp_count": "many"})
    assert caught.value.fields.keys() == {"answer_lamp_count"}
    assert (Case.objects.count(), Answer.objects.count(), Event.objects.count()) == before


def test_the_words_of_a_report_raise_its_class_and_its_clocks(desk: Desk) -> None:
    now = desk.case(desk.report("k-now", text="路灯电线着火了"))
    feared = desk.case(desk.report("k-fear", text="路灯电线老化，万一着火怎么办"))
    plain = desk.case(desk.report("k-plain"))
    assert (now.case_class, feared.case_class, plain.case_class) == ("P0", "P1", "P2")
    assert now.promised_at < feared.promised_at < plain.promised_at


def test_a_sheet_names_kinds_by_number_or_by_the_thing(desk: Desk) -> None:
    header = ["编号", "时间", "内容", "地点", "类别"]
    place = desk.cast.places["compound"].name
    told = ("06010", "14040306028", "路灯", "暴露垃圾", "gb_part_01018", "不知道")
    rows = [(n, [str(n), "2026-11-20 09:00", f"第{n}件事", place, kind]) for n, kind in enumerate(told, 2)]
    maps = ["number=编号", "received=时间", "text=内容", "place=地点", "kind=类别"]
    done = import_rows(actor=desk.system, context=desk.context, header=header, rows=rows, maps=maps)
    assert (done.imported, done.bad) == (6, [])
    found = dict(Case.objects.values_list("outside_number", "kind"))
    assert [found[str(n)] for n in range(2, 8)] == [
        "gb_event_06010", "gb_event_06028", "gb_part_01037", "gb_event_06010", "gb_part_01018", "local_other",
    ]  # fmt: skip
