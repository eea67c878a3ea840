"""The bulletin of a month: places by the composite index, by improvement, concentrations against the year before, reward and penalty."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from greenrule.casework.air_evaluate import Row
from greenrule.casework.air_rank import PAY_UNKNOWN, RANKINGS, PayRule, Ranking, rank_places
from greenrule.casework.paper import Chart, Head, Paper, Table, Text
from greenrule.casework.plotting import chart, picture
from greenrule.quality.dust import DustProcess
from greenrule.quality.editions import LABELS, Editions
from greenrule.quality.periods import Period
from greenrule.store.workspace import Workspace

_BY = {"city": "城市", "county": "县（市、区）", "township": "乡镇（街道）", "station": "站点"}
#: Statistics of the bulletin's table, in its order: PM2.5 first, as it is the target.
_STATISTICS = ("pm25_mean", "pm10_mean", "so2_mean", "no2_mean", "co_p95", "o3_p90")
_UNITS = {"co_p95": "mg/m³"}


def bulletin(
    workspace: Workspace, editions: Editions, period: Period, by: str = "city", edition: str = "auto", level: str | None = None,
    pay: Sequence[PayRule] | None = None, marks: tuple[str, ...] = (), dust: Sequence[DustProcess] = (),
) -> Paper:  # fmt: skip
    """The bulletin of a period; a part for each edition that governs it.

    dust : processes whose particles are deducted from what is ranked and printed
    Raises InputFault as `evaluate_workspace` does (A055 no data …).
    """
    out = Paper(f"{_named(period)}{_BY[by]}环境空气质量状况通报", marks=marks)
    for ranking in rank_places(workspace, editions, period, by, edition, level, pay, dust):
        out.parts += _part(ranking, by, period)
    return out


def _named(period: Period) -> str:
    if period.kind == "month":
        return f"{period.first.year}年{period.first.month}月"
    if period.kind == "year":
        return f"{period.first.year}年"
    return f"{period.first}至{period.last}"


def _part(ranking: Ranking, by: str, period: Period) -> list[Any]:
    rows, then = ranking.rows, ranking.then
    out: list[Any] = [
        Head(f"一、总体情况（按 {ranking.edition} 版标准{'，扣除沙尘影响' if ranking.kind == 'deducted' else ''}）")
    ]
    out.append(Text(_summary(ranking, rows, by)))
    if ranking.reached is not None:
        days = (ranking.reached - period.first).days + 1
        out.append(Text(f"本期未完：数据到 {ranking.reached}，{period.days} 天中的 {days} 天，名次只供参考。"))
    out.append(Head("二、综合指数排名"))
    out.append(Chart("综合指数（越小越好）", lambda suffix, found=ranking: _bars(found, suffix)))  # type: ignore[misc]
    out.append(_level_table(ranking))
    improved = sorted(
        (item for item in ranking.places if item.improvement_place is not None),
        key=lambda item: item.improvement_place or 0,
    )
    out.append(Head("三、改善幅度排名"))
    if improved:
        table = [
            [f"{item.improvement_place}{'（并列）' if item.improvement_tied else ''}", item.series, _decimal(item.index, 2), _decimal(item.before, 2),
             _decimal(item.change, 1)]
            for item in improved
        ]  # fmt: skip
        head = ["名次", _BY[by], "综合指数", "上年同期", "变化/%"]
        out.append(Table("改善幅度", head, table, (1.2, 2, 1.2, 1.2, 1.2), frozenset({2, 3, 4})))
    else:
        out.append(Text("没有上年同期的数据，不排。"))
    out.append(Head("四、六项污染物浓度"))
    out.append(_concentrations(rows, then, by))
    out.append(Head("五、奖惩"))
    out.append(_pay(ranking))
    notes = [note for note in ranking.notes if note != PAY_UNKNOWN]  # said above, and not in the words of a command
    if notes or ranking.without:
        out.append(Head("说明"))
        out += [Text(note) for note in notes]
        if ranking.without:
            out.append(Text(f"缺项而没有综合指数：{'、'.join(ranking.without)}。"))
    return out


def _summary(ranking: Ranking, rows: Sequence[Row], by: str) -> str:
    if not ranking.places:
        return "没有一个地点有完整的综合指数。"
    best, worst = ranking.places[0], ranking.places[-1]
    good = [row.good_rate for row in rows if row.good_rate is not None]
    rate = sum(good, Fraction(0)) / len(good) if good else None
    heavy = sum(row.heavy_days for row in rows)
    text = f"参加排名的{_BY[by]} {len(ranking.places)} 个，综合指数 {float(best.index):.2f}（{best.series}）"
    text += f"至 {float(worst.index):.2f}（{worst.series}）。" if len(ranking.places) > 1 else "。"
    if rate is not None:
        text += f"平均优良天数比例 {float(rate):.1f}%，"
    return text + f"重度及以上污染合计 {heavy} 天次。"


def _level_table(ranking: Ranking) -> Table:
    rows = [
        [f"{item.place}{'（并列）' if item.tied else ''}", item.series, _decimal(item.index, 2), "、".join(LABELS[name] for name in item.main),
         _decimal(item.before, 2), _decimal(item.change, 1)]
        for item in ranking.places
    ]  # fmt: skip
    head = ["名次", "地点", "综合指数", "主要污染物", "上年同期", "变化/%"]
    return Table("综合指数", head, rows, (1.2, 2, 1.2, 1.6, 1.2, 1.2), frozenset({2, 4, 5}))


def _concentrations(rows: Sequence[Row], then: dict[str, Row], by: str) -> Table:
    head = [_BY[by], *[_head(id) for id in _STATISTICS], "优良率/%"]
    out: list[list[Any]] = []
    for row in sorted(rows, key=lambda item: (item.index is None, item.index or 0, item.series)):
        cells: list[Any] = [row.series]
        for id in _STATISTICS:
            value, earlier = row.values.get(id), then[row.series].values.get(id) if row.series in then else None
            text = None if value is None else f"{float(value):g}"
            if text is not None and earlier:
                assert value is not None
                text += f"（{float((value - earlier) / earlier * 100):+.0f}%）"
            cells.append(text)
        out.append([*cells, _decimal(row.good_rate, 1)])
    return Table("浓度与比上年同期的变化", head, out, (1.9, *[1.5] * 6, 1.1), frozenset(range(1, 8)))


def _head(id: str) -> str:
    pollutant, _, kind = id.partition("_")
    name = LABELS[pollutant] if kind == "mean" else f"{LABELS[pollutant]}-{kind[1:]}%"
    return f"{name}/{_UNITS.get(id, 'μg/m³')}"


def _pay(ranking: Ranking) -> Any:
    if all(item.pay is None for item in ranking.places):
        return Text("奖惩金额未知：文件没有写明办法，也没有提供奖惩办法表。")
    rows = [
        [item.series, RANKINGS[part["ranking"]], f"{part['amount']:+g}", part["unit"], part["cite"]]
        for item in ranking.places
        for part in item.pay or ()
    ]
    if not rows:
        return Text("按所给的奖惩办法，本期没有奖惩。")
    return Table("奖惩", ["地点", "排名", "金额", "单位", "依据"], rows, (2, 1.2, 1.2, 1, 3), frozenset({2}))


def _decimal(value: Fraction | None, decimals: int) -> Decimal | None:
    """A figure with the digits it is reported with; it was rounded when it was made, so this only writes it down."""
    return None if value is None else Decimal(f"{float(value):.{decimals}f}")


def _bars(ranking: Ranking, suffix: str) -> bytes:
    """Bars of the composite index, the best on top; the worst are not painted as culprits, only as last."""
    shown = ranking.places[:60]
    with chart(7.4, 0.9 + 0.27 * max(len(shown), 3)) as figure:
        axis = figure.subplots()
        names = [f"{item.place}  {item.series}" for item in shown]
        values = [float(item.index) for item in shown]
        bars = axis.barh(range(len(shown)), values, color="#2f7d54", height=0.66)
        axis.bar_label(bars, [f"{value:.2f}" for value in values], padding=-26, fontsize=8, color="white")
        for at, item in enumerate(shown):
            if item.before is not None:
                axis.plot([float(item.before)] * 2, [at - 0.38, at + 0.38], color="#b3261e", lw=1.4)
        if any(item.before is not None for item in shown):
            axis.plot([], [], color="#b3261e", lw=1.4, label="上年同期")
            axis.legend(loc="upper right", fontsize=8, frameon=False)
        axis.set_yticks(range(len(shown)), names, fontsize=9)
        axis.invert_yaxis()
        axis.margins(x=0.1, y=0.01)
        axis.set_xlim(left=0)
        axis.tick_params(axis="x", labelsize=8)
        return picture(figure, suffix, "综合指数")
