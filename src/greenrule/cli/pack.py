"""`greenrule pack`: check, test and search the policy packs."""

from __future__ import annotations

from pathlib import Path

import click

from greenrule.cli.options import FORMAT, PACKS, echo_json
from greenrule.cli.prove import prove
from greenrule.core.errors import Fault


@click.group()
def pack() -> None:
    """检查、测试、证明政策包。"""


pack.add_command(prove)


def _show(faults: list[Fault], format: str, summary: dict[str, int]) -> None:
    if format == "json":
        echo_json({**summary, "faults": [fault.to_json() for fault in faults]})
    else:
        for fault in faults:
            click.echo(str(fault))
        click.echo("；".join(f"{key} {value}" for key, value in summary.items()))
    raise SystemExit(1 if faults else 0)


@pack.command()
@PACKS
@FORMAT
def lint(packs: tuple[Path, ...], format: str) -> None:
    """读入并检查政策包：语法、名称、单位、引用、循环，一次报全。

    例：greenrule pack lint
    """
    from greenrule.packs.book import load_book

    law = load_book(packs or None)
    book = law.book
    _show([], format, {"规则": len(book.rules), "事实": len(book.facts), "参数": len(book.parameters), "名录": len(book.lists),
                       "文件": len(law.instruments)})  # fmt: skip


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
