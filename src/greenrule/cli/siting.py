"""`greenrule where` and `route`: in which parts of the province a project could be built, and how a line should run."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from greenrule.cli.options import DAY, MAP, PACKS, PAGE, WORKSPACE, echo_json


@click.command()
@click.argument("project", type=click.Path(path_type=Path))
@WORKSPACE
@PACKS
@click.option("--within", help="只在这里找：县、市、园区的名称，或一个面文件（.gpkg .shp .geojson .kml）。")
@click.option(
    "--candidates", help="候选：parks 各开发区（缺省）、grid:10 边长 10 公里的方格、或一个地块文件；none 不排。"
)
@click.option("--most", type=click.IntRange(1, 1000), default=10, show_default=True, help="最多列出几个候选。")
@click.option("--on", type=DAY, help="按哪一天的规定回答；缺省为项目文件所写，再缺省为今天。")
@click.option("--known", type=DAY, help="按哪一天已知的规定和图层回答。")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="把全部地块写成 .gpkg、.geojson 或 .parquet；--format html 时为网页。",
)
@MAP
@PAGE
def where(
    project: Path, workspace: Path | None, packs: tuple[Path, ...], within: str | None, candidates: str | None, most: int,
    on: datetime | None, known: datetime | None, out: Path | None, picture: Path | None, format: str,
) -> None:  # fmt: skip
    """在哪里可以建：一个还没有选址的项目，全省（或一地）哪里可以、哪里不行、哪里要满足条件。

    项目文件照 `greenrule screen` 的写法，里面的位置不看。答的是点：占地的项目须整块落在可以的地方。
    每块地写明哪一条使它不行，或还缺哪个事实；候选按余地（离结论改变的线多远）排。

    \b
    例：greenrule where examples/xinfu-solar.yaml -w demo/workspace
        greenrule where 项目.yaml -w demo/workspace --within 忻州市 --candidates grid:5 --out 可建.gpkg
        greenrule where 项目.yaml -w demo/workspace --format html --out 可建.html --map 可建.png
    """
    from greenrule.casework.asked_land import asked_area
    from greenrule.casework.candidates import Candidate, Ranking, parks, rank, squares
    from greenrule.casework.project import read_projects
    from greenrule.casework.screening import open_screener
    from greenrule.casework.siting import where as ask
    from greenrule.casework.siting_table import frame, plain, text

    _check(out, picture, format)
    screener = open_screener(workspace, packs, known.date() if known else None)
    found = read_projects(project, screener.law, on.date() if on else None)[0]
    ground = screener.ground(found.on)
    siting = ask(screener, found, asked_area(ground, within), progress=_bar("划分各县"))
    demo = ground is not None and any(version.demo for version in ground.versions.values())
    shapes: list[Candidate] = []
    if candidates is None or candidates == "parks":
        has_parks = ground is not None and ground.index("park") is not None
        shapes = parks(ground) if ground is not None and (candidates or has_parks) else []
    elif candidates.startswith("grid:"):
        shapes = list(squares(siting, _side(candidates)))
    elif candidates != "none":
        from greenrule.casework.parcels import read_parcels

        shapes = read_parcels(Path(candidates))
    ranking = rank(screener, siting, shapes, most) if shapes else Ranking()
    answer = plain(siting, screener.law, ranking, demo, screener.versions(found.on))
    if out is not None and format != "html":
        _write(out, "where", frame(siting, screener.law, demo))
    if picture is not None or format == "html":
        from greenrule.casework.region_mapping import where_map
        from greenrule.casework.region_page import where_page

        assert ground is not None
        drawn = where_map(siting, ranking.spots, ground)
        _draw(picture, drawn)
        if format == "html":
            _deliver(where_page(answer, drawn), out)
            return
    if format == "json":
        echo_json(answer)
    else:
        click.echo(text(answer))


def _check(out: Path | None, picture: Path | None, format: str) -> None:
    """M001, M002, G060: endings that do not go with the formats or cannot be written, told before the work."""
    from greenrule.casework.writing import check_map_path
    from greenrule.core.errors import Fault, InputFault, Place
    from greenrule.spatial.vectorout import driver_of

    if picture is not None:
        check_map_path(picture)
    page = out is not None and out.suffix.lower() in (".html", ".htm")
    if out is not None and page != (format == "html"):
        told = (
            "写成 .html；要地块或线路的文件，另跑一次、不加 `--format html`"
            if format == "html"
            else "加 `--format html`"
        )
        raise InputFault(Fault("M002", f"`--format {format}` 与 `{out.name}` 不相配", Place(str(out)), told))
    if out is not None and not page:
        driver_of(out)


def _write(out: Path, name: str, features: Any) -> None:
    from greenrule.spatial.vectorout import write_vector

    write_vector(out, {name: features})
    click.echo(f"已写入 {out}", err=True)


def _draw(picture: Path | None, drawn: Any) -> None:
    from greenrule.casework.region_page import write_map

    if picture is not None:
        write_map(picture, drawn)
        click.echo(f"已写入 {picture}", err=True)


def _deliver(page: bytes, out: Path | None) -> None:
    from greenrule.casework.writing import write_bytes

    if out is None:
        click.echo(page.decode(), nl=False)
        return
    write_bytes(out, page)
    click.echo(f"已写入 {out}", err=True)


def _bar(words: str) -> Any:
    """A bar on standard error where somebody is watching."""
    if not sys.stderr.isatty():
        return None
    from rich.progress import track

    return lambda items: track(items, description=words, transient=True)


def _side(text: str) -> float:
    from greenrule.core.errors import Fault, InputFault

    try:
        side = float(text.partition(":")[2])
    except ValueError:
        side = 0.0
    if not 0.2 <= side <= 200:
        raise InputFault(Fault("N013", f"`{text}` 不是方格的边长", None, "写成 `grid:10`（公里，0.2 到 200）"))
    return side


@click.command()
@click.argument("start")
@click.argument("end")
@WORKSPACE
@PACKS
@click.option("--kind", required=True, help="公路、铁路、输电、管道（或 road、railway、power_line、pipeline）。")
@click.option("--via", multiple=True, help="必经之处，可多次给出，按次序经过。")
@click.option("--within", help="线路只在这里走：县、市的名称，或一个面文件；缺省为全部已加载的县。")
@click.option("--avoid", multiple=True, help="避让：地名或面文件，可多次给出。")
@click.option(
    "--project", type=click.Path(path_type=Path), help="项目文件：线路的行业、日期和事实；缺省按种类只填行业。"
)
@click.option(
    "--surface", type=click.Path(path_type=Path), help="地形等成本的栅格（.tif）：每格的倍数，1 为平地，无值处不能走。"
)
@click.option(
    "--cell", type=click.FloatRange(10, 5000), default=100.0, show_default=True, help="求线格网的边长（米）。"
)
@click.option("--most", type=click.IntRange(1, 4), default=4, show_default=True, help="最多给出几条。")
@click.option("--on", type=DAY, help="按哪一天的规定回答；缺省为项目文件所写，再缺省为今天。")
@click.option("--known", type=DAY, help="按哪一天已知的规定和图层回答。")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="把各条线路分段写成 .gpkg、.geojson 或 .parquet；--format html 时为网页。",
)
@MAP
@PAGE
def route(
    start: str, end: str, workspace: Path | None, packs: tuple[Path, ...], kind: str, via: tuple[str, ...],
    within: str | None, avoid: tuple[str, ...], project: Path | None, surface: Path | None, cell: float, most: int, on: datetime | None,
    known: datetime | None, out: Path | None, picture: Path | None, format: str,
) -> None:  # fmt: skip
    """线路怎么走：从 START 到 END 的几条真正不同的线路，绝不穿过禁止的地方，逐段有条款。

    START、END、--via 写“经度,纬度”（CGCS2000 或 WGS84），或县、市、园区的名称（取其中一点）。

    \b
    例：greenrule route 112.55,37.87 113.30,40.09 --kind 公路 -w demo/workspace
        greenrule route 太谷区 平遥县 --kind 输电 --avoid 祁县 -w demo/workspace --out 线路.gpkg
        greenrule route 太谷区 平遥县 --kind 输电 -w demo/workspace --format html --out 线路.html
    """
    from greenrule.casework.asked_land import asked_area
    from greenrule.casework.linework import land_for, line_project, stops_of
    from greenrule.casework.routing import route as ask
    from greenrule.casework.routing_table import frame, plain, text
    from greenrule.casework.screening import open_screener

    _check(out, picture, format)
    if not cell >= 10:  # what is no number passes every range
        raise click.BadParameter("写一个数，例如 100", param_hint="'--cell'")
    screener = open_screener(workspace, packs, known.date() if known else None)
    asked = line_project(screener, kind, project, on.date() if on else None)
    ground = screener.ground(asked.on)
    stops = stops_of(ground, (start, *via, end))
    with _spinner() as say:
        say("划分各县")
        area, closed = asked_area(ground, within), [asked_area(ground, item) for item in avoid]
        land = land_for(screener, asked, cell, closed, surface, within=area, names=avoid)
        routing = ask(screener, land, stops, most=most, progress=say)
    if project is None:
        groups = "、".join(screener.law.groups[name][0] for name in asked.raw.get("none_of", ()))
        routing.remarks.append(f"没有项目文件：只按行业问，并视同申报“均无”：{groups}")
    demo = ground is not None and any(version.demo for version in ground.versions.values())
    answer = plain(routing, land, screener.law, demo, screener.versions(asked.on))
    if out is not None and format != "html":
        if routing.routes:
            _write(out, "route", frame(routing, land, screener.law, demo))
        else:
            stays = "；原有的文件没有改动，不是这次的结果" if out.exists() else ""
            click.echo(f"没有线路，未写 {out}{stays}", err=True)
    if picture is not None or format == "html":
        from greenrule.casework.region_mapping import route_map
        from greenrule.casework.region_page import route_page

        assert ground is not None
        names = [
            item if not item[:1].isdigit() else word
            for item, word in zip((start, *via, end), _words(len(via)), strict=True)
        ]
        drawn = route_map(routing, land, stops, names, ground)
        _draw(picture, drawn)
        if format == "html":
            _deliver(route_page(answer, drawn), out)
    if format == "json":
        echo_json(answer)
    elif format == "text":
        click.echo(text(answer))
    raise SystemExit(0 if routing.routes else 1)


def _words(via: int) -> list[str]:
    """What stops without a name are called on the map."""
    return ["起点", *(f"途经 {number}" for number in range(1, via + 1)), "终点"]


@contextmanager
def _spinner() -> Any:
    """Says on standard error what is being done, where somebody is watching."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield status.update
