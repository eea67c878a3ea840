"""`greenrule layer history`, `step`, `diff`, `gates`, `export`, `due`: the life of layer versions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from greenrule.cli.options import DAY, FORMAT, PACKS, echo_json
from greenrule.core.clock import china_today

_WORKSPACE = click.option("--workspace", "-w", required=True, type=click.Path(path_type=Path), help="工作区目录。")


@click.command("history")
@click.argument("kind", required=False)
@_WORKSPACE
@FORMAT
def history(kind: str | None, workspace: Path, format: str) -> None:
    """列出图层的全部版本：状态、谁、何时、依据哪份文件。

    例：greenrule layer history control_unit -w ws
    """
    from greenrule.casework.layerlife import history as listed
    from greenrule.store.workspace import Workspace

    rows = listed(Workspace.open(workspace), kind)
    if format == "json":
        echo_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['seq']:>4}  {row['kind']:<22} {row['label']:<6} {row['sha256'][:12]}  {row['features']:>6} 个  {row['title']}"
        )
        for step in row["steps"]:
            more = "，".join(text for text in (step["paper"], step["reason"]) if text)
            click.echo(f"        {step['day']}  {step['label']}  {step['who']}" + (f"（{more}）" if more else ""))


@click.command("step")
@click.argument("version")
@click.argument("state")
@_WORKSPACE
@click.option("--who", help="谁：人或单位；缺省为登录名。")
@click.option("--day", type=DAY, help="从哪一天起；缺省为今天，不得早于最近一次登记。")
@click.option("--paper", help="备案、发布的文号或名称；这两步必填。")
@click.option("--reason", help="为何：五年定期调整、生态保护红线变化等。")
@FORMAT
def step(
    version: str, state: str, workspace: Path, who: str | None, day: datetime | None, paper: str | None, reason: str | None,
    format: str,
) -> None:  # fmt: skip
    """使一个版本前进一步：草案 → 已检查 → 已备案 → 已发布；新版发布，旧版即为已替代。

    《实施意见》（一）：方案报上一级备案后由同级人民政府发布，谁发布谁更新。发布前过一遍发布关（layer gates）。

    \b
    例：greenrule layer import control_unit 新方案.gpkg -w ws --draft
        greenrule layer step 12 已备案 -w ws --paper "晋环函〔2026〕1号"
        greenrule layer step 12 已发布 -w ws --paper "并政发〔2026〕2号"
    """
    from greenrule.casework.layerlife import take, version_of
    from greenrule.store.people import user
    from greenrule.store.workspace import Workspace

    place = Workspace.open(workspace)
    done = take(
        place,
        version_of(place, version),
        state,
        who=who or user(),
        day=day.date() if day else None,
        paper=paper,
        reason=reason,
    )
    if format == "json":
        echo_json([item.to_json() for item in done])
        return
    for item in done:
        click.echo(f"版本 {item.version}：{item.to_json()['label']}，{item.day}，{item.who}")


@click.command("diff")
@click.argument("before")
@click.argument("after")
@_WORKSPACE
@click.option("--by", help="按哪一栏算类别；缺省为 class。")
@click.option("--out", type=click.Path(path_type=Path), help="把变了的地块写成 .gpkg、.geojson 或 .parquet。")
@FORMAT
def diff(before: str, after: str, workspace: Path, by: str | None, out: Path | None, format: str) -> None:
    """两个版本之间变了什么：哪些地块换了类别、多少平方公里，碰到哪些已保存的结论。

    例：greenrule layer diff 3 12 -w ws --out 变化.gpkg
    """
    from greenrule.casework.layerlife import compare, diff_frame, plain, touched, version_of
    from greenrule.spatial.vectorout import write_vector
    from greenrule.store.workspace import Workspace

    place = Workspace.open(workspace)
    old, new = version_of(place, before), version_of(place, after)
    found = compare(place, old, new, by)
    answer = plain(found, old, new, touched(place, found))
    if out is not None:
        write_vector(out, {"diff": diff_frame(found, old.demo or new.demo)})
        click.echo(f"已写入 {out}", err=True)
    if format == "json":
        echo_json(answer)
        return
    click.echo(f"{old.title} → {new.title}")
    counts = (("added", "新增"), ("removed", "删去"), ("moved", "移动"), ("changed", "改动属性"))
    click.echo("，".join(f"{word} {len(answer[key])} 个" for key, word in counts))
    for row in answer["areas"]:
        click.echo(f"  {row['area_km2']:>12,.3f} 平方公里  {row['before'] or '（无）'} → {row['after'] or '（无）'}")
    for row in answer["findings"]:
        click.echo(f"  结论 {row['finding']}（{row['project']}，{row['decision']}）的场址在变动的地块上")
    if not found:
        click.echo("  没有变化")


@click.command("gates")
@click.argument("version")
@_WORKSPACE
@FORMAT
def gates(version: str, workspace: Path, format: str) -> None:
    """发布关：空洞、重叠、碎屑、数量幅度、孤儿编码、空值、编码与类别、县域合计；有错误即以 1 退出。

    例：greenrule layer gates 12 -w ws
    """
    from greenrule.casework.layerlife import gate_report, version_of
    from greenrule.store.workspace import Workspace

    place = Workspace.open(workspace)
    report = gate_report(place, version_of(place, version))
    if format == "json":
        echo_json(report.to_json())
    else:
        click.echo(report.text())
    raise SystemExit(1 if report.errors else 0)


@click.command("export")
@click.argument("version")
@click.argument("out", type=click.Path(path_type=Path))
@_WORKSPACE
@click.option("--own-names", is_flag=True, help="保留本程序的字段名；缺省用国家数据规范样式的字段名。")
def export(version: str, out: Path, workspace: Path, own_names: bool) -> None:
    """导出一个版本：.gpkg、.geojson、.parquet、.zip（SHP，属性 GBK 编码）或 .xlsx（清单）。

    例：greenrule layer export control_unit 管控单元.zip -w ws
    """
    from greenrule.casework.layerlife import national, unit_list, version_of
    from greenrule.casework.writing import write_bytes
    from greenrule.spatial.vectorout import driver_of, write_vector
    from greenrule.store.workspace import Workspace

    listed = out.suffix.lower() == ".xlsx"
    if not listed:
        driver_of(out, (".xlsx",))
    place = Workspace.open(workspace)
    chosen = version_of(place, version)
    frame = place.read(chosen)
    if listed:
        write_bytes(out, unit_list(frame, chosen.kind, chosen.title, chosen.demo))
    else:
        write_vector(out, {chosen.kind: frame if own_names else national(frame, chosen.kind)})
    click.echo(f"已写入 {out}", err=True)


@click.command("due")
@_WORKSPACE
@PACKS
@click.option("--on", type=DAY, help="哪一天；缺省为今天。")
@FORMAT
def due(workspace: Path, packs: tuple[Path, ...], on: datetime | None, format: str) -> None:
    """已发布的管控单元何时到定期调整的期限。

    例：greenrule layer due -w ws
    """
    from greenrule.casework.layerlife import due as listed
    from greenrule.packs.compiled import load_law
    from greenrule.store.workspace import Workspace

    rows = listed(Workspace.open(workspace), load_law(packs or None), on.date() if on else china_today())
    if format == "json":
        echo_json(rows)
        return
    for row in rows:
        left = row["days_left"]
        said = (
            f"{row['due']} 到期，{f'还有 {left} 天' if left >= 0 else f'已过 {-left} 天'}" if row["due"] else "期限不明"
        )
        click.echo(f"{row['version']:>4}  {row['title']}：{row['published']} 发布，{said}（{row['cite']}）")
    if not rows:
        click.echo("没有已发布的管控单元图层")


COMMANDS = (history, step, diff, gates, export, due)
