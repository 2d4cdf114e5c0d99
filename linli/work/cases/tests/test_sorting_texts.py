"""Pieces, likeness, the suggester and its figures: against tables computed by hand, and for every text."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.shell.cli.clock import PUBLISHED, basis_of
from linli.work.cases.rules import evaluating, grams, replaying, suggesting
from linli.work.cases.rules.evaluating import Row

BASIS = basis_of(PUBLISHED)
TEXT = st.text(alphabet="路灯不亮垃圾停水0ab ,。", max_size=30)


# --- pieces -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("３号楼路灯，不亮！", "0号楼路灯 不亮"),
        ("  ABC  abc ", "abc abc"),
        ("请打▇▇▇或13800138000", "请打 或0"),
        ("。，！", ""),
    ],
)
def test_normal_form(text: str, plain: str) -> None:
    assert grams.normal(text) == plain


def test_pieces_do_not_cross_a_mark() -> None:
    assert [p for p, _c in grams.pieces("路灯，亮")] == ["路", "灯", "亮", "路灯"]
    assert [p for p, _c in grams.pieces("水管漏")] == ["水", "管", "漏", "水管", "管漏", "水管漏"]


def test_hashes_are_the_same_for_ever() -> None:
    # Stored models name columns by these numbers: a change of the arithmetic would make them nonsense.
    assert grams.pieces("路灯") == [("路", 240212), ("灯", 111316), ("路灯", 215564)]


def test_counts_weigh_by_their_logarithm() -> None:
    held, values = grams.columns("水水水 电")
    found = dict(zip(held.tolist(), values.tolist(), strict=True))
    column = dict(grams.pieces("水 电"))
    assert found[column["水"]] == pytest.approx(1 + np.log(3))
    assert found[column["电"]] == 1.0


def test_rarity_by_hand() -> None:
    rare = grams.rarity([grams.columns("水"), grams.columns("水电"), grams.columns("灯")])
    column = dict(grams.pieces("水 电 灯 气"))
    wanted = np.array([column["水"], column["电"], column["气"]])
    assert rare.of(wanted).tolist() == pytest.approx(
        [1 + np.log(4 / 3), 1 + np.log(4 / 2), 1 + np.log(4 / 1)]
    )
    assert grams.NO_RARITY.of(wanted).tolist() == [1.0, 1.0, 1.0]


def test_likeness_by_hand() -> None:
    # 水电: pieces 水, 电, 水电; 水气: 水, 气, 水气. One of three in common, all of weight one.
    assert grams.alike(grams.vector("水电"), grams.vector("水气")) == pytest.approx(1 / 3)
    # 水: one piece, common with one of three: 1 / (1 * sqrt 3).
    assert grams.alike(grams.vector("水"), grams.vector("水电")) == pytest.approx(1 / np.sqrt(3))


@given(TEXT, TEXT)
def test_likeness_is_symmetric_and_between_none_and_all(a: str, b: str) -> None:
    first, second = grams.vector(a), grams.vector(b)
    assert grams.alike(first, second) == grams.alike(second, first)
    assert 0.0 <= grams.alike(first, second) <= 1.0


@given(TEXT)
def test_a_text_is_like_itself(text: str) -> None:
    assert grams.alike(grams.vector(text), grams.vector(text)) == (1.0 if grams.normal(text) else 0.0)


@given(st.integers(1, 40), st.integers(1, 40))
def test_numbers_of_buildings_make_no_difference(a: int, b: int) -> None:
    one, other = (grams.vector(f"{n}号楼路灯不亮") for n in (a, b))
    assert grams.alike(one, other) == 1.0


# --- the suggester ----------------------------------------------------------------------------------------------

SAID = {
    "lamp": ("路灯不亮", "路灯坏了晚上黑", "灯不亮看不清", "三盏路灯全灭", "路灯一闪一闪"),
    "water": ("停水一天", "没有水做饭", "自来水停了", "家里没水", "水管停水"),
    "rubbish": ("垃圾没人清", "垃圾堆在门口", "垃圾桶满了", "装修垃圾一堆", "垃圾味道大"),
}
TEXTS = [t for texts in SAID.values() for t in texts]
LABELS = [label for label, texts in SAID.items() for _t in texts]


def test_it_learns_what_the_texts_say() -> None:
    head = suggesting.learn(TEXTS, LABELS)
    for text, label in (("小区路灯灭了", "lamp"), ("又停水了", "water"), ("门口垃圾很多", "rubbish")):
        first, *rest = suggesting.propose(head, text)
        assert first.label == label
        assert first.share >= rest[0].share
        assert sum(head.shares(text)) == pytest.approx(1.0)


def test_equal_texts_and_seed_give_the_same_model_and_another_seed_another() -> None:
    one, same, other = (suggesting.packed(suggesting.learn(TEXTS, LABELS, seed=s)) for s in (1, 1, 2))
    assert suggesting.digest(one) == suggesting.digest(same)
    assert suggesting.digest(one) != suggesting.digest(other)


def test_it_says_which_pieces_spoke() -> None:
    head = suggesting.learn(TEXTS, LABELS)
    shown = suggesting.because(head, "小区路灯灭了请修", "lamp")
    assert shown and all(piece in "小区路灯灭了请修" for piece in shown)
    assert any("路灯" in piece for piece in shown)
    assert suggesting.because(head, "小区路灯灭了", "stranger") == []


@given(TEXT)
@settings(max_examples=50, deadline=None)
def test_every_text_gets_shares_and_no_piece_from_elsewhere(text: str) -> None:
    head = suggesting.unpacked(PACKED)
    found = suggesting.propose(head, text, 3)
    assert sum(p.share for p in found) == pytest.approx(1.0)
    assert all(piece in grams.normal(text) for piece in suggesting.because(head, text, found[0].label))


PACKED = suggesting.packed(suggesting.learn(TEXTS, LABELS))


def test_a_stored_head_answers_like_the_one_that_was_stored() -> None:
    head = suggesting.learn(TEXTS, LABELS)
    back = suggesting.unpacked(suggesting.packed(head))
    assert back.labels == head.labels
    assert back.shares("路灯灭了").tolist() == head.shares("路灯灭了").tolist()
    assert suggesting.packed(back) == suggesting.packed(head)


def test_a_stored_head_keeps_no_text() -> None:
    assert not any(text.encode() in PACKED for text in TEXTS)


@pytest.mark.parametrize("raw", [b"", b"pickle", PACKED[:-9], PACKED[:13] + b"x", b"LINLI-HEAD-1\n"])
def test_a_damaged_head_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        suggesting.unpacked(raw)


@pytest.mark.parametrize(
    ("texts", "labels"), [([], []), (["a"], ["x"]), (["a", "b"], ["x", "x"]), (["a"], ["x", "y"])]
)
def test_nothing_to_tell_apart_is_refused(texts: list[str], labels: list[str]) -> None:
    with pytest.raises(ValueError):
        suggesting.learn(texts, labels)


# --- figures ----------------------------------------------------------------------------------------------------

TRUTH = ["a", "a", "a", "b", "b", "c"]
GUESS = ["a", "a", "b", "b", "c", "c"]


def test_f1_by_hand() -> None:
    # a: 2 hits, true 3, guessed 2 -> 4/5. b: 1 hit, true 2, guessed 2 -> 2/4. c: 1 hit, true 1, guessed 2 -> 2/3.
    assert evaluating.f1_by_label(TRUTH, GUESS) == pytest.approx({"a": 0.8, "b": 0.5, "c": 2 / 3})
    assert evaluating.macro_f1(TRUTH, GUESS) == pytest.approx((0.8 + 0.5 + 2 / 3) / 3)
    assert evaluating.top_1(TRUTH, GUESS) == pytest.approx(4 / 6)


def test_a_label_only_guessed_counts_as_nothing() -> None:
    # a: 1 hit, true 2, guessed 1 -> 2/3; z was never true -> 0.
    assert evaluating.macro_f1(["a", "a"], ["a", "z"]) == pytest.approx((2 / 3 + 0) / 2)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30))
def test_f1_is_the_harmonic_mean_of_precision_and_recall(pairs) -> None:
    truth, guess = [t for t, _g in pairs], [g for _t, g in pairs]
    for label, f1 in evaluating.f1_by_label(truth, guess).items():
        hits = sum(t == g == label for t, g in pairs)
        precision = hits / guess.count(label) if label in guess else 0
        recall = hits / truth.count(label) if label in truth else 0
        expected = 2 * precision * recall / (precision + recall) if hits else 0
        assert f1 == pytest.approx(expected)


def test_no_rows_have_no_figures() -> None:
    for judge in (evaluating.macro_f1, evaluating.top_1):
        with pytest.raises(ValueError):
            judge([], [])


def test_equal_texts_count_once_and_empty_cells_not_at_all() -> None:
    rows = [
        Row("路灯 不亮", "a"),
        Row("路灯不亮", "b"),
        Row("Ａ", "c"),
        Row("a", "c"),
        Row(" ", "d"),
        Row("x", " "),
    ]
    found = evaluating.cleaned(rows)
    assert ([r.text for r in found.rows], found.repeated, found.empty) == (["路灯 不亮", "Ａ"], 2, 2)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["", "s1", "s2", "s3"])), min_size=1, max_size=60
    )
)
def test_folds_spread_labels_and_keep_situations_together(told) -> None:
    rows = [Row(str(n), label, group) for n, (label, group) in enumerate(told)]
    folds = evaluating.folds_of(rows, 5)
    assert folds == evaluating.folds_of(rows, 5)
    by_group: dict[str, set[int]] = {}
    for row, fold in zip(rows, folds, strict=True):
        assert 0 <= fold < 5
        if row.group:
            by_group.setdefault(row.group, set()).add(fold)
    assert all(len(found) == 1 for found in by_group.values())
    for label in "abc":
        free = [
            f for r, f in zip(rows, folds, strict=True) if r.label == label and not any(x.group for x in rows)
        ]
        sizes = [free.count(n) for n in range(5)]
        assert max(sizes) - min(sizes) <= 1


def test_cross_validation_guesses_each_row_by_the_others() -> None:
    rows = [
        Row(f"{text}，{n}单元", label)
        for text, label in zip(TEXTS, LABELS, strict=True)
        for n in ("东", "西", "南")
    ]
    found = evaluating.cross_validated(rows)
    assert (found.rows, found.labels, len(found.folds)) == (45, 3, 5)
    assert sum(n for n, _t, _f in found.folds) == 45
    assert found.top_1 > 0.9
    assert {label: n for label, (n, _f) in found.by_label.items()} == {"lamp": 15, "water": 15, "rubbish": 15}
    assert found == evaluating.cross_validated(rows)


def test_nearest_by_hand() -> None:
    # Two matters of two texts each, one alone. With one neighbour each of the four finds its own.
    rows = [
        Row("路灯不亮", "1"),
        Row("路灯不亮了", "1"),
        Row("停水了", "2"),
        Row("停水", "2"),
        Row("狗叫", "3"),
    ]
    one = evaluating.nearest_of(rows, 1)
    assert (one.rows, one.alone, one.clusters, one.nearest, one.same, one.share) == (5, 1, 3, 4, 4, 1.0)
    # With four neighbours each sees everything: 1 of 4 is its own.
    four = evaluating.nearest_of(rows, 4)
    assert (four.nearest, four.same, four.share) == (16, 4, 0.25)


def test_nearest_needs_company() -> None:
    with pytest.raises(ValueError):
        evaluating.nearest_of([Row("a", "1"), Row("b", "2")])


def test_nearest_agrees_with_comparing_each_pair() -> None:
    texts = [f"{t}{n}" for t in TEXTS for n in ("东侧", "请处理")]
    index = evaluating._Postings.of(texts)
    rare = grams.rarity([grams.columns(t) for t in texts])
    vectors = [grams.vector(t, rare) for t in texts]
    for at in range(len(texts)):
        pairs = [(-grams.alike(vectors[at], v), n) for n, v in enumerate(vectors) if n != at]
        best = [n for _s, n in sorted(pairs)[:3]]
        found = index.nearest(at, 3)
        assert [round(grams.alike(vectors[at], vectors[n]), 6) for n in found] == [
            round(grams.alike(vectors[at], vectors[n]), 6) for n in best
        ]


# --- the clock replayed -----------------------------------------------------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00").astimezone(UTC)


def test_replay_by_hand() -> None:
    # Monday 16 November 2026: the 5th working day after it is Monday 23 November, to the end of the office day.
    monday = at("2026-11-16T09:00")
    past = [
        replaying.Past(monday, at("2026-11-23T10:00")),
        replaying.Past(monday, at("2026-11-24T10:00")),
        replaying.Past(monday, monday),
        replaying.Past(monday, None),
        replaying.Past(None, monday),
        replaying.Past(monday, at("2026-11-15T09:00")),
        replaying.Past(at("1999-01-04T09:00"), None),
    ]
    found = replaying.replayed(past, [5, 10], BASIS)
    assert (found.counted, found.unanswered, found.unreadable, found.backwards, found.no_calendar) == (
        4,
        1,
        1,
        1,
        1,
    )
    assert found.within == {5: 2, 10: 3}


@given(st.lists(st.integers(0, 40), max_size=20))
@settings(deadline=None)
def test_a_longer_limit_never_has_fewer(days: list[int]) -> None:
    begun = at("2026-03-02T09:00")
    past = [replaying.Past(begun, begun.replace(day=2 + d % 25)) for d in days]
    found = replaying.replayed(past, [1, 3, 5, 15], BASIS)
    counts = [found.within[n] for n in (1, 3, 5, 15)]
    assert counts == sorted(counts) and counts[-1] <= found.counted == len(days)
