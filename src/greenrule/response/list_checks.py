"""What is wrong with a reduction list: coverage, shares, nesting, uniform measures, grades, exemptions, measures nobody can check.

A complaint is about the content of a list that could be read; it names the enterprise, the level and the row.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from greenrule.response.episode_rules import LEVEL_WORDS, LEVELS
from greenrule.response.grade_order import comparable, plain_text, turned_orders
from greenrule.response.reduction_list import (
    INDUSTRY,
    POLLUTANT_WORDS,
    POLLUTANTS,
    Demand,
    Enterprise,
    ListRules,
    ReductionList,
    Share,
    shares,
)

#: Kind of complaint → its heading, in the order they are told.
KINDS = {
    "coverage": "涉气排污许可没有全覆盖", "share": "减排比例没有达到", "nested": "级别之间不递进", "uniform": "一刀切", "grade": "绩效等级没有落实",
    "exempt": "豁免写法有误", "check": "措施不能现场核查", "amount": "减排量写不通", "double": "重复", "doubt": "不知",
}  # fmt: skip
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong or, for `doubt`, not known; `row` where it stands (0: nowhere in particular)."""

    kind: str
    message: str
    help: str
    row: int = 0
    level: str | None = None
    enterprise: str | None = None
    table: str = ""

    @property
    def where(self) -> str:
        """The row in words; `table` names the sheet where it is not the list itself."""
        return f"{self.table}第 {self.row} 行" if self.row else ""


@dataclass(frozen=True, slots=True)
class Permit:
    """A discharge permit: `gas` None where the table does not say whether it covers emissions to the air."""

    number: str
    name: str
    gas: bool | None
    industry: str = ""
    row: int = 0


def check_list(
    listed: ReductionList,
    demands: Mapping[str, Demand],
    rules: ListRules,
    permits: Sequence[Permit] | None = None,
    on: date | None = None,
) -> tuple[list[Complaint], list[Share]]:
    """All complaints, and the shares that the list reaches; measures of exempt processes do not count."""
    exempt = [item.key for item in listed.processes if item.exempt]
    reached = shares(listed, demands, exempt)
    found = [
        *(_coverage(listed, permits) if permits is not None else ()),
        *_shares(reached, demands),
        *_nested(listed),
        *_uniform(listed, rules),
        *_grades(listed, rules, on),
        *_exemptions(listed, rules),
        *_checkable(listed, rules),
        *_amounts(listed, rules),
        *_doubles(listed),
    ]
    order = list(KINDS)
    return sorted(found, key=lambda item: (order.index(item.kind), item.row)), reached


def _coverage(listed: ReductionList, permits: Sequence[Permit]) -> Iterator[Complaint]:
    held: dict[str, Enterprise] = {}
    names = {_plain(item.name): item for item in listed.enterprises}
    for item in listed.enterprises:
        if item.permit:
            held[item.permit] = item
    known = {permit.number for permit in permits}
    for permit in permits:
        if permit.gas is False or permit.number in held:
            continue
        if permit.gas is None:
            yield Complaint("doubt", f"{permit.name}（{permit.number}）是否涉气，许可表没有写，清单里也没有", "补写 是否涉气", permit.row, None, permit.name, "许可表")  # fmt: skip
            continue
        same = names.get(_plain(permit.name))
        if same is not None:
            told = f"{permit.name}在清单里的许可证编号是 `{same.permit or '空'}`，许可表里是 {permit.number}"
            yield Complaint("coverage", told, "核对编号", same.row, None, permit.name)
        else:
            yield Complaint(
                "coverage",
                f"{permit.name}（{permit.number}）不在清单里",
                "列入清单，或说明为何不涉气",
                permit.row,
                None,
                permit.name,
                "许可表",
            )
    for item in listed.enterprises:
        if item.source == INDUSTRY and not item.permit:
            yield Complaint(
                "doubt",
                f"{item.name}没有写许可证编号，不能与许可表核对",
                "补写编号或登记编号",
                item.row,
                None,
                item.name,
            )
        elif item.permit and item.permit not in known:
            yield Complaint(
                "doubt",
                f"{item.name}的许可证编号 {item.permit} 不在许可表里",
                "核对编号，或补全许可表",
                item.row,
                None,
                item.name,
            )


def _plain(name: str) -> str:
    return re.sub(r"[\s()（）]", "", name)


def _shares(reached: Iterable[Share], demands: Mapping[str, Demand]) -> Iterator[Complaint]:
    for item in reached:
        label = f"{LEVEL_WORDS[LEVELS.index(item.level) + 1]}{POLLUTANT_WORDS[item.pollutant]}"
        told = f"{label}减排 {percent(item.value)}，要求不低于 {percent(item.needed)}"
        if item.met is False:
            yield Complaint(
                "share",
                f"{told}，还差 {kilograms(item.lacking)} 千克/日",
                "加深措施，或用 air optimise 求一组",
                0,
                item.level,
            )
        elif item.met is None:
            yield Complaint(
                "doubt", f"{told}；与另一项相互折抵后达到，折抵的依据未核", "不用折抵也达到，或核实依据", 0, item.level
            )


def percent(value: Fraction) -> str:
    """A share in percent, rounded down to two decimals: what is not reached does not look reached.

    >>> percent(Fraction(29999, 100000)), percent(Fraction(1, 5))
    ('29.99%', '20%')
    """
    hundredths = value.numerator * 10000 // value.denominator
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".") + "%"


def kilograms(grams: int) -> str:
    """Grams as kilograms, all digits that there are."""
    whole, rest = divmod(grams, 1000)
    return f"{whole:,}" + (f".{rest:03d}".rstrip("0") if rest else "")


def _nested(listed: ReductionList) -> Iterator[Complaint]:
    for item in listed.processes:
        for low, high in zip(LEVELS, LEVELS[1:], strict=False):  # noqa: RUF007
            if low not in item.measures:
                continue
            lower, upper = LEVEL_WORDS[LEVELS.index(low) + 1], LEVEL_WORDS[LEVELS.index(high) + 1]
            if high not in item.measures:
                yield Complaint(
                    "nested",
                    f"{item.label}{lower}有措施，{upper}没有",
                    f"{upper}至少写同样的措施",
                    item.row,
                    high,
                    item.enterprise,
                )
                continue
            less = [
                POLLUTANT_WORDS[name]
                for index, name in enumerate(POLLUTANTS)
                if item.measures[high].cut[index] < item.measures[low].cut[index]
            ]
            if less:
                told = f"{item.label}{upper}的减排量少于{lower}：{'、'.join(less)}"
                yield Complaint("nested", told, "高一级的措施包含低一级的", item.row, high, item.enterprise)


def _uniform(listed: ReductionList, rules: ListRules) -> Iterator[Complaint]:
    """One measure for all grades of an industry, or one cut for all of them, is what differentiation forbids."""
    by_id = listed.by_id
    for industry, processes in comparable(listed, rules.grades).items():
        grades = {by_id[item.enterprise].grade for item in processes}
        enterprises = {item.enterprise for item in processes}
        for number, level in enumerate(LEVELS, 1):
            if any(level not in item.measures for item in processes):
                continue
            whom = f"行业 {industry or '未写'} {LEVEL_WORDS[number]}的 {len(enterprises)} 家企业、{len(grades)} 个等级"
            texts = {plain_text(item.measures[level].text) for item in processes}
            cuts = {
                tuple(
                    Fraction(c, e) if e else None for c, e in zip(item.measures[level].cut, item.emission, strict=True)
                )
                for item in processes
            }
            if len(texts) == 1:
                told = f"{whom}都写“{processes[0].measures[level].text[:24]}”（{len(processes)} 道工序）"
                yield Complaint("uniform", told, "按等级和工序分别写措施", processes[0].row, level)
            elif len(cuts) == 1 and any(any(item.measures[level].cut) for item in processes):
                yield Complaint("uniform", f"{whom}减排比例完全相同", "按等级分别定减排比例", processes[0].row, level)


def _grades(listed: ReductionList, rules: ListRules, on: date | None) -> Iterator[Complaint]:
    by_id = listed.by_id
    for item in listed.processes:
        grade = rules.grades.get(by_id[item.enterprise].grade)
        if grade is None or not grade.own:
            continue
        for level, measure in item.measures.items():
            if not any(word in measure.text for word in rules.own_words):
                told = f"{grade.label}企业{by_id[item.enterprise].name}的{item.label}写了强制措施“{measure.text[:20]}”"
                yield Complaint("grade", told, "A级、引领性写自主减排", item.row, level, item.enterprise)
    for enterprise in listed.enterprises:
        if enterprise.source != INDUSTRY:
            continue
        if not enterprise.grade:
            yield Complaint(
                "doubt",
                f"{enterprise.name}没有写绩效等级",
                "写等级；没有评的写 未评级",
                enterprise.row,
                None,
                enterprise.id,
            )
        if on is not None and enterprise.valid_to and enterprise.valid_to < on.isoformat():
            told = f"{enterprise.name}的绩效等级到 {enterprise.valid_to} 为止"
            yield Complaint("grade", told, "复核等级", enterprise.row, None, enterprise.id)
    for turned in turned_orders(listed, rules.grades):
        label = LEVEL_WORDS[LEVELS.index(turned.level) + 1]
        told = f"行业 {turned.industry or '未写'} {label}：{turned.better}减排 {percent(turned.better_share)}，{turned.worse}减排 {percent(turned.worse_share)}，倒挂"
        yield Complaint("grade", told, "等级高的不比等级低的减得多", 0, turned.level)


def _exemptions(listed: ReductionList, rules: ListRules) -> Iterator[Complaint]:
    for item in listed.processes:
        if not item.exempt:
            continue
        label = rules.exemptions.get(item.exempt, item.exempt)
        if not item.reason:
            yield Complaint(
                "exempt",
                f"{item.label}写了{label}豁免，没有写理由",
                "写明保障什么、到何时",
                item.row,
                None,
                item.enterprise,
            )
        cutting = [LEVEL_WORDS[LEVELS.index(level) + 1] for level, measure in item.measures.items() if any(measure.cut)]
        if cutting:
            told = f"{item.label}写了{label}豁免，又有减排量（{'、'.join(cutting)}）"
            yield Complaint("exempt", told, "豁免和措施留一样；减排量没有计入比例", item.row, None, item.enterprise)


def _checkable(listed: ReductionList, rules: ListRules) -> Iterator[Complaint]:
    by_id = listed.by_id
    for item in listed.processes:
        grade = rules.grades.get(by_id[item.enterprise].grade)
        if item.exempt or (grade is not None and grade.own):
            continue
        for level, measure in item.measures.items():
            label = f"{item.label}{LEVEL_WORDS[LEVELS.index(level) + 1]}"
            vague = [word for word in rules.vague_words if word in measure.text]
            firm = re.search(r"\d", measure.text) or any(word in measure.text for word in rules.stop_words)
            if vague:
                yield Complaint(
                    "check",
                    f"{label}的措施用语含糊：{'、'.join(vague)}",
                    "写到设备、台数、时间或比例",
                    item.row,
                    level,
                    item.enterprise,
                )
            elif any(measure.cut) and not firm:
                yield Complaint(
                    "check",
                    f"{label}的措施“{measure.text[:20]}”没有数量，也不是停用",
                    "写到设备、台数、时间或比例",
                    item.row,
                    level,
                    item.enterprise,
                )
            if not any(word in measure.evidence for word in rules.evidence_words):
                told = (
                    f"{label}的核查方式“{measure.evidence[:20]}”不能现场核实"
                    if measure.evidence
                    else f"{label}没有写核查方式"
                )
                yield Complaint(
                    "check", told, f"如 {'、'.join(rules.evidence_words[:4])}", item.row, level, item.enterprise
                )


def _amounts(listed: ReductionList, rules: ListRules) -> Iterator[Complaint]:
    for item in listed.processes:
        if not any(item.emission):
            yield Complaint(
                "amount",
                f"{item.label}的正常排放量全为零或没有写",
                "写日排放量，或删去这道工序",
                item.row,
                None,
                item.enterprise,
            )
        for level, measure in item.measures.items():
            label = f"{item.label}{LEVEL_WORDS[LEVELS.index(level) + 1]}"
            more = [
                POLLUTANT_WORDS[name]
                for index, name in enumerate(POLLUTANTS)
                if measure.cut[index] > item.emission[index]
            ]
            if more:
                yield Complaint(
                    "amount",
                    f"{label}的减排量大于排放量：{'、'.join(more)}",
                    "核对单位和数字",
                    item.row,
                    level,
                    item.enterprise,
                )
                continue
            stated = _PERCENT.search(measure.text)
            if stated is None or not any(word in measure.text for word in rules.limit_words):
                continue
            share = Fraction(stated[1]) / 100
            over = [
                POLLUTANT_WORDS[name] for index, name in enumerate(POLLUTANTS)
                # a gram for the rounding of the amounts
                if measure.cut[index] > share * item.emission[index] + 1
            ]  # fmt: skip
            if over:
                told = f"{label}写限产 {stated[1]}%，减排量却超过这个比例：{'、'.join(over)}"
                yield Complaint(
                    "amount", told, "减排量不大于限产的比例，或写明别的措施", item.row, level, item.enterprise
                )


def _doubles(listed: ReductionList) -> Iterator[Complaint]:
    permits: dict[str, list[Enterprise]] = defaultdict(list)
    for item in listed.enterprises:
        if item.permit:
            permits[item.permit].append(item)
    for number, items in permits.items():
        if len(items) > 1:
            told = f"许可证编号 {number} 写在 {'、'.join(item.name for item in items[:4])} 名下"
            yield Complaint("double", told, "一证一企，核对编号", items[1].row)
    seen: dict[tuple[str, str, str], int] = {}
    for process in listed.processes:
        first = seen.setdefault(process.key, process.row)
        if first != process.row:
            told = f"{process.label or '这道工序'}在第 {first} 行已有"
            yield Complaint("double", told, "删去一行，或把生产线、工序写清", process.row, None, process.enterprise)
