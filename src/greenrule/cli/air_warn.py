"""`greenrule air warn`: warnings worked out step by step, with a log, drafts of notices and a picture."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from greenrule.cli.options import DAY, LEVEL, PACKS, echo_json, watched

#: Quantiles of a forecast (quality.forecast_index.QUANTILES), named here so that `--help` loads nothing.
VALUES = ("point", "low95", "low80", "low50", "high50", "high80", "high95")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--workspace",
    "-w",
    type=click.Path(path_type=Path),
    help="工作区：实测直接取自导入的监测数据，按日期所在的评价标准算 AQI。",
)
@click.option(
    "--by",
    type=click.Choice(["city", "county", "township", "station"]),
    default="city",
    show_default=True,
    help="工作区的站点合成什么地点。",
)
@LEVEL
@click.option("--from", "first", type=DAY, help="工作区从哪一天起推算；缺省为库里最早的一天。")
@click.option(
    "--forecast",
    "forecasts",
    multiple=True,
    type=click.Path(path_type=Path),
    help="`air forecast --out` 写出的预报表，可多次给出。",
)
@click.option(
    "--value",
    type=click.Choice(VALUES),
    default="point",
    show_default=True,
    help="预报的哪个值驱动预警：point 预报值（中位数），low/high 为区间的下限、上限。",
)
@click.option(
    "--dust",
    type=click.Path(path_type=Path),
    metavar="文件",
    help="沙尘过程表（起、止，站点或城市；由国家总站认定）：所及的日子由 PM10 定 AQI 的，成因是沙尘。只用于工作区。",
)
@click.option(
    "--place",
    "places",
    multiple=True,
    help="地点：表里的市、县，或登记的联防区域（如 清徐-交城）；可多次给出，缺省为表里全部。",
)
@click.option("--edition", help="按哪一版预警规则：auto（按日期，缺省）、2018、2024。")
@click.option("--state", type=click.Path(path_type=Path), help="状态文件：有则接着往下走，走完写回；没有则新建。")
@click.option("--within", type=click.IntRange(0), help="只看多少小时内开始的过程；缺省为预报的全部时段（文件未规定）。")
@click.option(
    "--joint",
    "needed",
    type=click.IntRange(1),
    help="区域里至少几个成员达到某级，区域才算达到（文件未规定，不写则不知）。",
)
@click.option("--members", multiple=True, help="文件没有列出成员的区域（如 1+30）的成员，可多次给出。")
@click.option("--notices", type=click.Path(path_type=Path), help="把通知草稿（TXT 和 DOCX）写进这个目录。")
@click.option("--picture", type=click.Path(path_type=Path), help="把过程画成图（SVG）。")
@click.option(
    "--verify", type=click.Path(path_type=Path), help="只核对一个状态文件：从它自己记下的输入逐步重算，不同则退出码 1。"
)
@click.option("--all", "everything", is_flag=True, help="每一步都列出；缺省只列变化和因缺数据而未动的。")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="输出格式。")
@PACKS
def warn(
    file: Path | None, workspace: Path | None, by: str, level: str | None, first: datetime | None, forecasts: tuple[Path, ...], value: str,
    dust: Path | None, places: tuple[str, ...], edition: str | None, state: Path | None, within: int | None,
    needed: int | None, members: tuple[str, ...], notices: Path | None, picture: Path | None, verify: Path | None,
    everything: bool, format: str, packs: tuple[Path, ...],
) -> None:  # fmt: skip
    """重污染天气预警：何时启动、升级、降级、解除，每一步依据什么，什么还不知道。

    \b
    FILE（CSV、XLSX、Parquet）一行一个值：
      地点、日期（或 时间，整点，为前一小时的值）、AQI、类别（实测或预报）、发布时间（预报何时发布）；
      可加 首要污染物（PM2.5、臭氧、沙尘：只有 PM2.5 启动减排清单；PM10 是否沙尘须先认定）、获知时间（实测何时得知，缺省为时段结束）。
    缺的时段留空：缺测、缺报既不启动也不解除，会点名。
    不给 FILE 而给 --workspace：各地各日的 AQI 由库里的小时值评价得出，--forecast 接上 `air forecast` 的预报和区间。
    库里的值被更正后再运行一次：--state 里的日志不改，另从变了的那天起重算，列出哪一步会不同、为什么。
    例：greenrule air warn 太原.csv
        greenrule air warn -w 空气 --forecast 预报.csv --state 预警.json
        greenrule air warn 预报.xlsx --place 清徐-交城 --joint 1 --state 预警.json --notices 通知
        greenrule air warn --verify 预警.json
    """
    from greenrule.casework.warning_desk import verify_log, warnings_json, warnings_of
    from greenrule.casework.warning_feed import Feed
    from greenrule.core.errors import Fault, InputFault

    if verify is not None:
        count, wrong = verify_log(verify, packs)
        if format == "json":
            echo_json({"steps": count, "different": wrong})
        else:
            for line in wrong:
                click.echo(line)
            click.echo(f"{count} 步，" + ("重算全部相同" if not wrong else f"{len(wrong)} 处不同"))
        if wrong:
            raise SystemExit(1)
        return
    if file is None and workspace is None and not forecasts:
        help = "greenrule air warn FILE，或 --workspace 目录；只核对日志用 --verify"
        raise InputFault(Fault("H035", "没有给出表格，也没有给出工作区", None, help))
    feed = Feed(workspace, by, first.date() if first is not None else None, forecasts, value, dust, level)
    with watched() as say:
        found = warnings_of(file, places, edition, state, within, needed, members, packs, feed, say)
    from greenrule.casework.writing import write_bytes

    if picture is not None:
        from greenrule.casework.warning_picture import warning_svg

        write_bytes(picture, warning_svg(found))
    if notices is not None:
        from greenrule.casework.warning_text import notice_docx, notice_text
        from greenrule.casework.warning_text import notices as drafts

        for notice in drafts(found):
            write_bytes(notices / f"{notice.name}.txt", notice_text(notice).encode())
            write_bytes(notices / f"{notice.name}.docx", notice_docx(notice))
    if state is not None:
        from greenrule.casework.warning_log import log_bytes

        write_bytes(state, log_bytes(found.kept))
    if format == "json":
        echo_json(warnings_json(found))
    else:
        from greenrule.casework.warning_text import show

        show(found, everything)
