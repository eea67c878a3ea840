"""`greenrule air bulletin`: the bulletin of a month, as a page, Word, PDF or a workbook."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from greenrule.cli.options import DAY, LEVEL, PACKS
from greenrule.core.errors import Fault, InputFault

_SUFFIXES = {".html": "html", ".docx": "docx", ".pdf": "pdf", ".xlsx": "xlsx", ".txt": "text"}


@click.command()
@click.option("--workspace", "-w", required=True, type=click.Path(path_type=Path), help="工作区目录。")
@click.option("--month", metavar="年-月", help="哪个月，如 2026-03。")
@click.option("--to-date", type=DAY, metavar="日期", help="当年 1 月 1 日到这一天。")
@click.option("--year", type=click.IntRange(1990, 2100), help="哪一年。")
@click.option(
    "--by",
    type=click.Choice(["city", "county", "township", "station"]),
    default="city",
    show_default=True,
    help="通报哪一级。",
)
@LEVEL
@click.option(
    "--edition", default="auto", show_default=True, metavar="版次", help="auto 按数据日期；2012、2026、2031 按这一版。"
)
@click.option(
    "--pay", type=click.Path(path_type=Path), metavar="文件", help="奖惩办法（YAML，同 air rank）；没有则金额未知。"
)
@click.option(
    "--dust",
    type=click.Path(path_type=Path),
    metavar="文件",
    help="沙尘过程表（同 air evaluate）：按扣除后的结果通报。",
)
@click.option("--mark", "marks", multiple=True, metavar="文字", help="标在题下和每页页眉，如 演示数据（非官方）。")
@click.option(
    "--out", type=click.Path(path_type=Path), help="写到哪个文件：.html .docx .pdf .xlsx .txt；缺省显示在屏幕上。"
)
@PACKS
def bulletin(
    workspace: Path, month: str | None, to_date: datetime | None, year: int | None, by: str, level: str | None, edition: str,
    pay: Path | None, dust: Path | None, marks: tuple[str, ...], out: Path | None, packs: tuple[Path, ...],
) -> None:  # fmt: skip
    """空气质量状况通报：综合指数和改善幅度排名、六项浓度及同比、奖惩，带图。

    \b
    例：greenrule air bulletin -w 空气 --month 2026-03 --out 通报.docx
        greenrule air bulletin -w 空气 --to-date 2026-06-30 --by county --pay 奖惩.yaml --out 通报.pdf
    """
    from greenrule.casework.air_bulletin import bulletin as compose
    from greenrule.casework.air_evaluate import read_dust
    from greenrule.casework.air_rank import read_pay
    from greenrule.casework.paper import lay_out
    from greenrule.casework.writing import write_bytes
    from greenrule.packs.air import load_editions
    from greenrule.quality.periods import Period
    from greenrule.store.workspace import Workspace

    given = [item for item in (month, to_date, year) if item is not None]
    if len(given) != 1:
        raise InputFault(
            Fault("AT004", "写明一个时段", None, "--month 2026-03、--to-date 2026-06-30 或 --year 2025 之一")
        )
    if month is not None:
        try:
            day = datetime.strptime(month, "%Y-%m")
        except ValueError:
            raise InputFault(Fault("AT005", f"`{month}` 不是月", None, "写成 2026-03")) from None
        period = Period.month(day.year, day.month)
    elif to_date is not None:
        period = Period.span(date(to_date.year, 1, 1), to_date.date())
    else:
        assert year is not None
        period = Period.year(year)
    form = "text" if out is None else _SUFFIXES.get(out.suffix.lower(), out.suffix.lower().lstrip("."))
    opened = Workspace.open(workspace)
    paper = compose(
        opened, load_editions(packs or None), period, by, edition, level, read_pay(pay) if pay is not None else None, marks,
        read_dust(dust, opened.stations.read()) if dust is not None else (),
    )  # fmt: skip
    data = lay_out(paper, form)
    if out is None:
        click.echo(data.decode(), nl=False)
        return
    write_bytes(out, data)
    click.echo(f"已写入 {out}", err=True)
