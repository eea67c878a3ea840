"""The demonstration's control units: 1,599 cells that tile the province exactly, classed by a rough relief.

The counts per class are those that the province published for its units (840 priority, 646 key, 113 general); the
boundaries, names and texts are invented and marked 演示数据（非官方）.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from greenrule.casework import demo_places as places
from greenrule.casework.demo_sites import Sites
from greenrule.spatial import sketch
from greenrule.spatial.frame import Frame
from greenrule.spatial.tessellation import tile

#: How many units of each class are drawn.
CLASS_COUNTS = {"priority": 840, "key": 646, "general": 113}

_DIGIT = {"priority": "1", "key": "2", "general": "3"}
_DEMO = "【演示数据（非官方）】"

#: subtype → (word in the unit's name, the four dimensions of an invented access list)
_LISTS: dict[str, tuple[str, tuple[str, str, str, str]]] = {
    "red_line": ("生态保护红线优先保护单元", (
        "以保护为主，只容许法规列明的有限人为活动；已有的不符合功能定位的活动有序退出。", "不新增排污口。", "做好森林火灾与地质灾害防范。", "不新增取水与开矿。")),
    "general_ecological": ("一般生态空间优先保护单元", (
        "控制大规模、高强度的工业开发和城镇建设；线性工程应避让主要生境。", "生活污水与垃圾收集处理。", "防范水土流失与矿山遗留风险。", "严格控制林草地占用。")),
    "water_source": ("饮用水水源地优先保护单元", (
        "保护区内按级别管理，不布置与供水和保护水源无关的项目。", "不设排污口，整治面源污染。", "完善水源地应急预案与监测预警。", "优先保障生活用水，控制地下水开采。")),
    "nature_reserve": ("自然保护地优先保护单元", (
        "按自然保护地分区管理，核心保护区原则上无人为活动。", "旅游设施污水集中处理。", "防范外来物种与火灾。", "限制取用天然径流。")),
    "high_emission": ("大气环境高排放重点管控单元", (
        "园区外不新布局高排放项目，园区内按产业定位准入。", "新增排放落实区域削减，重点行业按先进水平排放。", "园区建立三级防控与应急物资库。", "提高中水回用率与清洁能源比例。")),
    "receptor_sensitive": ("大气环境受体敏感重点管控单元", (
        "建成区不新增重污染企业，已有的有序搬迁改造。", "加强扬尘、餐饮油烟与机动车管控。", "污染地块先调查后利用。", "划为禁燃区的范围不燃用高污染燃料。")),
    "layout_sensitive": ("大气环境布局敏感重点管控单元", (
        "上风向与通道区域慎重布局涉气项目。", "提高涉气企业治理与无组织管控水平。", "关注输送通道的联防联控。", "控制煤炭消费总量。")),
    "weak_dispersion": ("大气环境弱扩散重点管控单元", (
        "扩散条件差的谷地不新增大气污染物排放量大的项目。", "现有源提标，错峰运输与清洁取暖并举。", "重污染天气实施差异化减排。", "推进集中供热替代分散锅炉。")),
    "water_key": ("水环境重点管控单元", (
        "沿河控制新建高耗水、高污染项目。", "污水处理厂提标，入河排污口整治。", "沿河企业落实事故池与截流措施。", "提高再生水利用率。")),
    "general": ("一般管控单元", (
        "落实全省与所在市的总体准入要求。", "执行国家与地方排放标准。", "落实常规风险防控要求。", "执行水、能、地总量控制要求。")),
}  # fmt: skip


@dataclass
class _Cells:
    """The unit seeds of all counties in one table: where each lies and what it was put there for."""

    point: np.ndarray
    county: np.ndarray
    role: list[str]
    name: list[str]


def draw_units(sites: Sites) -> tuple[Frame, Frame]:
    """The control units and the counties as their unions (so that both share every vertex), EPSG:4490.

    The frame's columns are those of the layer kind `control_unit`.
    """
    cells = _seed(sites)
    warp = sketch.Warp(sites.seed + 21)
    seeds = [cells.point[cells.county == number] for number in range(len(sites.codes))]
    tiles = tile(sites.counties.geometry, seeds, warp)
    geometry = np.concatenate(tiles)
    height = sites.height(sketch.to_plane(cells.point)) + 0.12 * sites.rng(3).standard_normal(len(cells.point))
    classes = _classify(sites, cells, height)
    subtypes = _subtype(sites, cells, classes, height)
    counties = Frame(
        np.array([sketch.join(part) for part in tiles], dtype=object),
        dict(sites.counties.columns),
        dict(sites.counties.meta),
    )
    return Frame(geometry, _columns(sites, cells, classes, subtypes)), counties


def _shares(sites: Sites, fixed: dict[str, int], total: int) -> dict[str, int]:
    """How many units each county gets: growing slowly with its area, at least two more than its fixed seeds; the sum
    is exact."""
    weight = {code: sites.planes[code].area ** 0.6 for code in sites.codes}
    least = {code: fixed[code] + 2 for code in sites.codes}
    spare = total - sum(least.values())
    want = {code: max(0.0, total * weight[code] / sum(weight.values()) - least[code]) for code in sites.codes}
    exact = {code: spare * want[code] / sum(want.values()) for code in sites.codes}
    share = {code: least[code] + int(exact[code]) for code in sites.codes}
    rest = sorted(sites.codes, key=lambda code: (int(exact[code]) - exact[code], code))
    for code in rest[: total - sum(share.values())]:
        share[code] += 1
    return share


def _seed(sites: Sites) -> _Cells:
    fixed: dict[str, list[tuple[str, str, tuple[float, float]]]] = {code: [] for code in sites.codes}
    for code in sites.codes:
        fixed[code].append(("seat", "", places.SEATS[code]))
    for park in sites.parks:
        fixed[park.county].append(("park", park.name, park.centre))
    for code, spot in sites.water.items():
        fixed[code].append(("water", "", spot))
    share = _shares(sites, {code: len(rows) for code, rows in fixed.items()}, sum(CLASS_COUNTS.values()))
    rng = sites.rng(2)
    points, owners, roles, names = [], [], [], []
    for number, code in enumerate(sites.codes):
        rows = fixed[code]
        chosen = sketch.to_plane(np.array([row[2] for row in rows]))
        chosen = _spread(sites, sites.planes[code], chosen, share[code], rng)
        points.append(sketch.to_degrees(chosen))
        owners.extend([number] * len(chosen))
        roles.extend([row[0] for row in rows] + ["free"] * (len(chosen) - len(rows)))
        names.extend([row[1] for row in rows] + [""] * (len(chosen) - len(rows)))
    return _Cells(np.vstack(points), np.array(owners), roles, names)


def _spread(sites: Sites, area: Any, chosen: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Add points to the chosen ones, each the candidate farthest from all others and from the border; denser where it
    is low."""
    pool = sketch.scatter(area, 40 * count, rng)
    size = 0.75 + 0.35 / (1 + np.exp(-4 * (sites.height(pool) - 0.3)))
    room = sketch.distances(pool, area.boundary)
    gap = np.min(np.linalg.norm(pool[:, None] - chosen[None], axis=2), axis=1)
    for _ in range(count - len(chosen)):
        some = rng.choice(len(pool), 50, replace=False)
        best = some[int(np.argmax(np.minimum(gap[some], 2.2 * room[some]) / size[some]))]
        chosen = np.vstack([chosen, pool[best]])
        gap = np.minimum(gap, np.linalg.norm(pool - pool[best], axis=1))
    return chosen


def _classify(sites: Sites, cells: _Cells, height: np.ndarray) -> list[str]:
    """Towns and parks are key, intakes and reserves priority; of the rest the high ones are priority, the low ones
    key."""
    fixed: dict[int, str] = {}
    plane = sketch.to_plane(cells.point)
    guarded = np.zeros(len(plane), dtype=bool)
    for _, _, centre, radius in places.RESERVES + places.SCENIC_AREAS:
        guarded |= np.linalg.norm(plane - sketch.to_plane(np.array(centre)), axis=1) < radius
    for index, role in enumerate(cells.role):
        if role in ("seat", "park"):
            fixed[index] = "key"
        elif role == "water" or guarded[index]:
            fixed[index] = "priority"
    for number in range(len(sites.codes)):  # every county has something to protect
        members = [index for index in np.flatnonzero(cells.county == number) if fixed.get(int(index)) != "key"]
        fixed[int(max(members, key=lambda index: height[index]))] = "priority"
    free = [int(index) for index in np.argsort(height, kind="stable") if int(index) not in fixed]
    keys = CLASS_COUNTS["key"] - sum(1 for value in fixed.values() if value == "key")
    general = CLASS_COUNTS["general"]
    for place, index in enumerate(free):
        fixed[index] = "key" if place < keys else "general" if place < keys + general else "priority"
    return [fixed[index] for index in range(len(height))]


def _subtype(sites: Sites, cells: _Cells, classes: list[str], height: np.ndarray) -> list[str]:
    plane = sketch.to_plane(cells.point)
    basins = sketch.distances(plane, sketch.combine(list(sites.basins.values())))
    rivers = sketch.distances(plane, sketch.combine(list(sites.rivers.values())))
    middle = float(np.median([value for value, word in zip(height, classes, strict=True) if word == "priority"]))
    draw = sites.rng(4).random(len(plane))
    out = []
    for index, word in enumerate(classes):
        role = cells.role[index]
        near_reserve = any(
            np.linalg.norm(plane[index] - sketch.to_plane(np.array(centre))) < radius
            for _, _, centre, radius in places.RESERVES
        )
        if word == "general":
            out.append("general")
        elif word == "priority":
            high = "red_line" if height[index] > middle else "general_ecological"
            out.append("water_source" if role == "water" else "nature_reserve" if near_reserve else high)
        elif role in ("park", "seat"):
            out.append("high_emission" if role == "park" else "receptor_sensitive")
        elif rivers[index] < 3_500:
            out.append("water_key")
        else:
            out.append("weak_dispersion" if basins[index] < 1 and draw[index] < 0.65 else "layout_sensitive")
    return out


def _columns(sites: Sites, cells: _Cells, classes: list[str], subtypes: list[str]) -> dict[str, Any]:
    serial: dict[tuple[str, str], int] = {}
    copies: dict[str, int] = {}
    table: dict[str, list[Any]] = {
        name: []
        for name in ("code", "name", "class", "subtype", "province", "city", "county", "county_code", "spatial_constraint",
                     "pollution_control", "risk_control", "resource_efficiency", "remark")
    }  # fmt: skip
    city, county, province = (sites.counties.columns[name] for name in ("city", "name", "province"))
    for index, (word, subtype) in enumerate(zip(classes, subtypes, strict=True)):
        number = int(cells.county[index])
        code = sites.codes[number]
        serial[code, word] = serial.get((code, word), 0) + 1
        title, texts = _LISTS[subtype]
        name = (cells.name[index] if cells.role[index] == "park" else sites.labels[code]) + title
        copies[name] = copies.get(name, 0) + 1
        if copies[name] > 1:
            name = f"{name}（{copies[name]}）"
        row = [f"ZH{code}{_DIGIT[word]}{serial[code, word]:04d}", name, word, subtype, province[number], city[number], county[number],
               code, *(_DEMO + text for text in texts), "演示数据（非官方）"]  # fmt: skip
        for column, value in zip(table.values(), row, strict=True):
            column.append(value)
    return dict(table)
