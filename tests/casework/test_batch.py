"""A table of projects is answered row by row as each project is by itself, whatever kind of file it is."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
import yaml

from greenrule.casework.batch import screen_table
from greenrule.casework.batch_answers import HEADINGS
from greenrule.casework.batch_files import set_aside_path
from greenrule.casework.entries import KEYS
from greenrule.casework.project import project_from, read_projects
from greenrule.casework.screening import Screener
from greenrule.core.units import Quantity, factor, number_text
from greenrule.store.workspace import Workspace
from tests.cli.workspace import ROOT, shared_demo, shared_law, write
from tests.cli.worlds import World

DAY = "2026-11-21"


@pytest.fixture(scope="module")
def screener(tmp_path_factory) -> Screener:
    return Screener(shared_law(), Workspace.open(shared_demo(tmp_path_factory)))


@pytest.fixture(scope="module")
def bare() -> Screener:
    """Without layers: places are read, and say nothing."""
    return Screener(shared_law())


def written(path: Path, rows: list[dict[str, object]]) -> Path:
    """Rows as a CSV sheet; columns in the order in which they turn up."""
    head = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        sheet = csv.DictWriter(stream, head)
        sheet.writeheader()
        sheet.writerows(rows)
    return path


def results(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def agrees(row: dict[str, str], project, screener: Screener) -> None:
    """The row of a result says what the finding of the project says."""
    finding = screener.screen(project)
    inquiry = screener.inquire(project)
    outcomes = screener.machine(project.on, screener.events(project)).answer(inquiry.given).outcomes
    assert row["name"] == finding["title"]
    assert row["on"] == project.on.isoformat()
    assert row["decision"] == finding["decision"]
    assert set(filter(None, row["possible"].split("; "))) == (
        set(outcomes["access"].candidates) if finding["decision"] == "undetermined" else set()
    )
    assert row["eia_form"] == finding["eia"]["form"]
    assert (row["eia_item"] or None) == finding["eia"]["item"]
    assert row["permit_class"] == finding["permit"]["class"]
    assert (row["permit_item"] or None) == finding["permit"]["item"]
    assert row["approver"] == finding["approver"]["level"]
    for column, decision in (("deciding", "access"), ("eia_deciding", "eia.form"), ("permit_deciding", "permit.class"),
                             ("approver_deciding", "approver")):  # fmt: skip
        assert row[column] == "; ".join(outcomes[decision].deciding)
    missing = set(filter(None, row["missing"].split("; ")))
    assert missing <= {item["fact"] for item in finding["missing"]}
    assert bool(missing) >= any(item["would_decide"] for item in finding["missing"])
    for doubt in finding["doubts"]:
        datum = doubt["kind"] == "datum" and "坐标系结论不同" in doubt["message"]
        if doubt["kind"] == "layer" or datum or (doubt["kind"] == "text" and doubt["rule"] is None):
            assert doubt["message"] in row["remarks"]
    for item in finding["conflicts"]:
        if item.get("certain"):
            assert item["topic"] in row["remarks"]


PLACES = [
    {}, {"经度": "112.55", "纬度": "37.87"}, {"经度": "113.3538", "纬度": "38.0986", "坐标系": "cgcs2000", "县区": "盂县"},
    {"经度": "112.5546", "纬度": "37.8719", "坐标系": "gcj02"}, {"县区": "清徐县", "地址": "清徐县某地"}, {"坐标": "112°18′24″ 38°44′02″"},
    {"经度": "110.925", "纬度": "35.63", "site.red_line": "是"}, {"经度": "112.33", "纬度": "37.58", "县区": "清徐县"},
]  # fmt: skip


def random_rows(count: int, seed: int) -> list[dict[str, object]]:
    """Rows as people write them: labels or ids, several units, units in the header, unknowns, "nothing of this group"."""
    random, law = Random(seed), shared_law()
    world = World(Screener(law))
    names = [spec for spec in law.book.facts.values() if world.values.get(spec.id) and spec.place is None]
    rows = []
    for number in range(count):
        known = world.described(random)
        row: dict[str, object] = {"项目名称": f"项目，{number}" if number % 7 == 0 else f"项目{number}", "日期": DAY}
        if number % 6 == 0:
            row["日期"] = random.choice(("2022-07-01", "2024-01-01", "2026-03-01"))
        industry = known.pop("industry")
        row["行业"] = (
            "、".join(industry) if number % 3 else law.book.vocabularies["gbt4754"].labels[next(iter(industry))]
        )
        row["建设性质"] = law.book.vocabularies["nature"].labels[str(known.pop("nature"))]
        row |= random.choice(PLACES)
        share = random.choice((0.0, 0.1, 0.5, 1.0))
        for spec in names:
            if spec.id in known and random.random() < share:
                row[spec.zh if spec.family is None and number % 2 else spec.id] = said(
                    known[spec.id], law, spec, random
                )
        if number % 4 == 0:
            row["生产能力（万吨/年）"] = random.choice(("90", "60.5", "1,200", "3 吨/年", "2 万平方米", 30))
            for name in ("capacity", "生产能力"):
                row.pop(name, None)
        if number % 8 == 0:
            row["case.accepted_on"] = random.choice(("2019-05-01", "2020-12-31", "2023-06-01", "2026-10-01", "未知"))
        if number % 5 == 0:
            row["均无"] = random.choice(("boiler", "锅炉和小型燃煤设施、煤", "furnace；coal", "surface")).replace(
                "、煤", "、coal"
            )
        rows.append(row)
    return rows


def said(value: object, law, spec, random: Random) -> object:
    """A value as a cell."""
    if random.random() < 0.1:
        return random.choice(("未知", "?", "不清楚"))
    if isinstance(value, bool):
        return random.choice(("是", "有", "true")) if value else random.choice(("否", "无", "false"))
    if isinstance(value, Quantity):
        value = Quantity(abs(value.value), value.unit)
        return (
            str(value)
            if random.random() < 0.7
            else str(Quantity(value.value * Fraction(1), value.unit)).replace(" ", "")
        )
    if isinstance(value, Fraction):
        share = abs(value) / factor(spec.unit)[1] if spec.unit else abs(value)
        return f"{number_text(share)} {spec.unit}".strip()
    if isinstance(value, frozenset):
        return "、".join(sorted(value))
    if isinstance(value, str):
        return law.book.vocabularies[spec.kind.vocab].labels[value] if random.random() < 0.5 else value
    return str(value)


def test_rows_agree_with_screening_each_project(tmp_path, screener):
    """Decision, form, item, class, approver, reasons, missing facts, remarks: as `greenrule screen` on that row."""
    rows = random_rows(45, seed=5)
    sheet = written(tmp_path / "表.csv", rows)
    summary = screen_table(sheet, tmp_path / "结果.csv", screener)
    found = {int(row["row"]): row for row in results(tmp_path / "结果.csv")}
    aside = set_aside_path(tmp_path / "结果.csv")
    bad = {int(row["原行号"]) for row in results(aside)} if aside.exists() else set()

    assert summary.answered == len(found)
    assert len(found) > 35, summary.faults
    assert sorted([*found, *bad]) == list(range(2, len(rows) + 2))
    for number, row in enumerate(rows, 2):
        faults = one_by_one(row, tmp_path, screener)
        assert (number in bad) == isinstance(faults, Exception), (number, faults)
        if not isinstance(faults, Exception):
            agrees(found[number], faults, screener)


def one_by_one(row: dict[str, object], folder: Path, screener: Screener):
    """The project of a sheet with this row only, or what the sheet is refused for."""
    from greenrule.core.errors import InputFault

    sheet = written(folder / "一行.csv", [row])
    try:
        (project,) = read_projects(sheet, screener.law)
        screener.inquire(project)
    except InputFault as error:
        return error
    return project


def test_examples_agree_as_features(tmp_path, screener):
    """The example projects as a GeoJSON file: attributes are facts, shapes are places."""
    features, projects = [], []
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        # `on` is a truth to YAML 1.1
        raw = {"on" if key is True else key: value for key, value in yaml.safe_load(path.read_text("utf-8")).items()}
        raw["on"] = str(raw["on"])
        site = screener.inquire(project_from(raw, screener.law, base_dir=path.parent)).site
        shape = json.loads(json.dumps(site.geometry.__geo_interface__))
        raw["location"] = {"crs": "cgcs2000", "geometry": shape}
        projects.append(project_from(raw, screener.law))
        properties = {
            key: value for key, value in raw.items() if key in KEYS and key not in ("facts", "location", "none_of")
        }
        properties |= {
            key: "、".join(value) if isinstance(value, list) else value
            for key, value in (raw.get("facts") or {}).items()
        }
        properties |= {"none_of": "、".join(raw["none_of"])} if raw.get("none_of") else {}
        properties["crs"] = "cgcs2000"
        features.append({"type": "Feature", "properties": properties, "geometry": shape})
    file = tmp_path / "项目.geojson"
    file.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8"
    )
    summary = screen_table(file, tmp_path / "结果.csv", screener)

    assert not summary.faults
    for row, project in zip(results(tmp_path / "结果.csv"), projects, strict=True):
        agrees(row, project, screener)


def test_kinds_of_tables_and_results_say_the_same(tmp_path, bare):
    """CSV in two encodings, XLSX with numbers and days as such, Parquet with types of its own."""
    import openpyxl
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        ["甲", "2026-11-21", "2521", "新建", "106.5", "是", "3 公顷"], ["乙", "2026-11-21", "0610", "扩建", "300", "否", ""],
        ["丙“一”,二", "2026-11-21", "3110", "技术改造", "", "", "500平方米"], ["丁", "2026-11-21", "", "", "0", "未知", "?"],
    ]  # fmt: skip
    head = ["项目名称", "日期", "行业", "建设性质", "生产能力（万吨/年）", "用煤", "land.area"]
    fact = next(spec for spec in bare.law.book.facts.values() if spec.kind.dimension == "[length]^2")
    head[-1], head[5] = fact.id, "burns_coal"
    write(tmp_path / "甲.csv", "\n".join(",".join(f'"{cell}"' for cell in row) for row in [head, *rows]))
    write(tmp_path / "乙.csv", (tmp_path / "甲.csv").read_text(encoding="utf-8").encode("gb18030"))
    book = openpyxl.Workbook()
    book.active.append(head)
    from datetime import datetime

    for row in rows:
        book.active.append(
            [
                row[0],
                datetime(2026, 11, 21),
                row[2] or None,
                row[3] or None,
                float(row[4]) if row[4] else None,
                *row[5:],
            ]
        )
    book.save(tmp_path / "丙.xlsx")
    columns = list(map(list, zip(*rows, strict=True)))
    columns[1] = [datetime(2026, 11, 21).date()] * 4
    columns[4] = [float(cell) if cell else None for cell in columns[4]]
    columns[5] = [{"是": True, "否": False}.get(cell) for cell in columns[5]]
    pq.write_table(pa.table(dict(zip(head, columns, strict=True))), tmp_path / "丁.parquet")
    said = []
    for name in ("甲.csv", "乙.csv", "丙.xlsx", "丁.parquet"):
        summary = screen_table(tmp_path / name, tmp_path / "果.csv", bare)
        assert not summary.faults, name
        said.append(
            [{key: value for key, value in row.items() if key != "row"} for row in results(tmp_path / "果.csv")]
        )
    assert said[0] == said[1] == said[2] == said[3]
    assert [row["name"] for row in said[0]] == ["甲", "乙", "丙“一”,二", "丁"]

    screen_table(tmp_path / "甲.csv", tmp_path / "果.parquet", bare)
    screen_table(tmp_path / "甲.csv", tmp_path / "果.xlsx", bare)
    table = pq.read_table(tmp_path / "果.parquet").to_pylist()
    sheet = list(openpyxl.load_workbook(tmp_path / "果.xlsx").active.iter_rows(values_only=True))
    for plain, typed, shown in zip(said[0], table, sheet[1:], strict=True):
        assert {key: "" if value is None else str(value) for key, value in typed.items() if key != "row"} == plain
        assert dict(zip(sheet[0], shown, strict=True)) == typed


def test_headings_and_values_in_chinese(tmp_path, bare):
    """For people: Chinese headings, labels of decisions and facts, a mark by which Excel knows the encoding."""
    sheet = written(tmp_path / "表.csv", [{"项目名称": "甲", "日期": DAY, "行业": "2521", "建设性质": "新建"}])
    screen_table(sheet, tmp_path / "结果.csv", bare, chinese=True)
    (row,) = results(tmp_path / "结果.csv")

    assert (tmp_path / "结果.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert list(row) == list(HEADINGS.values())
    assert row["准入结论"] == "未定"
    assert row["可能的结论"] == "禁止准入；限制准入；可以准入"
    labels = {spec.zh for spec in bare.law.book.facts.values()}
    assert set(row["待补事实"].split("；")) <= labels
