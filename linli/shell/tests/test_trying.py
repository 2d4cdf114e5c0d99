"""`linli suggester evaluate`, `linli same-issue evaluate`, `linli clock replay`: files in, figures out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import xlsxwriter

from linli.shell import trying
from linli.shell.cli import main

SAID = {
    "灯": ("路灯不亮", "路灯坏了晚上黑", "灯不亮看不清", "三盏路灯全灭", "路灯一闪一闪"),
    "水": ("停水一天", "没有水做饭", "自来水停了", "家里没水", "水管停水"),
}
ROWS = [
    [f"{text}，{where}", label]
    for label, texts in SAID.items()
    for text in texts
    for where in ("东区", "西区", "南区")
]


def sheet(path: Path, header: list[str], rows: list[list[str]], encoding: str = "utf-8") -> str:
    if path.suffix == ".xlsx":
        book = xlsxwriter.Workbook(str(path))
        page = book.add_worksheet()
        for number, row in enumerate([header, *rows]):
            page.write_row(number, 0, row)
        book.close()
    else:
        with path.open("w", encoding=encoding, newline="") as out:
            csv.writer(out).writerows([header, *rows])
    return str(path)


@pytest.mark.parametrize(("name", "encoding"), [("a.csv", "utf-8"), ("b.csv", "gb18030"), ("c.xlsx", "")])
def test_suggester_figures_of_each_kind_of_file(tmp_path, capsys, name: str, encoding: str) -> None:
    rows = [*ROWS, ["", "灯"], ["路灯不亮，东区", "灯"]]
    file = sheet(tmp_path / name, ["内容", "类别"], rows, encoding)
    assert main(["suggester", "evaluate", file, "--text", "内容", "--label", "类别", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows"], told["used"], told["repeated"], told["empty"]) == (32, 30, 1, 1)
    assert (told["labels"], told["folds"], told["evidence"], told["demonstration_share"]) == (2, 5, True, 0.0)
    assert 0.8 <= told["macro_f1"] <= 1.0 and 0.8 <= told["top_1"] <= 1.0
    assert sum(fold["rows"] for fold in told["each_fold"]) == 30


def test_equal_files_give_equal_figures(tmp_path, capsys) -> None:
    file = sheet(tmp_path / "a.csv", ["t", "l"], ROWS)
    answers = []
    for _turn in range(2):
        main(["suggester", "evaluate", file, "--text", "t", "--label", "l"])
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1]
    assert "macro-F1" in answers[0] and "NOT EVIDENCE" not in answers[0]


def test_demonstration_texts_are_no_evidence_and_split_by_situation(tmp_path, capsys) -> None:
    said = [
        ["北门垃圾桶满了两天没收，袋子都堆到地上了，野猫翻得到处都是。", "满溢"],
        *[[f"{n}号楼门口的路面塌了一个坑，下雨天全是水，昨天有个老人差点摔倒。", "路"] for n in range(1, 13)],
        *[[f"{n}号楼前的消防通道天天停满车，万一着火消防车进不来，太危险了。", "消防"] for n in range(1, 13)],
    ]
    file = sheet(tmp_path / "demo.csv", ["t", "l"], said)
    main(["suggester", "evaluate", file, "--text", "t", "--label", "l"])
    assert capsys.readouterr().out.startswith("NOT EVIDENCE: 100%")
    main(["suggester", "evaluate", file, "--text", "t", "--label", "l", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["evidence"], told["demonstration_share"]) == (False, 1.0)
    # Each situation is in one fold, so no fold knows the label it is asked for.
    assert sorted(fold["rows"] for fold in told["each_fold"])[-1] >= 12
    assert told["top_1"] == 0.0


def test_a_text_of_one_s_own_has_no_situation() -> None:
    assert trying.situation_of(
        "3号楼东侧的路灯已经一周不亮了，晚上回家黑乎乎的，老人出门不放心，请尽快修一下。"
    )
    assert trying.situation_of("楼道口堆了纸箱，请处理。") == ""


def test_same_issue_figures(tmp_path, capsys) -> None:
    rows = [["路灯不亮", "1"], ["路灯不亮了", "1"], ["停水了", "2"], ["停水", "2"], ["狗叫", "3"]]
    file = sheet(tmp_path / "a.xlsx", ["内容", "簇"], rows)
    assert main(["same-issue", "evaluate", file, "--text", "内容", "--cluster", "簇", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    # Five rows: each of the four with company sees the four others, one of them its own.
    assert (told["rows"], told["nearest"], told["same"], told["share"], told["alone"]) == (5, 16, 4, 0.25, 1)


def test_clock_replay_by_hand(tmp_path, capsys) -> None:
    rows = [
        ["2026-11-16 09:00", "2026-11-23 10:00"],
        ["2026/11/16 09:00:00", "2026-11-24 10:00"],
        ["2026-11-16", ""],
        ["2026-11-16 09:00", "soon"],
        ["", "2026-11-16 09:00"],
        ["2026-11-16 09:00", "2026-11-15 09:00"],
        ["1999-01-04 09:00", "1999-01-05 09:00"],
    ]
    file = sheet(tmp_path / "a.csv", ["in", "out"], rows)
    words = ["clock", "replay", file, "--received", "in", "--answered", "out", "--working-days", "10,5"]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["counted"], told["unanswered"], told["unreadable"], told["backwards"], told["no_calendar"]) == (
        3, 1, 2, 1, 1,
    )  # fmt: skip
    assert (told["within"], told["share"]) == ({"5": 1, "10": 2}, {"5": 0.3333, "10": 0.6667})
    assert main(words) == 0
    assert "           5                 1  0.3333" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["suggester", "evaluate", "{dir}/none.csv", "--text", "t", "--label", "l"], "There is no file"),
        (["suggester", "evaluate", "{file}", "--text", "x", "--label", "l"], "There is no column 'x'"),
        (["suggester", "evaluate", "{file}", "--text", "t", "--label", "l"], "at least 20"),
        (["same-issue", "evaluate", "{file}", "--text", "t", "--cluster", "t"], "no cluster has two"),
        (["clock", "replay", "{dir}", "--received", "t", "--answered", "l", "--working-days", "5"], "There is no file"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_a_sentence(tmp_path, capsys, words: list[str], told: str) -> None:
    file = sheet(tmp_path / "a.csv", ["t", "l"], [["一", "a"], ["二", "b"]])
    assert main([word.format(dir=tmp_path, file=file) for word in words]) == 1
    assert told in capsys.readouterr().err


def test_many_labels_of_one_text_are_refused_in_words(tmp_path, capsys) -> None:
    file = sheet(tmp_path / "a.csv", ["t", "l"], [[f"第{n}条", "same"] for n in range(30)])
    assert main(["suggester", "evaluate", file, "--text", "t", "--label", "l"]) == 1
    assert "Nothing can be judged" in capsys.readouterr().err
