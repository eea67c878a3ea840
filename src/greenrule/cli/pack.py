"""`greenrule pack`: check, test and search the policy packs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from greenrule.cli.documents import DOCUMENTS, confirm, document_places, read, read_all
from greenrule.cli.options import FORMAT, PACKS, echo_json
from greenrule.core.errors import Fault

if TYPE_CHECKING:
    from greenrule.packs.citing import Uncited


@click.group()
def pack() -> None:
    """读官方文件，检查、测试政策包。"""


pack.add_command(read)
pack.add_command(confirm)


def _show(faults: list[Fault], format: str, summary: dict[str, int], uncited: list[Uncited] | None = None) -> None:
    if format == "json":
        named = [
            {"cite": f"{item.instrument}#{item.clause}", "label": item.label, "why": item.why} for item in uncited or ()
        ]
        more = {} if uncited is None else {"uncited": named}
        echo_json({**summary, **more, "faults": [fault.to_json() for fault in faults]})
    else:
        groups: dict[str, list[str]] = {}
        for item in uncited or ():
            groups.setdefault(item.instrument, []).append(item.clause)
        for name, clauses in groups.items():
            click.echo(f"没有什么引用 {name} 的 {'、'.join(clauses)}")
        for fault in faults:
            click.echo(str(fault))
        click.echo("；".join(f"{key} {value}" for key, value in summary.items()))
    raise SystemExit(1 if faults else 0)


@pack.command()
@DOCUMENTS
@click.option(
    "--workspace", "-w", type=click.Path(path_type=Path), help="工作区目录；其中 documents/ 下的原文一并核对。"
)
@PACKS
@FORMAT
def lint(documents: tuple[Path, ...], workspace: Path | None, packs: tuple[Path, ...], format: str) -> None:
    """读入并检查政策包：语法、名称、单位、引用、循环，一次报全；再查每处引用所读的条款文本是否还是登记的文本。

    \b
    例：greenrule pack lint
        greenrule pack lint --documents 原文/

    给出原文时，逐条比对 SHA-256：哪些条款变了、谁引用了它们。没有什么引用的条款也列出来，缘由见 --format json 或
    pack coverage；只有不符才以 1 退出。
    """
    from greenrule.packs.book import load_book
    from greenrule.packs.citing import by_clause, citations, uncited_clauses
    from greenrule.packs.documents.binding import check_documents, document_files
    from greenrule.packs.readings import check_readings

    law = load_book(packs or None)
    book = law.book
    items = citations(law)
    cited = by_clause(items)
    faults = check_readings(law, items)
    summary = {"规则": len(book.rules), "事实": len(book.facts), "参数": len(book.parameters), "名录": len(book.lists),
               "文件": len(law.instruments), "引用": len(items)}  # fmt: skip
    if places := document_places(documents, workspace):
        bounds = read_all(document_files(places), law.instruments)
        faults += check_documents(bounds, cited)
        summary["原文"] = len(bounds)
    uncited = uncited_clauses(law, items)
    summary["没有引用的条款"] = len(uncited)
    _show(faults, format, summary, uncited)


@pack.command()
@PACKS
@FORMAT
@click.option("--only", default="", help="只测编号以此开头的规则。")
@click.option("--mutants", is_flag=True, help="同时做变异检查：把比较或效果翻转后，必须有用例失败。")
def test(packs: tuple[Path, ...], format: str, only: str, mutants: bool) -> None:
    """运行政策包里的用例；有不符即以 1 退出。

    例：greenrule pack test --only m24- --mutants
    """
    from greenrule.packs.book import load_book
    from greenrule.packs.cases import case_files, load_cases, run_cases
    from greenrule.packs.mutants import definition_survivors, survivors

    law = load_book(packs or None)
    faults: list[Fault] = []
    cases = [case for case in load_cases(law.book, case_files(law.folders), faults) if case.rule.startswith(only)]
    faults += run_cases(law.book, cases)
    rules = [rule for rule in law.book.rules.values() if rule.id.startswith(only)]
    if mutants and not faults:
        for rule in rules:
            faults += survivors(law.book, rule, cases)
        if not only:
            for name in law.book.definitions:
                faults += definition_survivors(law.book, name, cases)
    from greenrule.casework.findingcases import check_file
    from greenrule.casework.screening import Screener

    wholes = (
        [path for folder in law.folders for path in sorted(folder.glob("cases/findings/*.yaml"))] if not only else []
    )
    for path in wholes:
        faults += check_file(path, Screener(law))
    _show(faults, format, {"规则": len(rules), "用例": len(cases), "整案": len(wholes), "不符": len(faults)})


@pack.command()
@PACKS
@FORMAT
def coverage(packs: tuple[Path, ...], format: str) -> None:
    """数每份文件的条款由什么承载：规则、任务、目标、冲突、待建台账，或说明为何没有；有未承载的即以 1 退出。

    例：greenrule pack coverage

    各栏是该文件中有这一种承载的条款数，一条可以有几种。
    """
    from greenrule.cli.coverage import show_coverage
    from greenrule.packs.book import load_book

    show_coverage(load_book(packs or None), format)
