"""`greenrule pack cases`: cases that the solver wrote, generated, replayed and counted by clause."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.options import FORMAT, PACKS, echo_json
from greenrule.cli.prove import watched

if TYPE_CHECKING:
    from greenrule.casework.boundary import Checked
    from greenrule.packs.book import Law


@click.command()
@PACKS
@FORMAT
@click.option(
    "--generate",
    "make",
    is_flag=True,
    help="由求解器重新生成用例，写入各政策包的 cases/boundary/；写后逐条看差异。约两分钟。",
)
@click.option("--check", is_flag=True, help="只核对，不列各条款；有不符即以 1 退出。")
@click.option("--only", multiple=True, metavar="编号", help="只管编号以此开头的规则，可多次给出。")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.001),
    default=10.0,
    show_default=True,
    metavar="秒",
    help="生成时每个问题最多想多久。",
)
def cases(
    packs: tuple[Path, ...], format: str, make: bool, check: bool, only: tuple[str, ...], timeout: float
) -> None:  # fmt: skip
    """核对（或生成）求解器写的边界用例：每个界限的两侧、每个例外、每项未知；按条款列出覆盖。

    例：greenrule pack cases --only m24-02

    条件的每一部分都须有用例显示它如何决定结果：它成立时、不成立时、未知时，界限恰好等于时，名录中每个代码。
    达不到的目标由求解器证明，列在用例文件里。用例都在标量机上复算；手写的用例（greenrule pack test）一并计入。
    """
    from greenrule.casework import boundary
    from greenrule.core.errors import Fault
    from greenrule.packs.cases import case_files, load_cases
    from greenrule.packs.compiled import load_law

    law = load_law(packs or None)
    if make:
        with watched("生成用例") as progress:
            made = boundary.generate(law, only=only, timeout=timeout, progress=progress)
        for path in boundary.keep(law, made, whole=not only):
            click.echo(f"已写入 {path}：{sum(len(chapter.lines) for chapter in made[path])} 个用例", err=True)
    faults: list[Fault] = []
    by_hand = load_cases(law.book, case_files(law.folders), faults)
    with watched("核对用例") as progress:
        checked = boundary.check(law, by_hand, only=only, progress=progress)
    checked.faults[:0] = faults
    _show(law, checked, check, format)
    raise SystemExit(1 if checked.faults else 0)


def _show(law: Law, checked: Checked, brief: bool, format: str) -> None:
    rows = checked.by_clause(law)
    total: dict[str, Any] = {key: sum(row[key] for row in rows) for key in rows[0] if key != "clause"} if rows else {}
    if format == "json":
        faults = [fault.to_json() for fault in checked.faults]
        echo_json({"cases": checked.cases, **total, "clauses": rows, "faults": faults})
        return
    for fault in checked.faults:
        click.echo(str(fault))
    if rows and not brief:
        heads = {
            "rules": "规则",
            "goals": "目标",
            "by_hand": "手写已显示",
            "shown": "连同生成",
            "impossible": "证明不能",
            "undecided": "未决",
        }
        click.echo("\t".join(["条款", *heads.values()]))
        for row in rows:
            click.echo("\t".join([_clause(law, row["clause"]), *(str(row[key]) for key in heads)]))
    lost = total.get("goals", 0) - total.get("shown", 0) - total.get("impossible", 0) - total.get("undecided", 0)
    click.echo(
        f"规则 {total.get('rules', 0)}；生成的用例 {checked.cases}；目标 {total.get('goals', 0)}：手写已显示 {total.get('by_hand', 0)}，"
        f"连同生成 {total.get('shown', 0)}，证明不能 {total.get('impossible', 0)}，未决 {total.get('undecided', 0)}，没有显示 {lost}；不符 {len(checked.faults)}"
    )


def _clause(law: Law, cite: str) -> str:
    instrument, clause = law.instruments.find(cite)
    return f"{instrument.number or instrument.title['zh']}{clause.label if clause else ''}"
