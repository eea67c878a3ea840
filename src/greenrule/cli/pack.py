"""`greenrule pack`: check, test and search the policy packs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.cases import cases
from greenrule.cli.documents import DOCUMENTS, confirm, document_places, read, read_all
from greenrule.cli.options import FORMAT, PACKS, echo_json
from greenrule.cli.prove import prove
from greenrule.core.errors import Fault, InputFault

if TYPE_CHECKING:
    from greenrule.packs.citing import Uncited
    from greenrule.rules.hearing import Hearing
    from greenrule.rules.items import Definition, Rule


@click.group()
def pack() -> None:
    """读官方文件，检查、测试、证明政策包。"""


pack.add_command(prove)
pack.add_command(cases)
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
    """读入并检查政策包：语法、名称、单位、引用、循环，每条规则的中文句子能否读回原意，一次报全；再查每处引用所读的条款文本是否还是登记的文本。

    \b
    例：greenrule pack lint
        greenrule pack lint --documents 原文/

    给出原文时，逐条比对 SHA-256：哪些条款变了、谁引用了它们。没有什么引用的条款也列出来，缘由见 --format json 或
    pack coverage；只有不符才以 1 退出。
    """
    from greenrule.packs.air import load_editions
    from greenrule.packs.book import load_book
    from greenrule.packs.citing import by_clause, citations, uncited_clauses
    from greenrule.packs.documents.binding import check_documents, document_files
    from greenrule.packs.readings import check_readings
    from greenrule.packs.tables import load_tables
    from greenrule.packs.translated import lacking_english, stale_english
    from greenrule.rules.misheard import misheard

    law = load_book(packs or None)
    book = law.book
    tables = load_tables(law.folders, law.instruments)
    if "air.editions" in tables:
        load_editions(law.folders, law.instruments)
    items = citations(law)
    cited = by_clause(items)
    faults = [*misheard(book), *check_readings(law, items), *stale_english(law)]
    summary = {"规则": len(book.rules), "事实": len(book.facts), "参数": len(book.parameters), "表": len(tables), "名录": len(book.lists),
               "文件": len(law.instruments), "引用": len(items), "没有英文": len(lacking_english(law))}  # fmt: skip
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
@click.option(
    "--mutants", is_flag=True, help="同时做变异检查：把条件略改一处（比较、界限、代码、连词），必须有用例失败。"
)
def test(packs: tuple[Path, ...], format: str, only: str, mutants: bool) -> None:
    """运行政策包里手写的和求解器写的用例，并核对每条规则的每个界限两侧都有用例；有不符即以 1 退出。

    例：greenrule pack test --only m24- --mutants

    全部规则的变异检查约半分钟。求解器写的用例见 greenrule pack cases。
    """
    from greenrule.packs.book import load_book
    from greenrule.packs.cases import CASE_DAY, case_files, load_cases, run_cases
    from greenrule.packs.mutants import Bench
    from greenrule.packs.thresholds import count

    law = load_book(packs or None)
    faults: list[Fault] = []
    by_hand = [case for case in load_cases(law.book, case_files(law.folders), faults) if case.rule.startswith(only)]
    faults += run_cases(law.book, by_hand)
    rules = [rule for rule in law.book.rules.values() if rule.id.startswith(only)]
    definitions = [] if only else list(law.book.definitions.values())
    bench = Bench(law.book, by_hand)
    items: list[Rule | Definition] = [*rules, *definitions]
    for item in items:
        faults += bench.unbounded(item)
    if mutants and not faults:
        for rule in rules:
            faults += bench.rule(rule.id)
        for definition in definitions:
            faults += bench.definition(definition.name)
    from greenrule.casework.findingcases import check_file, finding_cases
    from greenrule.casework.screening import Screener

    wholes = (
        [path for folder in law.folders for path in sorted(folder.glob("cases/findings/*.yaml"))] if not only else []
    )
    for path in wholes:
        faults += check_file(path, Screener(law))
    whole = sum(len(finding_cases(path)) for path in wholes)
    from greenrule.casework.boundary_check import check
    from greenrule.cli.prove import watched

    with watched("核对求解器写的用例") as progress:
        generated = check(law, only=(only,) if only else (), every=False, progress=progress)
    faults += generated.faults
    edges = count(law.book, items, CASE_DAY)
    _show(
        faults,
        format,
        {
            "规则": len(rules),
            "用例": len(by_hand),
            **({"求解器写的用例": generated.cases} if generated.rules else {}),
            "界限": edges,
            "整案": whole,
            "不符": len(faults),
        },
    )


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


@pack.command()
@PACKS
@FORMAT
@click.option("--catalogue", metavar="名录", help="只核对这一部：eia 环评分类管理名录，permit 排污许可分类管理名录。")
@click.option("--class", "codes", multiple=True, metavar="代码", help="另列出这个四位小类的结果，可多次给出，如 2521。")
def classes(packs: tuple[Path, ...], format: str, catalogue: str | None, codes: tuple[str, ...]) -> None:
    """核对两部国家名录对全部行业小类、全部建设性质是否都有说法；有说不清的即以 1 退出。

    例：greenrule pack classes --catalogue eia --class 2521

    只知道行业和建设性质（锅炉等人人要问的几项先答没有）：或者已有结果，或者写明还缺什么，或者写明为何不纳入。约半分钟。
    """
    from greenrule.cli.coverage import show_classes
    from greenrule.packs.book import load_book

    show_classes(load_book(packs or None), catalogue, codes, format)


@pack.command()
@PACKS
@FORMAT
@click.argument("rules", nargs=-1, metavar="[编号]…")
@click.option(
    "--back", metavar="句子", help="反过来：把这个中文句子（或其中的条件）读成规则语言；写 - 从标准输入读，一行一句。"
)
def sentence(packs: tuple[Path, ...], format: str, rules: tuple[str, ...], back: str | None) -> None:
    """把规则说成一句中文，或把这样的句子读回规则语言。

    例：greenrule pack sentence m24-24-b

    例：greenrule pack sentence --back "新增生产能力不小于90 万吨/年，且位于生态保护红线"

    句子用事实、定义、参数、名录的中文名称；读不下去或有几种读法的，指出在哪里。
    """
    from greenrule.core.errors import near
    from greenrule.packs.book import load_book
    from greenrule.rules.hearing import Hearing
    from greenrule.rules.render import Sentence

    book = load_book(packs or None).book
    if back is not None:
        texts = sys.stdin.read().splitlines() if back == "-" else [back]
        _hear(Hearing(book), [text.strip() for text in texts if text.strip()], format)
        return
    unknown = [name for name in rules if name not in book.rules]
    if unknown or not rules:
        close = near(unknown[0], book.rules) if unknown else list(book.rules)[:3]
        told = f"没有规则 `{unknown[0]}`" if unknown else "没有写规则编号"
        raise InputFault(Fault("P105", told, None, f"如 {'、'.join(close)}"))
    say = Sentence(book)
    if format == "json":
        echo_json({"sentences": {name: say.rule(book.rules[name]) for name in rules}})
    for name in rules if format == "text" else ():
        click.echo(f"{name}  {say.rule(book.rules[name])}")


def _hear(hearing: Hearing, texts: list[str], format: str) -> None:
    """Print what sentences read back to; all that cannot be read are faults at once."""
    from greenrule.rules.render import expression_text

    faults: list[Fault] = []
    found: list[dict[str, Any]] = []
    for text in texts:
        try:
            heard = hearing.sentence(text) if text.startswith("当") and text.endswith("。") else hearing.clause(text)
        except InputFault as fault:
            faults += fault.faults
            continue
        found.append({"when": expression_text(heard.when), "then": heard.then, "unless": list(heard.exceptions)})
    if faults:
        raise InputFault(faults)
    if format == "json":
        echo_json({"read": found})
        return
    for item in found:
        click.echo(f"when {item['when']}")
        if item["then"]:
            click.echo(f'then "{item["then"]}"')
        if item["unless"]:
            click.echo(f"unless {', '.join(item['unless'])}")
