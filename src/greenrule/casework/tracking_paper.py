"""The annual tracking report and the five-year evaluation of the zoning, as the zoning opinion （十二） asks of the provincial and city
authorities: from the records what they can tell, from people what only people know; a section nobody wrote says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from greenrule.casework.paper import Cell, Head, Paper, Table, Text
from greenrule.core.errors import Fault, InputFault

#: Sections that people write: key → (title, what belongs there); those of the five-year evaluation come on top.
SECTIONS: Mapping[str, tuple[str, str]] = {
    "implementation": ("实施情况", "工作机制、责任落实、宣传培训"),
    "application": ("应用案例", "规划编制、招商引资、项目准入、执法监管中怎样用了成果"),
    "supervision": ("监督管理", "发现的突出问题和风险隐患怎样查处，是否纳入督察"),
    "difficulties": ("问题和建议", "衔接、数据、制度上的困难，下一步安排"),
}
FIVE_YEAR: Mapping[str, tuple[str, str]] = {
    "effect": ("实施成效", "生态功能、环境质量、产业布局五年里怎样变化"),
    "adjustment": ("调整意见", "单元和清单是否需要定期调整，理由"),
}
TITLES = {"annual": "年度跟踪", "five_year": "五年评估"}
#: The clause that asks for both.
CITE = "sx-zoning-opinion#12"


@dataclass(frozen=True)
class Year:
    """What the records tell of one year: class → (units, km²) at its end, None where no published layer was valid then;
    decision → findings; problems found in it, and how many of them are closed by now."""

    year: int
    units: Mapping[str, tuple[int, float]] | None
    findings: Mapping[str, int]
    found: int
    closed: int


@dataclass(frozen=True)
class Standing:
    """What the records tell of a period: plain rows, already limited to the area."""

    where: str
    area: str
    first: date
    last: date
    versions: Sequence[Mapping[str, Any]] = ()
    units: Sequence[tuple[str, int, float]] = ()
    findings: Mapping[str, int] = field(default_factory=dict)
    filings: Sequence[Mapping[str, Any]] = ()
    problems: Sequence[Mapping[str, Any]] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    due: Sequence[Mapping[str, Any]] = ()
    years: Sequence[Year] = ()
    demo: bool = False


def sections(kind: str) -> dict[str, tuple[str, str]]:
    """The sections that people write.  Raises InputFault PLD060 for a kind that there is not."""
    if kind not in TITLES:
        raise InputFault(Fault("PLD060", f"没有 `{kind}` 这种报告", None, f"可用：{'、'.join(TITLES)}"))
    return {**SECTIONS, **(FIVE_YEAR if kind == "five_year" else {})}


def period(kind: str, year: int) -> tuple[date, date]:
    """First and last day of a report: the year, or the five years that end with it.

    >>> period("five_year", 2025)
    (datetime.date(2021, 1, 1), datetime.date(2025, 12, 31))
    """
    sections(kind)
    return date(year - (4 if kind == "five_year" else 0), 1, 1), date(year, 12, 31)


def tracking_paper(
    kind: str, standing: Standing, source: str, states: Mapping[str, str], decisions: Mapping[str, str]
) -> Paper:
    """The report as a paper; `source` is the clause in words, `states` and `decisions` the names of states and outcomes."""
    written = sections(kind)
    years = f"{standing.first.year}年" if kind == "annual" else f"{standing.first.year}—{standing.last.year}年"
    paper = Paper(
        f"{standing.where}生态环境分区管控{TITLES[kind]}报告（{years}）",
        marks=("演示数据（非官方）",) if standing.demo else (),
    )
    paper.parts.append(Text(f"依据：{source}。报上一级生态环境主管部门；报送的截止日按国家统一部署，文中没有日期。"))
    paper.parts += [Head("一、成果现状"), *_results(standing), *_trend(standing)]
    paper.parts += [Head("二、调整和更新"), _changes(standing)]
    paper.parts += [Head("三、在准入中的应用"), *_use(standing, decisions)]
    paper.parts += [Head("四、监督发现的问题"), *_problems(standing, states)]
    for number, (key, (title, asks)) in enumerate(written.items()):
        paper.parts.append(Head(f"{'五六七八九十'[number]}、{title}"))
        told = standing.texts.get(key) or f"（没有填写：{asks}）"
        paper.parts += [Text(line.strip()) for line in told.splitlines() if line.strip()]
    return paper


def _results(standing: Standing) -> list[Any]:
    if not standing.units:
        return [Text("期末没有已发布的管控单元图层，单元数和面积不知道。")]
    rows: list[Sequence[Cell]] = [(name, count, f"{area:.1f}") for name, count, area in standing.units]
    rows.append(
        ("合计", sum(count for _, count, _ in standing.units), f"{sum(area for *_, area in standing.units):.1f}")
    )
    return [Table("期末管控单元", ("类别", "单元数", "面积（km²）"), rows, (4, 2, 3), frozenset((1, 2)))]


def _trend(standing: Standing) -> list[Any]:
    """Year by year: the units by class, what was screened, what supervision found."""
    if not standing.years:
        return []
    classes = list(dict.fromkeys(name for year in standing.years for name in year.units or ()))
    rows: list[Sequence[Cell]] = []
    for year in standing.years:
        row: list[Cell] = [f"{year.year}"]
        for name in classes:
            if year.units is None:
                row.append("不知道")
            else:
                count, area = year.units.get(name, (0, 0.0))
                row.append(f"{count} 个，{area:.1f}")
        rows.append((*row, sum(year.findings.values()), year.found, year.closed))
    right = frozenset(range(1, len(classes) + 4))
    head = ("年", *(f"{name}（个，km²）" for name in classes), "审查结论", "监督发现", "其中已销号")
    out: list[Any] = [
        Table("逐年变化（单元按年末有效的已发布图层）", head, rows, (1.5, *[3.5] * len(classes), 2, 2, 2), right)
    ]
    known = [year for year in standing.years if year.units is not None]
    if len(known) > 1:
        first, last = known[0], known[-1]
        before, after = first.units or {}, last.units or {}
        grown = {name: after.get(name, (0, 0.0))[1] - before.get(name, (0, 0.0))[1] for name in classes}
        told = [
            f"{name}{'增加' if more > 0 else '减少'} {abs(more):.1f} km²"
            for name, more in grown.items()
            if abs(more) >= 0.05
        ]
        change = "；".join(told) or "各类面积没有变化"
        out.append(Text(f"{first.year} 年末至 {last.year} 年末：{change}。"))
    else:
        out.append(Text("有已发布图层的年份不足两年，看不出面积的变化。"))
    return out


def _changes(standing: Standing) -> Table | Text:
    rows: list[Sequence[Cell]] = []
    for version in standing.versions:
        for step in version["steps"]:
            if standing.first.isoformat() <= step["day"] <= standing.last.isoformat():
                rows.append((step["day"], version["title"], step["label"], step["paper"], step["reason"], step["who"]))
    if standing.due:
        later = "；".join(
            f"{row['title']}最迟 {row['due'] or '不知道（没有调整周期）'} 作定期调整" for row in standing.due
        )
        rows.append((None, later, "待调整", None, None, None))
    if not rows:
        return Text("本期没有登记图层版本的变动。")
    return Table("图层版本的变动", ("日期", "版本", "状态", "文号", "事由", "登记人"), sorted(rows, key=lambda row: str(row[0] or "9")),
                 (2.2, 5, 2, 3, 4, 2))  # fmt: skip


def _use(standing: Standing, decisions: Mapping[str, str]) -> list[Any]:
    out: list[Any] = []
    if standing.findings:
        rows = [
            (decisions.get(name, name), count)
            for name, count in sorted(standing.findings.items(), key=lambda pair: -pair[1])
        ]
        out.append(
            Table(
                "本期保存的审查结论",
                ("结论", "件数"),
                [*rows, ("合计", sum(standing.findings.values()))],
                (4, 2),
                frozenset((1,)),
            )
        )
    else:
        out.append(Text("本期没有保存的审查结论。"))
    return out


def _problems(standing: Standing, states: Mapping[str, str]) -> list[Any]:
    if not standing.problems:
        return [Text("本期没有登记监督发现的问题。")]
    count = {name: sum(item["state"] == name for item in standing.problems) for name in states}
    late = [item for item in standing.problems if item["late"]]
    out: list[Any] = [
        Text(f"本期发现 {len(standing.problems)} 个，" + "，".join(f"{states[name]} {number} 个" for name, number in count.items() if number)
             + f"；逾期未销号 {len(late)} 个。"),
    ]  # fmt: skip
    rows = [(item["number"], item["title"], item["place"], str(item["found_on"]), states[item["state"]], item["organisation"])
            for item in standing.problems]  # fmt: skip
    out.append(
        Table("监督发现的问题", ("图斑", "问题", "位置", "发现", "状态", "办理单位"), rows, (2.5, 5, 3, 2.2, 2, 3))
    )
    return out
