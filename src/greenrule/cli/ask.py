"""`greenrule ask`: the shortest interview at a terminal, or one question at a time for programs."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.options import DAY, PACKS, WORKSPACE, echo_json

if TYPE_CHECKING:
    from greenrule.casework.interview import Interview
    from greenrule.casework.question import Question

_KEYS = "直接回答；? 不知道；< 返回上一题；! 为什么问；q 结束"


@click.command()
@click.argument("project", required=False, type=click.Path(path_type=Path))
@WORKSPACE
@PACKS
@click.option("--goal", "goals", multiple=True, default=("access",), show_default=True, metavar="决定",
              help="要判定的决定，可多次给出：access、eia.form、permit.class …（编号或名称，见 docs/reference/decisions.md）。")  # fmt: skip
@click.option("--on", type=DAY, help="按哪一天的规定问（YYYY-MM-DD）；缺省为项目文件所写，再缺省为今天。")
@click.option("--known", type=DAY, help="按哪一天已知的规定和图层问。")
@click.option(
    "--answer", "answers", multiple=True, metavar="事实=值", help="已有的答案，可多次给出；`事实=?` 为不知道。"
)
@click.option("--one-by-one", is_flag=True, help="一题只问一项事实；缺省把同一组的是非题列成一题。")
@click.option("--out", type=click.Path(path_type=Path), help="把答过的项目写成项目文件（.yaml 或 .json）。")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="text 为对话；json 只给出下一题（答案用 --answer 给出），供程序使用。")  # fmt: skip
def ask(
    project: Path | None, workspace: Path | None, packs: tuple[Path, ...], goals: tuple[str, ...], on: datetime | None,
    known: datetime | None, answers: tuple[str, ...], one_by_one: bool, out: Path | None, format: str,
) -> None:  # fmt: skip
    """问最少的问题，得出结论：只问还会影响结论的事实，先问能最快缩小范围的，结论定了就停。

    PROJECT 是已有的项目文件，没有则从头问起。每一题都有依据：有两种答法，其余事实相同而结论不同。

    \b
    例：greenrule ask
        greenrule ask examples/jishan-coking.yaml --goal access --goal permit.class --out 答完.yaml
        greenrule ask --answer industry=炼焦 --answer nature=新建 --format json
    """
    talk = _opened(project, workspace, packs, goals, on, known, answers, one_by_one)
    if format == "json":
        from greenrule.casework.asking import state

        echo_json(state(talk))
    else:
        _talk(talk)
    if out is not None:
        from greenrule.casework.projectfile import write_project

        write_project(out, talk.written())
        click.echo(f"已写入 {out}", err=True)


def _opened(
    path: Path | None, workspace: Path | None, packs: tuple[Path, ...], goals: tuple[str, ...], on: datetime | None,
    known: datetime | None, answers: tuple[str, ...], one_by_one: bool,
) -> Interview:  # fmt: skip
    from greenrule.casework.interview import Interview
    from greenrule.casework.project import project_from, read_projects
    from greenrule.casework.screening import open_screener
    from greenrule.core.errors import Fault, InputFault, Place

    screener = open_screener(workspace, packs, known.date() if known else None)
    day = on.date() if on else None
    raw: dict[str, Any] = {}
    folder = Path()
    if path is not None:
        found = read_projects(path, screener.law, day)
        if len(found) != 1:
            told = "把要问的那一个另存为一个文件"
            raise InputFault(Fault("ASK008", f"文件里有 {len(found)} 个项目，一次只能问一个", Place(str(path)), told))
        raw, folder = dict(found[0].raw), path.parent
    faults = []
    facts = dict(raw.get("facts") or {})
    for item in answers:
        name, sign, value = item.partition("=")
        if not sign or not name.strip():
            faults.append(Fault("ASK009", f"`{item}` 不是“事实=值”", Place("--answer"), "如 --answer burns_coal=是"))
        elif name.strip() in ("industry", "行业", "nature", "建设性质"):
            raw["industry" if name.strip() in ("industry", "行业") else "nature"] = value.strip()
        else:
            facts[name.strip()] = value.strip()
    if faults:
        raise InputFault(faults)
    if facts:
        raw["facts"] = facts
    return Interview(screener, project_from(raw, screener.law, day, folder), goals, checklists=not one_by_one)


# -- the conversation ----------------------------------------------------------------------------------------------
def _talk(talk: Interview) -> None:
    from greenrule.core.errors import EnvironmentFault, InputFault

    _possible(talk)
    if talk.question is not None:
        click.echo(_KEYS)
    while (question := talk.question) is not None:
        click.echo()
        _show(question)
        while True:
            said = _heard()
            if said is None or said.lower() == "q":
                click.echo("未问完。" if said is None else "到此为止。")
                _possible(talk)
                return
            if said == "<":
                if talk.back():
                    break
                click.echo("这是第一题。")
            elif said in ("!", "！"):
                _explain(question)
            elif said and question.items and question.items[0].kind == "industry" and said not in ("?", "？"):
                if _industry(talk, said):
                    break
            elif said:
                try:
                    talk.answer(said)
                    break
                except EnvironmentFault:
                    raise
                except InputFault as error:
                    for fault in error.faults:
                        click.echo(f"{fault.message}。{fault.help or ''}")
    click.echo()
    _end(talk)


def _heard() -> str | None:
    """A line that was typed, or read from a pipe (then it is shown, so that the talk can be read); None at the end."""
    click.echo("> ", nl=False)
    line = sys.stdin.readline()
    if not line:
        click.echo()
        return None
    if not sys.stdin.isatty():
        click.echo(line.rstrip("\n"))
    return line.strip()


def _possible(talk: Interview) -> None:
    from greenrule.casework.asking import outcome_words

    for goal, words in talk.possible.items():
        spec = talk.law.book.decisions[goal]
        if spec.collect:
            click.echo(f"{spec.zh}：可能有 {len(words)} 项")
        else:
            shown = outcome_words(talk.law, goal, (None if word == "undetermined" else word for word in words))
            click.echo(f"{spec.zh}：{'、'.join(shown)}" if len(words) == 1 else f"{spec.zh}可能是：{'、'.join(shown)}")


def _show(question: Question) -> None:
    click.echo(question.progress)
    if question.sort == "place":
        click.echo(question.title)
        return
    if question.sort == "checklist":
        click.echo(f"{question.title}：下列哪几项为“是”？（写编号，如 1 3；都不是写“均无”；不知道的写 2?）")
        for number, item in enumerate(question.items, 1):
            click.echo(f"  {number} {item.text}")
        return
    item = question.items[0]
    click.echo(item.text)
    if len(item.choices) > 40:
        click.echo(f"  （{len(item.choices)} 种，写代码或名称，可先用 greenrule industry 查）")
    else:
        for number, (code, label) in enumerate(item.choices, 1):
            click.echo(f"  {code} {label}" if item.kind == "industry" else f"  {number} {label}")
    if item.units:
        click.echo(
            f"  （带单位，如 1 {item.units[0]}{'；也可用 ' + '、'.join(item.units[1:]) if item.units[1:] else ''}）"
        )
    if item.note:
        click.echo(f"  注：{item.note}")
    _why(question)


def _why(question: Question) -> None:
    item = question.items[0]
    if item.why:
        first = item.why[0]
        more = f"等 {item.waiting} 条规则" if item.waiting > 1 else ""
        click.echo(f"  为什么问：{first.title}（{first.cite}）{more}")
    for value, words in item.leads_to:
        if len(words) == 1:
            click.echo(f"  答“{value}”，结论即为{words[0]}")


def _explain(question: Question) -> None:
    """Every rule that is named with the question, and what each answer leaves possible."""
    for item in question.items:
        if len(question.items) > 1:
            click.echo(f"  {item.label}：")
        for one in item.why:
            click.echo(f"  - {one.title}（{one.cite}，{one.rule}）")
        if item.waiting > len(item.why):
            click.echo(f"  - 另有 {item.waiting - len(item.why)} 条规则")
        for value, words in item.leads_to:
            click.echo(f"  答“{value}”后可能是：{'、'.join(words)}")
    if question.sort == "place":
        click.echo("  有了位置，场址的事实由图层回答。")


def _industry(talk: Interview, said: str) -> bool:
    """Take an industry that is certain; otherwise show what the words may mean."""
    from greenrule.core.errors import InputFault

    try:
        talk.answer(said)
    except InputFault as error:
        matches = talk.law.industries.find(said, 8)
        click.echo(error.faults[0].message + ("，是哪一个？写代码" if matches else "。换个说法，或写 2—4 位代码"))
        for match in matches:
            click.echo(f"  {match.code:<5} {match.name}")
        return False
    codes = sorted(talk.standing.answers["industry"])
    click.echo("  " + "、".join(f"{code} {talk.law.industries[code].name}" for code in codes))
    return True


def _end(talk: Interview) -> None:
    """What came out and by which rules, or why nothing did."""
    finding = talk.finding()
    for goal in talk.goals:
        spec, outcome = talk.law.book.decisions[goal], talk.ways.answer.outcomes[goal]
        if spec.collect:
            click.echo(f"{spec.zh}：{len(outcome.collected)} 项")
        elif outcome.value is not None:
            click.echo(f"{spec.zh}：{dict(spec.values)[outcome.value]}")
        else:
            click.echo(f"{spec.zh}：尚不能判定")
        sure = {rule for _, rule in outcome.collected} | set(outcome.deciding)
        told = dict.fromkeys(
            f"  - {reason['title']}（{_cited(reason)}）"
            for reason in finding["reasons"] if reason["rule"] in sure and reason["state"] == "true"
        )  # fmt: skip
        for line in told:
            click.echo(line)
    if talk.ending == "unknown":
        names = [name for name in talk.ways.open if name in talk.standing.skipped]
        click.echo(f"不知道的事实还会影响结论：{'、'.join(talk.law.book.facts[name].zh for name in names)}")
    elif talk.ending == "text":
        click.echo("能问的都问了；其余是规定的文字本身没有说定：")
        open_rules = {rule for goal in talk.goals for rule in talk.ways.answer.outcomes[goal].open}
        for doubt in finding["doubts"]:
            if doubt["kind"] == "text" and doubt["rule"] in open_rules:
                click.echo(f"  - {doubt['message']}")
    click.echo(f"共答 {talk.standing.number - 1} 题。")


def _cited(reason: dict[str, Any]) -> str:
    cite = reason["cites"][0]
    return f"{cite['number'] or '《' + cite['title'] + '》'}{cite['clause_label'] or ''}"
