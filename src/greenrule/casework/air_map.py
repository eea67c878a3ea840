"""What the map of an evaluation shows: places of the workspace's layer, coloured by a figure in classes that the legend states.

A figure that has a limit is parted there; what lies on either side, or all where there is no limit, is cut at quantiles.
Equal figures are always of one class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from greenrule.casework.air_evaluate import Evaluation, Row, evaluate_workspace, number, statistic_label
from greenrule.casework.ground import Ground
from greenrule.casework.place_map import ColouredPlace, PlaceMap, Rule, Shade
from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault
from greenrule.quality.editions import Edition, Editions
from greenrule.quality.periods import Period
from greenrule.spatial.drawing import box_around, grown, inner_points, pieces
from greenrule.store.workspace import Workspace

#: What can be shown beside the statistics of an edition: id → words, whether more is better.
_OTHER = {"composite": ("综合指数", False), "good_rate": ("优良天数比例", True)}
_AREAS = {"city": "各市", "county": "各县（市、区）"}
#: From far within the limit to just within it, from just beyond it to far beyond: told apart without red and green.
_WITHIN, _BEYOND = ("#5b9bd0", "#9cc5e4", "#d6e8f5"), ("#fddcae", "#f7a35c", "#d9622b")
#: Five steps of a figure without a limit.
_STEPS = ("#fff3d6", "#fdd9a0", "#f9b26a", "#e58140", "#b9531f")
_AVERAGING = {"year": "年均", "day": "日均", "mda8": "8 小时"}
#: How fine shapes are drawn: the longer side of the map over this.
_FINE = 1000.0


@dataclass(frozen=True, slots=True)
class MappedClass:
    """A class: lowest and highest figure in it, how many places, on which side of the limit (None: there is none)."""

    low: Fraction
    high: Fraction
    count: int
    beyond: bool | None


@dataclass
class AirMap:
    """The map with what it was made from.

    off : places with a figure that the layer does not have · shared : names that several features of the layer bear
    """

    picture: PlaceMap
    value: str
    period: Period
    edition: str
    layer: str
    classes: list[MappedClass]
    limit: Fraction | None
    places: list[dict[str, Any]]
    off: list[str]
    shared: list[str]
    notes: list[str]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "value": self.value, "period": self.period.id, "edition": self.edition, "layer": self.layer, "demo": self.picture.demo,
            "limit": number(self.limit),
            "classes": [
                {"low": number(item.low), "high": number(item.high), "places": item.count, "beyond_limit": item.beyond} for item in self.classes
            ],
            "places": self.places, "not_on_layer": self.off, "shared_names": self.shared, "notes": self.notes,
        }  # fmt: skip


def air_map(
    workspace: Workspace, editions: Editions, period: Period, by: str, value: str, edition: str = "auto"
) -> AirMap:
    """The map of a figure of a period over the cities or counties of a workspace.

    value : composite, good_rate or a statistic of the edition (`pm25_mean`, `o3_p90`)
    Raises InputFault: those of `evaluate_workspace` · AT010 no such figure · AT011 two editions govern the period · AT012 no
    place of the layer has a figure · AT013 the workspace has no layer of the places.
    """
    governing = editions.governing(period.first, period.last)
    if edition == "both" or (edition == "auto" and len(governing) > 1):
        names = "、".join(item.id for item in governing)
        told = f"{period.id} 有 {names} 两版的数，一张图只能画一版" if len(governing) > 1 else "一张图只能画一版"
        raise InputFault(Fault("AT011", told, None, f"加上 `--edition`（{names}），或换成月"))
    for one in governing if edition == "auto" else ():
        _known(value, one)
    found = evaluate_workspace(workspace, editions, [period], by, edition=edition)
    used = found.editions[0]
    _known(value, used)
    ground, kind = _layer(workspace, by, period)
    return _mapped(found, used, ground, kind, period, value)


def _known(value: str, edition: Edition) -> None:
    ids = list(dict.fromkeys(item.id for item in (*edition.statistics, *edition.composite)))
    if value not in _OTHER and value not in ids:
        help_line = f"可用：{'、'.join([*_OTHER, *ids])}"
        raise InputFault(Fault("AT010", f"{edition.id} 版没有 `{value}` 这个量", None, help_line))


def _layer(workspace: Workspace, by: str, period: Period) -> tuple[Ground, str]:
    """The layer of the places as of the end of the period, else as of today."""
    for day in dict.fromkeys((min(period.last, china_today()), china_today())):
        ground = Ground(workspace, day)
        if ground.index(by) is not None:
            return ground, by
    label = {"city": "市界", "county": "县界"}[by]
    told = f"工作区里没有{label}图层（{by}）"
    raise InputFault(Fault("AT013", told, None, "用 `greenrule layers import` 导入；`greenrule demo` 可造演示图层"))


def _mapped(found: Evaluation, edition: Edition, ground: Ground, kind: str, period: Period, value: str) -> AirMap:
    index = ground.index(kind)
    assert index is not None
    names = [str(index.frame.row(row).get("name") or "") for row in range(len(index.frame))]
    figures = {row.series: one for row in found.rows if (one := _figure(row, value)) is not None}
    short = {row.series for row in found.rows if not row.complete}
    shared = sorted({name for name in names if names.count(name) > 1 and _match(name, figures) is not None})
    of_row = {row: series for row, name in enumerate(names) if name not in shared and (series := _match(name, figures))}
    off = sorted(set(figures) - set(of_row.values()) - set(shared))
    if not of_row:
        told = f"图层里没有一个地名与评价的相符（图层如 {'、'.join(names[:3])}）"
        had = f"有数的：{'、'.join(list(figures)[:5])}" if figures else f"{period.id} 没有一处有这个量"
        raise InputFault(Fault("AT012", told if figures else had, None, had if figures else "换一个时段或量"))
    statistic = next((item for item in (*edition.statistics, *edition.composite) if item.id == value), None)
    limit = None if statistic is None else edition.limit(statistic.pollutant, statistic.averaging)
    better = _OTHER.get(value, ("", False))[1]
    classes = classes_of([figures[series] for series in of_row.values()], limit)
    decimals = _decimals(value, edition)
    scale, place_of = _scale(classes, limit, decimals, better, _AVERAGING[statistic.averaging] if statistic else "")

    def shade(series: str) -> int:
        one = figures[series]
        return place_of[next(at for at, item in enumerate(classes) if item.low <= one <= item.high)]

    west, south, east, north = box_around(list(index.frame.geometry), 0.03)
    # The scale bar stands below the land, not on it.
    extent = (west, south - 0.05 * (north - south), east, north)
    window, step = grown(extent, 0.5), max(extent[2] - extent[0], extent[3] - extent[1]) / _FINE
    rings: dict[int, list[Any]] = {}
    for row, drawn in pieces(index, window, step):
        rings.setdefault(row, []).extend(drawn)
    spots = inner_points(index, extent)
    places = []
    for row in sorted(rings, key=lambda row: names[row]):
        series = of_row.get(row)
        printed = None if series is None else _text(figures[series], decimals) + ("*" if series in short else "")
        places.append(
            ColouredPlace(rings[row], names[row], printed, None if series is None else shade(series), spots[row])
        )
    version = ground.versions[kind]
    label, unit = _words(value)
    notes = ["限值内外各按三分位分级" if limit is not None else "按五分位分级"]
    if any(series in short for series in of_row.values()):
        notes.append("* 有效日数不足")
    return AirMap(
        PlaceMap(
            f"{period.id} {_AREAS[kind]} {label}{f'（{unit}）' if unit else ''}，{edition.id} 版", extent, scale, places, notes,
            _edges(ground, window, step) if kind == "county" else (), version.source, version.demo,
        ),
        value, period, edition.id, ground.source(kind), classes, limit, _told(names, of_row, figures, short, classes), off, shared, found.notes,
    )  # fmt: skip


def classes_of(values: Sequence[Fraction], limit: Fraction | None) -> list[MappedClass]:
    """Classes from low to high: at most three on either side of a limit, at most five without one; none is empty.

    >>> [(int(c.low), int(c.high), c.beyond) for c in classes_of([Fraction(n) for n in (28, 30, 30, 35, 36, 50)], Fraction(35))]
    [(28, 30, False), (35, 35, False), (36, 36, True), (50, 50, True)]
    """
    if limit is None:
        return _cut(sorted(values), 5, None)
    within = sorted(value for value in values if value <= limit)
    return _cut(within, 3, False) + _cut(sorted(value for value in values if value > limit), 3, True)


def _cut(values: Sequence[Fraction], most: int, beyond: bool | None) -> list[MappedClass]:
    """Sorted values cut at quantiles, each of them the highest of its class."""
    out: list[MappedClass] = []
    highest = sorted({values[-(-len(values) * part // most) - 1] for part in range(1, most + 1)}) if values else []
    at = 0
    for high in highest:
        end = next((place for place in range(at, len(values)) if values[place] > high), len(values))
        out.append(MappedClass(values[at], high, end - at, beyond))
        at = end
    return out


def _scale(
    classes: Sequence[MappedClass], limit: Fraction | None, decimals: int, better: bool, averaging: str
) -> tuple[list[Shade | Rule], list[int]]:
    """The legend from low to high, and the place in it of each class."""
    within = sum(item.beyond is False for item in classes)
    beyond = sum(item.beyond is True for item in classes)
    out: list[Shade | Rule] = []
    place_of = []
    rule = None if limit is None else Rule(f"二级限值（{averaging}）{_text(limit, decimals)}")
    for number_, item in enumerate(classes):
        if item.beyond is None:
            # A single class is neither good nor bad.
            steps = _STEPS[::-1] if better else _STEPS
            fill = _spread(steps, len(classes))[number_] if len(classes) > 1 else steps[len(steps) // 2]
        elif item.beyond:
            if rule is not None:
                out.append(rule)
                rule = None
            fill = _spread(_BEYOND, beyond)[number_ - within]
        else:
            # The nearer to the limit, the paler: so the one class of a few is pale.
            fill = _WITHIN[len(_WITHIN) - within :][number_]
        low, high = _text(item.low, decimals), _text(item.high, decimals)
        place_of.append(len(out))
        out.append(Shade(fill, f"{low if low == high else f'{low}–{high}'}（{item.count} 处）"))
    return out + ([rule] if rule is not None else []), place_of


def _spread(colours: Sequence[str], count: int) -> Sequence[str]:
    """As many of the colours, evenly."""
    return [colours[round(at * (len(colours) - 1) / max(count - 1, 1))] for at in range(count)]


def _match(name: str, figures: Mapping[str, Fraction]) -> str | None:
    """The series of a place of the layer: of the same name, or the one that lacks its last character (太原, 太原市)."""
    if name in figures:
        return name
    stem = name[:-1] if len(name) > 2 and name[-1] in "市县区" else ""
    return stem if stem in figures else None


def _figure(row: Row, value: str) -> Fraction | None:
    return row.index if value == "composite" else row.good_rate if value == "good_rate" else row.values.get(value)


def _decimals(value: str, edition: Edition) -> int:
    if value == "composite":
        return edition.composite_decimals
    return edition.rate_decimals if value == "good_rate" else edition.statistic_decimals[value.partition("_")[0]]


def _text(value: Fraction, decimals: int) -> str:
    return f"{float(value):.{decimals}f}"


def _words(value: str) -> tuple[str, str]:
    """What a figure is called, and its unit."""
    if value in _OTHER:
        return _OTHER[value][0], "%" if value == "good_rate" else ""
    return statistic_label(value), "mg/m³" if value.startswith("co") else "μg/m³"


def _edges(ground: Ground, window: tuple[float, float, float, float], step: float) -> list[Any]:
    cities = ground.index("city")
    if cities is None:
        return []
    return [line for _, rings in pieces(cities, window, step) for line in rings]


def _told(
    names: Sequence[str],
    of_row: Mapping[int, str],
    figures: Mapping[str, Fraction],
    short: set[str],
    classes: Sequence[MappedClass],
) -> list[dict[str, Any]]:
    out = []
    for row, name in enumerate(names):
        series = of_row.get(row)
        one = None if series is None else figures[series]
        out.append({
            "name": name, "value": number(one), "complete": None if series is None else series not in short,
            "class": None if one is None else next(at for at, item in enumerate(classes) if item.low <= one <= item.high),
        })  # fmt: skip
    return out
