"""`air inventory` from files: sheets known by their headers, faults with row and column, figures with the rows behind them."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from greenrule.casework.inventory import open_stock
from greenrule.casework.inventory_tables import read_tables
from greenrule.cli.main import main
from greenrule.core.errors import InputFault
from greenrule.packs.book import default_packs
from greenrule.packs.inventory import load_inventory

ROOT = Path(__file__).resolve().parents[2]
DEMO = sorted((ROOT / "examples" / "inventory-demo").glob("*.csv"))
HEAD = "源类,县区,年份,活动水平,单位,控制措施\n"
FACTORS = "源类,污染物,排放系数,单位\n工业锅炉,SO2,3,kg/t\n"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["air", "inventory", *map(str, words)])


def codes(result: Result) -> list[str]:
    return [line.split()[0] for line in result.stderr.splitlines() if line[:1] in "IF" and line[1:4].isdigit()]


def files(folder: Path, activities: str, factors: str = FACTORS, controls: str = "") -> list[Path]:
    out = []
    for name, text in (("a.csv", activities), ("f.csv", factors), ("c.csv", controls)):
        if text:
            (folder / name).write_text(text, encoding="utf-8")
            out.append(folder / name)
    return out


def test_the_example_is_marked_as_made_up() -> None:
    for path in DEMO:
        rows = list(csv.DictReader(path.open(encoding="utf-8")))
        assert rows
        assert all(row["依据"] == "演示数据（非官方）" for row in rows)


def test_printed_rows_add_up_to_the_printed_total() -> None:
    found = run(*DEMO, "--by", "county", "--year", 2024).stdout
    rows = [line.split() for line in found.splitlines() if line.startswith(("甲县", "乙县", "合计 "))]
    first, second, total = ([Fraction(cell.strip("≥").replace(",", "")) for cell in row[1:]] for row in rows[:3])

    assert [one + other for one, other in zip(first, second, strict=True)] == total


def test_unknown_is_a_word_and_named_with_its_row() -> None:
    found = run(*DEMO).stdout

    assert "焦化          未知" in found
    assert "没有 焦化 的 PM10 排放系数（2023 年）：1 行算不出" in found
    assert "activities.csv:7" in found


def test_json_has_exact_grams() -> None:
    found = json.loads(run(*DEMO, "--by", "year", "--format", "json").stdout)

    assert sum(Fraction(row["grams"]) for row in found["rows"]) == sum(
        Fraction(row["grams"]) for row in found["totals"]
    )
    assert {row["state"] for row in found["totals"]} == {"partial"}
    assert all(
        row["range"]["low"] < row["range"]["p2.5"] < row["tonnes"] < row["range"]["p97.5"] < row["range"]["high"]
        for row in found["totals"]
    )


def test_a_comparison_adds_up() -> None:
    found = json.loads(run(*DEMO, "--compare", 2023, 2024, "--format", "json").stdout)

    for row in [*found["rows"], *found["totals"]]:
        assert sum(map(Fraction, row["parts_grams"].values())) == Fraction(row["change_grams"])
    assert Fraction(found["totals"][0]["parts_grams"]["control"]) < 0


def test_why_shows_rows_and_citations() -> None:
    found = run(*DEMO, "--why", "乙县", "--why", "SO2", "--why", "2024").stdout

    assert found.startswith("乙县，SO2，2024：≥91.200 吨")
    assert "7.6 万吨（6.84–8.36） 燃煤量  [演示数据（非官方）；" in found
    assert "factors.csv:2]" in found
    assert "× (1 − 湿法脱硫 0.92" in found
    assert codes(run(*DEMO, "--why", "丙县")) == ["I013"]


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    activities = (
        HEAD
        + "工业锅楼,甲县,2024,3,吨,无\n工业锅炉,,二〇二四,-3,吨,无\n工业锅炉,甲县,2024,三,斗,无\n工业锅炉,甲县,2023,1,吨,无\n工业锅炉,甲县,2023,2,吨,无\n"
    )
    factors = (
        "源类,污染物,排放系数,单位,下限,上限\n工业锅炉,S02,3,kg/t,1,2\n工业锅炉,SO2,3,kg/t,2,4\n工业锅炉,SO2,4,kg/t,,\n"
    )
    controls = "控制措施,污染物,去除效率\n袋,SO2,90\n"
    paths = files(tmp_path, activities, factors, controls)
    result = run(*paths)
    told = codes(result)

    assert result.exit_code == 2
    assert told.count("I009") == 2
    assert sorted(set(told)) == ["I003", "I004", "I005", "I006", "I007", "I008", "I009"]
    for place in ("a.csv:2:源类", "a.csv:3:县区", "a.csv:3:年份", "a.csv:3:活动水平", "a.csv:4:活动水平", "a.csv:4:单位", "a.csv:6", "f.csv:2:污染物",
                  "f.csv:2:下限", "f.csv:4", "c.csv:2:去除效率"):  # fmt: skip
        assert place in result.stderr, place
    assert "工业锅炉（combustion.boiler）" in result.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--grid", "3km"], "I031"), (["--areas", "x.gpkg"], "I032"), (["--compare", "2023", "2024", "--why", "SO2"], "I030"),
        (["--why", "SO2", "--out", "x.csv"], "I033"), (["--pollutant", "S02"], "I011"), (["--year", "2019"], "I012"),
        (["--compare", "2019", "2024"], "I012"), (["--out", "x.doc"], "F041"),
    ],
)  # fmt: skip
def test_wishes_that_cannot_be_met(words: list[str], code: str) -> None:
    result = run(*DEMO, *words)

    assert result.exit_code == 2
    assert codes(result) == [code]


def test_files_that_are_no_inventory(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")

    assert codes(run(tmp_path / "x.csv")) == ["I001"]
    assert codes(run(tmp_path / "x.csv", tmp_path / "gone.csv")) == ["F001"]
    (tmp_path / "a.csv").write_text("源类,活动水平\n工业锅炉,3\n", encoding="utf-8")
    assert codes(run(tmp_path / "a.csv")) == ["I002"]


def test_without_factors_everything_is_unknown(tmp_path: Path) -> None:
    result = run(*files(tmp_path, HEAD + "工业锅炉,甲县,2024,3,吨,无\n", ""), "--pollutant", "SO2")

    assert result.exit_code == 0
    assert "未知" in result.stdout
    assert "没有排放系数" in result.stdout


def test_an_empty_control_is_unknown_and_none_is_none(tmp_path: Path) -> None:
    paths = files(tmp_path, HEAD + "工业锅炉,甲县,2024,3,吨,\n工业锅炉,乙县,2024,3,吨,无\n")
    lines = open_stock(paths, load_inventory(default_packs())).inventory.lines

    assert [line.grams for line in lines] == [None, 9000]


def test_numbers_are_read_as_they_are_written(tmp_path: Path) -> None:
    text = '源类,县区,年份,活动水平（万吨）,控制措施,不确定度\n工业锅炉,甲县,2024年,"1,234.1",袋＋塔,±10%\n'
    paths = files(tmp_path, text, FACTORS, "控制措施,污染物,去除效率（%）\n袋,SO2,0\n塔,SO2,92.5\n")
    found = read_tables(paths, load_inventory(default_packs()))
    row = found.activities[0]

    assert row.amount.value == Fraction("1234.1")
    assert row.amount.bounds() == (Fraction("1110.69"), Fraction("1357.51"))
    assert (row.unit, row.controls) == ("万吨", ("袋", "塔"))
    assert [item.share.value for item in found.controls] == [0, Fraction("0.925")]


def test_one_workbook_and_parquet_give_the_same(tmp_path: Path) -> None:
    import openpyxl
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["本表为演示"])
    book.active.append(["非官方"])
    parquet = []
    for path in DEMO:
        sheet = book.create_sheet(path.stem)
        for row in csv.reader(path.open(encoding="utf-8")):
            sheet.append([float(cell) if cell.replace(".", "").isdigit() else cell or None for cell in row])
        parquet.append(tmp_path / f"{path.stem}.parquet")
        pq.write_table(pc.read_csv(path), parquet[-1])
    book.save(tmp_path / "清单.xlsx")
    plain, *others = (
        json.loads(run(*paths, "--format", "json").stdout)["rows"]
        for paths in (DEMO, [tmp_path / "清单.xlsx"], parquet)
    )

    for other in others:
        assert [(row["key"], row["grams"], row.get("range")) for row in other] == [
            (row["key"], row["grams"], row.get("range")) for row in plain
        ]


def test_sums_are_written_as_a_workbook(tmp_path: Path) -> None:
    import openpyxl

    out = tmp_path / "结果.xlsx"
    result = run(*DEMO, "--by", "county", "--out", out)
    book = openpyxl.load_workbook(out)

    assert result.exit_code == 0
    assert book.sheetnames == ["分项", "合计", "缺什么"]
    assert book["分项"]["A2"].value == "甲县"
    assert {row[2].value for row in book["合计"].iter_rows(min_row=2)} == {"部分已知"}


def test_own_categories_hang_under_the_packs(tmp_path: Path) -> None:
    paths = files(tmp_path, HEAD + "隧道窑,甲县,2024,2,万吨,无\n", "源类,污染物,排放系数,单位\n工艺过程源,SO2,1,kg/t\n")
    (tmp_path / "k.csv").write_text(
        "代码,名称,上级\nprocess.brick,砖瓦,process\nprocess.brick.tunnel,隧道窑,process.brick\n", encoding="utf-8"
    )
    lines = open_stock([*paths, tmp_path / "k.csv"], load_inventory(default_packs())).inventory.lines

    assert [line.grams for line in lines] == [20_000_000]


def test_the_pack_has_categories_and_says_why_it_has_no_factors() -> None:
    law = load_inventory(default_packs())

    assert sum(item.parent is None for item in law.categories.values()) == 10
    assert not law.factors
    assert set(law.reasons) == {"factors", "controls"}


def test_a_pack_s_factors_are_cited(tmp_path: Path) -> None:
    """A pack of one's own adds a factor; without a citation that is there it is refused."""
    pack = tmp_path / "own"
    (pack / "inventory").mkdir(parents=True)
    (pack / "pack.toml").write_text('id = "own"\n', encoding="utf-8")
    row = "factors: {rows: [{category: process.cement, pollutant: SO2, value: 0.123, low: 0.1, high: 0.2, unit: kg/t, from: 2020, cite: %s}]}\n"
    (pack / "inventory" / "f.yaml").write_text(row % "cn-inventory-manual-2018", encoding="utf-8")
    found = load_inventory([*default_packs(), pack]).factors[0]
    assert (found.amount.value, found.first, found.origin.cite) == (Fraction("0.123"), 2020, "cn-inventory-manual-2018")

    (pack / "inventory" / "f.yaml").write_text(
        row.replace("process.cement", "process.cemant") % "nothing", encoding="utf-8"
    )
    with pytest.raises(InputFault) as caught:
        load_inventory([*default_packs(), pack])
    assert [fault.code for fault in caught.value.faults] == ["I051"]
