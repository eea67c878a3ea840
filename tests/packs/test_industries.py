from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.core.errors import InputFault
from greenrule.packs.industries import Industries, likeness

PACK = Path(__file__).parents[2] / "packs" / "cn"
TABLE = Industries.load(PACK / "vocab")
CODES = sorted(TABLE.rows)
SOURCE = Path(__file__).parents[3] / "shared" / "data" / "gbt4754_2017_amendment1.csv"


def outcome(text: str) -> str:
    try:
        return TABLE.read(text)
    except InputFault as error:
        return "、".join(fault.code for fault in error.faults)


def test_counts_of_the_standard() -> None:
    assert Counter(row.level for row in TABLE) == {"section": 20, "division": 97, "group": 473, "class": 1382}
    assert "".join(TABLE.children(None)) == "ABCDEFGHIJKLMNOPQRST"


def test_agrees_with_the_public_table() -> None:
    if not SOURCE.exists():
        pytest.skip(f"no {SOURCE.name} beside the repository")
    with SOURCE.open(encoding="utf-8-sig", newline="") as file:
        source = {
            row[f"{row['level']}_code"]: row[f"{row['level']}_name"].translate(str.maketrans("()", "（）"))
            for row in csv.DictReader(file)
        }
    assert {row.code: row.name for row in TABLE if row.level != "section"} == source


def test_tree() -> None:
    assert TABLE.ancestors("2521") == ("252", "25", "C")
    assert TABLE.parent("C") is None
    assert TABLE.children("252") == ("2521", "2522", "2523", "2524", "2529")
    assert TABLE.classes("06") == ("0610", "0620", "0690")
    assert TABLE.is_under("0610", "06")
    assert TABLE.is_under("0610", "B")
    assert not TABLE.is_under("25", "2521")
    with pytest.raises(KeyError):
        TABLE.is_under("2521", "26XX")


@given(st.sampled_from(CODES))
def test_every_code_lies_under_its_ancestors_and_reads_back(code: str) -> None:
    assert TABLE.read(code) == code
    assert all(TABLE.is_under(code, above) for above in TABLE.ancestors(code))
    assert TABLE.ancestors(code)[-1:] == ((TABLE[code].section,) if len(code) > 1 else ())
    assert set(TABLE.classes(code)) == {c for c in CODES if len(c) == 4 and TABLE.is_under(c, code)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2521", "2521"),
        ("C2521", "2521"),
        ("c2521", "2521"),
        ("２５２１", "2521"),
        (" 25 ", "25"),
        ("C", "C"),
        ("2521 炼焦", "2521"),
        ("2521-焦化厂", "2521"),
        ("炼焦", "2521"),
        ("炼铁", "3110"),
        ("煤炭加工", "252"),
        ("焦化厂", "2521"),
        ("焦化项目", "2521"),
        ("洗煤厂", "0610"),
        ("光伏电站", "4416"),
        ("风电场", "4415"),
        ("铸造厂", "3391"),
        ("法兰", "3393"),
        ("耐火砖", "3089"),
        ("陶瓷", "307"),
        ("玻璃器皿", "3054"),
        ("白酒", "1512"),
        ("醋", "1462"),
        ("养猪场", "0313"),
        ("污水处理厂", "4620"),
        ("垃圾焚烧发电", "4417"),
        ("数据中心", "6450"),
        ("加油站", "5265"),
        ("制氢", "2619"),
        ("皮箱、包(袋)制造", "1922"),
    ],
)
def test_what_people_write(text: str, code: str) -> None:
    assert TABLE.read(text) == code


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("2525", "P068", "2521 炼焦"),
        ("9", "P068", "90 娱乐业"),
        ("25211", "P068", "2521 炼焦"),
        ("焦化长", "P068", "2521 炼焦"),
        ("某焦化项目", "P068", "2521 炼焦"),
        ("", "P068", "GB/T 4754"),
        ("B2521", "P069", "C2521"),
        ("2521 炼铁", "P069", "核对"),
        ("钢铁厂", "P069", "3110 炼铁"),
        ("燃气生产和供应业", "P069", "451"),
    ],
)
def test_what_is_not_certain_is_a_fault_with_a_suggestion(text: str, code: str, said: str) -> None:
    with pytest.raises(InputFault) as caught:
        TABLE.read(text)
    (fault,) = caught.value.faults
    assert fault.code == code
    assert said in (fault.help or "")


EVERYDAY = """
焦化 2521 兰炭 2521 洗煤厂 0610 煤矿 0610 储煤场 5161 煤制油 2523 煤制气 2522 甲醇 2614 煤层气 0721 铁矿 0810 铝土矿 0916 采石场 1019
光伏 4416 风电 4415 煤电 4411 热电厂 4412 抽水蓄能 4413 垃圾发电 4417 储能电站 4420 变电站 4420 集中供热 4430 锅炉房 4430 充电桩 5267
加油站 5265 加气站 5266 加氢站 5266 油库 5941 天然气管道 5720 危化品仓库 5942 物流园 5920 冷库 5930
钢厂 3120 高炉 3110 球团 3110 铁合金 3140 电解铝 3216 氧化铝 3216 金属镁 3217 铸造 3391 法兰 3393 电镀厂 3360 热镀锌 3360
石灰窑 3012 耐火材料 3089 水泥厂 3011 搅拌站 3021 砖厂 3031 沥青拌合站 3099 岩棉 3034 玻璃厂 3041 日用瓷 3074 碳素 3091
原料药 2710 兽药 2750 尿素 2621 复合肥 2624 有机肥 2625 轮胎 2911 塑料厂 292 涂料厂 2641 电石 2613 烧碱 2612 绿氢 2619
锂电池 3841 铅酸电池 3843 光伏组件 3825 芯片 3973 电路板 3982 新能源汽车 3612 液压支架 3511 机械加工 3484
白酒 1512 醋厂 1462 面粉厂 1312 屠宰场 1351 乳制品 144 造纸厂 222 印染厂 1713 家具厂 2110 养猪场 0313 养鸡场 0321
医院 841 养老院 8514 幼儿园 8310 殡仪馆 8080 宾馆 6110 房地产 7010 汽修 8111 4S店 8111 洗车场 8111 农贸市场 7223 数据中心 6450
污水处理厂 4620 自来水厂 4610 危废处置 7724 医疗废物处置 7724 垃圾填埋场 7820 餐厨垃圾 7820 废塑料 4220 废钢 4210 报废汽车拆解 4210
土壤修复 7726 高速公路 4812 机场 5631 水库 4821 标准厂房 7221 检测实验室 7452
"""


@pytest.mark.parametrize(("word", "code"), list(zip(EVERYDAY.split()[::2], EVERYDAY.split()[1::2], strict=True)))
def test_everyday_words(word: str, code: str) -> None:
    assert TABLE.read(word) == code


@pytest.mark.parametrize(
    ("word", "codes"),
    [
        ("储能", {"3841", "4420"}),
        ("氢能", {"2619", "3849", "5266"}),
        ("垃圾焚烧", {"4417", "7820"}),
        ("电厂", {"4411", "4412", "4413", "4415"}),
        ("矿山修复", {"06", "08", "09", "10"}),
        ("选矿厂", {"0810", "0911", "0912", "0916"}),
        ("机器人", {"3491", "3964"}),
        ("废矿物油", {"4220", "7724"}),
    ],
)
def test_a_word_of_several_trades_is_a_choice_never_a_guess(word: str, codes: set[str]) -> None:
    with pytest.raises(InputFault) as caught:
        TABLE.read(word)
    (fault,) = caught.value.faults
    assert fault.code == "P069"
    assert codes <= {match.code for match in TABLE.find(word, limit=9) if match.how == "synonym"}
    assert any(code in (fault.help or "") for code in codes)


def test_find_ranks() -> None:
    assert TABLE.find("炼焦")[0].code == "2521"
    assert TABLE.find("252")[0].how == "code"
    assert {match.code for match in TABLE.find("252")[1:6]} == set(TABLE.children("252"))
    assert TABLE.find("某焦化项目")[0].code == "2521"
    assert TABLE.find("光付电站")[0].code == "4416"
    assert TABLE.find("") == []
    assert len(TABLE.find("制造", limit=7)) == 7


@settings(max_examples=40)
@given(st.text("煤焦水泥电厂制造加工0123456789 C", max_size=8))
def test_find_is_ordered_without_repeats_and_read_agrees(text: str) -> None:
    found = TABLE.find(text, limit=20)
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)
    assert len({match.code for match in found}) == len(found)
    assert all(0 < match.score <= 1 for match in found)
    assert outcome(text) in {*TABLE.rows, "P068", "P069"}


@given(st.text("煤焦水泥", max_size=6), st.text("煤焦水泥", max_size=6))
def test_likeness_is_symmetric_and_one_only_of_the_same_pieces(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, one) == (1.0 if one else 0.0)


def test_a_synonym_of_no_code_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "gbt4754.csv").write_text("code,name,level,parent,section\nA,农业,section,,A\n", encoding="utf-8")
    (tmp_path / "industry_synonyms.csv").write_text("name,code,note\n种地,01,\n", encoding="utf-8")
    with pytest.raises(InputFault, match=r"P067 .*industry_synonyms\.csv:2"):
        Industries.load(tmp_path)
    (tmp_path / "gbt4754.csv").write_text("code,name,level,parent,section\n01,农业,division,A,A\n", encoding="utf-8")
    with pytest.raises(InputFault, match=r"P067 .*gbt4754\.csv:2"):
        Industries.load(tmp_path)
