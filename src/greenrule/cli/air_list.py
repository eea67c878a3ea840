"""`greenrule air list …` and `greenrule air optimise`: the emergency reduction list, checked, exchanged, and made at least loss."""

from __future__ import annotations

import json
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import click

from greenrule.cli.options import DAY, FORMAT, PACKS, echo_json

_ON = click.option("--on", type=DAY, help="按哪一天的减排比例；缺省为今天。")
_OPTIONS = click.option("--options", type=click.Path(path_type=Path), help="备选措施在另一个文件里（CSV、XLSX）。")
_PERMITS = click.option(
    "--permits", type=click.Path(path_type=Path), help="排污许可表在另一个文件里（编号、企业名称、是否涉气）。"
)


@click.group("list")
def list_() -> None:
    """应急减排清单：核对、导入、导出、空白样表。

    \b
    工作簿的版式（greenrule air list template 给出样表）：
      减排清单    一行一道工序；合并表头下是正常排放量，和黄、橙、红三级各自的措施、减排量、核查方式
      备选措施    每道工序可选的措施、减排量、日损失（air optimise 用）
      排污许可证  编号、企业名称、是否涉气（核对覆盖用）
      排放基数    全社会每日排放（没有则以清单之和为基数）
      既往负担    企业在以往过程中的累计损失（公平用）
    """


@list_.command()
@click.argument("file", type=click.Path(path_type=Path))
@_PERMITS
@_ON
@click.option("--no-trade", is_flag=True, help="不许二氧化硫与氮氧化物折抵。")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="每类问题最多列几处。")
@FORMAT
@PACKS
def check(
    file: Path,
    permits: Path | None,
    on: datetime | None,
    no_trade: bool,
    limit: int,
    format: str,
    packs: tuple[Path, ...],
) -> None:
    """核对清单：涉气许可全覆盖、各级各污染物的比例、级别递进、一刀切、等级、豁免、能否现场核查。

    \b
    比例按整克计算，显示时只舍不入。发现问题时退出码为 1；“不知”不算问题。
    例：greenrule air list check 清单.xlsx
        greenrule air list check 清单.xlsx --permits 许可证.xlsx --format json
    """
    from greenrule.casework.list_desk import check_file, checked_json, ground, open_list

    on_ground = ground(_day(on), packs, not no_trade)
    checked = check_file(open_list(file, on_ground, None, permits), on_ground)
    if format == "json":
        echo_json(checked_json(checked))
    else:
        from greenrule.casework.list_text import show_checked

        show_checked(checked, limit)
    if checked.wrong:
        raise SystemExit(1)


@list_.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@_OPTIONS
@_PERMITS
@click.option("--out", type=click.Path(path_type=Path), required=True, help="写出的 JSON 文件（整克、整元）。")
@PACKS
def import_(file: Path, options: Path | None, permits: Path | None, out: Path, packs: tuple[Path, ...]) -> None:
    """读入工作簿，写成 JSON；读不懂的格子一次报全，带行号列号。"""
    from greenrule.casework.list_desk import ground, open_list
    from greenrule.casework.list_json import list_json
    from greenrule.casework.writing import write_bytes

    read = open_list(file, ground(None, packs), options, permits)
    write_bytes(out, (json.dumps(list_json(read), ensure_ascii=False, indent=1) + "\n").encode())
    listed = read.listed
    click.echo(
        f"{len(listed.enterprises)} 家企业、{len(listed.processes)} 道工序、{len(listed.options)} 项备选措施，已写入 {out}",
        err=True,
    )


@list_.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="写出的工作簿（.xlsx）。")
@click.option("--title", default="重污染天气应急减排清单", show_default=True, help="工作簿的标题行。")
@PACKS
def export(file: Path, out: Path, title: str, packs: tuple[Path, ...]) -> None:
    """把清单（JSON 或工作簿）写成通常版式的工作簿。"""
    from greenrule.casework.list_desk import ground, open_list
    from greenrule.casework.list_json import list_xlsx
    from greenrule.casework.writing import write_bytes

    on_ground = ground(None, packs)
    write_bytes(out, list_xlsx(open_list(file, on_ground), on_ground.rules, title))
    click.echo(f"已写入 {out}", err=True)


@list_.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="写出的样表（.xlsx）。")
@PACKS
def template(out: Path, packs: tuple[Path, ...]) -> None:
    """写一个样表：表头齐全，一行示例。"""
    from greenrule.casework.list_desk import ground
    from greenrule.casework.list_file import ListFile
    from greenrule.casework.list_json import empty_list, list_xlsx
    from greenrule.casework.writing import write_bytes
    from greenrule.response.list_checks import Permit
    from greenrule.response.reduction_list import Option

    listed = empty_list(ground(None, packs).rules)
    from dataclasses import replace

    key = listed.processes[0].key
    listed = replace(
        listed, options=(Option(key, "停用1号线", (0, 0, 0, 0), 0, "用电量"),), base=(0, 0, 0, 0), burden={key[0]: 0}
    )
    file = ListFile(listed, [Permit("许可证编号", "示例企业", True)])
    write_bytes(out, list_xlsx(file, ground(None, packs).rules, "重污染天气应急减排清单（样表，示例行请删去）"))
    click.echo(f"已写入 {out}", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@_OPTIONS
@_PERMITS
@_ON
@click.option(
    "--days", multiple=True, metavar="级别=天数", help="各级在一季里大约几天，按此加权损失，如 red=1；缺省各一天。"
)
@click.option(
    "--fairness",
    type=click.FloatRange(0, 100),
    help="既往负担高于平均的企业，损失加重几倍计；有“既往负担”表时缺省为 1。",
)
@click.option(
    "--gap", type=click.FloatRange(0.0001, 0.5), default=0.01, show_default=True, help="证明到多大的间隙为止。"
)
@click.option("--seconds", type=click.FloatRange(1), default=60.0, show_default=True, help="最多算多久。")
@click.option("--no-trade", is_flag=True, help="不许二氧化硫与氮氧化物折抵。")
@click.option("--no-order", is_flag=True, help="不要求同行业里等级高的减排比例不高于等级低的。")
@click.option("--out", type=click.Path(path_type=Path), help="把选出的清单写成工作簿（.xlsx）。")
@FORMAT
@PACKS
def optimise(
    file: Path, options: Path | None, permits: Path | None, on: datetime | None, days: tuple[str, ...], fairness: float | None,
    gap: float, seconds: float, no_trade: bool, no_order: bool, out: Path | None, format: str, packs: tuple[Path, ...],
) -> None:  # fmt: skip
    """从备选措施里选损失最小、又达到各级各污染物比例的一组，给出证明的间隙。

    \b
    豁免的工序和A级、引领性企业不下达强制措施；高一级包含低一级；同行业里等级高的不比等级低的减得多。
    选出之后按整克复核，并用 list check 再查一遍。做不到时退出码为 1，说出缺一不可的原因。
    例：greenrule air optimise 清单.xlsx --out 新清单.xlsx
        greenrule air optimise 清单.xlsx --days yellow=10 --days orange=6 --days red=2
    """
    from greenrule.casework.list_desk import ground, open_list, optimise_file, optimised_json
    from greenrule.core.errors import Fault, InputFault, Place
    from greenrule.response.episode_rules import LEVELS

    counted: dict[str, Fraction] = {}
    for word in days:
        name, _, number = word.partition("=")
        try:
            counted[LEVELS[LEVELS.index(name.strip())]] = _positive(number)
        except ValueError:
            raise InputFault(
                Fault(
                    "H054",
                    f"`{word}` 不是 级别=天数",
                    Place("--days"),
                    f"如 red=1；级别：{'、'.join(LEVELS)}，天数不为负",
                )
            ) from None
    on_ground = ground(_day(on), packs)
    read = open_list(file, on_ground, options, permits)
    weight = None if fairness is None else Fraction(str(fairness))
    found = optimise_file(read, on_ground, counted, weight, gap, seconds, not no_trade, not no_order)
    if out is not None and found.checked is not None:
        from greenrule.casework.list_json import list_xlsx
        from greenrule.casework.writing import write_bytes

        write_bytes(out, list_xlsx(found.file, on_ground.rules, "重污染天气应急减排清单（草案，求解所得）"))
    if format == "json":
        echo_json(optimised_json(found))
    else:
        from greenrule.casework.list_text import show_optimised

        show_optimised(found)
    if found.checked is None:
        raise SystemExit(1)


def _positive(text: str) -> Fraction:
    value = Fraction(text.strip())
    if value < 0:
        raise ValueError(text)
    return value


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None
