"""The bulletin of a month says what the ranking and the evaluation say."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from greenrule.casework.air_bulletin import bulletin
from greenrule.casework.air_lake import import_files
from greenrule.casework.air_rank import PayRule, rank_places
from greenrule.casework.paper import Table, Text, lay_out
from greenrule.core.errors import InputFault
from greenrule.packs.air import load_editions
from greenrule.quality.periods import Period
from greenrule.store.workspace import Workspace

EDITIONS = load_editions()
MONTH = Period.month(2026, 4)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three cities in April of two years; two of them alike."""
    folder = tmp_path_factory.mktemp("bulletin")
    lines = ["station,time,城市,pm25,pm10,so2,no2,co,o3"]
    for year in (2025, 2026):
        for station, city, pm25 in (("S1", "甲市", 30), ("S2", "乙市", 30), ("S3", "丙市", 45 if year == 2025 else 40)):
            for hour in range(1, 30 * 24 + 1):
                lines.append(f"{station},{datetime(year, 4, 1) + timedelta(hours=hour)},{city},{pm25},60,10,30,0.8,90")
    (folder / "t.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = Workspace.create(folder / "ws")
    import_files(made, [folder / "t.csv"], EDITIONS)
    return made


def tables(paper) -> dict[str, Table]:
    return {part.title: part for part in paper.parts if isinstance(part, Table)}


def test_it_is_the_ranking(workspace):
    paper = bulletin(workspace, EDITIONS, MONTH)
    (ranking,) = rank_places(workspace, EDITIONS, MONTH)
    rows = tables(paper)["综合指数"].rows
    assert [row[1] for row in rows] == [item.series for item in ranking.places]
    assert [row[2] for row in rows] == [Decimal(f"{float(item.index):.2f}") for item in ranking.places]
    assert [row[0] for row in rows] == ["1（并列）", "1（并列）", "3"]
    assert paper.title == "2026年4月城市环境空气质量状况通报"
    better = tables(paper)["改善幅度"].rows
    assert better[0][1] == "丙市"
    assert better[0][4] < 0
    concentrations = {row[0]: row for row in tables(paper)["浓度与比上年同期的变化"].rows}
    assert concentrations["丙市"][1] == "40（-11%）"


def test_without_a_rule_the_pay_is_unknown(workspace):
    paper = bulletin(workspace, EDITIONS, MONTH)
    assert any(isinstance(part, Text) and "奖惩金额未知" in part.text for part in paper.parts)


def test_the_pay_is_told_in_words_and_the_page_names_no_command(workspace):
    rule = PayRule(date(2026, 1, 1), None, "improvement", 1, 1, Fraction(30), "万元", "演示办法")
    paper = bulletin(workspace, EDITIONS, MONTH, pay=[rule])
    assert tables(paper)["奖惩"].rows == [["丙市", "改善", "+30", "万元", "演示办法"]]
    assert "--pay" not in lay_out(bulletin(workspace, EDITIONS, MONTH), "text").decode()


def test_it_can_be_printed(workspace, tmp_path: Path):
    paper = bulletin(workspace, EDITIONS, MONTH, marks=("演示数据（非官方）",))
    assert "演示数据（非官方）" in lay_out(paper, "text").decode()
    assert lay_out(paper, "html").count(b"<svg") == 1


def test_a_month_without_data(workspace):
    with pytest.raises(InputFault, match="A055"):
        bulletin(workspace, EDITIONS, Period.month(2027, 1))
