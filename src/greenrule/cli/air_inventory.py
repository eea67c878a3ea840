"""`greenrule air inventory`: who emits what, by how much it is known, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import click

from greenrule.cli.options import FORMAT, PACKS, watched


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--by",
    type=click.Choice(["category", "county", "year"]),
    default="category",
    show_default=True,
    help="按源类、县区或年份合计。",
)
@click.option("--pollutant", "pollutants", multiple=True, help="只算这些污染物，可多次给出；缺省为有系数的全部。")
@click.option("--year", "years", multiple=True, type=int, help="只算这些年，可多次给出。")
@click.option(
    "--compare", nargs=2, type=int, metavar="YEAR YEAR", help="比较两年：变化里活动水平、系数、控制各占多少。"
)
@click.option(
    "--why", "words", multiple=True, help="一个数是哪几行得来的：给年份、县区、源类、污染物或企业名称，可多次给出。"
)
@click.option("--grid", "size", help="分配到格网：3km、1000m 或 0.05度；与 --out 连用。")
@click.option(
    "--areas", type=click.Path(path_type=Path), help="县界（.gpkg、.shp、.geojson…）；没有经纬度的源按它分配。"
)
@click.option("--proxy", type=click.Path(path_type=Path), help="代理权重表：经度、纬度、权重[、源类]；缺省按面积。")
@click.option(
    "--draws",
    type=click.IntRange(100, 1_000_000),
    default=10_000,
    show_default=True,
    help="蒙特卡洛抽样次数（种子固定）。",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="写到 .xlsx、.csv、.parquet；格网为 .gpkg、.geojson、.csv、.tif。"
)
@PACKS
@FORMAT
def inventory(
    files: tuple[Path, ...], by: str, pollutants: tuple[str, ...], years: tuple[int, ...], compare: tuple[int, int] | None, words: tuple[str, ...],
    size: str | None, areas: Path | None, proxy: Path | None, draws: int, out: Path | None, packs: tuple[Path, ...], format: str,
) -> None:  # fmt: skip
    """排放清单：活动水平 × 排放系数 × （1 − 去除效率），逐行可查；缺系数的是“未知”，不是 0。

    \b
    FILE 是表（XLSX 的各张表、CSV、Parquet），凭表头认得：
      活动水平  源类、县区、年份、活动水平、单位[、名称、活动、控制措施、经度、纬度、不确定度或上下限、依据]
      排放系数  源类、污染物、排放系数、单位[、活动、起、止、下限、上限、依据]
      去除效率  控制措施、污染物、去除效率[、下限、上限、依据]
      源类      代码、名称、上级（政策包之外另加的）
    控制措施：没有的写 无，几道串联的用 + 连接；空着是未知。上下限是 95% 范围。
    例：greenrule air inventory 清单.xlsx --by county
        greenrule air inventory 清单.xlsx --why 清徐县 --why SO2
        greenrule air inventory 清单.xlsx --compare 2023 2024
        greenrule air inventory 清单.xlsx --year 2024 --grid 3km --areas 县界.gpkg --out 格网.tif
    """
    from greenrule.casework import inventory as desk
    from greenrule.casework import inventory_text as page
    from greenrule.core.errors import Fault, InputFault
    from greenrule.packs.book import default_packs
    from greenrule.packs.inventory import load_inventory

    faults = []
    if sum(bool(wish) for wish in (compare, words, size)) > 1:
        faults.append(Fault("I030", "`--compare`、`--why`、`--grid` 一次只能用一个", None, "分几次运行"))
    if size and out is None:
        faults.append(Fault("I031", "`--grid` 没有说写到哪里", None, "加 `--out 格网.gpkg`"))
    if (areas or proxy) and not size:
        faults.append(Fault("I032", "`--areas`、`--proxy` 只与 `--grid` 连用", None, "加 `--grid 3km`，或去掉它们"))
    if faults:
        raise InputFault(faults)
    stock = desk.open_stock(
        files, load_inventory(packs or default_packs()), pollutants, years or tuple(compare or ()), draws
    )
    sheets = None
    if size is not None and out is not None:
        from greenrule.casework.inventory_grid import grid, write_grid

        with watched() as say:
            laid = grid(stock, size, areas, proxy, say)
        write_grid(out, laid)
        found = laid.plain()
        text = "".join(
            f"{name}：{grams:,} 克，分在 {found['cells'][name]:,} 格\n" for name, grams in found["grams"].items()
        )
        text += f"{found['rows']} 行 × {found['columns']} 列；另有 {found['unknown_lines']} 行未知，没有分配\n"
        text += "".join(f"注：{note}\n" for note in [*stock.notes, *found["notes"]])
        click.echo(f"已写入 {out}", err=True)
    elif compare is not None:
        found = desk.changes(stock, *compare, by)
        text, sheets = page.changes_text(found), page.changes_sheets(found)
    elif words:
        found = desk.why(stock, words)
        text = page.why_text(found)
    else:
        found = desk.sums(stock, by)
        text, sheets = page.sums_text(found), page.sums_sheets(found)
    if out is not None and size is None:
        from greenrule.casework.outlook_files import table_bytes
        from greenrule.casework.writing import write_bytes

        if sheets is None:
            raise InputFault(Fault("I033", "`--why` 不写文件", None, "用 --format json"))
        write_bytes(out, table_bytes(out, sheets))
        click.echo(f"已写入 {out}", err=True)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2) if format == "json" else text, nl=format == "json")
