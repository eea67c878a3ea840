"""Write the reference pages under `docs/reference/` from what the code and the packs say.

    python tools/reference.py            # write what has changed
    python tools/reference.py --check    # write nothing; exit 1 and name the pages that are stale

Hand-written pages may hold generated parts between `<!-- generated: NAME -->` and `<!-- end -->`; they are renewed too.
Texts depend on the packs and the code alone, never on the day, the machine or the order of files.
"""

from __future__ import annotations

import difflib
import importlib
import json
import pkgutil
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # run as a script: the neighbours are found from the root
    sys.path.insert(0, str(ROOT))

from tools.case_pages import cases_page  # noqa: E402
from tools.fault_codes import errors_page  # noqa: E402
from tools.law_pages import coverage_page, decisions_page, facts_page, layers_page, lists_page, rule_pages  # noqa: E402
from tools.markdown import page, table  # noqa: E402
from tools.permission_page import permissions_page  # noqa: E402
from tools.table_page import tables_page  # noqa: E402

from greenrule.core import units  # noqa: E402
from greenrule.core.errors import InputFault  # noqa: E402
from greenrule.core.truth import Truth  # noqa: E402
from greenrule.packs.book import Law, load_book  # noqa: E402

SOURCE = ROOT / "src" / "greenrule"
TARGET = ROOT / "docs" / "reference"

_MARK = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.S)


# -- command line --------------------------------------------------------------------------------------------------
def _commands(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    settings = {**command.context_settings, "terminal_width": 110, "max_content_width": 110}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    yield context.command_path, context.get_help()
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None and not found.hidden:
                yield from _commands(found, inner, context)


def cli_page(law: Law) -> str:
    """`cli.md`: the help of every command, as the tool prints it."""
    from greenrule.cli.main import main

    parts = [f"## `{path}`\n\n```text\n{text.rstrip()}\n```" for path, text in _commands(main, "greenrule")]
    lead = (
        "Every command, as `--help` prints it. Exit codes: 0 done · 1 a check that you asked for found something "
        "(`verify`, `pack lint`, `pack test`) · 2 bad input, one line per fault on standard error ([codes](errors.md)) · "
        "3 the machine is in the way (disk, permissions, missing font)."
    )
    return page("Command line", lead, *parts)


# -- units ---------------------------------------------------------------------------------------------------------
_DIMENSIONS = {
    "1": "no dimension", "[length]": "length", "[length]^2": "area", "[length]^3": "volume", "[mass]": "mass", "[time]": "time",
    "[money]": "money", "[mass]/[civil_year]": "mass per civil year", "[length]^3/[civil_year]": "volume per civil year",
    "[mass]/[time]": "mass per time", "[length]^3/[time]": "volume per time", "[mass]/[length]^3": "concentration",
    "[length]^2*[mass]/[time]^3": "power", "[civil_year]": "civil year", "[civil_month]": "civil month",
    "[length]^2*[mass]/[current]/[time]^3": "voltage", "[money]/[mass]": "money per mass",
}  # fmt: skip


_USUAL = (
    "吨/年",
    "吨/日",
    "吨",
    "平方米",
    "立方米",
    "米",
    "千瓦",
    "小时",
    "千伏",
    "立方米/年",
    "立方米/日",
    "微克/立方米",
    "1",
)


def _dimension(key: str) -> str:
    named = re.sub(r"\[count_(\d+)\]", lambda found: units.COUNTS[int(found[1])], key)
    return _DIMENSIONS.get(key) or named.replace("[civil_year]", "civil year").replace("[", "").replace(
        "]", ""
    ).replace("/", " per ")


def units_page(law: Law) -> str:
    """`units.md`: the units of `core/unit_table.json`, by dimension."""
    known = json.loads((SOURCE / "core" / "unit_table.json").read_text(encoding="utf-8"))
    groups: dict[str, list[tuple[Fraction, str]]] = defaultdict(list)
    for unit, (dimension, multiplier) in known.items():
        groups[dimension].append((Fraction(multiplier), unit))
    rows = []
    for dimension in sorted(groups, key=_dimension):
        usual = [(value, unit) for unit in _USUAL for value, name in groups[dimension] if name == unit]
        base = usual[0] if usual else min(groups[dimension])
        told = [
            f"{unit} = {_number(value / base[0])} {base[1]}"
            for value, unit in sorted(groups[dimension])
            if value != base[0]
        ]
        same = " = ".join(
            [base[1], *(unit for value, unit in groups[dimension] if value == base[0] and unit != base[1])]
        )
        rows.append([_dimension(dimension), same, "; ".join(told)])
    counts = "、".join(units.COUNTS)
    lead = (
        "A quantity is a number, then its unit: `106 万吨/年`. Quantities of one dimension compare exactly, whatever unit they "
        "are written in; quantities of two dimensions never compare, and mixing them is a fault. A civil year is a reporting "
        f"period, not a rate: `吨/年` does not compare with `吨/小时`. Counting words ({counts}) are a dimension each.\n\n"
        "Units that are not listed are composed: 万, 百万, 千万, 亿 before a unit, `/` between a unit and its denominator."
    )
    return page("Units", lead, table(("dimension", "unit", "others"), rows))


def _number(value: Fraction) -> str:
    return f"{value.numerator:,}" if value.denominator == 1 else f"{value.numerator:,}/{value.denominator:,}"


# -- machines ------------------------------------------------------------------------------------------------------
def machines_page(law: Law) -> str:
    """`machines.md`: which machine visits, lowers or refuses which node of the rule language."""
    import greenrule.backends as package
    from greenrule.backends.base import Backend
    from greenrule.rules.nodes import KINDS

    for found in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{found.name}")
    # Tests may define machines of their own; only those of the package count.
    machines = sorted(
        (kind for kind in Backend.__subclasses__() if kind.__module__.startswith(package.__name__)),
        key=lambda kind: kind.__module__,
    )
    rows = []
    for node in KINDS:
        ways = []
        for machine in machines:
            told = (
                "visits"
                if hasattr(machine, f"visit_{node.__name__}")
                else "lowers"
                if node in machine.lowered
                else None
            )
            ways.append(told or f"refuses: {machine.refused[node]}")
        rows.append([f"`{node.__name__}`", (node.__doc__ or "").strip().splitlines()[0], *ways])
    heads = [f"`{machine.__module__.rsplit('.', 1)[-1]}`" for machine in machines]
    lead = (
        "Every machine visits, lowers or refuses each node of the rule language, exactly one of the three; this is checked when "
        "the class is defined, so a machine cannot meet a node it has no answer to."
    )
    return page("Machines and nodes", lead, table(("node", "says", *heads), rows))


# -- generated parts of hand-written pages -------------------------------------------------------------------------
def truth_tables(law: Law) -> str:
    """The three connectives, computed by the class that the machines use."""
    values = sorted(Truth)
    columns = [f"**{value.word}**" for value in values]
    conjunction = table(("and", *columns), [[f"**{a.word}**", *((a & b).word for b in values)] for a in values])
    disjunction = table(("or", *columns), [[f"**{a.word}**", *((a | b).word for b in values)] for a in values])
    return f"{conjunction}\n{disjunction}\n" + table(
        ("", *columns), [["**not**", *((~value).word for value in values)]]
    )


def open_lists(law: Law) -> str:
    """Open lists in a line each."""
    rows = [
        [f"`{item.id}`", item.title, item.note]
        for item in sorted(law.book.lists.values(), key=lambda item: item.id)
        if item.open_within
    ]
    return table(("list", "名录", "why it is open 未决的原因"), rows)


def unsure_parameters(law: Law) -> str:
    """Parameters that are announced but not computable, or whose reading is not sure."""
    rows = [[f"`{spec.id}`", spec.zh, "not sure" if not spec.sure else "announced, no value yet", spec.note]
            for spec in law.book.parameters.values() if not spec.sure or any(value is None for _, value, _ in spec.values)]  # fmt: skip
    return table(("parameter", "名称", "state", "why"), rows) if rows else "None at present.\n"


def undecided_phrases(law: Law) -> str:
    """What the texts leave undecided, as rules say it."""
    from greenrule.rules.nodes import Undecided

    found: dict[str, list[str]] = defaultdict(list)
    bodies = [(rule.id, rule.when) for rule in law.book.rules.values()]
    bodies += [(item.name, item.body) for item in law.book.definitions.values()]
    for name, body in bodies:
        for node in body.walk():
            if isinstance(node, Undecided):
                found[node.reason].append(name)
    return table(
        ("what is open", "read by"),
        [[reason, ", ".join(f"`{name}`" for name in dict.fromkeys(names))] for reason, names in sorted(found.items())],
    )


def numbers(law: Law) -> str:
    """The size of the packs in one line."""
    book = law.book
    return (
        f"{len(law.instruments)} instruments, {len(book.rules)} rules, {len(book.facts)} facts, "
        f"{len(book.lists)} lists, {len(book.parameters)} dated parameters.\n"
    )


def numbers_zh(law: Law) -> str:
    """The same line in Chinese."""
    book = law.book
    return (
        f"收录文件 {len(law.instruments)} 份、规则 {len(book.rules)} 条、事实 {len(book.facts)} 项、"
        f"名录 {len(book.lists)} 个、带日期的参数 {len(book.parameters)} 个。\n"
    )


BLOCKS: Mapping[str, Callable[[Law], str]] = {
    "truth-tables": truth_tables, "open-lists": open_lists, "unsure-parameters": unsure_parameters,
    "undecided-phrases": undecided_phrases, "numbers": numbers,
    "numbers-zh": numbers_zh,
}  # fmt: skip
PAGES: Mapping[str, Callable[[Law], str]] = {
    "cli.md": cli_page, "facts.md": facts_page, "layers.md": layers_page, "lists.md": lists_page, "tables.md": tables_page, "decisions.md": decisions_page,
    "units.md": units_page, "errors.md": lambda law: errors_page(), "machines.md": machines_page,
    "coverage.md": coverage_page, "cases.md": cases_page, "permissions.md": lambda law: permissions_page(),
}  # fmt: skip


def wanted(law: Law) -> dict[Path, str]:
    """Every generated page, and every hand-written page with its generated parts renewed."""
    out = {TARGET / name: write(law) for name, write in PAGES.items()}
    out |= {TARGET / name: text for name, text in rule_pages(law).items()}
    for path in [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]:
        if path not in out and "<!-- generated: " in (text := path.read_text(encoding="utf-8")):
            out[path] = _MARK.sub(
                lambda found: found[1] + "\n" + BLOCKS[found["name"]](law).strip("\n") + "\n\n" + found[3], text
            )
    return out


def stale(pages: Mapping[Path, str]) -> list[tuple[Path, str]]:
    """Pages that differ from what they should be, each with the head of the difference; also rule pages of no instrument."""
    out = []
    for path, text in sorted(pages.items()):
        there = path.read_text(encoding="utf-8") if path.is_file() else ""
        if there != text:
            lines = difflib.unified_diff(
                there.splitlines(), text.splitlines(), "on disk", "generated", n=0, lineterm=""
            )
            out.append((path, "\n".join(list(lines)[:8])))
    return out + [
        (path, "no instrument of the packs leads to this page")
        for path in sorted((TARGET / "rules").glob("*.md"))
        if path not in pages
    ]


def main(words: list[str]) -> int:
    """Write or check; the exit code."""
    try:
        pages = wanted(load_book())
    except InputFault as fault:
        print(fault, file=sys.stderr)
        return 2
    differing = stale(pages)
    for path, difference in differing:
        print(f"{'stale' if '--check' in words else 'written'}: {path.relative_to(ROOT)}")
        if "--check" in words:
            print(difference)
        elif path in pages:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages[path], encoding="utf-8")
        else:
            path.unlink()
    return 1 if differing and "--check" in words else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
