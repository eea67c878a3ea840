"""`greenrule task`, `greenrule target`: what the instruments lay on authorities and where they want to be.

`show_coverage` prints what carries each clause, for `greenrule pack coverage`; `show_classes` what each industry class comes to
under the national catalogues, for `greenrule pack classes`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import click

from greenrule.cli.options import FORMAT, echo_json
from greenrule.core.errors import Fault, InputFault, near

if TYPE_CHECKING:
    from greenrule.packs.book import Law
    from greenrule.packs.instruments import Instruments
    from greenrule.packs.places import Gazetteer

_INSTRUMENT = click.option("--instrument", metavar="编号", help="只列这份文件的，如 sx-2024-7-air。")


def _registers() -> tuple[tuple, Instruments, Gazetteer]:  # type: ignore[type-arg]
    """The folders of the packs, their instruments and gazetteer: all that tasks and targets rest on."""
    from greenrule.packs.book import default_packs
    from greenrule.packs.instruments import load_instruments
    from greenrule.packs.places import load_places

    packs = default_packs()
    return packs, load_instruments(packs), load_places(packs)


def _sources(cites: Iterable[str], instruments: Instruments) -> str:
    """Where it stands, as a reader looks it up: number (or title) and clause."""
    out = []
    for cite in cites:
        instrument, clause = instruments.find(cite)
        out.append(f"{instrument.number or '《' + instrument.title['zh'] + '》'}{clause.label if clause else ''}")
    return "、".join(out)


def _of(cites: Iterable[str], instrument: str | None) -> bool:
    return instrument is None or any(cite.partition("#")[0] == instrument for cite in cites)


def _print(items: list[dict[str, object]], lines: Iterable[str], name: str, format: str) -> None:
    if format == "json":
        echo_json({name: items})
        return
    for line in lines:
        click.echo(line)
    click.echo(f"共 {len(items)} 项")


@click.command()
@_INSTRUMENT
@click.option("--department", metavar="名称", help="只列牵头或参与的部门名称里有这几个字的，如 省交通厅。")
@click.option(
    "--due-before", type=click.DateTime(["%Y-%m-%d"]), metavar="日期", help="只列有期限早于这一天的，如 2026-01-01。"
)
@FORMAT
def task(instrument: str | None, department: str | None, due_before: datetime | None, format: str) -> None:
    """列出各文件交办的任务：谁做、何时前完成、出什么成果、依据哪一条。

    例：greenrule task --department 省交通厅 --due-before 2026-01-01

    没有写明期限的任务不会因 --due-before 列出；部门按原文所写，未写明的记“文中未写明”。
    """
    from greenrule.packs.tasks import MODES, load_tasks
    from greenrule.rules.items import STRENGTHS

    packs, instruments, gazetteer = _registers()
    if instrument is not None:
        instruments.find(instrument)
    chosen = [
        item
        for item in load_tasks(packs, instruments, gazetteer).values()
        if _of(item.cites, instrument)
        and (department is None or any(department in name for name in item.everyone))
        and (due_before is None or any(one.by < due_before.date() for one in item.deadlines))
    ]
    lines = []
    for item in chosen:
        who = "、".join(item.everyone) + ("等" if item.open_ended else "")
        dates = "；".join(f"不晚于 {one.by} {one.what}" for one in item.deadlines) or "文中没有期限"
        lines += [
            f"{item.id}  {item.title}（{STRENGTHS[item.strength]}）",
            f"    部门：{who + '，' if who else ''}{MODES[item.mode]}",
            f"    期限：{dates}",
            f"    成果：{item.output}",
            f"    依据：{_sources(item.cites, instruments)}",
        ]
        lines += [f"    说明：{item.note}"] if item.note else []
    _print([item.to_json() for item in chosen], lines, "tasks", format)


@click.command()
@_INSTRUMENT
@click.option("--place", metavar="地名", help="只列点名这个地方的，如 太原市；全省的目标写 全省。")
@FORMAT
def target(instrument: str | None, place: str | None, format: str) -> None:
    """列出各文件的目标和现状数：指标、地方、数值、期限、依据哪一条。

    例：greenrule target --place 太原市

    没有数的目标显示 ?，说明里写原因。地名见 places.yaml；只列点名该地的目标，不推及它所属的区域。
    """
    from greenrule.packs.targets import KINDS, load_targets
    from greenrule.packs.tasks import WHOLE

    packs, instruments, gazetteer = _registers()
    if instrument is not None:
        instruments.find(instrument)
    name = None if place is None else WHOLE if place.strip() == WHOLE else gazetteer.read(place).zh
    chosen = [
        item
        for item in load_targets(packs, instruments, gazetteer).values()
        if _of(item.cites, instrument) and (name is None or name in item.places)
    ]
    lines = []
    for item in chosen:
        when = f"不晚于 {item.by}" if item.by else "没有期限"
        when = f"截至 {item.by}" if item.by and item.kind == "baseline" else when
        base = f"，比 {item.base_year} 年" if item.base_year else ""
        lines += [
            f"{item.id}  {'、'.join(item.places)}  {item.indicator}  {item.demand}{base}（{when}，{KINDS[item.kind]}）",
            f"    依据：{_sources(item.cites, instruments)}",
        ]
        lines += [f"    说明：{item.note}"] if item.note else []
    _print([item.to_json() for item in chosen], lines, "targets", format)


def show_coverage(law: Law, format: str) -> None:
    """Print a table of clauses and what carries them; leaves with 1 where a clause is unmapped."""
    from greenrule.packs.coverage import CARRIERS, load_coverage

    coverage = load_coverage(law)
    rows = coverage.table(law)
    total: dict[str, int | str] = {
        key: "合计" if key == "instrument" else sum(int(row[key]) for row in rows) for key in rows[0]
    } if rows else {}  # fmt: skip
    if format == "json":
        faults = [fault.to_json() for fault in coverage.unmapped]
        echo_json({"instruments": rows, "unmapped": faults})
    else:
        for fault in coverage.unmapped:
            click.echo(str(fault))
        heads = {"clauses": "条款", **CARRIERS, "reason": "只有说明", "unmapped": "未承载"}
        click.echo("\t".join(["文件", *heads.values()]))
        for row in [*rows, total] if rows else []:
            click.echo("\t".join([str(row["instrument"]), *(str(row[key]) for key in heads)]))
    raise SystemExit(1 if coverage.unmapped else 0)


def show_classes(law: Law, only: str | None, codes: tuple[str, ...], format: str) -> None:
    """Print how many industry classes come out as what, under each national catalogue and nature; 1 where one has no answer."""
    from greenrule.packs.cases import CASE_DAY
    from greenrule.packs.classes import counts, load_catalogues, survey, unanswered, uneven

    faults: list[Fault] = []
    catalogues = load_catalogues(law, faults)
    if only is not None and only not in catalogues:
        faults.append(Fault("P101", f"没有名录 `{only}`", None, f"可用：{'、'.join(catalogues)}"))
    known = law.book.vocabularies["gbt4754"].labels
    for code in codes:
        if code not in known or len(code) != 4:
            close = [one for one in near(code, known) if len(one) == 4]
            faults.append(
                Fault("P104", f"没有四位小类 `{code}`", None, f"相近的有：{'、'.join(close)}" if close else None)
            )
    if faults:
        raise InputFault(faults)
    natures = law.book.vocabularies["nature"].labels
    labels, told, out = law.book.vocabularies["gbt4754"].labels, [], []
    for catalogue in catalogues.values():
        if only is not None and catalogue.id != only:
            continue
        asked = survey(catalogue, natures, CASE_DAY)
        length = len(catalogue.classes) * len(natures)
        with click.progressbar(asked, length, f"核对{catalogue.label}", file=sys.stderr) as bar:
            rows = list(bar)
        faults += [*uneven(catalogue), *unanswered(catalogue, rows)]
        values = dict(law.book.decisions[catalogue.decision].values)
        heads = {**values, "open": "待定（写明缺什么）"}
        found = counts(rows)
        told += [f"{catalogue.label}：{len(catalogue.items)} 项，{len(catalogue.classes)} 个小类",
                 "\t".join(["性质", *heads.values(), "合计"])]  # fmt: skip
        told += [
            "\t".join([label, *(str(found[nature][value]) for value in heads), str(found[nature].total())])
            for nature, label in natures.items()
        ]
        for row in rows:
            if row.code in codes:
                result = f"待定，缺 {'、'.join(row.missing)}" if row.value is None else values[row.value]
                told.append(
                    f"{row.code} {labels[row.code]}\t{natures[row.nature]}\t{result}{f'（{row.reason}）' if row.reason else ''}"
                )
        out.append({
            "catalogue": catalogue.id, "items": len(catalogue.items), "counts": {nature: dict(found[nature]) for nature in natures},
            "classes": [{"code": row.code, "nature": row.nature, "value": row.value, "missing": list(row.missing), "reason": row.reason}
                        for row in rows if not codes or row.code in codes],
        })  # fmt: skip
    if format == "json":
        echo_json({"catalogues": out, "faults": [fault.to_json() for fault in faults]})
    else:
        for line in (*told, *map(str, faults)):
            click.echo(line)
    raise SystemExit(1 if faults else 0)
