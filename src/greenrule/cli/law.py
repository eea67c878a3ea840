"""`greenrule law search`, `greenrule law show`: read the documents clause by clause, and find something in them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.options import DAY, FORMAT, PACKS, WORKSPACE, echo_json
from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault

if TYPE_CHECKING:
    from rich.text import Text

    from greenrule.packs.library.pages import Library


@click.group()
def law() -> None:
    """查阅规定：文件的条款树，每条由哪些规则、任务、目标承载，怎样读的，与哪些条款相关；中文全文检索。

    \b
    例：greenrule law search 焦化 汾河谷地
        greenrule law show
        greenrule law show sx-2024-7-measures
        greenrule law show sx-2024-7-measures#24
    """


def _library(packs: tuple[Path, ...]) -> Library:
    from greenrule.packs.compiled import load_law
    from greenrule.packs.library.pages import Library
    from greenrule.packs.library.shelf import Shelf

    return Library(Shelf.of(load_law(packs or None)))


@law.command()
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="种类",
    help="只要这些种类，可多次给出：条款 clause、规则 rule、任务 task、目标 target、读法 reading……",
)
@click.option("--instrument", metavar="编号", help="只在这份文件里找，如 sx-2024-7-air。")
@click.option("--size", type=click.IntRange(1, 500), default=12, show_default=True, help="最多列出几项。")
@PACKS
@FORMAT
def search(
    words: tuple[str, ...], kinds: tuple[str, ...], instrument: str | None, size: int, packs: tuple[Path, ...], format: str
) -> None:  # fmt: skip
    """检索条款、规则、读法、任务、目标、参数、名录、事实、地名；空格隔开的词须都出现。

    全角半角、大小写、标点不影响；没有一处含全部词时，列出相近的并注明。只检索政策包自己的话，不检索文件原文。

    \b
    例：greenrule law search 饮用水水源保护区
        greenrule law search 光伏 太忻 --kind rule
    """
    from greenrule.packs.library.entries import FIELDS, SORTS, sorts_of

    chosen = sorts_of(kinds)
    library = _library(packs)
    within = {"instrument": library.instrument(instrument).id} if instrument else None
    found = library.index.find(" ".join(words), kinds=chosen, within=within, size=size)
    if format == "json":
        echo_json(
            {
                "words": list(found.words),
                "total": found.total,
                "kinds": dict(found.kinds),
                "items": [hit.to_json() for hit in found.hits],
            }
        )
        return
    if not found.words:
        raise InputFault(Fault("LAW004", "没有可检索的字", None, "写汉字、字母或数字，如 `greenrule law search 焦化`"))
    from rich.console import Console

    console = Console(highlight=False, markup=False, soft_wrap=True)
    if found.hits and not found.hits[0].exact:
        console.print("没有一处含全部的词，以下相近：")
    for hit in found.hits:
        where = hit.entry.more.get("cite")
        console.print(f"{SORTS[hit.entry.kind]}  {hit.entry.id}  {hit.entry.title}" + (f"（{where}）" if where else ""))
        for piece in hit.snippets:
            if piece.text != hit.entry.title:
                console.print(_marked(f"    {FIELDS[piece.field]}：", piece.text, piece.marks))
    told = "，".join(f"{SORTS[kind]} {count}" for kind, count in found.kinds.items())
    console.print(
        f"共 {found.total} 项"
        + (f"（各种类：{told}）" if told else "")
        + (f"，列出前 {len(found.hits)} 项" if found.total > len(found.hits) else "")
    )


def _marked(head: str, text: str, marks: tuple[tuple[int, int], ...]) -> Text:
    from rich.text import Text

    line = Text(head + text)
    for start, end in marks:
        line.stylize("bold", len(head) + start, len(head) + end)
    return line


@law.command()
@click.argument("what", required=False, metavar="[文件|文件#条款]")
@click.option("--on", type=DAY, help="按哪一天说是否施行；缺省为今天。")
@WORKSPACE
@PACKS
@FORMAT
def show(what: str | None, on: datetime | None, workspace: Path | None, packs: tuple[Path, ...], format: str) -> None:
    """列出文件；或一份文件的条款树；或一条：承载它的规则、任务、目标，读法，相关条款。

    工作区的 documents/ 里放有原文（TXT、DOCX、有文字的 PDF）时，一并显示您自己的这一份；软件不带任何原文。

    \b
    例：greenrule law show sx-2024-7-air
        greenrule law show sx-2024-7-air#12.1 --workspace 工作区
    """
    library, day = _library(packs), on.date() if on else china_today()
    name, _, clause = (what or "").partition("#")
    if not name:
        data: Any = library.documents(day)
        lines = [
            f"{one['id']:<32}{one['clauses']:>4} 条  {one['number'] or '文号不详'}  {one['title']}" for one in data
        ]
    elif not clause:
        data = library.document(name, day)
        lines = _document(data)
    else:
        data = library.page(name, clause, day)
        copy = _copy(library, workspace, name, clause)
        data["own_copy"] = copy
        lines = _clause(data)
    if format == "json":
        echo_json({"items": data} if isinstance(data, list) else data)
        return
    for line in lines:
        click.echo(line)


def _copy(library: Library, workspace: Path | None, name: str, clause: str) -> dict[str, object] | None:
    if workspace is None:
        return None
    from greenrule.packs.library.copies import Copies

    copies = Copies([workspace / "documents"], library.law.instruments)
    found = copies.of(name, clause)
    for fault in copies.faults:
        click.echo(f"注意 {fault}", err=True)
    return found.to_json() if found else None


_HOLDS = {"true": "施行中", "false": "未施行或已失效", "unknown": "是否施行不明"}


def _document(data: dict[str, Any]) -> list[str]:
    from greenrule.packs.library.shelf import KINDS

    lines = [
        f"《{data['title']}》（{data['number'] or '文号不详'}）",
        f"{data['kind_label']}，{data['issuer'] or '机关不详'}，{_HOLDS[data['in_force']['holds']]}（{data['in_force']['on']}），{data['quality']}",
    ]
    lines += [f"注：{data['note']}"] if data["note"] else []
    for row in data["clauses"]:
        counts = "，".join(f"{KINDS[kind]} {count}" for kind, count in row["counts"].items())
        told = counts or (f"无承载：{row['reason']}" if row["reason"] else "")
        lines.append(
            f"{'  ' * row['depth']}{row['label']}  {row['heading'] or ''}"
            + (f"  [{told}]" if told else "")
            + f"  #{row['id']}"
        )
    return lines


def _clause(data: dict[str, Any]) -> list[str]:
    lines = [
        f"{data['cite']}  {data['heading'] or ''}",
        f"{_HOLDS[data['in_force']]}" + (f"；{data['cite_note']}" if data["cite_note"] else ""),
    ]
    copy = data["own_copy"]
    if copy is not None:
        stands = {True: "与登记的文本一致", False: "与登记的文本不同", None: "没有登记文本可对"}[copy["as_registered"]]
        lines += ["", f"您的原文（{copy['file']}，{stands}）", *(f"  {line}" for line in copy["text"])]
    lines += ["", f"没有承载：{data['reason']}"] if data["reason"] else []
    for rule in data["rules"]:
        lines += ["", f"规则 {rule['id']}  {rule['title']}（{rule['strength_label']}）", f"  {rule['sentence']}"]
        lines += [f"  期限：{rule['due']}"] if rule["due"] else []
    for task in data["tasks"]:
        lines += ["", f"任务 {task['id']}  {task['title']}", f"  成果：{task['output']}"]
    for target in data["targets"]:
        lines += ["", f"目标 {target['id']}  {'、'.join(target['places'])}  {target['indicator']}：{target['demand']}"]
    for item in data["parameters"]:
        lines.append(f"参数 {item['id']}  {item['label']}" + (f"：{item['value']}" if item["value"] else ""))
    lines += [f"名录 {item['id']}  {item['label']}" for item in data["lists"]]
    for item in data["conflicts"]:
        lines += [
            "",
            f"冲突 {item['id']}  {item['topic']}（{item['resolved_label']}）",
            f"  {item['differ']}",
            f"  {item['reason']}",
        ]
    if data["readings"]:
        lines += ["", "读法"]
        lines += [f"  {one['id']}{'（原文未定）' if one['open'] else ''}：{one['text']}" for one in data["readings"]]
    if data["touching"]:
        lines += ["", f"相关条款（共 {data['touching_total']} 条）"]
        for one in data["touching"]:
            ties = "；".join(f"{tie['kind_label']} {tie['label']}" for tie in one["ties"][:3])
            lines.append(
                f"  {one['instrument']}#{one['clause']}  {one['number'] or one['title']}{one['label']} {one['heading'] or ''}：{ties}"
            )
    return lines
