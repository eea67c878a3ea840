"""`greenrule exchange`: files for the national zoning platform and the government service platform."""

from __future__ import annotations

import json
from pathlib import Path

import click

from greenrule.cli.options import FORMAT, echo_json
from greenrule.core.clock import china_today

_WORKSPACE = click.option("--workspace", "-w", required=True, type=click.Path(path_type=Path), help="工作区目录。")


@click.group()
def exchange() -> None:
    """与国家分区管控平台、政务服务平台以文件交换；它们的在线接口不公开。

    格式是本软件自行拟定的读法（JSON Schema），见 `greenrule exchange schema`。导入全有或全无，错处一次报全。
    """


@exchange.command("kinds")
@FORMAT
def kinds(format: str) -> None:
    """列出交换文件的种类。"""
    from greenrule.casework.exchange import KINDS

    words = {"export": "导出", "import": "导入"}
    if format == "json":
        echo_json([{"kind": name, "label": label, "ways": list(ways)} for name, (label, ways) in KINDS.items()])
        return
    for name, (label, ways) in KINDS.items():
        click.echo(f"{name:<24}{label}（{'、'.join(words[way] for way in ways)}）")


@exchange.command("schema")
@click.argument("kind")
def show_schema(kind: str) -> None:
    """打印一种交换文件的 JSON Schema。

    例：greenrule exchange schema service-applications
    """
    from greenrule.casework.exchange import schema

    echo_json(schema(kind))


@exchange.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@FORMAT
def check(file: Path, format: str) -> None:
    """核对一个交换文件，不导入。

    例：greenrule exchange check 办件.json
    """
    from greenrule.casework.exchange import KINDS, read_file

    found = read_file(file)
    count = next(len(found[key]) for key in ("features", "applications", "results") if key in found)
    if format == "json":
        echo_json({"kind": found["kind"], "made": found["made"], "items": count})
    else:
        click.echo(f"{KINDS[found['kind']][0]}，{found['made']}，{count} 条，合格式")


@exchange.command("export")
@click.argument("kind")
@_WORKSPACE
@click.option("--version", "chosen", type=click.IntRange(1), help="单元图层的版本号；缺省为现行版本。")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="写到哪个 .json 文件。")
def export(kind: str, workspace: Path, chosen: int | None, out: Path) -> None:
    """导出：zoning-units 是管控单元，service-results 是存下的审查结论。

    \b
    例：greenrule exchange export zoning-units -w ws --out 单元.json
        greenrule exchange export service-results -w ws --out 结果.json
    """
    from greenrule.casework.exchange import kind_named
    from greenrule.casework.exchange_files import results_document, units_document, units_version
    from greenrule.casework.writing import write_bytes
    from greenrule.store.workspace import Workspace

    kind_named(kind, "export")
    place = Workspace.open(workspace)
    if kind == "zoning-units":
        version = units_version(place, chosen)
        document = units_document(place, version, china_today())
    else:
        rows = ((None, row.id, place.load_finding(row.id)) for row in place.findings())
        document = results_document(rows, china_today())
    write_bytes(out, (json.dumps(document, ensure_ascii=False) + "\n").encode())
    click.echo(f"已写入 {out}", err=True)


@exchange.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@_WORKSPACE
@FORMAT
def bring_in(file: Path, workspace: Path, format: str) -> None:
    """导入，全有或全无：管控单元成为草案版本；办件逐件审查，结论全部存下。

    \b
    例：greenrule exchange import 单元.json -w ws
        greenrule exchange import 办件.json -w ws
    """
    from greenrule.casework.exchange import kind_named, read_file
    from greenrule.casework.exchange_files import import_units, or_refused, read_applications
    from greenrule.casework.screening import open_screener
    from greenrule.store.workspace import Workspace

    document = read_file(file)
    kind = kind_named(document["kind"], "import")
    place = Workspace.open(workspace)
    if kind == "zoning-units":
        version = or_refused(import_units(place, document, file.name), str(file))
        told: dict[str, object] = {"version": version.seq, "features": version.features}
        line = f"已导入为草案版本 {version.seq}，{version.features} 个单元"
    else:
        found = read_applications(document, open_screener(workspace), str(file))
        names = place.save_findings([finding for _, finding in found])
        told = {
            "findings": [{"number": number, "finding": name} for (number, _), name in zip(found, names, strict=True)]
        }
        line = "\n".join(
            f"{number}　{name}　{finding['decision']}" for (number, finding), name in zip(found, names, strict=True)
        )
    if format == "json":
        echo_json(told)
    else:
        click.echo(line)
