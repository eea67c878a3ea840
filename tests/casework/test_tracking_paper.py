"""The five-year evaluation tells the years one by one, and what is not known of them."""

from __future__ import annotations

from datetime import date

import pytest

from greenrule.casework.tracking_paper import Standing, Year, tracking_paper

FINDINGS = {"conditional": 3, "refused": 1}
YEARS = (
    Year(2021, None, {}, 0, 0),
    Year(2022, {"优先保护单元": (4, 120.0), "重点管控单元": (2, 30.0)}, FINDINGS, 2, 1),
    Year(2023, {"优先保护单元": (5, 131.25), "一般管控单元": (1, 7.0)}, {}, 1, 1),
)


def told(years: tuple[Year, ...]) -> list[str]:
    standing = Standing("某市", "1401", date(2021, 1, 1), date(2025, 12, 31), years=years)
    paper = tracking_paper("five_year", standing, "意见（十二）", {}, {})
    out = []
    for part in paper.parts:
        out += [part.text] if hasattr(part, "text") else []
        out += ["｜".join(map(str, row)) for row in part.rows] if hasattr(part, "rows") else []
    return out


def test_every_year_has_its_row_and_a_year_without_a_layer_says_so() -> None:
    said = told(YEARS)
    assert "2021｜不知道｜不知道｜不知道｜0｜0｜0" in said
    assert "2022｜4 个，120.0｜2 个，30.0｜0 个，0.0｜4｜2｜1" in said
    assert (
        "2022 年末至 2023 年末：优先保护单元增加 11.2 km²；重点管控单元减少 30.0 km²；一般管控单元增加 7.0 km²。"
        in said
    )


@pytest.mark.parametrize(
    ("years", "said"),
    [
        (YEARS[:2], "有已发布图层的年份不足两年，看不出面积的变化。"),
        ((YEARS[1], Year(2023, dict(YEARS[1].units or {}), {}, 0, 0)), "2022 年末至 2023 年末：各类面积没有变化。"),
    ],
)
def test_what_cannot_be_compared_is_said(years: tuple[Year, ...], said: str) -> None:
    assert said in told(years)


def test_what_people_wrote_keeps_its_paragraphs() -> None:
    standing = Standing(
        "某市", "1401", date(2026, 1, 1), date(2026, 12, 31), texts={"implementation": "一是专班。\n\n 二是培训。\n"}
    )
    paper = tracking_paper("annual", standing, "意见（十二）", {}, {})
    said = [part.text for part in paper.parts if hasattr(part, "text")]
    assert said[said.index("一是专班。") + 1] == "二是培训。"
