"""`greenrule pack cases`: cases that the solver wrote, generated, replayed, compared and counted by clause."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.options import FORMAT, PACKS, echo_json
from greenrule.cli.prove import watched

if TYPE_CHECKING:
    from greenrule.casework.boundary_check import Checked
    from greenrule.packs.book import Law

_HEADS = {
    "rules": "规则", "goals": "目标", "cases": "生成用例", "by_hand": "手写已显示", "shown": "连同生成", "impossible": "证明不能", "undecided": "未做到",
}  # fmt: skip


@click.command()
@PACKS
@FORMAT
@click.option(
    "--diff",
    "compare",
    is_flag=True,
    help="由求解器重新做一遍，不写入，只列出与用例文件的差异；有差异即以 1 退出。约半分钟。",
)
@click.option(
    "--generate",
    "make",
    is_flag=True,
    help="由求解器补齐用例，写入各政策包的 cases/boundary/；仍成立的用例不动。写后逐条看差异。",
)
@click.option("--fresh", is_flag=True, help="与 --generate 或 --diff 同用：不用已有的用例，全部重做。约五分钟。")
@click.option("--beyond", is_flag=True, help="逐项列出没有用例显示的目标及其理由。")
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
    packs: tuple[Path, ...], format: str, compare: bool, make: bool, fresh: bool, beyond: bool, check: bool,
    only: tuple[str, ...], timeout: float,
) -> None:  # fmt: skip
    """核对、比较或生成求解器写的边界用例：每个界限的两侧、每个例外、每项未知；按条款列出覆盖。

    \b
    例：greenrule pack cases --only m24-02
        greenrule pack cases --diff --only m24-

    条件的每一部分都须有用例显示它如何决定结果：它成立时、不成立时、未知时，界限恰好等于时和刚过时，名录中每个代码。
    达不到的目标由求解器证明并写明凭什么，没有做到的写明为何，都列在用例文件里（--beyond）。用例都在标量机上复算；
    手写的用例（greenrule pack test）一并计入。
    """
    from greenrule.casework import boundary
    from greenrule.casework.boundary_check import check as replay
    from greenrule.core.errors import Fault, InputFault, near
    from greenrule.packs.cases import case_files, load_cases
    from greenrule.packs.compiled import load_law

    if compare and make:
        raise click.UsageError("--diff 只比较，--generate 写入，二者取一")
    if fresh and not (compare or make):
        raise click.UsageError("--fresh 要与 --generate 或 --diff 同用")
    law = load_law(packs or None)
    for name in only:
        if not any(rule.startswith(name) for rule in law.book.rules):
            hint = f"相近的有：{'、'.join(near(name, law.book.rules)) or '无'}"
            raise InputFault(Fault("C038", f"没有编号以 `{name}` 开头的规则", None, hint))
    if compare or make:
        with watched("生成用例") as progress:
            made = boundary.generate(law, only=only, fresh=fresh, timeout=timeout, progress=progress)
        wanted = boundary.texts(law, made, whole=not only)
        if compare:
            _compared(boundary.differences(wanted), len(made), format)
        for path in boundary.keep(wanted):
            click.echo(f"已写入 {path}" if path.exists() else f"已删除 {path}", err=True)
    faults: list[Fault] = []
    by_hand = load_cases(law.book, case_files(law.folders), faults)
    with watched("核对用例") as progress:
        checked = replay(law, by_hand, only=only, progress=progress)
    checked.faults[:0] = faults
    _show(law, checked, check, beyond, format)
    raise SystemExit(1 if checked.faults else 0)


def _compared(lines: list[str], rules: int, format: str) -> None:
    """Print a diff; exit code 1 where there is one."""
    more = sum(line.startswith("+") and not line.startswith("+++") for line in lines)
    less = sum(line.startswith("-") and not line.startswith("---") for line in lines)
    if format == "json":
        echo_json({"rules": rules, "added": more, "removed": less, "diff": lines})
    else:
        for line in lines:
            click.echo(line)
        told = f"重新生成会多 {more} 行、少 {less} 行" if lines else "用例文件与重新生成的一致"
        click.echo(f"规则 {rules}；{told}")
    raise SystemExit(1 if lines else 0)


def _show(law: Law, checked: Checked, brief: bool, beyond: bool, format: str) -> None:
    rows = checked.by_clause(law)
    total: dict[str, Any] = {key: sum(row[key] for row in rows) for key in _HEADS}
    if format == "json":
        faults = [fault.to_json() for fault in checked.faults]
        left = [
            {"rule": rule, "goal": label, "reason": reason, "proved": proved}
            for rule, label, reason, proved in checked.beyond
        ]
        echo_json({**total, "cases": checked.cases, "clauses": rows, "beyond": left, "faults": faults})
        return
    for fault in checked.faults:
        click.echo(str(fault))
    if rows and not brief and not beyond:
        _table(law, rows)
    for rule, label, reason, proved in checked.beyond if beyond else ():
        click.echo(f"{'!' if proved else '~'} {rule}  {label} | {reason}")
    lost = total["goals"] - total["shown"] - total["impossible"] - total["undecided"]
    click.echo(
        f"规则 {total['rules']}；生成的用例 {checked.cases}；目标 {total['goals']}：手写已显示 {total['by_hand']}，"
        f"连同生成 {total['shown']}，证明不能 {total['impossible']}，未做到 {total['undecided']}，没有显示 {lost}；"
        f"不符 {len(checked.faults)}"
    )


def _table(law: Law, rows: list[dict[str, Any]]) -> None:
    from itertools import groupby

    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    for name, several in groupby(rows, key=lambda row: row["clause"].partition("#")[0]):
        instrument = law.instruments[name]
        grid = Table("条款", *_HEADS.values(), box=None, pad_edge=False)
        for column in grid.columns[1:]:
            column.justify, column.no_wrap = "right", True
        for row in several:
            clause = law.instruments.find(row["clause"])[1]
            grid.add_row(clause.label if clause else "（全文）", *(str(row[key]) for key in _HEADS))
        console.print(f"{instrument.number or ''}《{instrument.title['zh']}》", style="bold")
        console.print(grid)
        console.print()
