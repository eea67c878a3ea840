"""The emergency reduction list as a workbook in its usual layout, read with every fault at once.

One row per process; under merged headers the daily emission, and for each warning level the measure, its cuts, how it is
checked.  Further sheets hold the measures to choose from, the permits, the base of the shares, past burdens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from greenrule.casework.grids import Grid, first_sheet, moment, open_grids
from greenrule.casework.list_columns import LEVEL_MARKS, NO, YES, Column, Reader, amounts_at, cell_at, text_at
from greenrule.core.errors import Fault, InputFault
from greenrule.response.episode_rules import LEVELS
from greenrule.response.list_checks import Permit
from greenrule.response.reduction_list import (
    NOTHING,
    POLLUTANTS,
    SOURCES,
    Enterprise,
    Grams,
    ListRules,
    Measure,
    Option,
    Process,
    ReductionList,
)

#: Sheet → words that its name holds.
SHEETS = {
    "list": ("清单",),
    "options": ("备选", "措施库"),
    "permits": ("许可",),
    "base": ("基数", "总量"),
    "burden": ("负担",),
}


@dataclass
class ListFile:
    """What a file holds: the list, the permits where it has them, and what has to be said of how it was read."""

    listed: ReductionList
    permits: list[Permit] | None = None
    notes: list[str] = field(default_factory=list)


def read_list(path: Path, rules: ListRules, options: Path | None = None, permits: Path | None = None) -> ListFile:
    """A list, with options and permits from files of their own where they are given.

    Errors, all at once: those of `grids.open_grids`; H040 header or sheet · H041 column · H042 unit · H043 amount · H044 grade ·
    H045 exemption · H046 name or process not written · H047 two values for one enterprise · H048 an option, permit or burden
    that belongs to nothing · H049 level, yes or no, date.
    """
    path = Path(path)
    if path.suffix.lower() == ".json":
        from greenrule.casework.list_json import read_list_json

        out = read_list_json(path)
        grids: list[Grid] = []
        reader = Reader(rules)
        listed = out.listed
        found_permits = out.permits
    else:
        grids = open_grids(path)
        reader = Reader(rules)
        main = first_sheet(grids, SHEETS["list"]) or grids[0]
        listed = _read_main(reader, main)
        found_permits = None
    for other, name in ((options, "options"), (permits, "permits")):
        if other is not None:
            extra = open_grids(other)
            chosen = first_sheet(extra, SHEETS[name]) or extra[0]
            chosen.sheet = chosen.sheet or SHEETS[name][0]
            grids = [grid for grid in grids if not any(word in grid.sheet for word in SHEETS[name])] + [chosen]
    if (grid := first_sheet(grids, SHEETS["options"])) is not None and grid.rows:
        listed = replace(listed, options=tuple(_read_options(reader, grid, listed)))
    if (grid := first_sheet(grids, SHEETS["permits"])) is not None and grid.rows:
        found_permits = _read_permits(reader, grid)
    if (grid := first_sheet(grids, SHEETS["base"])) is not None and grid.rows:
        listed = replace(listed, base=_read_base(reader, grid, listed))
    if (grid := first_sheet(grids, SHEETS["burden"])) is not None and grid.rows:
        listed = replace(listed, burden=_read_burden(reader, grid, listed))
    if reader.faults:
        raise InputFault(reader.faults)
    if listed.base is None:
        reader.notes.append("没有排放基数表：以清单各行之和为基数；清单之外还有排放的，比例会偏高")
    return ListFile(listed, found_permits, reader.notes)


def _total(words: str) -> bool:
    return words.replace(" ", "") in ("合计", "小计", "总计")


def _read_main(reader: Reader, grid: Grid) -> ReductionList:
    columns, first = reader.columns(
        grid, {"name": "企业名称", "grade": "绩效等级", "process": "工序", "emission": "正常排放量"}, "emission"
    )
    by_field = {column.field: column for column in columns if column.level < 0 and column.pollutant < 0}
    enterprises: dict[str, Enterprise] = {}
    processes: list[Process] = []
    for row, cells in grid.rows[first:]:
        name = text_at(cells, by_field, "name")
        if _total(name) or _total(str(cells[0] or "")):
            continue
        if not name:
            reader.wrong("H046", "没有写企业名称", grid, row, by_field.get("name"), "合并单元格，或逐行填写")
            continue
        code = text_at(cells, by_field, "code") or name
        item = _enterprise(reader, grid, row, cells, by_field, name, code)
        enterprises[code] = _joined(reader, grid, enterprises.get(code), item)
        process = text_at(cells, by_field, "process")
        if not process:
            reader.wrong("H046", f"{name}没有写工序", grid, row, by_field.get("process"), "写工序或设备名称")
        exempt = text_at(cells, by_field, "exempt")
        if exempt and exempt not in (*NO, "否"):
            id = reader.rules.exemption_of.get(exempt)
            if id is None:
                known = "、".join(reader.rules.exemptions.values())
                reader.wrong(
                    "H045",
                    f"豁免类别 `{exempt}` 不认识",
                    grid,
                    row,
                    by_field.get("exempt"),
                    f"可用：{known}；不豁免的留空",
                )
            exempt = id or ""
        else:
            exempt = ""
        emission = amounts_at(reader, grid, row, cells, columns, "emission", -1, True)
        measures = {}
        for number, level in enumerate(LEVELS):
            own = {column.field: column for column in columns if column.level == number and column.pollutant < 0}
            text, cut = (
                text_at(cells, own, "measure"),
                amounts_at(reader, grid, row, cells, columns, "cut", number, False),
            )
            if text in ("-", "—", "/", "无"):
                text = ""
            if any(cut) and not text:
                reader.wrong(
                    "H046", f"{name}有减排量，没有写措施", grid, row, own.get("measure"), "写措施，或删去减排量"
                )
            if text:
                measures[level] = Measure(text, cut, text_at(cells, own, "evidence"))
        processes.append(
            Process(
                code,
                text_at(cells, by_field, "line"),
                process,
                emission,
                measures,
                exempt,
                text_at(cells, by_field, "reason"),
                row,
            )
        )
    if not processes and not reader.faults:
        reader.faults.append(
            Fault("H040", f"表“{grid.sheet}”只有表头，没有企业", grid.place(), "从表头下一行起一行写一道工序")
        )
    return ReductionList(tuple(enterprises.values()), tuple(processes))


def _enterprise(
    reader: Reader, grid: Grid, row: int, cells: Sequence[Any], columns: Mapping[str, Column], name: str, code: str
) -> Enterprise:
    grade = text_at(cells, columns, "grade").replace(" ", "")
    id = reader.rules.grade_of.get(grade) or reader.rules.grade_of.get(grade.upper(), "")
    if grade and not id:
        known = "、".join(item.label for item in reader.rules.grades.values())
        reader.wrong("H044", f"绩效等级 `{grade}` 不认识", grid, row, columns.get("grade"), f"可用：{known}")
    source = text_at(cells, columns, "source")
    sources = {label: key for key, label in SOURCES.items()} | {
        label.removesuffix("源"): key for key, label in SOURCES.items()
    }
    if source and source not in sources:
        reader.wrong(
            "H049", f"源类 `{source}` 不认识", grid, row, columns.get("source"), f"可用：{'、'.join(SOURCES.values())}"
        )
    until = text_at(cells, columns, "valid_to")
    day = moment(until) if until else None
    if until and day is None:
        reader.wrong("H049", f"`{until}` 不是日期", grid, row, columns.get("valid_to"), "写成 2026-12-31")
    return Enterprise(
        code, name, id, text_at(cells, columns, "industry"), text_at(cells, columns, "permit"), text_at(cells, columns, "city"),
        text_at(cells, columns, "county"), sources.get(source, "industry"), day.isoformat()[:10] if day else "", row,
    )  # fmt: skip


def _joined(reader: Reader, grid: Grid, old: Enterprise | None, new: Enterprise) -> Enterprise:
    """What several rows say of one enterprise; a blank says nothing, two different values are a fault."""
    if old is None:
        return new
    changes = {}
    for name, label in (
        ("name", "名称"),
        ("grade", "绩效等级"),
        ("industry", "行业代码"),
        ("permit", "许可证编号"),
        ("valid_to", "等级有效期"),
    ):
        one, other = getattr(old, name), getattr(new, name)
        if one and other and one != other:
            told = f"{old.name}的{label}在第 {old.row} 行是 `{one}`，这里是 `{other}`"
            reader.faults.append(Fault("H047", told, grid.place(new.row), "改成一样；是两家企业的写不同的信用代码"))
        elif other and not one:
            changes[name] = other
    return replace(old, **changes) if changes else old


def _named(listed: ReductionList) -> Callable[[str, str], str | None]:
    """Find an enterprise by code or by name; a name that several carry finds none."""
    codes = {item.id for item in listed.enterprises}
    names: dict[str, list[str]] = {}
    for item in listed.enterprises:
        names.setdefault(item.name, []).append(item.id)

    def find(code: str, name: str) -> str | None:
        if code in codes:
            return code
        found = names.get(name, [])
        return found[0] if len(found) == 1 else None

    return find


def _read_options(reader: Reader, grid: Grid, listed: ReductionList) -> list[Option]:
    needed = {"name": "企业名称", "process": "工序", "measure": "措施", "loss": "日损失(万元/日)", "cut": "减排量"}
    columns, first = reader.columns(grid, needed, "cut")
    by_field = {column.field: column for column in columns if column.pollutant < 0}
    find = _named(listed)
    keys = {item.key for item in listed.processes}
    emission = {item.key: item.emission for item in listed.processes}
    out = []
    for row, cells in grid.rows[first:]:
        name, code = text_at(cells, by_field, "name"), text_at(cells, by_field, "code")
        id = find(code, name)
        key = (id or "", text_at(cells, by_field, "line"), text_at(cells, by_field, "process"))
        if key not in keys:
            told = (
                f"清单里没有 {name or code or '（没有写企业）'} 的 {key[1]} {key[2]}"
                if id
                else f"清单里没有企业 `{name or code}`"
            )
            reader.wrong("H048", told, grid, row, by_field.get("name"), "企业、生产线、工序与清单写得一样")
            continue
        text = text_at(cells, by_field, "measure")
        if not text:
            reader.wrong("H046", f"{name}的备选措施没有写内容", grid, row, by_field.get("measure"), "写措施")
        cut = amounts_at(reader, grid, row, cells, columns, "cut", -1, False)
        if any(a > b for a, b in zip(cut, emission[key], strict=True)):
            reader.wrong(
                "H043",
                f"{name}“{text[:16]}”的减排量大于这道工序的排放量",
                grid,
                row,
                by_field.get("measure"),
                "核对单位和数字",
            )
        word = text_at(cells, by_field, "first")
        level = next((number for part, number in LEVEL_MARKS if part in word.lower()), 0 if not word else -1)
        if level < 0:
            reader.wrong(
                "H049", f"级别 `{word}` 不认识", grid, row, by_field.get("first"), "写 黄色、橙色 或 红色；留空为黄色起"
            )
        loss = (
            reader.amount(grid, row, by_field["loss"], cell_at(cells, by_field["loss"]), True)
            if "loss" in by_field
            else 0
        )
        out.append(Option(key, text, cut, loss, text_at(cells, by_field, "evidence"), max(level, 0) + 1, row))
    return out


def _read_permits(reader: Reader, grid: Grid) -> list[Permit]:
    columns, first = reader.columns(grid, {"permit": "排污许可证编号", "name": "企业名称"}, "emission")
    by_field = {column.field: column for column in columns if column.pollutant < 0}
    out = []
    for row, cells in grid.rows[first:]:
        number, word = text_at(cells, by_field, "permit"), text_at(cells, by_field, "gas").lower()
        if not number:
            reader.wrong("H046", "没有写许可证编号", grid, row, by_field.get("permit"), "补上编号")
        if word and word not in (*YES, *NO):
            reader.wrong(
                "H049", f"是否涉气 `{word}` 不认识", grid, row, by_field.get("gas"), "写 是 或 否；不知道的留空"
            )
        gas = True if word in YES else False if word in NO else None
        out.append(Permit(number, text_at(cells, by_field, "name"), gas, text_at(cells, by_field, "industry"), row))
    return out


def _read_base(reader: Reader, grid: Grid, listed: ReductionList) -> Grams:
    columns, first = reader.columns(grid, {"emission": "二氧化硫(千克/日) 等"}, "emission")
    rows = grid.rows[first:]
    if len(rows) != 1:
        reader.faults.append(
            Fault("H040", f"排放基数应只有一行，现有 {len(rows)} 行", grid.place(), "合成一行：全社会每日排放")
        )
        return NOTHING
    row, cells = rows[0]
    base = amounts_at(reader, grid, row, cells, columns, "emission", -1, True)
    for index, name in enumerate(POLLUTANTS):
        if base[index] < listed.total[index]:
            told = f"基数的 {name} 小于清单各行之和（{base[index] / 1000:g} 与 {listed.total[index] / 1000:g} 千克/日）"
            reader.faults.append(Fault("H043", told, grid.place(row), "基数是全社会排放，不小于清单之和"))
    return base


def _read_burden(reader: Reader, grid: Grid, listed: ReductionList) -> dict[str, int]:
    columns, first = reader.columns(grid, {"name": "企业名称", "burden": "累计损失(万元)"}, "emission")
    by_field = {column.field: column for column in columns if column.pollutant < 0}
    find = _named(listed)
    out: dict[str, int] = {}
    for row, cells in grid.rows[first:]:
        name = text_at(cells, by_field, "name")
        id = find(text_at(cells, by_field, "code"), name)
        if id is None:
            reader.notes.append(f"既往负担第 {row} 行的 {name} 不在清单里，没有用到")
            continue
        if "burden" in by_field:
            out[id] = out.get(id, 0) + reader.amount(
                grid, row, by_field["burden"], cell_at(cells, by_field["burden"]), True
            )
    return out
