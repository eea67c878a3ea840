"""`pack read`, `pack confirm` and `pack lint` as an editor of policies uses them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from greenrule.packs.book import default_packs
from tests.cli.workspace import golden, run, told
from tests.packs.conftest import FILES
from tests.packs.documents import paper
from tests.packs.documents.test_bad_documents import BAD
from tests.packs.documents.test_binding import TEXT


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with the tiny pack and the document of its instrument, both registered."""
    for name, text in FILES.items():
        path = tmp_path / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "原文").mkdir()
    (tmp_path / "原文" / "a.txt").write_text(TEXT, encoding="utf-8")
    instrument = tmp_path / "tiny" / "instruments" / "x-1.yaml"
    head = instrument.read_text(encoding="utf-8").partition("clauses:")[0] + "closing: 各级部门\n"
    instrument.write_text(head + "clauses: []\n", encoding="utf-8")
    rows = run("pack", "read", tmp_path / "原文" / "a.txt", "--packs", tmp_path / "tiny", "--format", "yaml").output
    instrument.write_text(
        head + rows.replace('id: "s1.c1"', 'id: "1"').replace('id: "s1.c2"', 'id: "2"'), encoding="utf-8"
    )
    assert run("pack", "confirm", "--all", "--packs", tmp_path / "tiny").exit_code == 0
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    """Edit a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_an_outline_for_people(here: Path) -> None:
    result = run("pack", "read", here / "原文" / "a.txt", "--packs", here / "tiny")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert "某〔2024〕1号《某事方案》：x-1，3 条" in lines[0]
    assert any(line.split()[:3] == ["s1.c1", "1", "（一）"] for line in lines)


def test_one_json_document_for_machines(here: Path) -> None:
    one = json.loads(run("pack", "read", here / "原文" / "a.txt", "--packs", here / "tiny", "--format", "json").output)
    assert (one["instrument"], one["recognised_by"], one["encoding"]) == ("x-1", "number", "UTF-8")
    clause = next(item for item in one["clauses"] if item["id"] == "2")
    assert clause["text"] == "新建项目清洁运输比例不低于80%。"
    assert len(clause["sha256"]) == 64
    files = [here / "原文" / "a.txt"] * 2
    assert len(json.loads(run("pack", "read", *files, "--packs", here / "tiny", "--format", "json").output)) == 2
    assert (
        run("pack", "read", *files, "--packs", here / "tiny", "--format", "json", "--out", here / "out").exit_code == 0
    )
    assert sorted(path.name for path in (here / "out").iterdir()) == ["001-a.json", "002-a.json"]


def test_clean_text_reads_back_the_same(here: Path) -> None:
    noisy = "\n".join(paper.with_pages(paper.wrapped(TEXT.splitlines(), 20, True), 9, paper.MARKS[1]))
    (here / "b.txt").write_bytes(noisy.encode("gb18030"))
    assert (
        run(
            "pack", "read", here / "b.txt", "--packs", here / "tiny", "--format", "clean", "--out", here / "c.txt"
        ).exit_code
        == 0
    )
    read = [
        json.loads(run("pack", "read", here / name, "--packs", here / "tiny", "--format", "json").output)
        for name in ("b.txt", "c.txt", "原文/a.txt")
    ]
    hashes = [[(item["id"], item["anchor"], item["sha256"]) for item in one["clauses"]] for one in read]
    assert hashes[0] == hashes[1] == hashes[2]


def test_a_new_edition_from_arrival_to_a_clean_lint(here: Path) -> None:
    new = here / "新版.txt"
    new.write_text(TEXT.replace("80%", "85%").replace("各级", "（三）每季公开一次结果。\n各级"), encoding="utf-8")
    packs = ("--packs", here / "tiny")
    # What changed, and who cites it: without the old text, and with it word by word.
    bare = run("pack", "read", new, "--against", "x-1", *packs)
    assert bare.exit_code == 0
    assert "改动  2  （二）（s1.c2）" in bare.output
    assert "用 --documents 指明旧文本" in bare.output
    full = run("pack", "read", new, "--against", "x-1", "--documents", here / "原文", *packs)
    assert "[-80%-]{+85%+}" in full.output
    assert "新增  —  （三）（s1.c3）" in full.output
    assert full.output == run("pack", "read", new, "--against", here / "原文" / "a.txt", *packs).output
    data = json.loads(
        run("pack", "read", new, "--against", "x-1", "-d", here / "原文", *packs, "--format", "json").output
    )
    assert data["counts"]["changed"] == data["counts"]["new"] == 1
    first = json.loads(
        run("pack", "read", here / "原文" / "a.txt", "--against", new, *packs, "--format", "json").output
    )["changes"]
    assert {item["what"] for item in first} == {"inside", "changed", "gone"}
    # Register the new text: what was read from the old one is named, until it is confirmed.
    rows = run("pack", "read", new, "--against", "x-1", *packs, "--format", "yaml").output
    instrument = here / "tiny" / "instruments" / "x-1.yaml"
    instrument.write_text(instrument.read_text(encoding="utf-8").partition("clauses:")[0] + rows, encoding="utf-8")
    change(here / "tiny" / "rules" / "x.rules", "x-1#1", "x-1#2")
    lint = run("pack", "lint", *packs)
    assert lint.exit_code == 1, lint.output
    assert "BND003" in lint.output
    assert run("pack", "confirm", "x-a", *packs).exit_code == 0
    assert run("pack", "lint", *packs).exit_code == 0
    shutil.move(new, here / "原文" / "a.txt")
    clean = run("pack", "lint", *packs, "--documents", here / "原文")
    assert (clean.exit_code, clean.output.count("BND0")) == (0, 0)
    assert "没有什么引用 x-1 的 preamble、s1.c3、closing" in clean.output


def test_lint_names_every_drifted_clause_and_who_cites_it(here: Path) -> None:
    change(here / "原文" / "a.txt", "按月", "按季")
    result = run("pack", "lint", "--packs", here / "tiny", "--documents", here / "原文")
    assert result.exit_code == 1
    assert "规则 x-a；参数 limit" in result.output
    told_as_data = json.loads(
        run("pack", "lint", "--packs", here / "tiny", "-d", here / "原文", "--format", "json").output
    )
    assert [fault["code"] for fault in told_as_data["faults"]] == ["BND010", "BND010"]
    assert [item["cite"] for item in told_as_data["uncited"]] == ["x-1#preamble", "x-1#2", "x-1#closing"]


def test_documents_of_a_workspace_are_found(here: Path) -> None:
    (here / "w").mkdir()
    shutil.move(here / "原文", here / "w" / "documents")
    result = run("pack", "lint", "--packs", here / "tiny", "--workspace", here / "w", "--format", "json")
    assert json.loads(result.output)["原文"] == 1
    new = here / "b.txt"
    new.write_text(TEXT.replace("80%", "90%"), encoding="utf-8")
    assert (
        "[-80%-]{+90%+}"
        in run("pack", "read", new, "--against", "x-1", "-w", here / "w", "--packs", here / "tiny").output
    )


def test_a_number_twice_leaves_with_2_and_still_gives_the_tree(here: Path) -> None:
    change(here / "原文" / "a.txt", "各级部门", "（二）又一条。\n各级部门")
    result = run(
        "pack", "read", here / "原文" / "a.txt", "--packs", here / "tiny", "--format", "json", "--out", here / "a.json"
    )
    assert result.exit_code == 2
    assert "DOC010" in result.stderr
    anchors = [item["anchor"] for item in json.loads((here / "a.json").read_text(encoding="utf-8"))["clauses"]]
    assert anchors == ["preamble", "s1", "s1.c1", "s1.c2", "s1.c2@2", "closing"]


def test_missing_numbers_are_told_and_are_no_error(here: Path) -> None:
    change(here / "原文" / "a.txt", "（二）", "（四）")
    result = run("pack", "read", here / "原文" / "a.txt", "--packs", here / "tiny")
    assert result.exit_code == 0
    assert "注意 DOC011" in result.stderr
    assert "DOC011" not in result.stdout


def test_bad_documents_all_at_once(tmp_path: Path) -> None:
    cases = []
    for name, (data, _) in BAD.items():
        (tmp_path / name).write_bytes(data)
        cases.append((name, run("pack", "read", tmp_path / name)))
    with (tmp_path / "两百兆.txt").open("wb") as stream:
        stream.truncate(200 * 2**20)
    cases.append(("两百兆.txt", run("pack", "read", tmp_path / "两百兆.txt")))
    cases.append(("几份一起", run("pack", "read", *(tmp_path / name for name in list(BAD)[:4]))))
    cases.append(("没有", run("pack", "read", tmp_path / "无.txt")))
    (tmp_path / "夹").mkdir()
    cases.append(("文件夹", run("pack", "read", tmp_path / "夹")))
    (tmp_path / "好.txt").write_text(TEXT, encoding="utf-8")
    cases.append(("没有这份文件", run("pack", "read", tmp_path / "好.txt", "--against", "sx-2024-7-aer")))
    cases.append(("拿错了文件", run("pack", "read", tmp_path / "好.txt", "--against", "sx-2024-7-air")))
    cases.append(
        ("一次两份", run("pack", "read", tmp_path / "好.txt", tmp_path / "好.txt", "--against", "sx-2024-7-air"))
    )
    cases.append(("没说确认什么", run("pack", "confirm")))
    cases.append(("确认没有的", run("pack", "confirm", "m24-24-z", "sx-2024-7-air#99")))
    golden("documents", told(cases, tmp_path))


def test_the_packs_that_come_with_the_software_are_bound(tmp_path: Path) -> None:
    result = run("pack", "lint", "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert found["faults"] == []
    assert found["引用"] > 1500
    # Spoil one reading of the real packs: the rule is named.
    nation, province = default_packs()
    shutil.copytree(province, tmp_path / "cn-shanxi", ignore=shutil.ignore_patterns("cases"))
    instrument = tmp_path / "cn-shanxi" / "instruments" / "sx-2024-7-measures.yaml"
    row = next(item for item in yaml.safe_load(instrument.read_text(encoding="utf-8"))["clauses"] if item["id"] == "24")
    change(instrument, row["sha256"], "0" * 64)
    result = run("pack", "lint", "--packs", nation, "--packs", tmp_path / "cn-shanxi")
    assert result.exit_code == 1
    assert "规则 `m24-24-b` 所读的 sx-2024-7-measures#24 已换文本" in result.output
    assert "名录 `heavy_polluter`" in result.output
