"""Options that several commands share, and how they print JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from greenrule.core.errors import Fault, InputFault

WORKSPACE = click.option(
    "--workspace",
    "-w",
    type=click.Path(path_type=Path),
    help="工作区目录（图层与记录）；`greenrule demo` 可造一个演示工作区。",
)
#: For commands about a server.
SERVED = click.option(
    "--workspace", "-w", type=click.Path(path_type=Path), default=Path("demo/workspace"), show_default=True,
    help="服务器的工作区文件夹。",
)  # fmt: skip
DATABASE = click.option(
    "--database", metavar="地址", envvar="GREENRULE_DATABASE",
    help="postgresql://用户:口令@主机:端口/库名；缺省用工作区自带的 SQLite。",
)  # fmt: skip
PACKS = click.option(
    "--packs", multiple=True, type=click.Path(path_type=Path), help="政策包目录，可多次给出；缺省为随软件安装的两个包。"
)
FORMAT = click.option(
    "--format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="输出格式。"
)
#: Of commands that make places of the stations of a workspace.
LEVEL = click.option(
    "--level",
    type=click.Choice(["national", "provincial", "city", "county", "township", "park"]),
    help="只用这一级别的站点（国控、省控、市控、县级、乡镇、园区）；缺省为全部。",
)
#: For commands that answer with a page too.
PAGE = click.option(
    "--format", type=click.Choice(["text", "json", "html"]), default="text", show_default=True,
    help="输出格式；html 是带地图的单个网页。",
)  # fmt: skip
#: Of commands that print a finding.
PAPER = click.option(
    "--format", type=click.Choice(["text", "json", "html", "docx", "pdf"]), default="text", show_default=True, help="输出格式。"
)  # fmt: skip
MAP = click.option("--map", "picture", type=click.Path(path_type=Path), help="另把地图画成 .svg 或 .png。")
#: Beside `PAPER`; law text, titles of documents and names of industries have no official translation.
LANG = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True,
    help="结论用中文还是英文说；以中文为准，地名、单元、文号和清单文字保留中文。json 是封存的原件，总是中文。",
)  # fmt: skip
DAY = click.DateTime(formats=["%Y-%m-%d"])


def echo_json(value: Any) -> None:
    """Print plain data as one JSON document, Chinese as it is."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def refuse_screen(format: str, out: Path | None) -> None:
    """D010: a document of bytes belongs in a file."""
    if format in ("docx", "pdf") and out is None:
        raise InputFault(Fault("D010", f"{format} 不能打印到屏幕", None, f"加上 `--out 结论.{format}`"))


def refuse_sealed(format: str, lang: str) -> None:
    """D012: the sealed document has one language."""
    if lang == "en" and format == "json":
        raise InputFault(
            Fault("D012", "`--lang en` 管不到 json", None, "json 是封存的原件，总是中文；要英文用其他格式")
        )


@contextmanager
def watched() -> Iterator[Callable[[str, int, int], None] | None]:
    """Progress bars on standard error where somebody is watching; each appears when its part takes more than two seconds."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}
        begun = time.monotonic()

        def say(what: str, done: int, whole: int) -> None:
            if what not in tasks and time.monotonic() - begun < 2:
                return
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=whole)
            bars.update(tasks[what], completed=done)

        yield say
