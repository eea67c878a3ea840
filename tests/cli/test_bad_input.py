"""Whatever is handed in, the answer is a finding or a list of everything that is wrong: where, what, and what to do."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.cli.workspace import golden, run, told, write

BASE = "name: 甲\non: 2026-11-21\nindustry: '2521'\nnature: new\n"
PLACE = "location: {crs: cgcs2000, point: [112.55, 37.87]}\n"
HEAD = ["项目名称", "日期", "行业", "建设性质", "坐标系", "经度", "纬度", "生产能力", "用煤"]


def other(old: str, new: str) -> str:
    """The sound project with one thing changed."""
    assert old in BASE
    return BASE.replace(old, new)


FORM = {
    "空文件.yaml": "",
    "只有注释.yaml": "# 项目\n\n",
    "控制字符.yaml": "name: 甲\nindustry: 25\x0021\n",
    "转义的控制字符.yaml": other("甲", '"甲\\u0007"'),
    "全是零字节.yaml": b"\0" * 64,
    "国标码.yaml": BASE.encode("gbk"),
    "不是文字.yaml": b"\xff\xfe\x00\x01\x02\xff",
    "嵌套过深.yaml": "facts: " + "{a: " * 3000 + "}" * 3000,
    "方括号过深.json": "[" * 3000 + "]" * 3000,
    "千位数字.yaml": BASE + f"facts: {{capacity: {'9' * 5000}}}\n",
    "别名.yaml": "name: &a [甲]\nnature: *a\n",
    "标签.yaml": "name: !!python/object/apply:os.system ['ls']\n",
    "语法.yaml": "name: [甲\nindustry: x\n",
    "语法.json": '{"name": "甲", "industry": }',
    "重复的键.yaml": BASE + "name: 乙\n",
    "两个文档.yaml": BASE + "---\n" + BASE,
    "一个词.yaml": "你好",
    "没有这一天.yaml": other("2026-11-21", "2026-02-30") + "facts: {capcity: 5 吨/年}\n",
    "种类.docx": "x",
}
VALUES = {
    "行业代码.yaml": other("2521", "2529x").replace("x", "9"),
    "行业名称.yaml": other("'2521'", "炼焦机"),
    "行业有几种.yaml": other("'2521'", "['2521', '9998', 瞎写]"),
    "行业吞了零.csv": "项目名称,行业\n甲,610\n",
    "建设性质.yaml": other("new", "nwe"),
    "未知事实.yaml": BASE + "facts: {capcity: 1 吨/年}\n",
    "未知单位.yaml": BASE + "facts: {capacity: 106 万顿/年}\n",
    "量纲不符.yaml": BASE + "facts: {capacity: 106 公里}\n",
    "没有单位.yaml": BASE + "facts: {capacity: 106}\n",
    "负数.yaml": BASE + "facts: {capacity: -5 万吨/年}\n",
    "不是数.yaml": BASE + "facts: {capacity: .nan}\n",
    "无穷大.yaml": BASE + "facts: {capacity: 1e400 吨/年}\n",
    "没有尽头.yaml": BASE + "facts: {capacity: 1e999999999 吨/年}\n",
    "事实写成列表.yaml": BASE + "facts: [capacity]\n",
    "空列表.yaml": BASE + "facts: []\n",
    "同一事实两次.yaml": BASE + "facts: {capacity: 5 吨/年, 生产能力: 6 吨/年}\n",
    "互相矛盾.yaml": BASE + "facts: {sensitive.any: 否, 位于生态保护红线: 是, 新增产能: 否, capacity: 10 万吨/年, capacity.added: 9 万吨/年}\n",
    "行业写了两次.yaml": BASE + "facts: {industry: '2521'}\n",
    "名称是列表.yaml": other("甲", "[甲, 乙]"),
    "早于法规.yaml": other("2026-11-21", "1900-01-01"),
    "不是日期.yaml": other("2026-11-21", "明天"),
    "键写错.yaml": BASE + "industri: '25'\ncapacity: 3 吨/年\n",
    "都错.yaml": other("'2521'", "'9999'").replace("nature: new", "nature: nwe") + (
        "facts: {capcity: 3, capacity: 5, burns_coal: maybe}\nlocation: {crs: cgcs2000, point: [37.87, 112.55]}\nzzz: 1\n"),
    "列表里有坏的.yaml": "- name: 甲\n  industry: '2521'\n- name: 乙\n  industry: '9999'\n- 3\n- name: 丁\n  nature: nwe\n"
    "  location: {point: [2.35, 48.85]}\n",
}  # fmt: skip
PLACES = {
    "写反.yaml": BASE + "location: {point: [37.87, 112.55]}\n",
    "国外.yaml": BASE + "location: {point: [2.35, 48.85]}\n",
    "省外.yaml": BASE + "location: {crs: cgcs2000, point: [116.4, 39.9]}\n",
    "自相交.yaml": BASE + "location:\n  crs: cgcs2000\n  geometry: {type: Polygon, coordinates: "
    "[[[112.5, 37.8], [112.52, 37.82], [112.52, 37.8], [112.5, 37.82], [112.5, 37.8]]]}\n",
    "两种位置.yaml": BASE + "location: {point: [112.55, 37.87], dms: ['112°18′24″', '38°44′02″']}\n",
    "文件加点.yaml": BASE + "location: {point: [112.55, 37.87], file: 无.gpkg}\n",
    "没有文件.yaml": BASE + "location: {file: 无.gpkg}\n",
    "位置是列表.yaml": BASE + "location: [112.5, 37.8]\n",
    "位置是空的.yaml": BASE + "location: {point: null}\n",
    "坐标非数.yaml": BASE + "location: {point: [.nan, 37.8]}\n",
    "坐标无穷.yaml": BASE + "location: {point: [1e400, 37.8]}\n",
    "坐标系.yaml": BASE + "location: {crs: wgs48, point: [112.55, 37.87]}\n",
}
SOUND = ["甲", "2026-11-21", "2521", "新建", "cgcs2000", 112.55, 37.87, "5 万吨/年", "是"]
SHEETS = {
    "坏行.xlsx": [
        HEAD, ["甲", "2026-02-30", *SOUND[2:]], ["乙", "2026-11-21", "9999", "新建", "cgcs2000", 37.87, 112.55, "5", "是"], [None] * 9,
        ["丙", "2026-11-21", 2521, "新剑", "cgcs2000", 112.55, 37.87, "5 公里", "maybe"],
        ["丁", "2026-11-21", 2521, "新建", "cgcs2000", 112.55, None, None, None],
        ["戊", "2026-11-21", 2521, "新建", "cgcs2000", "abc", 37.8, None, None],
    ],
    "坏地点.xlsx": [HEAD, SOUND, [*SOUND[:5], 37.87, 112.55, None, None], [*SOUND[:5], 2.0, 48.0, None, None], [*SOUND[:5], 116.4, 39.9, None, None]],
    "表头重复.xlsx": [["项目名称", "名称", "行业", "某列"], ["甲", "乙", "2521", "x"], ["丙", "丁", "2521", "x"]],
    "公式没有值.xlsx": [HEAD, ["甲", "2026-11-21", "2521", "新建", None, None, None, "=1+1", None]],
    "不是表格.xlsx": b"PK\x03\x04 x",
    "坏行.csv": ",".join(HEAD) + "\n甲,2026-02-30,2521,新建,,,,5 万吨/年,是\n乙,2026-11-21,9999,新建,,,,5,maybe\n",
    "国标码.csv": (",".join(HEAD) + "\n甲,2026-11-21,9999,新建,,,,,\n").encode("gbk"),
    "引号不成对.csv": ",".join(HEAD) + '\n"甲,2026-11-21,2521\n',
    "多出的格.csv": ",".join(HEAD) + "\n甲,2026-11-21,2521,新建,,,,1,000 吨/年,是\n",
    "零字节.csv": ",".join(HEAD) + "\n甲\0,2026-11-21,2521\n",
    "格子过长.csv": ",".join(HEAD) + "\n" + "长" * 200_000 + ",2026-11-21\n",
    "只有表头.csv": ",".join(HEAD) + "\n",
    "没有表头.csv": "\n\n",
    "二进制.csv": bytes(range(256)) * 8,
}  # fmt: skip


@pytest.mark.parametrize(
    ("group", "files"), [("form", FORM), ("values", VALUES), ("places", PLACES), ("sheets", SHEETS)]
)
def test_every_fault_is_told_with_its_place(group, files, tmp_path, demo, quick):
    """Exit code 2, one line per fault with file, line and column, and what to do; the texts are kept."""
    cases = [(name, run("screen", write(tmp_path / name, content), "-w", demo)) for name, content in files.items()]

    assert [label for label, result in cases if result.exit_code != 2 or result.stdout] == []
    assert all(len(result.stderr.splitlines()) % 2 == 0 and "\nhelp: " in result.stderr for _, result in cases)
    golden(group, told(cases, tmp_path))


def test_a_merged_header_is_refused(tmp_path, demo, quick):
    """A heading across two columns says nothing about the second."""
    import openpyxl

    path = write(tmp_path / "合并.xlsx", [HEAD, SOUND])
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("A1:B1")
    book.save(path)

    result = run("screen", path, "-w", demo)

    assert result.exit_code == 2
    assert result.stderr.startswith(f"J005 {path}:1:A 表头有合并单元格：A1:B1\nhelp: ")


def test_a_torn_sheet_is_refused(tmp_path, quick):
    """The archive is whole, the table in it is not."""
    whole, torn = write(tmp_path / "a.xlsx", [HEAD, SOUND]), tmp_path / "b.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(torn, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name)[: 300 if "sheet1" in name else None])

    assert run("screen", torn).stderr.startswith(f"J004 {torn} 打不开这个 Excel 文件")


def test_a_sheet_that_unpacks_to_too_much_is_refused(tmp_path, quick, monkeypatch):
    """What a small archive unpacks to is looked at before it is unpacked."""
    monkeypatch.setattr("greenrule.casework.sheets.MOST_UNPACKED", 1000)

    assert run("screen", write(tmp_path / "a.xlsx", [HEAD, SOUND])).stderr.startswith(
        f"J003 {tmp_path / 'a.xlsx'} 表格解开后超过"
    )


def test_a_project_file_of_200_mb_is_refused_unread(tmp_path, quick):
    """The size is asked before the content."""
    path = tmp_path / "大.yaml"
    with path.open("wb") as file:
        file.truncate(200_000_000)

    result = run("screen", path)

    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, f"J003 {path} 项目文件有 200 MB，超过 34 MB")


@pytest.mark.parametrize("name", ["大.gpkg", "大.zip"])
def test_a_geometry_file_of_200_mb_of_nothing_is_refused(name, tmp_path, quick):
    """The reader looks at the head of a file, not at all of it."""
    with (tmp_path / name).open("wb") as file:
        file.truncate(200_000_000)

    result = run("screen", write(tmp_path / "a.yaml", BASE + f"location: {{file: {name}}}\n"))

    assert result.exit_code == 2
    assert result.stderr.startswith(f"VEC00{4 if name.endswith('gpkg') else 8} {tmp_path / name} ")


def test_a_zipped_shapefile_without_prj_is_read_with_a_doubt(tmp_path, demo, quick):
    """Nobody said which datum: all that fit are tried, and the finding says so."""
    import pyogrio
    import shapely

    box = shapely.to_wkb(np.array([shapely.box(112.5, 37.8, 112.52, 37.82)]))
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.raw.write(str(tmp_path / "q.shp"), box, [np.array([1])], ["a"], geometry_type="Polygon")
    with zipfile.ZipFile(tmp_path / "q.zip", "w") as archive:
        for suffix in (".shp", ".shx", ".dbf"):
            archive.write(tmp_path / f"q{suffix}", f"q{suffix}")

    result = run(
        "screen", write(tmp_path / "a.yaml", BASE + "location: {file: q.zip}\n"), "-w", demo, "--format", "json"
    )

    site = json.loads(result.stdout)["site"]
    assert site["stated"] is False
    assert any("gcj02" in note and "bd09" in note for note in site["notes"])


def test_a_crossing_polygon_is_mended_only_when_asked(tmp_path, demo, quick):
    """And the finding says that it was."""
    path = write(tmp_path / "a.yaml", PLACES["自相交.yaml"])
    mended = run("screen", path, "-w", demo, "--repair", "--format", "json")

    assert run("screen", path, "-w", demo).exit_code == 2
    assert any("自动修正" in note for note in json.loads(mended.stdout)["site"]["notes"])


def test_json_with_characters_beyond_the_first_plane_is_read(tmp_path, quick):
    """`json.dumps` writes 𠮷 as two escapes."""
    path = write(tmp_path / "a.json", json.dumps({"name": "𠮷县\\u0041", "industry": "2521"}))

    assert json.loads(run("screen", path, "--format", "json").stdout)["title"] == "𠮷县\\u0041"


@pytest.mark.parametrize("format", ["html", "docx", "text"])
def test_markup_in_a_name_stays_text(format, tmp_path, quick):
    """Nothing a writer puts into a name becomes part of the page."""
    path = write(tmp_path / "a.yaml", other("甲", "\"<script>alert('1')</script>&]]>\""))
    out = tmp_path / f"结论.{format}"
    assert run("screen", path, "--format", format, "--out", out).exit_code == 0

    if format == "docx":
        text = zipfile.ZipFile(out).read("word/document.xml").decode()
    else:
        text = out.read_text(encoding="utf-8")
    assert ("<script>alert" in text) == (format == "text")


def test_a_batch_with_one_bad_place_writes_nothing(tmp_path, demo, quick):
    """All or nothing: no half batch on the disk."""
    path = write(tmp_path / "a.xlsx", SHEETS["坏地点.xlsx"])

    result = run("screen", path, "-w", demo, "--format", "json", "--out", tmp_path / "out")

    assert (result.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert [line.split()[0] for line in result.stderr.splitlines()[::2]] == ["SITE007", "SITE008", "J030"]


def test_faults_of_several_files_come_together(tmp_path, quick):
    """One run tells everything."""
    one, two = write(tmp_path / "a.yaml", other("2521", "9999")), write(tmp_path / "b.yaml", "")

    lines = run("screen", one, two).stderr.splitlines()

    assert [line.split()[0] for line in lines[::2]] == ["P068", "J002"]


def test_several_findings_on_the_screen_are_one_json_document(tmp_path, quick):
    """Programs read them with one call."""
    path = write(tmp_path / "a.yaml", "- {name: 甲, industry: '2521'}\n- {name: 乙, industry: '4411'}\n- {name: 丙}\n")

    assert [finding["title"] for finding in json.loads(run("screen", path, "--format", "json").stdout)] == [
        "甲",
        "乙",
        "丙",
    ]


FINDINGS = {
    "没有.json": None,
    "不是对象.json": "[]",
    "语法.json": '{"project": ',
    "少键.json": '{"project": {}, "decision": "allowed", "digest": "x", "versions": {}}',
    "种类不对.json": '{"project": [], "decision": "allowed", "digest": 3, "versions": [], "reasons": {}}',
    "理由不对.json": '{"project": {}, "decision": "allowed", "digest": "x", "versions": {}, "reasons": [1]}',
    "已知日.json": '{"project": {}, "decision": "allowed", "digest": "x", "versions": {"known": "2026-02-30"}, "reasons": []}',
    "编码.json": '{"a": "甲"}'.encode("gbk"),
    "过深.json": "[" * 100_000,
    "项目不对.json": '{"project": {"industry": "9999", "facts": []}, "decision": "allowed", "digest": "x", "versions": {}, "reasons": []}',
}


def test_what_is_no_finding_is_refused_by_verify(tmp_path, quick):
    """Cut, hand-made or foreign files."""
    for name, content in FINDINGS.items():
        if content is not None:
            write(tmp_path / name, content)
    cases = [(name, run("verify", tmp_path / name)) for name in FINDINGS]

    assert [label for label, result in cases if result.exit_code != 2] == []
    golden("findings", told(cases, tmp_path))


@pytest.mark.parametrize("word", ["9999", "炼焦机"])
def test_facts_of_an_unknown_industry_are_refused(word, quick):
    """With near ones where there are any."""
    result = run("facts", "--industry", word)

    assert (result.exit_code, result.stderr.split()[0]) == (2, "P068")


@pytest.mark.parametrize("text", ["", " ", "\0", "9" * 5000, "😀", "<b>", "*"])
def test_any_text_may_be_looked_up_among_industries(text, quick):
    """Looking for nonsense finds nothing and breaks nothing."""
    assert run("industry", "--", text).exit_code == 0


def _spoilt(law, folder: Path, spoil) -> str:
    import shutil

    copies = [Path(shutil.copytree(source, folder / source.name)) for source in law.folders]
    spoil(copies[-1])
    result = run("pack", "lint", *(part for copy in copies for part in ("--packs", copy)))
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    return result.stderr.replace(f"{folder}/", "")


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_slip_in_a_pack_is_shown_at_its_line(law, tmp_path):
    """A mistyped key and a wrong unit, in two files, in one run."""

    def spoil(pack: Path) -> None:
        write(pack / "facts" / "zz.yaml", "facts:\n  zz_fact:\n    kind: truth\n    lable: 甲\n    question: 甲？\n")
        write(
            pack / "parameters" / "zz.yaml",
            "parameters:\n  zz_limit:\n    label: 限值\n    unit: 万顿\n    values: []\n",
        )

    said = _spoilt(law, tmp_path, spoil)

    assert "P010 cn-shanxi/facts/zz.yaml:4:5 事实 zz_fact 的键 `lable` 不认识\nhelp: 是否想写 `label`？\n" in said
    assert "P040 cn-shanxi/parameters/zz.yaml:3:5 不认识的单位 `万顿`" in said


def test_a_slip_in_the_pack_file_itself_is_shown_at_its_line(law, tmp_path):
    """A mistyped key with the near one; bytes that are no text, and no TOML."""

    def spoil(text: bytes) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        return _spoilt(law, folder, lambda pack: write(pack / "pack.toml", text))

    said = spoil(b'id = "cn-shanxi"\nparnet = "cn"\n')
    assert said == "P057 cn-shanxi/pack.toml:2:1 pack.toml 的键 `parnet` 不认识\nhelp: 是否想写 `parent`？\n"
    assert "P051 cn-shanxi/pack.toml:1:4" in spoil(b"id 5\n")
    assert "P051 cn-shanxi/pack.toml 政策包没有可读的 pack.toml" in spoil(b'id = "\xff"\n')
    assert "P051 cn-shanxi/pack.toml pack.toml 没有写 `id`" in spoil(b"parent = 'cn'\n")


def test_rules_in_a_circle_are_refused(law, tmp_path):
    """The circle is spelt out and placed."""
    cite = next(iter(law.book.rules.values())).cites[0]
    rule = '\nrule zz-{} "甲"\n  subject project\n  when applies(zz-{})\n  effect prohibit access\n  then "不予准入"\n  strength mandatory\n  cites {}\n'

    said = _spoilt(
        law,
        tmp_path,
        lambda pack: write(pack / "rules" / "zz.rules", rule.format("a", "b", cite) + rule.format("b", "a", cite)),
    )

    assert "R025 cn-shanxi/rules/zz.rules:2:6 规则循环：zz-a → zz-b → zz-a\nhelp: " in said
