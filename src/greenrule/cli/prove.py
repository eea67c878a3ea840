"""`greenrule pack prove`: the rulebook examined whole, for contradictions, gaps and rules that do nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.options import DAY, FORMAT, PACKS
from greenrule.core.clock import china_today

if TYPE_CHECKING:
    from greenrule.casework.proving import Proofs
    from greenrule.packs.proving import Finding


@contextmanager
def watched(words: str) -> Iterator[Any]:
    """A bar on standard error for whoever watches; silence for pipes.  Yields a function of (done, total)."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@click.command()
@PACKS
@FORMAT
@click.option("--on", type=DAY, help="问哪一天有效的规则；缺省为今天。")
@click.option("--known", type=DAY, help="问哪一天已知的规则；缺省为全部已录入的。")
@click.option(
    "--only", multiple=True, metavar="类别或编号",
    help="只查一类（contradiction、gap、dead、duplicate、redundant、relaxes）或编号以此开头的规则，可多次给出。",
)  # fmt: skip
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.001),
    default=10.0,
    show_default=True,
    metavar="秒",
    help="每个问题最多想多久；超过记为未决。",
)
@click.option("--out", type=click.Path(path_type=Path), help="结果写入文件，不在屏幕上显示。")
@click.option(
    "--save-witness",
    type=click.Path(path_type=Path),
    metavar="目录",
    help="把每个见证存成项目文件，可用 `greenrule screen` 审查。",
)
@click.option("--all", "everything", is_flag=True, help="已读过的发现也逐项列出。")
def prove(
    packs: tuple[Path, ...], format: str, on: datetime | None, known: datetime | None, only: tuple[str, ...], timeout: float,
    out: Path | None, save_witness: Path | None, everything: bool,
) -> None:  # fmt: skip
    """证明政策包：文件之间的矛盾、空白、从不成立或重复的规则、下位放宽上位；有新发现或未决即以 1 退出。

    例：greenrule pack prove --only contradiction --save-witness 见证

    每项结论要么由求解器证明（任何合理的情形都不例外），要么附一个见证项目，见证都先在标量机上复算过。
    求解器没有想出来的记为“未决”，写明原因。conflicts.yaml 里写明的、proofs.yaml 里读过并写明理由的，不算新发现。
    """
    from greenrule.casework.proving import as_json, examine, save_projects
    from greenrule.casework.writing import write_bytes
    from greenrule.packs.compiled import load_law

    law = load_law(packs or None)
    with watched("证明") as progress:
        proofs = examine(
            law,
            on.date() if on else china_today(),
            known.date() if known else None,
            timeout=timeout,
            only=only,
            progress=progress,
        )
    if format == "json":
        import json

        text = json.dumps(as_json(proofs), ensure_ascii=False, indent=2) + "\n"
    else:
        text = "\n".join(_lines(proofs, everything)) + "\n"
    if out is not None:
        write_bytes(out, text.encode())
        click.echo(f"已写入 {out}", err=True)
    else:
        click.echo(text, nl=False)
    if save_witness is not None:
        saved = save_projects(proofs, save_witness, new_only=not everything)
        click.echo(f"已存 {len(saved)} 个见证项目到 {save_witness}", err=True)
    raise SystemExit(1 if proofs.report.new else 0)


def _lines(proofs: Proofs, everything: bool) -> Iterator[str]:
    from greenrule.packs.proofs import FINDINGS

    report = proofs.report
    for kind, label in FINDINGS.items():
        mine = [item for item in report.findings if item.kind == kind]
        if not mine:
            continue
        fresh = [item for item in mine if item.known is None]
        yield f"{label}：新 {len(fresh)}，已读 {len(mine) - len(fresh)}"
        for item in mine if everything else fresh:
            yield from _finding(proofs, item)
    if everything and report.conflicts:
        yield f"conflicts.yaml 里写明的冲突：{len(report.conflicts)} 对"
        for item in report.conflicts:
            yield from _finding(proofs, item)
    for item in report.undecided:
        kept = "；已读，留着" if item.known is not None else ""
        yield f"未决 {item.id}：{_reason(item.answer.reason)}{kept}"
    for name in report.stale:
        yield f"已不再出现：{name}；可从 proofs.yaml 删去"
    asked = sum(report.questions.values())
    unread = sum(item.known is None for item in report.findings)
    yield (
        f"问题 {asked}；新发现 {unread}；已读 {len(report.findings) - unread}；未决 {len(report.undecided)}；"
        f"求解 {report.checks} 次；{report.seconds:.1f} 秒"
    )
    if report.side_by_side and report.questions["contradiction"]:
        yield f"另有 {report.side_by_side} 对规则一禁一限而所说不是一件事：从严适用，不算矛盾，没有逐对去问"


def _reason(told: str | None) -> str:
    """Why the solver stopped, in words; its own word where it is another."""
    if told in ("canceled", "timeout", None):
        return "求解器到时限还没有答案，可用 --timeout 给更长时间"
    return f"求解器没有给出答案（{told}）"


def _finding(proofs: Proofs, finding: Finding) -> Iterator[str]:
    from greenrule.casework.proving import axiom_words, line, witness_words

    yield f"  {line(proofs.law, finding)}"
    yield f"    编号 {finding.id}"
    if finding.known is not None:
        where = "proofs.yaml" if finding.known == "kept" else f"conflicts.yaml 的 {finding.known}"
        yield f"    已读（{where}）：{finding.why}"
    if finding.rests_on:
        yield f"    证明依据：{'、'.join(dict.fromkeys(axiom_words(proofs.law, name) for name in finding.rests_on))}"
    for project in proofs.projects.get(finding.id, ()):
        yield f"    见证：{witness_words(proofs.law, project)}"
